"""Bells: who waits for news of a thing is woken when this process has written some.

A bell only saves time: another server's writes ring none here, so whoever listens looks from time to time as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class Bells:
    """One bell a name, for as long as somebody listens. To be used on the event loop only."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self.closed = False

    def ring(self, name: str) -> None:
        """Wake all who listen to ``name``; call it after the commit."""
        for bell in self._listeners.get(name, ()):
            bell.set()

    @contextmanager
    def listen(self, name: str) -> Generator[asyncio.Event]:
        """An event that is set whenever ``name`` rings, within a ``with`` block."""
        bell = asyncio.Event()
        if self.closed:
            bell.set()
        listeners = self._listeners.setdefault(name, set())
        listeners.add(bell)
        try:
            yield bell
        finally:
            listeners.discard(bell)
            if not listeners:
                self._listeners.pop(name, None)

    def close(self) -> None:
        """Wake everybody, to go home: the server stops."""
        self.closed = True
        for name in list(self._listeners):
            self.ring(name)
