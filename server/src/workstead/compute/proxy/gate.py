"""Decides who comes in to an instance.

Each instance is an origin of its own, so that a notebook's JavaScript can neither read Studio's pages nor act with
its session. The browser's cookie here is a token that reaches this one instance; Jupyter never sees it, and Jupyter's
own secret opens nothing out here.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from workstead.access import service as access
from workstead.access.guard import Doorman
from workstead.compute import service
from workstead.compute.proxy.heads import Receive, Scope, Send, cookies_of, is_below, target_of
from workstead.compute.proxy.requests import Carrier
from workstead.compute.proxy.sockets import Relay
from workstead.compute.service import Target
from workstead.foundation.db import Database
from workstead.foundation.shield import LOCAL
from workstead.hosts.base import Host
from workstead_wire.errors import Conflict, Forbidden, NotFound, NotSignedIn, WorksteadError

COOKIE = "workstead_instance"
ENTER = "/_workstead/enter"
REMEMBER_S = 1.0
"""How long an instance's row is remembered; whoever opens one that was just deleted learns it so much later."""

App = Callable[[Any, Any, Any], Any]


class Proxy:
    """Stands before the application and takes the requests whose Host is an instance's."""

    def __init__(
        self,
        app: App,
        db: Database,
        doorman: Doorman,
        host: Host,
        home: Path,
        find_url: Callable[[], str | None],
        domain: str = LOCAL,
    ) -> None:
        self._app = app
        self._db = db
        self._doorman = doorman
        self._host = host
        self._home = home
        self._find_url = find_url
        self._domains = (domain, LOCAL)
        self._targets: dict[str, tuple[float, Target]] = {}
        self._carrier = Carrier()
        self._relay = Relay()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        label = self._label(scope)
        if label is None:
            await self._app(scope, receive, send)
            return
        try:
            await self._serve(label, scope, receive, send)
        except WorksteadError as error:
            await _refuse(scope, receive, send, error, self._find_url())

    async def __aenter__(self) -> None:
        """Nothing to prepare: connections are made when they are needed."""

    async def __aexit__(self, *_: object) -> None:
        """Let go of the connections."""
        await self._carrier.close()

    async def _serve(self, label: str, scope: Scope, receive: Receive, send: Send) -> None:
        target = await self._find(label)
        if scope["path"] == ENTER and scope["type"] == "http":
            await self._enter(target, scope, send)
            return
        await self._check(target, scope)
        door = self._host.find_door(service.make_place(self._home, target))
        if door is None:
            raise Conflict(f"instance {target.name!r} is {target.state}; start it, and try again when it is Running")
        if scope["type"] == "websocket":
            await self._relay.join(door, scope, receive, send)
        elif _is_visit(scope) and not is_below(door, scope["path"].encode()):
            await _redirect(send, 307, target_of(door, scope))
        else:
            await self._carrier.carry(door, scope, receive, send)

    def _label(self, scope: Scope) -> str | None:
        """The first part of the Host when the rest is a domain of instances; None for the server itself."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1:
            return None
        name = hosts[0].decode("latin-1").lower().rpartition(":")[0] or hosts[0].decode("latin-1").lower()
        label, dot, domain = name.partition(".")
        return label if dot and domain.rstrip(".") in self._domains else None

    async def _find(self, label: str) -> Target:
        known = self._targets.get(label)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        target = await self._db.read(service.find_target, label)
        if target is None:
            self._targets.pop(label, None)
            raise NotFound(f"there is no compute instance {label!r}; the Compute page lists those there are")
        self._targets[label] = (time.monotonic() + REMEMBER_S, target)
        return target

    async def _check(self, target: Target, scope: Scope) -> None:
        """Refuse callers who may not use the instance, and other sites' pages that act by a user's cookie."""
        headers = dict(scope["headers"])
        scheme, _, bearer = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        cookie = cookies_of(scope).get(COOKIE)
        if scheme.lower() == "bearer":
            secret = bearer.strip()
        elif cookie is not None:
            secret = cookie
        else:
            raise NotSignedIn(f"not signed in to instance {target.name!r}; open it from the Compute page")
        if _is_foreign(scope, headers, by_cookie=scheme.lower() != "bearer"):
            shown = headers.get(b"origin", b"unknown origin").decode("latin-1")[:200]
            raise Forbidden(f"a page of {shown} may not act on instance {target.name!r}")
        target.check(await self._doorman.holder(secret))

    async def _enter(self, target: Target, scope: Scope, send: Send) -> None:
        """Trade the code of an entry for this origin's cookie."""
        code = parse_qs(scope["query_string"].decode("latin-1")).get("code", [""])[0]
        session, following = await self._db.write(access.redeem_sign_in_link, code)
        caller = await self._doorman.holder(session)
        if caller.scope != target.resource:
            await self._db.write(access.delete_token, caller.token_id)
            self._doorman.forget()
            raise Forbidden("this sign-in link is not for this instance; open it from the Compute page")
        secure = "; Secure" if scope["scheme"] == "https" else ""
        cookie = f"{COOKIE}={session}; HttpOnly; SameSite=Lax; Path=/; Max-Age={access.SESSION_LIFETIME_S}{secure}"
        headers = [(b"set-cookie", cookie.encode()), (b"referrer-policy", b"no-referrer")]
        await _redirect(send, 303, following.encode("latin-1", "replace"), headers)


def _same_origin(origin: bytes, headers: dict[bytes, bytes]) -> bool:
    return urlsplit(origin.decode("latin-1")).netloc == headers.get(b"host", b"").decode("latin-1")


def _is_foreign(scope: Scope, headers: dict[bytes, bytes], *, by_cookie: bool) -> bool:
    """Whether a page of another origin sends this, or one that hides its origin while it changes something."""
    origin = headers.get(b"origin")
    if origin is not None:
        return not _same_origin(origin, headers)
    if not by_cookie:
        return False
    acting = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD", "OPTIONS")
    # A link from elsewhere may lead here; a script from elsewhere may not fetch, although a neighbour's counts as the
    # same site in a deployment and its requests bear the cookie.
    sent_by = headers.get(b"sec-fetch-site", b"none")
    embedded = sent_by not in (b"none", b"same-origin") and headers.get(b"sec-fetch-mode") != b"navigate"
    return acting or embedded


def _is_visit(scope: Scope) -> bool:
    """Whether a person opens a page, as against a program that asks for something."""
    return scope["method"] == "GET" and b"text/html" in dict(scope["headers"]).get(b"accept", b"")


async def _redirect(send: Send, status: int, to: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    whole = [(b"location", to), *(headers or ()), (b"cache-control", b"no-store"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": whole})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _refuse(scope: Scope, receive: Receive, send: Send, error: WorksteadError, home_url: str | None) -> None:
    """Answer with the one error shape, or with a small page where a person looks."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": error.message[:120]})
        return
    wants_page = b"text/html" in dict(scope["headers"]).get(b"accept", b"")
    body = _page(error, home_url).encode() if wants_page else msgspec.json.encode(error.body())
    headers = [
        (b"content-type", b"text/html; charset=utf-8" if wants_page else b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _page(error: WorksteadError, home_url: str | None) -> str:
    link = f'<p><a href="{html.escape(home_url)}">Go to Workstead</a></p>' if home_url else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Workstead</title>'
        '<body style="font:16px system-ui;margin:4rem auto;max-width:40rem;padding:0 1rem">'
        f"<h1>This instance cannot be opened</h1><p>{html.escape(error.message)}</p>{link}"
    )
