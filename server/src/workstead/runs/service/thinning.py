"""Leaving points out of a series without changing its picture."""

from __future__ import annotations

from collections.abc import Sequence

from workstead.runs.service.blocks import Block, merge, summarise

LEAST = 4
"""Fewest points that a series is thinned to: its ends and its extremes."""


def thin(values: Sequence[float | None], points: int) -> list[int]:
    """Which of ``values`` to keep, ascending: about ``points`` of them (four at least).

    The first and the last stay, and of each of equally long buckets the smallest and the largest, so that every
    spike is still there. None is a gap (NaN): it is kept only where a bucket holds nothing else.
    """
    count = len(values)
    if count <= max(points, LEAST):
        return list(range(count))
    buckets = _buckets(points)
    kept = {0, count - 1}
    for bucket in range(buckets):
        start, stop = bucket * count // buckets, (bucket + 1) * count // buckets
        block = summarise(values[start:stop], start)
        kept.update((block.low_at, block.high_at))
    return sorted(kept)


def thin_blocks(blocks: Sequence[Block], stop: int, points: int) -> list[int]:
    """As ``thin``, for points below index ``stop`` of which only their blocks are known.

    A bucket is so many blocks, one at least; so fewer than ``points`` may stay.
    """
    count = len(blocks)
    if not count:
        return []
    buckets = min(_buckets(points), count)
    kept = {blocks[0].begin, stop - 1}
    for bucket in range(buckets):
        block = merge(blocks[bucket * count // buckets : (bucket + 1) * count // buckets])
        kept.update((block.low_at, block.high_at))
    return sorted(kept)


def _buckets(points: int) -> int:
    return max(1, (points - 2) // 2)
