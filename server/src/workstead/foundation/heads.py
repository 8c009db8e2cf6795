"""A bound on the head of a request: uvicorn's parser takes names and values of headers of any length into memory."""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from workstead.foundation.gathering import Gathering

HEAD_MAX = 128 * 1024
"""Bytes of request line and headers after which a request whose head goes on is refused."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP, which gives up on endless heads."""

    _in_head = True
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Somebody calls."""
        super().connection_made(cast("asyncio.Transport", Gathering(transport, self.loop)))

    def data_received(self, data: bytes) -> None:
        """Take bytes that have come."""
        if self._in_head:
            # Looked at before these bytes are counted: they may be a head's last and a body's first.
            if self._head_bytes > HEAD_MAX:
                self.send_400_response("The request line and headers are too large.")
                return
            self._head_bytes += len(data)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """A body may follow."""
        self._in_head = False
        self._head_bytes = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next bytes are another request's head."""
        self._in_head = True
        super().on_message_complete()
