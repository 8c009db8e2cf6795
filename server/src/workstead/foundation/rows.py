"""Statements straight to the driver, where each batch of metrics runs them or a hundred thousand rows come back.

SQLAlchemy's own way costs some 80 µs more a statement, and makes an object of each row.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Rows = Sequence[tuple[Any, ...]]


def mark(conn: Connection) -> str:
    """What stands for a value in a statement of this driver."""
    return "?" if conn.dialect.paramstyle == "qmark" else "%s"


def marks(count: int) -> str:
    """What stands for so many values in a list."""
    return ", ".join("?" * count)


def fetch(conn: Connection, statement: str, *given: Any) -> Rows:
    """All rows of a query, whose values are marked by ``?`` whatever the driver."""
    with _cursor(conn, statement) as cursor:
        cursor.execute(statement.replace("?", mark(conn)), given)
        return cursor.fetchall()


def execute(conn: Connection, statement: str, rows: Rows) -> None:
    """Run a statement for each of the rows (one at least), its values marked by ``?`` whatever the driver."""
    with _cursor(conn, statement) as cursor:
        if len(rows) == 1:
            cursor.execute(statement.replace("?", mark(conn)), rows[0])
        else:
            cursor.executemany(statement.replace("?", mark(conn)), rows)


@contextmanager
def said_by_sqlalchemy(conn: Connection, statement: str) -> Generator[None]:
    """Let faults of the driver be raised as they are of statements that pass through SQLAlchemy."""
    kind: type[Exception] = cast("Any", conn.dialect.loaded_dbapi).Error
    try:
        yield
    except kind as error:
        broken = bool(getattr(conn.connection.driver_connection, "broken", False))
        if broken:
            conn.invalidate(error)
        fault = DBAPIError.instance(statement, None, error, kind, connection_invalidated=broken)
        raise fault from error


@contextmanager
def _cursor(conn: Connection, statement: str) -> Generator[Any]:
    if not conn.in_transaction():
        conn.begin()
    with said_by_sqlalchemy(conn, statement):
        cursor = conn.connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()
