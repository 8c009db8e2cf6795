"""MLflow's errors: a code and a message, with the status that its clients expect."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from workstead_wire import errors

_log = logging.getLogger("workstead")

_STATUS = {
    "INVALID_PARAMETER_VALUE": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "BAD_REQUEST": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_CONFLICT": 409,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "INTERNAL_ERROR": 500,
    "INVALID_STATE": 500,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
}
_CODES: list[tuple[type[errors.WorksteadError], str]] = [
    (errors.NotFound, "RESOURCE_DOES_NOT_EXIST"),
    (errors.AlreadyExists, "RESOURCE_ALREADY_EXISTS"),
    (errors.Conflict, "RESOURCE_CONFLICT"),
    (errors.NotSignedIn, "UNAUTHENTICATED"),
    (errors.Forbidden, "PERMISSION_DENIED"),
    (errors.InvalidInput, "INVALID_PARAMETER_VALUE"),
    (errors.TooLarge, "INVALID_PARAMETER_VALUE"),
    (errors.OutOfSpace, "INTERNAL_ERROR"),
    (errors.Unavailable, "TEMPORARILY_UNAVAILABLE"),
]


class Refused(Exception):
    """What MLflow's server would answer instead of doing what was asked."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> Refused:
    """The request cannot be done as it stands."""
    return Refused("INVALID_PARAMETER_VALUE", message)


def missing(message: str) -> Refused:
    """What the request names is not there."""
    return Refused("RESOURCE_DOES_NOT_EXIST", message)


def exists(message: str) -> Refused:
    """What the request would make is there."""
    return Refused("RESOURCE_ALREADY_EXISTS", message)


def answer_error(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Turn whatever was raised into MLflow's shape of an error."""
    if isinstance(error, Refused):
        return _reply(error.code, error.message)
    if isinstance(error, errors.WorksteadError):
        code = next((code for kind, code in _CODES if isinstance(error, kind)), "INTERNAL_ERROR")
        return _reply(code, error.message)
    if isinstance(error, HTTPException) and error.status_code < 500:  # noqa: PLR2004
        return _reply("BAD_REQUEST", error.detail, error.status_code)
    _log.error("unexpected error", exc_info=error)
    return _reply("INTERNAL_ERROR", "the server made a mistake; its log (logs/server.log in the home) has the details")


def _reply(code: str, message: str, status: int | None = None) -> Response[bytes]:
    body = msgspec.json.encode({"error_code": code, "message": message})
    return Response(body, status_code=status or _STATUS.get(code, 500), media_type=MediaType.JSON)
