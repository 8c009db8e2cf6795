"""Sends what is written at one time in one piece: head and body of a small answer are one packet, not two."""

from __future__ import annotations

import asyncio
from typing import Any

AT_MOST = 16 * 1024
"""Bytes that are held back to be joined; more go at once, so that the transport can tell a sender to wait."""


class Gathering:
    """A transport whose writes of one turn of the event loop go out as one. All else is the transport's own.

    A client that gets a head alone may put off its acknowledgement, and some systems then hold the body back for 40 ms.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send soon, in order."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(bytes(data))
        self._size += len(data)
        if self._size > AT_MOST:
            self._flush()

    def writelines(self, lines: list[bytes]) -> None:
        """Send several pieces."""
        self.write(b"".join(lines))

    def write_eof(self) -> None:
        """Send what waits, then the end."""
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Send what waits, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._waiting:
            whole = b"".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            self._transport.write(whole)
