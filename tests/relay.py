"""A relay before a server that breaks connections when told: half-way through a request, or when its answer comes."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Generator
from typing import TypeVar
from urllib.parse import urlsplit


class Relay:
    """Passes bytes on. ``lose_answers`` and ``cut_requests`` say how many connections are still to be broken."""

    def __init__(self, url: str) -> None:
        self._target = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.lose_answers = 0
        self.cut_requests = 0
        self.cut_after = 0
        """Bytes of a connection that come through before it is cut."""
        self.passed = 0
        """Bytes that came through to the server in all."""

    def serve(self) -> None:
        """Take connections until closed."""
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                for work in (self._send, self._answer):
                    threading.Thread(target=work, args=(near, far), daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._listener.close()

    def _send(self, near: socket.socket, far: socket.socket) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while piece := near.recv(65536):
                passed += len(piece)
                if self.cut_requests and passed > self.cut_after:
                    self.cut_requests -= 1
                    break
                far.sendall(piece)
                self.passed += len(piece)
        _end(near, far)

    def _answer(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := far.recv(65536):
                if self.lose_answers:
                    self.lose_answers -= 1
                    break
                near.sendall(piece)
        _end(near, far)


class Impostor(Relay):
    """Answers itself when told, in place of whom it stands before: late, never, or with other words."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.delay_s = 0.0
        """Seconds before each piece of an answer."""
        self.silent = False
        """Whether requests are swallowed."""
        self.instead: bytes | None = None
        """What is answered to every request; nothing hangs up."""

    def _send(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := near.recv(65536):
                if self.instead is not None:
                    near.sendall(self.instead)
                    near.shutdown(socket.SHUT_WR)
                    near.settimeout(1)
                    while near.recv(65536):
                        pass
                    break
                if not self.silent:
                    far.sendall(piece)
        _end(near, far)

    def _answer(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := far.recv(65536):
                time.sleep(self.delay_s)
                near.sendall(piece)
        if self.instead is None:
            _end(near, far)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


R = TypeVar("R", bound=Relay)


@contextlib.contextmanager
def relaying(url: str) -> Generator[Relay]:
    """A relay to a server's address."""
    with _serving(Relay(url)) as relay:
        yield relay


@contextlib.contextmanager
def standing_in(url: str) -> Generator[Impostor]:
    """An impostor before a server's address."""
    with _serving(Impostor(url)) as impostor:
        yield impostor


@contextlib.contextmanager
def _serving(relay: R) -> Generator[R]:
    thread = threading.Thread(target=relay.serve, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        relay.close()
