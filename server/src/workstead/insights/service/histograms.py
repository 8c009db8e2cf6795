"""Durations counted in buckets whose bounds grow by a tenth: any percentile is known to within 5 %."""

from __future__ import annotations

import math
from collections.abc import Mapping

GROWTH = 1.1
_LOG = math.log(GROWTH)
_LEAST_MS = 1e-3
_MOST_MS = 1e9

Histogram = dict[int, float]
"""Bucket → how many. Bucket ``b`` holds durations in milliseconds from ``GROWTH ** b`` up to the next."""


def find_bucket(duration_ms: float) -> int:
    """The bucket that a duration falls into; those under a microsecond share one."""
    return math.floor(math.log(min(max(duration_ms, _LEAST_MS), _MOST_MS)) / _LOG)


def merge(into: Histogram, more: Mapping[int, float]) -> None:
    """Add what another histogram counted."""
    for bucket, count in more.items():
        into[bucket] = into.get(bucket, 0) + count


def find_percentile(histogram: Mapping[int, float], share: float) -> float | None:
    """The duration in milliseconds that ``share`` (0 to 1) of all do not exceed; None of an empty histogram."""
    left = share * sum(histogram.values())
    for bucket in sorted(histogram):
        left -= histogram[bucket]
        if left <= 1e-9:  # noqa: PLR2004 - sums of floats
            return GROWTH ** (bucket + 0.5)
    return None
