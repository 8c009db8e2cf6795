"""PostgreSQL: every read and write in a thread and on a connection of its own, done again where that is safe.

A write is ``SERIALIZABLE``: it either finds the database as if it were alone, or is done again; so a service may read,
decide and write, and is right with any number of servers. A function that is marked ``locks_first`` takes the rows
it depends on by ``FOR UPDATE`` instead and runs ``READ COMMITTED``: many at once then wait and none is done twice.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from workstead.foundation.answers import is_away, sqlstate, translate
from workstead.foundation.rows import said_by_sqlalchemy
from workstead_wire.errors import Unavailable

_log = logging.getLogger("workstead")

T = TypeVar("T")

PATIENCE_S = 15.0
"""How long a read or write waits for a database that is away or in which others are always first."""

_SPARE = 2
"""Connections for what does not run in the threads here: start-up and tests."""
_CROSSED = ("40001", "40P01")
"""Others wrote what this transaction had read, or two waited for each other: it left no trace."""
_TAKEN = "23505"
"""A unique key was there already: perhaps since a moment ago, and then a second look tells what to do."""
_LOOKS = 3


class Postgres:
    """A database on a PostgreSQL server. ``connections`` bounds what runs at once."""

    def __init__(self, url: URL, connections: int) -> None:
        try:
            self.engine = create_engine(url, pool_size=connections, max_overflow=_SPARE, pool_timeout=PATIENCE_S)
        except ModuleNotFoundError as error:
            raise ValueError(f"PostgreSQL needs a package: pip install 'workstead[postgresql]' ({error})") from error
        self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writing = self.engine.execution_options(isolation_level="SERIALIZABLE")
        self._locking = self.engine.execution_options(isolation_level="READ COMMITTED")
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="db")

    def read(self, job: Callable[[Connection], T]) -> Future[T]:
        """Run the job in one of the threads."""
        return self._threads.submit(self._do, self._reading, job, _deadline())

    def read_now(self, job: Callable[[Connection], T]) -> T:
        """Run the job on a snapshot, in this thread."""
        return self._do(self._reading, job, _deadline())

    def write(self, job: Callable[[Connection], T], *, locking: bool) -> Future[T]:
        """Run the job in one of the threads; done when it is on the disk. It may be run several times."""
        return self._threads.submit(self._do, self._locking if locking else self._writing, job, _deadline())

    def close(self) -> None:
        """Finish what was begun and close the connections."""
        self._threads.shutdown()
        self.engine.dispose()

    def _do(self, engine: Engine, job: Callable[[Connection], T], until: float) -> T:
        tries = 0
        while True:
            tries += 1
            committing = False
            try:
                with engine.connect() as connection:
                    result = job(connection)
                    committing = True
                    connection.commit()
                    return result
            except DBAPIError as error:
                if committing and error.connection_invalidated:
                    raise Unavailable(
                        "the database went away while it wrote; look whether it did, then try again"
                    ) from error
                pause = _pause(error, tries)
                if pause is None or time.monotonic() + pause > until:
                    raise translate(error) from error
            time.sleep(pause)


def copy_rows(
    connection: Connection, table: str, columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows by COPY, several times as fast as INSERT. Names and PostgreSQL's types are our own."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    driver: Any = connection.connection.driver_connection
    with said_by_sqlalchemy(connection, statement), driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _pause(error: DBAPIError, tries: int) -> float | None:
    """Seconds after which to do it again; None: not at all."""
    if is_away(error):
        if tries == 1:
            _log.warning("the database does not answer: %s", str(error.orig).splitlines()[0])
        return 0.1 + random.random() * 0.2  # noqa: S311 - no secret
    if sqlstate(error) in _CROSSED or (sqlstate(error) == _TAKEN and tries < _LOOKS):
        return random.random() * min(0.002 * 2**tries, 0.1)  # noqa: S311
    return None


def _deadline() -> float:
    return time.monotonic() + PATIENCE_S
