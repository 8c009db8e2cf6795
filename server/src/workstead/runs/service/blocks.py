"""Summaries of blocks of points, kept as the points come in, so that a long series is thinned without reading it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import Connection, select

from workstead.foundation.rows import fetch
from workstead.runs import tables as t
from workstead.runs.service import values

BLOCK = 128
"""Points a block: a row of about 31 bytes for 128 points of 28, and 7,800 rows for a million points."""

_POINTS = "SELECT place, value FROM points WHERE"
_NUMBERS = f"{_POINTS} place >= ? AND place < ? ORDER BY place"
_CELLS = 'SELECT place, "row" FROM cells WHERE place >= ? AND place < ?'

_RANGES = 100
"""Ranges of points that one query asks for."""

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


class Growth(NamedTuple):
    """Numbers on their way to a metric, behind the ``before`` points that it has."""

    metric_pk: int
    before: int
    fresh: Sequence[float | None]

    @property
    def start(self) -> int:
        """Where the first block begins that they may make full."""
        return self.before - self.before % BLOCK

    @property
    def stop(self) -> int:
        """Where the last block ends that they make full; not behind ``start`` when there is none."""
        stop = self.before + len(self.fresh)
        return stop - stop % BLOCK


def grow(conn: Connection, growths: Iterable[Growth]) -> list[Any]:
    """The rows, flat, of the blocks that fresh numbers make full.

    Call it before the fresh points are written. A block that is not full has no row: writing one point costs nothing
    here but once in ``BLOCK`` times, when the others of its block are read again.
    """
    full = [growth for growth in growths if growth.start < growth.stop]
    begun = _read_begun(conn, [growth for growth in full if growth.start < growth.before])
    flat: list[Any] = []
    for growth in full:
        numbers = [*begun.get(growth.metric_pk, ()), *growth.fresh]
        base = t.place(growth.metric_pk, 0)
        for begin in range(growth.start, growth.stop, BLOCK):
            at = begin - growth.start
            block = summarise(numbers[at : at + BLOCK], begin)
            flat += (base + begin // BLOCK, block.low, block.low_at - begin, block.high, block.high_at - begin)
    return flat


def _read_begun(conn: Connection, growths: Sequence[Growth]) -> dict[int, list[float | None]]:
    """What the blocks that are not full yet hold, by metric; a query for many, since a batch has many metrics."""
    found: dict[int, list[float | None]] = {growth.metric_pk: [] for growth in growths}
    for at in range(0, len(growths), _RANGES):
        part = growths[at : at + _RANGES]
        spans = [t.place(g.metric_pk, index) for g in part for index in (g.start, g.before)]
        # Ranges joined by OR and put in order by the database would make SQLite read the whole table.
        asked = " UNION ALL ".join([f"{_POINTS} place >= ? AND place < ?"] * len(part))
        for place, number in sorted(fetch(conn, asked, *spans), key=_first):
            found[place >> t.PLACE_BITS].append(number)
    for growth in growths:
        if len(found[growth.metric_pk]) < growth.before - growth.start:  # not all of them are numbers
            found[growth.metric_pk] = read_numbers(conn, growth.metric_pk, growth.start, growth.before)
    return found


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
    numbers = fetch(conn, _NUMBERS, here, there)
    if len(numbers) == stop - start:
        return [number for _, number in numbers]
    cells = fetch(conn, _CELLS, here, there)
    pairs = [*numbers, *((place, as_float(_decode_cells(row))) for place, row in cells)]
    pairs.sort(key=_first)
    return [number for _, number in pairs]


def as_float(cells: Sequence[Any]) -> float | None:
    """The double nearest to a whole number too large to be kept as one; None for every other row of cells."""
    cell = cells[0] if cells else None
    return float(cell) if type(cell) is int and abs(cell) < values.LARGEST else None


def _raw(conn: Connection, metric_pk: int, start: int, stop: int) -> list[Block]:
    numbers = read_numbers(conn, metric_pk, start, stop) if start < stop else []
    return [summarise(numbers[at : at + BLOCK], start + at) for at in range(0, len(numbers), BLOCK)]
