"""Blocks of telemetry: written by the thousand, read newest first, passed over by time, kind and operation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, delete, func, insert, select, update

from workstead.foundation import clock, pages
from workstead.insights import tables as t
from workstead.insights.service import minutes
from workstead.insights.service.filter import read_filter
from workstead.insights.service.items import Item, kinds_of, make_telemetry, pack, sum_up, unpack
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Page
from workstead_wire.errors import NotFound
from workstead_wire.insights import TelemetryItem
from workstead_wire.workspaces import WorkspacePath

BLOCK = 4000
"""Most items of a block."""
_GROWS_UNTIL = 1000
"""A block with fewer items takes the next ones in."""
_SEARCH_S = 0.1
"""For how long a search looks before it answers with what it found, and a cursor to go on by."""
_OPERATION_MAX = 2000

_encode_sums = msgspec.msgpack.encode
_decode_sums = msgspec.msgpack.Decoder(set[int]).decode
_by_time = attrgetter("at")


class Batch(msgspec.Struct):
    """Items made ready to be kept, outside of any transaction."""

    items: list[Item]
    minutes: dict[int, minutes.Minute]
    values: dict[str, Any]


def prepare(items: list[Item]) -> Batch:
    """Items, ``BLOCK`` of them at most, as they will be kept."""
    items.sort(key=_by_time)
    return Batch(items, minutes.sum_up(items), _values(items))


def keep(conn: Connection, workspace_id: str, batch: Batch) -> int:
    """Write a batch; how many bytes more there are now."""
    minutes.add_minutes(conn, workspace_id, batch.minutes)
    b = t.telemetry_blocks
    newest = select(func.max(b.c.pk)).where(b.c.workspace_id == workspace_id).scalar_subquery()
    query = select(b).where(b.c.pk == newest, b.c.item_count < min(_GROWS_UNTIL, BLOCK - len(batch.items)))
    row = conn.execute(query).first()
    if row is None:
        conn.execute(insert(b).values(workspace_id=workspace_id, **batch.values))
        return batch.values["bytes"]
    # Items keep their places: cursors and ids are made of them.
    values = _values(unpack(row.body) + batch.items)
    conn.execute(update(b).where(b.c.pk == row.pk).values(values))
    return values["bytes"] - row.bytes


def drop_old(conn: Connection, workspace_id: str, before: int) -> None:
    """Delete the blocks of which all happened before a moment in microseconds."""
    c = t.telemetry_blocks.c
    conn.execute(delete(t.telemetry_blocks).where(c.workspace_id == workspace_id, c.last_at < before))


def drop_surplus(conn: Connection, workspace_id: str, surplus: int) -> None:
    """Delete the oldest blocks, until ``surplus`` bytes are gone."""
    c = t.telemetry_blocks.c
    query = select(c.pk, c.bytes).where(c.workspace_id == workspace_id).order_by(c.pk)
    for row in conn.execute(query):
        if surplus <= 0:
            break
        conn.execute(delete(t.telemetry_blocks).where(c.pk == row.pk))
        surplus -= row.bytes


def measure(conn: Connection, workspace_id: str) -> tuple[int, int]:
    """How many items are kept, and in how many bytes."""
    c = t.telemetry_blocks.c
    query = select(func.coalesce(func.sum(c.item_count), 0), func.coalesce(func.sum(c.bytes), 0))
    items, size = conn.execute(query.where(c.workspace_id == workspace_id)).one()
    return int(items), int(size)


def list_items(
    conn: Connection,
    where: WorkspacePath,
    text: str,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int | None,
) -> Page[TelemetryItem]:
    """Items that a filter lets through, those that came last first.

    A page may be short or empty although more follow: the search was long, and goes on at the page's cursor.
    """
    wanted = read_filter(text)
    begin = clock.from_datetime(since) if since else 0
    end = clock.from_datetime(until) if until else 1 << 62
    size = pages.check_limit(limit)
    place = pages.decode_cursor(cursor, int, int)
    query = _blocks(get_workspace_id(conn, where), begin, end)
    query = query.where(t.telemetry_blocks.c.kinds.op("&")(wanted.kinds) != 0)
    if place:
        query = query.where(t.telemetry_blocks.c.pk <= place[0])
    enough = time.monotonic() + _SEARCH_S
    found: list[TelemetryItem] = []
    for row in conn.execution_options(yield_per=4).execute(query):
        if wanted.operation and sum_up(wanted.operation) not in _decode_sums(row.operations):
            continue
        items = unpack(row.body)
        first = place[1] if place and place[0] == row.pk else len(items)
        for at in range(first - 1, -1, -1):
            item = items[at]
            if begin <= item.at < end and wanted.test(item):
                found.append(make_telemetry(item, row.pk, at))
                if len(found) == size:
                    return Page(items=found, next_cursor=pages.encode_cursor(row.pk, at))
        if time.monotonic() > enough:
            return Page(items=found, next_cursor=pages.encode_cursor(row.pk, 0))
    return Page(items=found)


def get_operation(conn: Connection, where: WorkspacePath, operation: str) -> list[TelemetryItem]:
    """All that one operation did, in the order in which it began; at most 2,000 items.

    Raises:
        NotFound: nothing of it is kept.
    """
    known = sum_up(operation)
    found: list[tuple[Item, int, int]] = []
    for pk in _blocks_with(conn, get_workspace_id(conn, where), known):
        body = conn.execute(select(t.telemetry_blocks.c.body).where(t.telemetry_blocks.c.pk == pk)).scalar_one()
        found += ((item, pk, at) for at, item in enumerate(unpack(body)) if item.operation == operation)
    if not found:
        raise NotFound(f"nothing of operation {operation[:80]!r} is kept here; it may be older than the retention")
    found.sort(key=lambda one: one[0].at)
    return [make_telemetry(*one) for one in found[:_OPERATION_MAX]]


class Place(msgspec.Struct, frozen=True):
    """How far somebody has read."""

    block: int = 0
    items: int = 0


def find_end(conn: Connection, workspace_id: str) -> Place:
    """The place behind all that has come."""
    c = t.telemetry_blocks.c
    query = select(c.pk, c.item_count).where(c.workspace_id == workspace_id).order_by(c.pk.desc()).limit(1)
    row = conn.execute(query).first()
    return Place(row.pk, row.item_count) if row else Place()


def read_after(conn: Connection, workspace_id: str, place: Place) -> tuple[list[tuple[Item, int, int]], Place]:
    """What came behind a place, each with its block and place there, and the new end."""
    c = t.telemetry_blocks.c
    fresh: list[tuple[Item, int, int]] = []
    query = select(c.pk, c.body).where(c.workspace_id == workspace_id, c.pk >= place.block).order_by(c.pk)
    for row in conn.execute(query):
        items = unpack(row.body)
        begin = place.items if row.pk == place.block else 0
        fresh += ((item, row.pk, at) for at, item in enumerate(items[begin:], begin))
        place = Place(row.pk, len(items))
    return fresh, place


def _blocks(workspace_id: str, begin: int, end: int) -> Select[Any, Any, Any]:
    c = t.telemetry_blocks.c
    mine = (c.workspace_id == workspace_id) & (c.last_at >= begin) & (c.first_at < end)
    return select(c.pk, c.operations, c.body).where(mine).order_by(c.pk.desc())


def _blocks_with(conn: Connection, workspace_id: str, known: int) -> Iterator[int]:
    c = t.telemetry_blocks.c
    rows = conn.execute(select(c.pk, c.operations).where(c.workspace_id == workspace_id)).all()
    return (row.pk for row in rows if known in _decode_sums(row.operations))


def _values(items: list[Item]) -> dict[str, Any]:
    times = [item.at for item in items]
    operations = _encode_sums({sum_up(item.operation) for item in items if item.operation})
    body = pack(items)
    return {
        "first_at": min(times), "last_at": max(times), "item_count": len(items), "kinds": kinds_of(items),
        "operations": operations, "body": body, "bytes": len(body) + len(operations),
    }  # fmt: skip
