"""Summaries of blocks of points, kept as the points come in, so that a long series is thinned without reading it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import Connection, select

from workstead.runs import tables as t
from workstead.runs.service import values

BLOCK = 128
"""Points a block: a row of about 31 bytes for 128 points of 28, and 7,800 rows for a million points."""

_decode_cells = msgspec.json.Decoder(list[Any]).decode
_first = itemgetter(0)


class Block(NamedTuple):
    """A stretch of a metric's points: where it begins, and where its smallest and largest number lie.

    All three are indexes within the metric. Without any number (all NaN), ``low`` and ``high`` are None and both
    indexes are the beginning.
    """

    begin: int
    low: float | None
    low_at: int
    high: float | None
    high_at: int


def summarise(numbers: Sequence[float | None], begin: int) -> Block:
    """The block that ``numbers`` (one at least, None where there is none) are, the first of them at ``begin``."""
    gaps = None in numbers
    present = cast("Sequence[float]", numbers) if not gaps else [number for number in numbers if number is not None]
    if not present:
        return Block(begin, None, begin, None, begin)
    low, high = min(present), max(present)
    return Block(begin, low, begin + numbers.index(low), high, begin + numbers.index(high))


def merge(blocks: Sequence[Block]) -> Block:
    """The one block that blocks which follow one another (one at least) are together."""
    present = [block for block in blocks if block.low is not None]
    if not present:
        return blocks[0]
    low = min(present, key=itemgetter(1))
    high = max(present, key=itemgetter(3))
    return Block(blocks[0].begin, low.low, low.low_at, high.high, high.high_at)


def grow(conn: Connection, metric_pk: int, before: int, fresh: Sequence[float | None]) -> Iterable[tuple[Any, ...]]:
    """The rows of the blocks that ``fresh`` numbers, behind ``before`` points already kept, make full.

    Call it before the fresh points are written. A block that is not full has no row: writing one point costs nothing
    here but once in ``BLOCK`` times, when the others of its block are read again.
    """
    start = before - before % BLOCK
    stop = before + len(fresh)
    stop -= stop % BLOCK
    if start >= stop:
        return
    if start < before:
        fresh = [*read_numbers(conn, metric_pk, start, before), *fresh]
    base = t.place(metric_pk, 0)
    for begin in range(start, stop, BLOCK):
        block = summarise(fresh[begin - start : begin - start + BLOCK], begin)
        yield base + begin // BLOCK, block.low, block.low_at - begin, block.high, block.high_at - begin


def read_blocks(conn: Connection, metric_pk: int, start: int, stop: int) -> list[Block]:
    """What the points from index ``start`` to below ``stop`` are, in blocks of at most ``BLOCK`` points."""
    first, last = -(-start // BLOCK), stop // BLOCK
    if first >= last:
        return _raw(conn, metric_pk, start, stop)
    c, base = t.blocks.c, t.place(metric_pk, 0)
    query = (
        select(c.place, c.low, c.low_at, c.high, c.high_at)
        .where(c.place >= base + first, c.place < base + last)
        .order_by(c.place)
    )
    found = _raw(conn, metric_pk, start, first * BLOCK)
    for place, low, low_at, high, high_at in conn.execute(query):
        begin = (place - base) * BLOCK
        found.append(Block(begin, low, begin + low_at, high, begin + high_at))
    return found + _raw(conn, metric_pk, last * BLOCK, stop)


def read_numbers(conn: Connection, metric_pk: int, start: int, stop: int) -> list[float | None]:
    """The numbers from index ``start`` to below ``stop``, as doubles; None is NaN, or no number at all."""
    here, there = t.place(metric_pk, start), t.place(metric_pk, stop)
    p, c = t.points.c, t.cells.c
    where = (p.place >= here, p.place < there)
    numbers = conn.execute(select(p.value).where(*where).order_by(p.place)).scalars().all()
    if len(numbers) == stop - start:
        return list(numbers)
    pairs = [(row.place, row.value) for row in conn.execute(select(p.place, p.value).where(*where))]
    cells = select(c.place, c.row).where(c.place >= here, c.place < there)
    pairs += [(row.place, as_float(_decode_cells(row.row))) for row in conn.execute(cells)]
    pairs.sort(key=_first)
    return [pair[1] for pair in pairs]


def as_float(cells: Sequence[Any]) -> float | None:
    """The double nearest to a whole number too large to be kept as one; None for every other row of cells."""
    cell = cells[0] if cells else None
    return float(cell) if type(cell) is int and abs(cell) < values.LARGEST else None


def _raw(conn: Connection, metric_pk: int, start: int, stop: int) -> list[Block]:
    numbers = read_numbers(conn, metric_pk, start, stop) if start < stop else []
    return [summarise(numbers[at : at + BLOCK], start + at) for at in range(0, len(numbers), BLOCK)]
