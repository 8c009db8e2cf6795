"""Pages in any order: rows that have the sort key first, then those without, each by cursor.

A list sorted by a key falls into ranks, in the same order upwards and downwards: rows with a value, then those that
lack it in one way or another. Each rank is walked along an index, so that the thousandth page costs what the first
does; a cursor holds rank, value and row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select

from workstead.foundation import pages
from workstead_wire.base import NON_FINITE, Page
from workstead_wire.errors import InvalidInput

Integer: Any = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Value: Any = Integer | float | str | None
FIRST, LAST = -1, 2**63 - 1
"""Below and above every row's ``pk``."""


class Order(msgspec.Struct, frozen=True):
    """A sort key as it was asked for: ``created_at desc``."""

    key: str
    descending: bool = False


def parse_order(text: str) -> Order:
    """``KEY [asc|desc]``; a key may hold blanks, as metrics' names do."""
    key, _, direction = text.strip().rpartition(" ")
    if key and direction.lower() in ("asc", "desc"):
        return Order(key.strip(), direction.lower() == "desc")
    return Order(text.strip())


def unknown_order(order: Order, known: str) -> InvalidInput:
    """The error for a key that a list has not."""
    return InvalidInput(f"this list cannot be sorted by {order.key!r}; it can by {known}")


class Rank(msgspec.Struct, frozen=True):
    """Rows that are alike in having a value, or in lacking it.

    ``rows`` selects an integer that is unique as ``pk``; ``tie`` is that integer in the table whose index is walked.
    """

    rows: Select[Any]
    tie: ColumnElement[int]
    value: ColumnElement[Any] | None = None


def rank_by_column(rows: Select[Any], column: ColumnElement[Any], tie: ColumnElement[int]) -> list[Rank]:
    """The ranks of a column that may be NULL."""
    return [Rank(rows.where(column.is_not(None)), tie, column), Rank(rows.where(column.is_(None)), tie)]


def read_page(
    conn: Connection,
    ranks: Sequence[Rank],
    *,
    descending: bool,
    cursor: str | None,
    limit: int | None,
    make: Callable[[list[Row[Any]]], list[Any]],
) -> Page[Any]:
    """One page of a sorted list."""
    size = pages.check_limit(limit)
    found = walk(conn, ranks, decode(cursor, Integer, Value, Integer) or (0,), size + 1, descending=descending)
    places, rows = [place for place, _ in found], [row for _, row in found]
    more = len(rows) > size
    return Page(items=make(rows[:size]), next_cursor=encode(*places[size - 1]) if more else None)


def walk(
    conn: Connection, ranks: Sequence[Rank], start: Sequence[Any], count: int, *, descending: bool
) -> list[tuple[tuple[int, Any, int], Row[Any]]]:
    """The first rows, at most ``count``, that come after the place ``start``, or in the rank that is all of it."""
    first, *after = start
    if not 0 <= first < len(ranks):
        raise other_order()
    found: list[tuple[tuple[int, Any, int], Row[Any]]] = []
    for number, rank in enumerate(ranks[first:], first):
        rows = _walk(conn, rank, after, count - len(found), descending=descending)
        found += [((number, None if rank.value is None else row.sort_key, row.pk), row) for row in rows]
        after = []
        if len(found) >= count:
            break
    return found


def _walk(conn: Connection, rank: Rank, after: list[Any], limit: int, *, descending: bool) -> Sequence[Row[Any]]:
    query = rank.rows
    by = [rank.tie] if rank.value is None else [rank.value, rank.tie]
    if rank.value is not None:
        query = query.add_columns(rank.value.label("sort_key"))
    if after:
        query = query.where(_behind(rank, check_value(rank.value, after[0]), after[1], descending=descending))
    return conn.execute(query.order_by(*(directed(column, descending=descending) for column in by)).limit(limit)).all()


def directed(column: ColumnElement[Any], *, descending: bool) -> ColumnElement[Any]:
    """The column as ORDER BY takes it."""
    return column.desc() if descending else column.asc()


def beyond(column: ColumnElement[Any], value: Any, *, descending: bool) -> ColumnElement[bool]:
    """Comes after the value in the order."""
    return column < value if descending else column > value


def encode(*place: Any) -> str:
    """The cursor of a row that lies at this place."""
    return pages.encode_cursor(*(_spell(part) if isinstance(part, float) else part for part in place))


def decode(cursor: str | None, *kinds: Any) -> tuple[Any, ...] | None:
    """The place that ``encode`` was given; None for the first page."""
    return pages.decode_cursor(cursor, *kinds)


def check_value(column: ColumnElement[Any] | None, value: Any) -> Any:
    """A cursor's value as the column holds it; an error if it was made for another order."""
    if column is None or value is None:
        if value is None and column is None:
            return None
        raise other_order()
    kind = column.type.python_type
    found = NON_FINITE.get(value, value) if kind is float and isinstance(value, str) else value
    if isinstance(found, str) != (kind is str):
        raise other_order()
    return found


def other_order() -> InvalidInput:
    """The error for a cursor that some other list has given."""
    return InvalidInput("the cursor was made for another order of this list; begin again without one")


def _spell(value: float) -> float | str:
    return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"


def _behind(rank: Rank, value: Any, pk: int, *, descending: bool) -> ColumnElement[bool]:
    later = beyond(rank.tie, pk, descending=descending)
    if rank.value is None:
        return later
    # "<=" beside the exact rule lets the database start its walk of the index at the right place.
    start = rank.value <= value if descending else rank.value >= value
    return start & (beyond(rank.value, value, descending=descending) | later)
