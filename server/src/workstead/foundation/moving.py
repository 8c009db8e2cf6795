"""Moves all rows of a SQLite database to an empty PostgreSQL one, in batches, and compares them row by row afterwards.

How far it came is kept in the target beside the rows, in the same transactions: a move that broke off is taken up
where it was, and a server does not start on a database that is half there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    String,
    Table,
    Text,
    cast,
    collate,
    inspect,
    select,
    text,
    tuple_,
)

from workstead.foundation.db import metadata
from workstead.foundation.postgres import copy_rows
from workstead.foundation.schema import MOVING, ensure_schema, learn
from workstead_wire.errors import Conflict

BATCH = 20_000

Tell = Callable[[str, int], None]
"""Hears of a table how many of its rows are done."""

_encode = msgspec.json.encode


def move_rows(source: Engine, target: Engine, name: str, tell: Tell) -> int:
    """Bring every row of ``source`` to ``target``; ``name`` says which source this is, should it be taken up again.

    Returns how many rows there are now.

    Raises:
        Conflict: the target holds something else, or its rows are not those of the source.
    """
    ensure_schema(source)
    _begin(target, name)
    total = 0
    for table in metadata.sorted_tables:
        total += _copy(source, target, table, tell)
    with target.begin() as conn:
        for table in metadata.sorted_tables:
            _set_sequence(conn, table)
    for table in metadata.sorted_tables:
        compare_rows(source, target, table)
    with target.begin() as conn:
        conn.execute(text(f"DROP TABLE {MOVING}"))
    learn(target)
    return total


def compare_rows(source: Engine, target: Engine, table: Table) -> None:
    """Make sure that a table has the same rows on both sides.

    Raises:
        Conflict: it has not; the sentence names the first row that differs.
    """
    with source.connect() as one, target.connect() as other:
        both = itertools.zip_longest(_read(one, table, None), _read(other, table, None))
        for number, (mine, theirs) in enumerate(both):
            if mine is None or theirs is None or tuple(mine) != tuple(theirs):
                raise Conflict(
                    f"row {number} of table {table.name} is not the same in both databases; nothing was deleted: "
                    "empty the target and move again"
                )


def _begin(target: Engine, name: str) -> None:
    with target.begin() as conn:
        if inspect(conn).has_table(MOVING):
            known = conn.execute(text(f"SELECT last FROM {MOVING} WHERE name = ''")).scalar()  # noqa: S608 - our own word
            if known != name:
                raise Conflict(f"the target is half filled from {known}; go on with that, or empty the target")
            return
    ensure_schema(target)
    with target.begin() as conn:
        for table in metadata.sorted_tables:
            if conn.execute(select(text("1")).select_from(table).limit(1)).first():
                raise Conflict(f"the target is not empty: its table {table.name} has rows; give a new database")
        conn.execute(text(f"CREATE TABLE {MOVING} (name VARCHAR(64) PRIMARY KEY, last TEXT, rows BIGINT NOT NULL)"))
        _keep(conn, "", name, 0)


def _copy(source: Engine, target: Engine, table: Table, tell: Tell) -> int:
    with target.connect() as conn:
        found = conn.execute(text(f"SELECT last, rows FROM {MOVING} WHERE name = :n"), {"n": table.name}).first()  # noqa: S608
    done = found.rows if found else 0
    last = msgspec.json.decode(found.last) if found else None
    columns = list(table.columns)
    keys = [columns.index(column) for column in table.primary_key]
    with source.connect() as conn:
        rows = _read(conn, table, last)
        while batch := list(itertools.islice(rows, BATCH)):
            with target.begin() as other:
                names = [f'"{column.name}"' for column in columns]
                copy_rows(other, f'"{table.name}"', names, [_type(other, column) for column in columns], batch)
                done += len(batch)
                _keep(other, table.name, _encode([batch[-1][key] for key in keys]).decode(), done)
            tell(table.name, done)
    return done


def _read(conn: Connection, table: Table, after: Sequence[Any] | None) -> Iterator[Sequence[Any]]:
    """Rows by key, in one order on both databases, as they are kept: JSON is the text that it was."""
    here = conn.dialect.name == "postgresql"
    keys = [collate(key, "C") if here and isinstance(key.type, String) else key for key in table.primary_key]
    query = select(*(cast(c, Text) if isinstance(c.type, JSON) else c for c in table.columns)).order_by(*keys)
    if after is not None:
        query = query.where(tuple_(*table.primary_key) > tuple_(*after))
    yield from conn.execution_options(yield_per=BATCH).execute(query)


def _type(conn: Connection, column: Column[Any]) -> str:
    """PostgreSQL's name of a column's type; JSON travels as its text."""
    name = column.type.compile(conn.dialect).lower().partition("(")[0]
    return {
        "bigint": "int8", "integer": "int4", "double precision": "float8", "boolean": "bool", "bytea": "bytea",
        "varchar": "text", "text": "text", "json": "text",
    }[name]  # fmt: skip


def _keep(conn: Connection, name: str, last: str, rows: int) -> None:
    conn.execute(
        text(
            f"INSERT INTO {MOVING} VALUES (:name, :last, :rows) "  # noqa: S608
            "ON CONFLICT (name) DO UPDATE SET last = :last, rows = :rows"
        ),
        {"name": name, "last": last, "rows": rows},
    )


def _set_sequence(conn: Connection, table: Table) -> None:
    column = table.autoincrement_column
    if column is None:
        return
    query = "SELECT setval(pg_get_serial_sequence(:table, :column), (SELECT max({0}) FROM {1}))"
    quoted = query.format(f'"{column.name}"', f'"{table.name}"')
    conn.execute(text(quoted), {"table": f'"{table.name}"', "column": column.name})
