"""Azure's errors: a status, a code that clients look at, and a sentence."""

from __future__ import annotations

import logging
from typing import Any
from xml.sax.saxutils import escape

from litestar import Request, Response

from workstead_wire import errors

_log = logging.getLogger("workstead")
_CODES: list[tuple[type[errors.WorksteadError], str]] = [
    (errors.ContainerNotFound, "ContainerNotFound"),
    (errors.BlobNotFound, "BlobNotFound"),
    (errors.NotFound, "ResourceNotFound"),
    (errors.AlreadyExists, "ContainerAlreadyExists"),
    (errors.Conflict, "OperationTimedOut"),
    (errors.NotSignedIn, "NoAuthenticationInformation"),
    (errors.Forbidden, "AuthorizationPermissionMismatch"),
    (errors.TooLarge, "RequestBodyTooLarge"),
    (errors.InvalidInput, "InvalidInput"),
    (errors.Unavailable, "ServerBusy"),
]


class Refused(Exception):
    """What Azure would answer instead of doing what was asked."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def unauthorized(message: str) -> Refused:
    """The proof of who asks is no good."""
    return Refused(403, "AuthenticationFailed", message)


def unsupported(what: str) -> Refused:
    """It belongs to what this server leaves out."""
    return Refused(400, "FeatureNotSupportedForAccount", f"{what} is not done by this server; docs: Storage account")


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Turn whatever was raised into Azure's shape of an error."""
    refused = _refused(error)
    body = f"<Code>{refused.code}</Code><Message>{escape(refused.message)}</Message>"
    headers = refused.headers | {
        "x-ms-error-code": refused.code,
        "x-ms-version": request.headers.get("x-ms-version", ""),
    }
    if refused.status == 401:  # noqa: PLR2004
        where = f"{request.url.scheme}://{request.headers.get('host', '')}"
        headers["www-authenticate"] = f"Bearer authorization_uri={where}/workstead resource_id={where}"
    empty = request.method == "HEAD" or refused.status == 304  # noqa: PLR2004
    content = b"" if empty else f'<?xml version="1.0" encoding="utf-8"?><Error>{body}</Error>'.encode()
    return Response(content, status_code=refused.status, media_type="application/xml", headers=headers)


def _refused(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if isinstance(error, errors.WorksteadError):
        code = next((code for kind, code in _CODES if isinstance(error, kind)), "InternalError")
        return Refused(error.status, code, error.message)
    _log.error("unexpected error", exc_info=error)
    return Refused(500, "InternalError", "the server made a mistake; its log (logs/server.log in the home) has it")
