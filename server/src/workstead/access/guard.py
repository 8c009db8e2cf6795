"""The guard at the door: who calls, and whether the route's verb is allowed there. Routes without a verb are shut."""

from __future__ import annotations

import base64
import time
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from workstead.access import service
from workstead.access.service import Principal
from workstead.foundation.db import Database
from workstead.foundation.events import Bells
from workstead_wire import PROTOCOL
from workstead_wire.errors import Forbidden, NotSignedIn, VersionMismatch

COOKIE = "workstead_session"
_REMEMBER_S = 3.0
"""How long a token's holder is remembered at most; other servers tell sooner if a token was revoked."""
REVOKED = "/tokens"
"""The bell of revoked tokens; no run's id has a slash."""

Connection = ASGIConnection[Any, Any, Any, Any]


class Doorman:
    """Finds the caller of each request."""

    def __init__(self, db: Database, bells: Bells) -> None:
        self._db = db
        self._bells = bells
        self._seen: dict[str, tuple[float, Principal]] = {}
        bells.subscribe(REVOKED, self._seen.clear)

    def forget(self) -> None:
        """Look every token up again, on other servers too: one was revoked."""
        self._bells.ring(REVOKED)

    async def guard(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Let the request in, with ``request.user`` set, or raise."""
        verb = handler.opt.get("verb")
        _check_protocol(connection)
        if verb == "public":
            return
        if verb is None:
            raise Forbidden("this route names no verb, so nobody may use it; that is a fault of the server")
        caller = await self.find(connection)
        caller.check(verb, resource_of(connection.path_params))
        connection.scope["user"] = caller

    async def find(self, connection: Connection) -> Principal:
        """The caller by bearer token or by the browser's session cookie."""
        scheme, _, proof = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and proof:
            return await self.holder(proof.strip())
        if scheme.lower() == "basic" and proof:
            return await self.holder(_password(proof))
        cookie = connection.cookies.get(COOKIE)
        if not cookie:
            raise NotSignedIn("not signed in: run `workstead login`, or open the sign-in link that the server printed")
        check_same_origin(connection)
        return await self.holder(cookie)

    async def holder(self, secret: str) -> Principal:
        """The holder of a token."""
        seen = self._seen.get(secret)
        if seen is not None and seen[0] > time.monotonic():
            return seen[1]
        caller = await self._db.read(service.find_principal, secret)
        if caller is None:
            self._seen.pop(secret, None)
            raise NotSignedIn("the token is not (or no longer) known here; run `workstead login` again")
        if len(self._seen) > 10_000:  # noqa: PLR2004
            self._seen.clear()
        self._seen[secret] = (time.monotonic() + _REMEMBER_S, caller)
        return caller


def resource_of(params: dict[str, Any]) -> str:
    """The id of the resource that an address leads to, like ``/subscriptions/…``; empty where it names none."""
    parts = [("subscriptions", "subscription"), ("resourceGroups", "group"), ("workspaces", "workspace")]
    resource = ""
    for word, param in parts:
        if param not in params:
            break
        prefix = "/providers/Microsoft.MachineLearningServices" if word == "workspaces" else ""
        resource += f"{prefix}/{word}/{params[param]}"
    return resource


def _password(proof: str) -> str:
    """The token where a client can only send a name and a password: it is the password."""
    try:
        return base64.b64decode(proof.strip(), validate=True).decode().partition(":")[2]
    except ValueError as error:  # of base64 and of UTF-8 alike
        raise NotSignedIn("the Authorization header is no name and password; send a token as the password") from error


def check_same_origin(connection: Connection) -> None:
    """Refuse what another site's page, or none that is known, would do by the user's cookie."""
    # A cookie comes along from any page that the browser has open; only our own pages may act by it.
    scope = connection.scope
    if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
        return
    origin = connection.headers.get("origin")
    if origin is None or urlsplit(origin).netloc != connection.headers.get("host"):
        raise Forbidden(f"a page of {origin or 'unknown origin'} may not act for the signed-in user")


def _check_protocol(connection: Connection) -> None:
    asked = connection.headers.get("workstead-protocol")
    if asked is not None and asked != str(PROTOCOL):
        side = "older" if asked.isdigit() and int(asked) < PROTOCOL else "newer"
        raise VersionMismatch(
            f"this SDK speaks protocol {asked}, the server speaks {PROTOCOL}: the SDK is {side}; "
            "install the workstead-sdk of the server's version (GET /api/v1/about)"
        )
