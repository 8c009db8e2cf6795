"""SQLite: reads side by side, and one thread that writes and commits many writes at once.

An acknowledged write is on the disk: the database is in WAL mode with ``synchronous=FULL``, and a write's future is
resolved after the commit that holds it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from workstead.foundation.answers import translate
from workstead.foundation.expressions import matches
from workstead_wire.errors import Unavailable

T = TypeVar("T")

_Write = tuple[Callable[[Connection], Any], Future[Any]]

READERS = 4
GROUP = 256
"""Most writes that share one commit."""
CACHE_KIB = 4096
"""Pages that each connection keeps for itself, and so six times in all. The system keeps those of the file anyway."""


class Sqlite:
    """A database in a file."""

    def __init__(self, url: URL) -> None:
        options = {"check_same_thread": False}
        self.engine = create_engine(url, pool_size=READERS + 2, max_overflow=0, connect_args=options)
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")
        self._writer = _Writer(self)

    def read(self, job: Callable[[Connection], T]) -> Future[T]:
        """Run the job in one of the reading threads."""
        return self._readers.submit(self.read_now, job)

    def read_now(self, job: Callable[[Connection], T]) -> T:
        """Run the job on a snapshot, in this thread."""
        try:
            with self.engine.connect() as connection:
                return job(connection)
        except DBAPIError as error:
            raise translate(error) from error

    def write(self, job: Callable[[Connection], T], *, locking: bool) -> Future[T]:  # noqa: ARG002 - one writer: all do
        """Run the job in the writing thread; done when it is on the disk."""
        return self._writer.submit(job)

    def close(self) -> None:
        """Finish what was begun and let go of the file."""
        self._writer.close()
        self._readers.shutdown()
        self.engine.dispose()


class _Writer:
    """The one writer thread: takes what waits, runs each job under a savepoint, commits them all at once."""

    def __init__(self, database: Sqlite) -> None:
        self._engine = database.engine
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
                if len(batch) == 1:  # a fault undoes all there is, and so needs no savepoint
                    done.append((batch[0][1], batch[0][0](connection)))
                else:
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


def _prepare(connection: Any, _record: Any) -> None:
    # The driver must not open transactions of its own: "begin" below says which kind is wanted.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        f"cache_size=-{CACHE_KIB}",
        "temp_store=MEMORY",
        "case_sensitive_like=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("regexp", 2, matches, deterministic=True)


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("workstead_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
