"""The database: reads in a few threads, writes in one thread that commits many at once (SQLite) or in their own.

An acknowledged write is on the disk: SQLite runs in WAL mode with ``synchronous=FULL``, and a write's future is
resolved after the commit that holds it.
"""

from __future__ import annotations

import asyncio
import copy
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from workstead_wire.errors import Conflict, OutOfSpace, Unavailable, WorksteadError

P = ParamSpec("P")
T = TypeVar("T")

metadata = MetaData()
"""All tables of all rooms."""

_Write = tuple[Callable[[Connection], Any], Future[Any]]

READERS = 4
GROUP = 256
"""Most writes that share one commit."""


class Database:
    """An open database. ``read`` and ``write`` run a function of a Connection and return its value."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")
        self._writer: _Writer | None = _Writer(self.engine) if self.is_sqlite else None
        self._more: Callable[[Connection], None] | None = None

    def also(self, more: Callable[[Connection], None]) -> Database:
        """The same database, where every write does ``more`` as well, in the same transaction."""
        other = copy.copy(self)
        other._more = more  # noqa: SLF001 - our own kind
        return other

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on a snapshot of the database."""
        return await asyncio.wrap_future(self._readers.submit(self.read_now, work, *args, **kwargs))

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in a transaction and return once it is durable; an exception undoes all that it did."""
        return await asyncio.wrap_future(self._submit(work, *args, **kwargs))

    def read_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``read``, from a thread that may block."""
        try:
            with self.engine.connect() as connection:
                return work(connection, *args, **kwargs)
        except DBAPIError as error:
            raise translate(error) from error

    def write_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``write``, from a thread that may block."""
        return self._submit(work, *args, **kwargs).result()

    def _submit(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        def job(connection: Connection) -> T:
            result = work(connection, *args, **kwargs)
            if self._more is not None:
                self._more(connection)
            return result

        if self._writer is not None:
            return self._writer.submit(job)
        return self._readers.submit(self._write_alone, job)

    def _write_alone(self, job: Callable[[Connection], T]) -> T:
        try:
            with self.engine.begin() as connection:
                return job(connection)
        except DBAPIError as error:
            raise translate(error) from error

    def close(self) -> None:
        """Finish what was begun and let go of the files."""
        if self._writer is not None:
            self._writer.close()
        self._readers.shutdown()
        self.engine.dispose()


class _Writer:
    """SQLite's one writer thread: takes what waits, runs each job under a savepoint, commits them all at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="db-write", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        future: Future[T] = Future()
        if self._closed:
            future.set_exception(Unavailable("the server is stopping; try again when it is back"))
        else:
            self._queue.put((job, future))
        return future

    def close(self) -> None:
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        with self._engine.connect().execution_options(workstead_write=True) as connection:
            while (batch := self._take()) is not None:
                self._commit(connection, batch)

    def _take(self) -> list[_Write] | None:
        batch: list[_Write] = []
        while not batch or (len(batch) < GROUP and not self._queue.empty()):
            item = self._queue.get()
            if item is None:
                self._queue.put(None)
                return batch or None
            if item[1].set_running_or_notify_cancel():
                batch.append(item)
        return batch

    def _commit(self, connection: Connection, batch: list[_Write]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            with connection.begin():
                for job, future in batch:
                    _run_job(connection, job, future, done)
        except BaseException as error:  # noqa: BLE001 - whatever broke the commit is the waiters' answer
            waiting = [write for write in batch if not write[1].done()]
            if len(batch) > 1:
                for write in waiting:  # one of the group broke it (a full disk, say): the others get a try of their own
                    self._commit(connection, [write])
            else:
                _refuse(waiting, error)
            return
        for future, result in done:
            future.set_result(result)


def _run_job(
    connection: Connection,
    job: Callable[[Connection], Any],
    future: Future[Any],
    done: list[tuple[Future[Any], Any]],
) -> None:
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        result = job(connection)
    except BaseException as error:  # noqa: BLE001 - it is the caller's; the other jobs of the group go on
        _refuse([(job, future)], error)
        # SQLite drops the whole transaction on some faults; then this raises, and the group is done anew.
        connection.exec_driver_sql("ROLLBACK TO job")
    else:
        done.append((future, result))
    connection.exec_driver_sql("RELEASE job")


def _refuse(writes: list[_Write], error: BaseException) -> None:
    for _, future in writes:
        future.set_exception(translate(error) if isinstance(error, DBAPIError) else error)


def translate(error: DBAPIError) -> WorksteadError | DBAPIError:
    """The sentence for what a database can answer to correct statements; anything else is a fault of ours."""
    text = str(error.orig)
    if "disk is full" in text or "No space left" in text or "disk I/O error" in text:
        return OutOfSpace("the server's disk is full: free some space there and try again; nothing was written")
    if isinstance(error, IntegrityError):
        return Conflict("somebody else wrote the same thing at the same moment; read it again and decide")
    if isinstance(error, OperationalError) and error.connection_invalidated:
        return Unavailable("the database does not answer; try again in a moment")
    return error


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=READERS, max_overflow=READERS)
    engine = create_engine(url, pool_size=READERS + 2, max_overflow=0, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions of its own: "begin" below says which kind is wanted.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "cache_size=-16384",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("workstead_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
