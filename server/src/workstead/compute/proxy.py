"""The way into an instance: requests for ``<instance>.localhost`` go to its Jupyter, if the caller may use it.

Each instance is an origin of its own, so that a notebook's JavaScript can neither read Studio's pages nor act with
its session. The browser's cookie here is a token that reaches this one instance; Jupyter never sees it, and Jupyter's
own secret opens nothing out here.
"""

from __future__ import annotations

import asyncio
import html
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from workstead.access import service as access
from workstead.access.guard import Doorman
from workstead.compute import service
from workstead.compute.service import DOMAIN, Target
from workstead.foundation.db import Database
from workstead.hosts.base import Door, Host
from workstead_wire.errors import Conflict, Forbidden, NotFound, NotSignedIn, Unavailable, WorksteadError

if TYPE_CHECKING:
    import httpcore
    from websockets.asyncio.client import ClientConnection

COOKIE = "workstead_instance"
ENTER = "/_workstead/enter"
CONNECTIONS_MAX = 100
"""Most connections to one instance's Jupyter at a time; further requests wait."""
WEBSOCKET_MAX = 256 * 1024 * 1024
"""Most bytes in one message of an instance's Jupyter; a larger one would take the memory of all."""
CONNECT_S = 5
REMEMBER_S = 1.0
"""How long an instance's row is remembered; whoever opens one that was just deleted learns it so much later."""
_HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer", b"upgrade")
)
_OURS = frozenset((b"authorization", b"cookie"))
_WEBSOCKETS_OWN = frozenset(
    (
        b"host", b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version",
        b"sec-websocket-extensions", b"sec-websocket-protocol", b"origin", b"user-agent",
    )
)  # fmt: skip

