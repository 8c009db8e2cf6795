"""Bells: who waits for news of a thing is woken when some server has written some.

A bell only saves time: one may be lost while servers cannot hear each other, so whoever listens looks from time to
time as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager


class Bells:
    """One bell a name, for as long as somebody listens. To be used on the event loop only."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Callable[[], None]]] = {}
        self.relay: Callable[[str], None] | None = None
        """What tells other servers."""
        self.closed = False

    def ring(self, name: str) -> None:
        """Wake all who listen to ``name``, on other servers too; call it after the commit."""
        self.hear(name)
        if self.relay is not None:
            self.relay(name)

    def hear(self, name: str) -> None:
        """Wake those who listen here."""
        for wake in tuple(self._listeners.get(name, ())):
            wake()

    def hear_all(self) -> None:
        """Wake everybody: nobody knows what was missed."""
        for name in list(self._listeners):
            self.hear(name)

    def subscribe(self, name: str, wake: Callable[[], None]) -> None:
        """Call ``wake`` whenever ``name`` rings, for good."""
        self._listeners.setdefault(name, set()).add(wake)

    @contextmanager
    def listen(self, name: str) -> Generator[asyncio.Event]:
        """An event that is set whenever ``name`` rings, within a ``with`` block."""
        bell = asyncio.Event()
        if self.closed:
            bell.set()
        self.subscribe(name, bell.set)
        try:
            yield bell
        finally:
            listeners = self._listeners[name]
            listeners.discard(bell.set)
            if not listeners:
                del self._listeners[name]

    def close(self) -> None:
        """Wake everybody, to go home: the server stops."""
        self.closed = True
        self.hear_all()
