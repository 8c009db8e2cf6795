"""Pages in any order: rows that have the sort key first, then those without, each by cursor."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select

from workstead.foundation import pages
from workstead_wire.base import NON_FINITE, Page
from workstead_wire.errors import InvalidInput

_KEY: Any = int | float | str | None


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


def read_page(
    conn: Connection,
    filled: Select[Any],
    empty: Select[Any] | None,
    *,
    by: tuple[ColumnElement[Any], ColumnElement[int]],
    descending: bool,
    cursor: str | None,
    limit: int | None,
    make: Callable[[list[Row[Any]]], list[Any]],
) -> Page[Any]:
    """One page, sorted by ``by``: a key and, where keys are equal, an integer that is unique.

    ``filled`` selects rows whose key is there, ``empty`` those whose key is missing (None: there are none); apart,
    because only so does the database walk an index. Both select the key as ``sort_key`` and the integer as ``pk``.
    """
    size = pages.check_limit(limit)
    after = _decode(cursor, by[0])
    last = None if after is None else after[0]
    rows: list[Row[Any]] = []
    if after is None or last is not None:
        if after is not None:
            filled = filled.where(_behind(by, after, descending=descending))
        order = [column.desc() if descending else column.asc() for column in by]
        rows += conn.execute(filled.order_by(*order).limit(size + 1)).all()
    if empty is not None and len(rows) <= size:
        if after is not None and last is None:
            empty = empty.where(by[1] < after[1] if descending else by[1] > after[1])
        order = [by[1].desc() if descending else by[1].asc()]
        rows += conn.execute(empty.order_by(*order).limit(size + 1 - len(rows))).all()
    kept = rows[:size]
    following = _encode(kept[-1]) if len(rows) > size else None
    return Page(items=make(kept), next_cursor=following)


def _encode(row: Row[Any]) -> str:
    key = row.sort_key
    infinite = isinstance(key, float) and math.isinf(key)
    return pages.encode_cursor(("Infinity" if key > 0 else "-Infinity") if infinite else key, row.pk)


def _decode(cursor: str | None, key: ColumnElement[Any]) -> tuple[Any, int] | None:
    after = pages.decode_cursor(cursor, _KEY, int)
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
