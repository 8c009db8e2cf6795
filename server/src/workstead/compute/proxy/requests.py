"""Carries a request to an instance's Jupyter and its answer back, chunk by chunk, until either side goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from workstead.compute.proxy.heads import Headers, Receive, Scope, Send, answer_headers, request_headers, target_of
from workstead.hosts.base import Door
from workstead_wire.errors import Unavailable

if TYPE_CHECKING:
    import httpcore

CONNECTIONS_MAX = 100
"""Most requests to one instance at a time; further ones wait."""
KEPT_MAX = 10
KEPT_S = 30
CONNECT_S = 5
WAIT_S = 60
"""How long a request waits for one of the connections."""


class Carrier:
    """Carries requests to all instances; each has a budget of connections of its own."""

    def __init__(self) -> None:
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def carry(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on. When the caller leaves, Jupyter's side of it ends too.

        Raises:
            InvalidInput: the path climbs.
            Unavailable: Jupyter does not answer.
        """
        caller = _Caller(scope, receive)
        exchange = asyncio.create_task(self._exchange(door, scope, caller, send))
        leaving = asyncio.create_task(caller.leave())
        try:
            await asyncio.wait((exchange, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            over = exchange.done()
            exchange.cancel()
            leaving.cancel()
            outcome, _ = await asyncio.gather(exchange, leaving, return_exceptions=True)
        if over and outcome is not None:
            raise outcome

    async def close(self) -> None:
        """Let go of the connections."""
        for pool in self._pools.values():
            await pool.aclose()

    async def _exchange(self, door: Door, scope: Scope, caller: _Caller, send: Send) -> None:
        import httpcore  # noqa: PLC0415 - only who uses an instance pays for it

        address = httpcore.URL(door.address)
        request = httpcore.Request(
            scope["method"],
            httpcore.URL(scheme=address.scheme, host=address.host, port=address.port, target=target_of(door, scope)),
            headers=request_headers(door, scope),
            content=caller.body() if caller.has_body else b"",
            extensions={"timeout": {"connect": CONNECT_S, "pool": WAIT_S}},
        )
        try:
            response = await self._pool(door).handle_async_request(request)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise Unavailable("the instance's Jupyter does not answer; if that lasts, restart the instance") from error
        try:
            await _answer(door, response, send)
        finally:
            await response.aclose()

    def _pool(self, door: Door) -> httpcore.AsyncConnectionPool:
        import httpcore  # noqa: PLC0415 - as above

        key = door.socket or door.address + door.prefix
        if key not in self._pools:
            self._pools[key] = httpcore.AsyncConnectionPool(
                uds=door.socket,
                max_connections=CONNECTIONS_MAX,
                max_keepalive_connections=KEPT_MAX,
                keepalive_expiry=KEPT_S,
            )
        return self._pools[key]


class _Caller:
    """Who sent the request: its body, and the moment when it leaves."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.has_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])
        self._receive = receive
        self._heard_out = asyncio.Event()
        if not self.has_body:
            self._heard_out.set()

    async def body(self) -> AsyncIterator[bytes]:
        """What it sends, as it comes: the next chunk is taken when Jupyter has taken the last."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Unavailable("the browser went away in the middle of its request")
            yield message.get("body", b"")
            if not message.get("more_body"):
                self._heard_out.set()
                return

    async def leave(self) -> None:
        """Return when it has gone."""
        await self._heard_out.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _answer(door: Door, response: httpcore.Response, send: Send) -> None:
    headers: Headers = answer_headers(door, response.headers)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    async for chunk in response.aiter_stream():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
