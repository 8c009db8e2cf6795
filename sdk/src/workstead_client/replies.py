"""What answers say: their bodies, and the errors that servers raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from workstead_wire.errors import ErrorReply, NotSignedIn, Unavailable, Unreachable, error_from

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

RETRY_STATUS = frozenset({502, 503, 504})
"""What a proxy answers while its server is away, or the server while it cannot."""


def read_reply(reply: BaseHTTPResponse, url: str) -> bytes:
    """An answer's body.

    Raises:
        Unreachable: it broke off.
    """
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - urllib3 is loaded by the first call

    try:
        return reply.data
    except HTTPError as error:
        raise Unreachable(f"the answer of {url} broke off ({reason_of(error)}); try again") from None


def raise_from(reply: BaseHTTPResponse) -> None:
    """Raise what an answer of 400 or above says."""
    data = reply.data
    try:
        error = msgspec.json.decode(data, type=ErrorReply)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        if reply.status in RETRY_STATUS:
            raise Unavailable(f"the server answered {reply.status}; try again in a moment") from None
        if reply.status == 401:  # noqa: PLR2004
            raise NotSignedIn("the server refused the token; run `workstead login`") from None
        raise error_from(
            msgspec.convert({"error": {"code": "error", "message": f"the server answered {reply.status}"}}, ErrorReply),
            reply.status,
        ) from None
    raise error_from(error, reply.status)


def reason_of(error: Exception) -> str:
    """What went wrong on the way, in a few words."""
    cause = getattr(error, "reason", None) or error
    text = str(cause)
    if "refused" in text:
        return "connection refused"
    if "timed out" in text:
        return "timed out"
    if "resolve" in text:
        return "unknown host name"
    return type(cause).__name__
