"""Long request bodies straight from the socket: uvicorn's parser and cycle would copy every byte three times more."""

from __future__ import annotations

import socket
import sys
from collections import deque
from typing import TYPE_CHECKING

import httptools

from workstead.foundation.heads import BoundedHttp

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGIReceiveEvent
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

LONG = 256 * 1024
"""Bytes from which a body of a known length is long."""
_WAITING_MAX = 1024 * 1024
"""Bytes that wait for the application before the sender has to."""
_AT_ONCE = 240 * 1024
"""Bytes that must have come before the loop is woken; uvloop reads at most 250 KiB at a time."""


class StraightHttp(BoundedHttp):
    """uvicorn's HTTP, where the parser sees of a long body only what came together with the head."""

    _body: _LongBody | None = None

    def data_received(self, data: bytes) -> None:
        """Take bytes that have come."""
        body = self._body
        if body is None:
            super().data_received(data)
            return
        own, following = (data, b"") if len(data) <= body.left else (data[: body.left], data[body.left :])
        body.add(own)
        if not body.left:
            # The parser still waits for this body. Nothing of it is of use to the next request.
            self.parser = httptools.HttpRequestParser(self)
            self.on_message_complete()
            if following:
                super().data_received(following)

    def on_headers_complete(self) -> None:
        """A body may follow."""
        super().on_headers_complete()
        size = next((int(value) for name, value in self.headers if name == b"content-length"), 0)
        if size >= LONG and not self.parser.should_upgrade():
            self._body = _LongBody(self.cycle, size, _Waking(self.transport))

    def on_body(self, body: bytes) -> None:
        """The parser has found bytes of a body."""
        if self._body is None:
            super().on_body(body)
        else:
            self._body.add(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._body = None
        super().on_message_complete()


class _LongBody:
    """The bytes of one request that the application has not asked for yet."""

    def __init__(self, cycle: RequestResponseCycle, size: int, waking: _Waking) -> None:
        self.left = size
        """Bytes that have not come yet."""
        self._cycle = cycle
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._waking = waking
        self._wait = cycle.receive
        cycle.receive = self.receive  # the cycle's task has not begun

    def add(self, piece: bytes) -> None:
        """Keep bytes that came; the sender has to wait where they are many."""
        self.left -= len(piece)
        self._waking.expect(self.left)
        if self._cycle.response_complete:
            return  # the application did not want them
        self._waiting.append(piece)
        self._size += len(piece)
        if self._size > _WAITING_MAX:
            self._cycle.flow.pause_reading()
        self._cycle.message_event.set()

    async def receive(self) -> ASGIReceiveEvent:
        """The next bytes, as the application asks for them."""
        if not self._waiting:
            message = await self._wait()  # lets the sender go on
            if message["type"] != "http.request":
                return message
        piece = self._waiting.popleft() if self._waiting else b""
        self._size -= len(piece)
        return {"type": "http.request", "body": piece, "more_body": bool(self._waiting) or self._cycle.more_body}


class _Waking:
    """Lets the system wait for many bytes before it wakes the loop, which costs as much for few."""

    def __init__(self, transport: asyncio.Transport) -> None:
        # Below TLS more or fewer bytes come than are looked for; other systems than Linux do not heed the mark.
        plain = sys.platform == "linux" and transport.get_extra_info("ssl_object") is None
        self._socket = transport.get_extra_info("socket") if plain else None
        self._mark = 1

    def expect(self, left: int) -> None:
        """So many bytes are still to come; never more of them are waited for."""
        mark = max(min(left, _AT_ONCE), 1)
        if self._socket is not None and mark != self._mark:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, mark)
            self._mark = mark
