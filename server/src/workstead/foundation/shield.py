"""What wraps every answer: refuses names that are not this server's, and sets headers that protect browsers.

A page of any site can make a browser call a server on loopback under a name of that site's own (DNS rebinding). The
browser then sends that name as ``Host``, so a name that is not ours is refused before anything else is looked at.
"""

from __future__ import annotations

import ipaddress
import re

import msgspec
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from workstead_wire.errors import Forbidden

LOCAL = "localhost"
"""Browsers take every name below it to their own machine."""
_HOST = re.compile(rb"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+))(?::\d{1,5})?")
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"SAMEORIGIN",
    b"cross-origin-opener-policy": b"same-origin",
}
"""Set where a route has not said otherwise."""


def shield(app: ASGIApp, allowed: frozenset[str]) -> ASGIApp:
    """``app`` behind the check of ``Host``. ``allowed`` holds names in lower case, without ports.

    ``*.example.org`` allows every name with one part before ``example.org``.
    """

    async def shielded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        name = host_name(scope)
        if not _is_ours(name, allowed):
            await _refuse(scope, receive, send, name)
            return
        await app(scope, receive, _with_headers(send))

    return shielded


def host_name(scope: Scope) -> str:
    """The name in the request's ``Host`` in lower case, without port and brackets; empty if there is none."""
    values = [value for key, value in scope["headers"] if key == b"host"]
    if len(values) != 1:
        return ""
    found = _HOST.fullmatch(values[0])
    return (found[1] or found[2]).decode().lower() if found else ""


def is_loopback(name: str) -> bool:
    """Whether a name or an address leads browsers to their own machine."""
    if name == LOCAL or name.endswith(f".{LOCAL}"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_ours(name: str, allowed: frozenset[str]) -> bool:
    if name in allowed or is_loopback(name):
        return True
    first, _, rest = name.partition(".")
    if first and f"*.{rest}" in allowed:
        return True
    try:
        # An address cannot be rebound: who calls it by number has named this machine.
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            present = {key.lower() for key, _ in headers}
            headers += [(key, value) for key, value in _HEADERS.items() if key not in present]
            message["headers"] = headers
        await send(message)

    return sender


async def _refuse(scope: Scope, receive: Receive, send: Send, name: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "unknown host"})
        return
    error = Forbidden(
        f"this server does not answer to the name {name[:80]!r}; if it should, add the name to WORKSTEAD_ALLOWED_HOSTS"
    )
    body = msgspec.json.encode(error.body())
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
