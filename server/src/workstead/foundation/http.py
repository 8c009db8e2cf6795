"""The door: errors become answers in one place, and every route says what its caller must be allowed to do."""

from __future__ import annotations

import logging
import traceback
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.params import Parameter

from workstead_wire.errors import ErrorBody, ErrorReply, WorksteadError

_log = logging.getLogger("workstead")
_MESSAGE_MAX = 4000

READ = {"verb": "read"}
WRITE = {"verb": "write"}
MANAGE = {"verb": "manage"}
"""Owners only."""
SELF = {"verb": "self"}
"""Any caller who is signed in, whatever the token's scope."""
PUBLIC = {"verb": "public"}
"""No sign-in at all."""


def operation(name: str, inside: str = "") -> dict[str, str]:
    """What the activity log calls the writes of a route; stands beside the route's verb, joined by ``|``.

    ``inside`` leads from the workspace to what is changed, in the route's parameters: ``computes/{name}``.
    """
    return {"operation": name, "inside": inside}


Cursor = Annotated[str | None, Parameter(query="cursor", description="next_cursor of the page before")]
"""Where a page of a list begins."""
Limit = Annotated[int | None, Parameter(query="limit", description="rows a page, 50 unless told, at most 1000")]
"""How long it is."""


def answer_error(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Turn whatever was raised into the one error shape."""
    if isinstance(error, WorksteadError):
        return _reply(error.status, error.body().error)
    if isinstance(error, HTTPException):
        if error.status_code >= 500:  # noqa: PLR2004
            _log.error("unexpected error in the framework", exc_info=error)
        return _reply(error.status_code, _from_framework(error))
    if isinstance(error, RecursionError) and "deserializing" in str(error):
        sentence = "the request's JSON is nested too deeply"
        return _reply(400, ErrorBody(code="invalid_input", message=sentence))
    if isinstance(error, UnicodeDecodeError) and traceback.extract_tb(error.__traceback__)[-1].name == "decode_json":
        sentence = f"the request's JSON is not UTF-8 ({error.reason} at byte {error.start} of a text)"
        return _reply(400, ErrorBody(code="invalid_input", message=sentence))
    _log.error("unexpected error", exc_info=error)
    sentence = "the server made a mistake; its log (logs/server.log in the home) has the details"
    return _reply(500, ErrorBody(code="error", message=sentence))


def _from_framework(error: HTTPException) -> ErrorBody:
    if isinstance(error, ValidationException):
        reasons = "; ".join(_reason(item) for item in error.extra or []) or error.detail
        if reasons == "data: 'data'":  # what Litestar says of a body that is not there
            reasons = "it has no body, but needs one in JSON"
        return ErrorBody(code="invalid_input", message=f"the request is not of its form: {reasons}")
    if isinstance(error, MethodNotAllowedException):
        return ErrorBody(code="invalid_input", message="this address does not take that method; see /api/v1/docs")
    if isinstance(error, NotFoundException):
        return ErrorBody(
            code="not_found", message="there is nothing at this address; see /api/v1/docs for all there are"
        )
    code = "invalid_input" if isinstance(error, ClientException) else "error"
    return ErrorBody(code=code, message=error.detail)


def _reason(item: Any) -> str:
    if isinstance(item, dict):
        key = item.get("key")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        message = item.get("message")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return f"{key}: {message}" if key else str(message)  # pyright: ignore[reportUnknownArgumentType]
    return str(item)


def _reply(status: int, body: ErrorBody) -> Response[bytes]:
    if len(body.message) > _MESSAGE_MAX:  # a value that the caller sent is quoted in it
        body = msgspec.structs.replace(body, message=body.message[:_MESSAGE_MAX] + "…")
    return Response(msgspec.json.encode(ErrorReply(error=body)), status_code=status, media_type=MediaType.JSON)
