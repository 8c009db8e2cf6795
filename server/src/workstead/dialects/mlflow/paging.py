"""MLflow's pages: a token is the place where the next one begins."""

from __future__ import annotations

from typing import Any

from workstead.dialects.mlflow.errors import invalid
from workstead.foundation import pages
from workstead_wire.errors import InvalidInput


def offset_of(token: str | None) -> int:
    """Where the page begins."""
    try:
        place = pages.decode_cursor(token, int)
    except InvalidInput as error:
        raise invalid("Invalid page token, could not base64-decode") from error
    return 0 if place is None else place[0]


def page(name: str, made: list[Any], offset: int, limit: int) -> dict[str, Any]:
    """A reply with up to ``limit`` of ``made``; one more tells that a page follows."""
    reply: dict[str, Any] = {name: made[:limit]}
    if len(made) > limit:
        reply["next_page_token"] = pages.encode_cursor(offset + limit)
    return reply
