"""The database: runs a function of a Connection as a read or as a write, in threads, on SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, MetaData, make_url

from workstead.foundation.peers import Line
from workstead.foundation.postgres import Postgres
from workstead.foundation.sqlite import Sqlite
from workstead.foundation.turns import Turns

P = ParamSpec("P")
T = TypeVar("T")

metadata = MetaData()
"""All tables of all rooms."""

CONNECTIONS = 8

_locking: set[Callable[..., Any]] = set()


def locks_first(work: Callable[P, T]) -> Callable[P, T]:
    """Mark a write that takes the rows it depends on by ``FOR UPDATE`` before it reads what it will change.

    On PostgreSQL such writes wait for each other; all others are tried again when they were not alone.
    """
    _locking.add(work)
    return work


class Database:
    """An open database. ``read`` and ``write`` run a function of a Connection and return its value.

    A write may be run several times before it holds: the function changes nothing but the database.
    """

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        """Open it. ``connections``, for PostgreSQL: how many reads and writes run at once."""
        address = parse_url(url)
        self.is_sqlite = address.get_backend_name() == "sqlite"
        self._kind = Sqlite(address) if self.is_sqlite else Postgres(address, connections)
        self._more: Callable[[Connection], None] | None = None
        self.line = None if self.is_sqlite else Line(address)
        """What leads to other servers on the same database; SQLite has one server only."""
        self.turns = Turns(self.line)

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's view of the database."""
        return self._kind.engine

    def also(self, more: Callable[[Connection], None]) -> Database:
        """The same database, where every write does ``more`` as well, in the same transaction."""
        other = copy.copy(self)
        other._more = more  # noqa: SLF001 - our own kind
        return other

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on a snapshot of the database."""
        return await asyncio.wrap_future(self._kind.read(lambda connection: work(connection, *args, **kwargs)))

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in a transaction and return once it is durable; an exception undoes all that it did."""
        return await asyncio.wrap_future(self._submit(work, *args, **kwargs))

    def read_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``read``, from a thread that may block."""
        return self._kind.read_now(lambda connection: work(connection, *args, **kwargs))

    def write_now(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``write``, from a thread that may block."""
        return self._submit(work, *args, **kwargs).result()

    def _submit(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        def job(connection: Connection) -> T:
            result = work(connection, *args, **kwargs)
            if self._more is not None:
                self._more(connection)
            return result

        return self._kind.write(job, locking=work in _locking)

    def close(self) -> None:
        """Finish what was begun and let go of it."""
        self._kind.close()


def parse_url(url: str) -> URL:
    """The address in SQLAlchemy's form; ``postgresql://`` and ``postgres://`` mean the driver that we bring."""
    address = make_url(url)
    if address.drivername in ("postgres", "postgresql"):
        return address.set(drivername="postgresql+psycopg")
    return address
