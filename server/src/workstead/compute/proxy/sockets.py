"""Joins a browser's WebSocket with the one of an instance's Jupyter until either side ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from workstead.compute.proxy.heads import Receive, Scope, Send, origin_for, request_headers, target_of
from workstead.hosts.base import Door
from workstead_wire.errors import Unavailable

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

SOCKETS_MAX = 256
"""Most WebSockets to one instance at a time: a notebook has one, and JupyterLab two or three of its own."""
MESSAGE_MAX = 64 * 1024 * 1024
"""Most bytes in one message of an instance's Jupyter; a larger one would take the memory of all."""
QUEUE_MAX = 4
"""Messages that wait for a slow browser before Jupyter has to."""
OPEN_S = 60
"""How long Jupyter may take to answer: a kernel's WebSocket it answers once the kernel runs, late on a busy machine."""
_SPOKEN = {None: 1000, 1005: 1000, 1006: 1011}
"""Codes that must not be sent, to what is said in their place."""
_WEBSOCKETS_OWN = frozenset(
    (
        b"host", b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version",
        b"sec-websocket-extensions", b"sec-websocket-protocol", b"origin", b"user-agent",
    )
)  # fmt: skip


class Relay:
    """Joins WebSockets; each instance has a budget of its own."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    async def join(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry messages both ways until either side ends.

        Raises:
            InvalidInput: the path climbs.
            Unavailable: the instance has too many open, or its Jupyter refuses.
        """
        key = door.socket or door.address + door.prefix
        if self._open[key] >= SOCKETS_MAX:
            raise Unavailable(f"the instance has {SOCKETS_MAX} connections open; close some of its tabs")
        self._open[key] += 1
        try:
            await _join(door, scope, receive, send)
        finally:
            self._open[key] -= 1


async def _join(door: Door, scope: Scope, receive: Receive, send: Send) -> None:
    upstream = await _connect(door, scope)
    async with upstream:
        await receive()  # websocket.connect
        await send({"type": "websocket.accept", "subprotocol": upstream.subprotocol, "headers": []})
        inward = asyncio.create_task(_pump_in(upstream, receive))
        outward = asyncio.create_task(_pump_out(upstream, send))
        try:
            await asyncio.wait((inward, outward), return_when=asyncio.FIRST_COMPLETED)
        finally:
            inward.cancel()
            outward.cancel()
            await asyncio.gather(inward, outward, return_exceptions=True)


async def _connect(door: Door, scope: Scope) -> ClientConnection:
    from websockets.asyncio.client import connect  # noqa: PLC0415 - only who uses an instance pays for it
    from websockets.exceptions import WebSocketException  # noqa: PLC0415
    from websockets.typing import Origin, Subprotocol  # noqa: PLC0415

    target = target_of(door, scope).decode("latin-1")
    origin = origin_for(door, scope)
    passed = request_headers(door, scope, _WEBSOCKETS_OWN)
    where: dict[str, Any] = {}
    if door.socket is None:
        scheme, authority = door.address.replace("http", "ws", 1).split("://")
    else:
        scheme, authority = "ws", dict(scope["headers"])[b"host"].decode("latin-1")
        where = {"unix": True, "path": door.socket}
    try:
        return await connect(
            f"{scheme}://{authority}{target}",
            additional_headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in passed],
            subprotocols=[Subprotocol(name) for name in scope["subprotocols"]] or None,
            origin=None if origin is None else Origin(origin),
            user_agent_header=None,
            open_timeout=OPEN_S,
            compression=None,
            ping_interval=None,
            max_size=MESSAGE_MAX,
            max_queue=QUEUE_MAX,
            proxy=None,
            **where,
        )
    except (OSError, WebSocketException, TimeoutError) as error:
        raise Unavailable("the instance's Jupyter refused the connection") from error


async def _pump_in(upstream: ClientConnection, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            await upstream.close()
            return
        data = message.get("bytes")
        await upstream.send(message["text"] if data is None else data)


async def _pump_out(upstream: ClientConnection, send: Send) -> None:
    from websockets.exceptions import ConnectionClosedError  # noqa: PLC0415 - as above

    with contextlib.suppress(ConnectionClosedError):
        async for message in upstream:
            kind = "text" if isinstance(message, str) else "bytes"
            await send({"type": "websocket.send", kind: message})
    code = _SPOKEN.get(upstream.close_code, upstream.close_code)
    await send({"type": "websocket.close", "code": code, "reason": ""})
