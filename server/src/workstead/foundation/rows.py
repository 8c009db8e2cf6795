"""Rows as the driver has them, for statements that run for every batch or bring a hundred thousand rows.

SQLAlchemy's own way costs some 60 µs more a statement, and makes an object of each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection


def mark(conn: Connection) -> str:
    """What stands for a value in a statement of this driver."""
    return "?" if conn.dialect.paramstyle == "qmark" else "%s"


def fetch(conn: Connection, statement: str, *given: Any) -> Sequence[tuple[Any, ...]]:
    """All rows of a query, whose values are marked by ``?`` whatever the driver."""
    result = conn.exec_driver_sql(statement.replace("?", mark(conn)), given)
    cursor: Any = result.cursor
    rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    result.close()
    return rows
