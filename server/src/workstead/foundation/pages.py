"""Paging by cursor: the place after the last row seen, so that the thousandth page costs what the first does."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from workstead_wire.base import Page
from workstead_wire.errors import InvalidInput

R = TypeVar("R")
T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000


def encode_cursor(*place: Any) -> str:
    """An opaque cursor from the sort keys of the last row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def decode_cursor(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """The sort keys that ``encode_cursor`` was given, None for the first page.

    Raises:
        InvalidInput: the cursor was not made for this list.
    """
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = msgspec.json.decode(raw, type=tuple[kinds])  # pyright: ignore[reportInvalidTypeArguments]
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise _no_cursor(cursor) from error
    if any(isinstance(part, int) and abs(part) >= 1 << 63 for part in place):  # no column holds it
        raise _no_cursor(cursor)
    return place


def _no_cursor(cursor: str) -> InvalidInput:
    return InvalidInput(f"{cursor[:80]!r} is no cursor of this list; begin again without one")


def check_limit(limit: int | None) -> int:
    """Rows a page: 50 unless told, at most 1000."""
    if limit is None:
        return DEFAULT_LIMIT
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput(f"limit is {limit}, but must be between 1 and {MAX_LIMIT}")
    return limit


def page(rows: Sequence[R], limit: int, make: Callable[[R], T], place: Callable[[R], tuple[Any, ...]]) -> Page[T]:
    """A page out of up to ``limit + 1`` rows; the surplus row tells that more follow."""
    kept = rows[:limit]
    cursor = encode_cursor(*place(kept[-1])) if len(rows) > limit else None
    return Page(items=[make(row) for row in kept], next_cursor=cursor)
