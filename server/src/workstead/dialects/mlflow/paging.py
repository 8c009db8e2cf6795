"""MLflow's pages: a token is the place where the next one begins, and marks of the search that it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from workstead.dialects.mlflow.errors import invalid
from workstead.foundation import pages
from workstead_wire.errors import InvalidInput


def offset_of(token: str | None, marks: Mapping[str, str] | None = None) -> int:
    """Where the page begins. ``marks`` has, by what to say where it differs, what must be as it was in the token.

    Raises:
        Refused: it is no token, or one of another search.
    """
    try:
        place = pages.decode_cursor(token, int, str)
    except InvalidInput as error:
        raise invalid("Invalid page token, could not base64-decode") from error
    if place is None:
        return 0
    known = place[1].split()
    if len(known) != len(marks or {}):
        raise invalid("Invalid page token: it is of another kind of search")
    for before, (sentence, now) in zip(known, (marks or {}).items(), strict=True):
        if before != now:
            raise invalid(f"{sentence}; ask for the first page of the new search")
    return place[0]


def mark(asked: Any) -> str:
    """A short text that differs where what was asked differs."""
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16]


def page(name: str, made: list[Any], offset: int, limit: int, marks: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A reply with up to ``limit`` of ``made``; one more tells that a page follows."""
    reply: dict[str, Any] = {name: made[:limit]}
    if len(made) > limit:
        reply["next_page_token"] = pages.encode_cursor(offset + limit, " ".join((marks or {}).values()))
    return reply
