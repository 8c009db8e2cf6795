"""MLflow's pages: a token is the place where the next one begins, and a mark of the search that it belongs to."""

from __future__ import annotations

from typing import Any

from workstead.dialects.mlflow.errors import invalid
from workstead.foundation import pages
from workstead_wire.errors import InvalidInput


def offset_of(token: str | None, mark: str = "") -> int:
    """Where the page begins.

    Raises:
        Refused: it is no token, or one of another search.
    """
    try:
        place = pages.decode_cursor(token, int, str)
    except InvalidInput as error:
        raise invalid("Invalid page token, could not base64-decode") from error
    if place is None:
        return 0
    if place[1] != mark:
        raise invalid("Invalid page token: its filter, order or experiments do not match those of the request")
    return place[0]


def page(name: str, made: list[Any], offset: int, limit: int, mark: str = "") -> dict[str, Any]:
    """A reply with up to ``limit`` of ``made``; one more tells that a page follows."""
    reply: dict[str, Any] = {name: made[:limit]}
    if len(made) > limit:
        reply["next_page_token"] = pages.encode_cursor(offset + limit, mark)
    return reply
