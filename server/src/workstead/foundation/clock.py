"""Time: UTC, stored in microseconds since 1970, spoken as datetime."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def to_datetime(microseconds: int) -> datetime:
    """The moment as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def to_datetime_or_none(microseconds: int | None) -> datetime | None:
    """As ``to_datetime``; None stays None."""
    return None if microseconds is None else to_datetime(microseconds)


def from_datetime(moment: datetime) -> int:
    """Microseconds since 1970; a moment without zone is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)
