"""Pages in any order: rows that have the sort key first, then those without, each by cursor."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select

from workstead.foundation import pages
from workstead_wire.base import NON_FINITE, Page
from workstead_wire.errors import InvalidInput

_INTEGER: Any = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_KEY: Any = _INTEGER | float | str | None


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


class Sorted(msgspec.Struct, frozen=True, kw_only=True):
    """A list to be sorted by ``key`` and, where keys are equal, by ``tie``, an integer that is unique.

    ``filled`` selects the rows whose key is there, ``empty`` those whose key is missing (None: there are none), which
    are sorted by ``pk``; apart, because only so does the database walk an index. Both select the integer as ``pk``,
    ``filled`` the key as ``sort_key`` too.
    """

    filled: Select[Any]
    empty: Select[Any] | None
    key: ColumnElement[Any]
    tie: ColumnElement[int]
    pk: ColumnElement[int]


def read_page(
    conn: Connection,
    rows_of: Sorted,
    *,
    descending: bool,
    cursor: str | None,
    limit: int | None,
    make: Callable[[list[Row[Any]]], list[Any]],
) -> Page[Any]:
    """One page of a sorted list."""
    size = pages.check_limit(limit)
    after = _decode(cursor, rows_of.key)
    last = None if after is None else after[0]
    rows: list[Row[Any]] = []
    if after is None or last is not None:
        query = rows_of.filled
        if after is not None:
            query = query.where(_behind((rows_of.key, rows_of.tie), after, descending=descending))
        order = (_directed(rows_of.key, descending=descending), _directed(rows_of.tie, descending=descending))
        rows += conn.execute(query.order_by(*order).limit(size + 1)).all()
    query = rows_of.empty
    if query is not None and len(rows) <= size:
        if after is not None and last is None:
            query = query.where(rows_of.pk < after[1] if descending else rows_of.pk > after[1])
        order = _directed(rows_of.pk, descending=descending)
        rows += conn.execute(query.order_by(order).limit(size + 1 - len(rows))).all()
    kept = rows[:size]
    return Page(items=make(kept), next_cursor=_encode(kept[-1]) if len(rows) > size else None)


def _directed(column: ColumnElement[Any], *, descending: bool) -> ColumnElement[Any]:
    return column.desc() if descending else column.asc()


def _encode(row: Row[Any]) -> str:
    key: Any = getattr(row, "sort_key", None)
    if isinstance(key, float) and math.isinf(key):
        key = "Infinity" if key > 0 else "-Infinity"
    return pages.encode_cursor(key, row.pk)


def _decode(cursor: str | None, key: ColumnElement[Any]) -> tuple[Any, int] | None:
    after = pages.decode_cursor(cursor, _KEY, _INTEGER)
    if after is None or after[0] is None:
        return after  # pyright: ignore[reportReturnType]
    kind = key.type.python_type
    last = NON_FINITE.get(after[0], after[0]) if kind is float else after[0]
    if isinstance(last, str) != (kind is str):
        raise InvalidInput("the cursor was made for another order of this list; begin again without one")
    return last, after[1]


def _behind(
    by: tuple[ColumnElement[Any], ColumnElement[int]], place: tuple[Any, int], *, descending: bool
) -> ColumnElement[bool]:
    key, pk = by
    # "<=" beside the exact rule lets the database start its walk of the index at the right place.
    if descending:
        return (key <= place[0]) & ((key < place[0]) | (pk < place[1]))
    return (key >= place[0]) & ((key > place[0]) | (pk > place[1]))