Headers = list[tuple[bytes, bytes]]
# As ASGI has them (https://asgi.readthedocs.io/en/latest/specs/www.html).
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


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
    ) -> None:
        self._app = app
        self._db = db
        self._doorman = doorman
        self._host = host
        self._home = home
        self._find_url = find_url
        self._targets: dict[str, tuple[float, Target]] = {}
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        label = _label(scope)
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
        for pool in self._pools.values():
            await pool.aclose()

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
            await _relay(door, scope, receive, send)
        else:
            await self._forward(door, scope, receive, send)

    async def _find(self, label: str) -> Target:
        known = self._targets.get(label)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        target = await self._db.read(service.find_target, label)
        if target is None:
            self._targets.pop(label, None)
            raise NotFound(f"there is no compute instance at {label}.{DOMAIN}; the Compute page lists those there are")
        self._targets[label] = (time.monotonic() + REMEMBER_S, target)
        return target

    async def _check(self, target: Target, scope: Scope) -> None:
        """Refuse callers who may not use the instance, and other sites' pages that act by a user's cookie."""
        headers = dict(scope["headers"])
        scheme, _, bearer = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        cookie = _cookies(scope).get(COOKIE)
        if scheme.lower() == "bearer":
            secret = bearer.strip()
        elif cookie is not None:
            secret = cookie
        else:
            raise NotSignedIn(f"not signed in to instance {target.name!r}; open it from the Compute page")
        origin = headers.get(b"origin")
        acting = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD", "OPTIONS")
        by_cookie = scheme.lower() != "bearer"
        if (origin is None and acting and by_cookie) or (origin is not None and not _same_origin(origin, headers)):
            shown = "unknown origin" if origin is None else origin.decode("latin-1")[:200]
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
        cookie = f"{COOKIE}={session}; HttpOnly; SameSite=Lax; Path=/; Max-Age={access.SESSION_LIFETIME_S}"
        headers = [
            (b"location", following.encode("latin-1", "replace")),
            (b"set-cookie", cookie.encode()),
            (b"referrer-policy", b"no-referrer"),
            (b"cache-control", b"no-store"),
            (b"content-length", b"0"),
        ]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _forward(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back, chunk by chunk."""
        import httpcore  # noqa: PLC0415 - only who uses an instance pays for it

        request = httpcore.Request(
            scope["method"],
            httpcore.URL(scheme=b"http", host=b"localhost", port=None, target=_target_of(scope)),
            headers=[*_passed_on(scope["headers"], frozenset()), *_signed(door, scope)],
            content=_body(receive) if _has_body(scope) else b"",
            extensions={"timeout": {"connect": CONNECT_S, "pool": 60}},
        )
        try:
            response = await self._pool(door).handle_async_request(request)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise Unavailable("the instance's Jupyter does not answer; if that lasts, restart the instance") from error
        try:
            headers = [item for item in response.headers if item[0].lower() not in _HOP_BY_HOP]
            headers = [item for item in headers if item[0].lower() != b"transfer-encoding"]
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            async for chunk in response.aiter_stream():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await response.aclose()

    def _pool(self, door: Door) -> httpcore.AsyncConnectionPool:
        import httpcore  # noqa: PLC0415 - as above

        pool = self._pools.get(door.socket)
        if pool is None:
            pool = httpcore.AsyncConnectionPool(
                uds=door.socket, max_connections=CONNECTIONS_MAX, max_keepalive_connections=10, keepalive_expiry=30
            )
            self._pools[door.socket] = pool
        return pool


async def _relay(door: Door, scope: Scope, receive: Receive, send: Send) -> None:
    """Join the browser's WebSocket and Jupyter's until either side ends."""
    from websockets.asyncio.client import unix_connect  # noqa: PLC0415 - only who uses an instance pays for it
    from websockets.exceptions import InvalidHandshake  # noqa: PLC0415
    from websockets.typing import Origin, Subprotocol  # noqa: PLC0415

    await receive()  # websocket.connect
    headers = dict(scope["headers"])
    passed = [*_passed_on(scope["headers"], _WEBSOCKETS_OWN), *_signed(door, scope)]
    origin = headers.get(b"origin")
    try:
        upstream = await unix_connect(
            door.socket,
            uri=f"ws://{headers[b'host'].decode('latin-1')}{_target_of(scope).decode('latin-1')}",
            additional_headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in passed],
            subprotocols=[Subprotocol(name) for name in scope["subprotocols"]] or None,
            origin=None if origin is None else Origin(origin.decode("latin-1")),
            user_agent_header=None,
            open_timeout=CONNECT_S,
            compression=None,
            ping_interval=None,
            max_size=WEBSOCKET_MAX,
        )
    except (OSError, InvalidHandshake, TimeoutError):
        await send({"type": "websocket.close", "code": 1011, "reason": "Jupyter refused"})
        return
    async with upstream:
        await send({"type": "websocket.accept", "subprotocol": upstream.subprotocol, "headers": []})
        inward = asyncio.create_task(_pump_in(upstream, receive))
        outward = asyncio.create_task(_pump_out(upstream, send))
        _, pending = await asyncio.wait((inward, outward), return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(inward, outward, return_exceptions=True)


async def _pump_in(upstream: ClientConnection, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            await upstream.close()
            return
        data = message.get("bytes")
        await upstream.send(message["text"] if data is None else data)


async def _pump_out(upstream: ClientConnection, send: Send) -> None:
    async for message in upstream:
        kind = "text" if isinstance(message, str) else "bytes"
        await send({"type": "websocket.send", kind: message})
    code = upstream.close_code
    # 1005 and 1006 stand for "no code" and must not be sent.
    await send({"type": "websocket.close", "code": 1000 if code in (None, 1005, 1006) else code, "reason": ""})


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unavailable("the browser went away in the middle of its request")
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def _label(scope: Scope) -> str | None:
    """The first part of the Host when the rest is the domain of instances; None for the server itself."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1:
        return None
    name = hosts[0].decode("latin-1").lower().rpartition(":")[0] or hosts[0].decode("latin-1").lower()
    label, dot, domain = name.partition(".")
    return label if dot and domain.rstrip(".") == DOMAIN else None


def _same_origin(origin: bytes, headers: dict[bytes, bytes]) -> bool:
    return urlsplit(origin.decode("latin-1")).netloc == headers.get(b"host", b"").decode("latin-1")


def _target_of(scope: Scope) -> bytes:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"]
    return path + b"?" + query if query else path


def _passed_on(headers: Any, own: frozenset[bytes]) -> Headers:
    """What Jupyter may see of a request's headers."""
    named = {value.strip().lower() for name, text in headers if name == b"connection" for value in text.split(b",")}
    hidden = _HOP_BY_HOP | _OURS | own | named
    return [(name, value) for name, value in headers if name.lower() not in hidden]


def _signed(door: Door, scope: Scope) -> Headers:
    """Jupyter's secret in place of the caller's, and the cookies that are Jupyter's own."""
    kept = "; ".join(f"{name}={value}" for name, value in _cookies(scope).items() if not name.startswith("workstead_"))
    cookies = [(b"cookie", kept.encode("latin-1"))] if kept else []
    return [(b"authorization", f"token {door.secret}".encode()), *cookies]


def _cookies(scope: Scope) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                jar.load(value.decode("latin-1"))
            except CookieError:
                continue
    return {name: morsel.coded_value for name, morsel in jar.items()}


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
