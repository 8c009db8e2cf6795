"""Leaving points out of a series without changing its picture."""

from __future__ import annotations

from collections.abc import Sequence


def thin(values: Sequence[float | None], points: int) -> list[int]:
    """Which of ``values`` to keep, ascending: about ``points`` of them (four at least).

    The first and the last stay, and of each of equally long buckets the smallest and the largest, so that every
    spike is still there. None is a gap (NaN): it is kept only where a bucket holds nothing else.
    """
    count = len(values)
    if count <= max(points, 4):
        return list(range(count))
    buckets = max(1, (points - 2) // 2)
    kept = {0, count - 1}
    for bucket in range(buckets):
        start, stop = bucket * count // buckets, (bucket + 1) * count // buckets
        kept.update(_extremes(values, start, stop))
    return sorted(kept)


def _extremes(values: Sequence[float | None], start: int, stop: int) -> tuple[int, int]:
    part = values[start:stop]
    present = part if None not in part else [value for value in part if value is not None]
    if not present:
        return start, start
    return start + part.index(min(present)), start + part.index(max(present))  # pyright: ignore[reportArgumentType, reportCallIssue]
