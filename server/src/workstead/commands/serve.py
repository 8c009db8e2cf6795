"""One server process: holds the home, listens on one port, stops cleanly on SIGTERM and Ctrl-C."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from litestar.types import ASGIApp

from workstead.app import create_app
from workstead.commands.heap import keep_heap_small
from workstead.foundation.heads import BoundedHttp
from workstead.foundation.home import Home
from workstead.foundation.shield import shield
from workstead.foundation.tls import ensure_certificate
from workstead.settings import Settings
from workstead_wire.errors import Conflict

GRACE_S = 5
"""How long open requests may take to finish when the server stops."""
LOG_BYTES = 10 * 1024 * 1024
GC_THRESHOLDS = (50_000, 20, 20)
"""When Python looks for garbage in its three generations; 50,000 fresh objects are some 5 MB at most."""


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until told to stop. ``ready`` is called with the address once requests are answered.

    Raises:
        Conflict: the home or the port is in use.
    """
    keep_heap_small()
    os.umask(0o077)  # whatever this process and its children make in the home is its owner's alone
    home = Home(settings.home)
    try:
        _log_to(settings.home / "logs")
        listener = _listen(settings.host, settings.port)
        tls_listener = _listen_for_tls(settings, listener.getsockname()[1])
        url, https = _address("http", settings.host, listener), _address("https", settings.host, tls_listener)
        app = create_app(settings, home.token())
        shielded = shield(app, settings.host_names)
        tls = _TlsServer(_tls_config(shielded, settings), tls_listener) if tls_listener else None

        def announce() -> None:
            home.announce(url, https)
            _collect_seldom()
            ready(url)

        _Server(_config(shielded, lifespan="on"), announce, app.state.bells.close, tls).run(sockets=[listener])
    finally:
        home.release()


def _collect_seldom() -> None:
    # Rows on their way out are many, live shortly and refer to nothing: looking through them for cycles, by default
    # after every 700, took more than half of the time of a long list. What has been loaded stays for good.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


class _Server(uvicorn.Server):
    """uvicorn, with a word when it is ready and an exit status of 0 after a wanted stop."""

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        close_feeds: Callable[[], None],
        tls: _TlsServer | None,
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._close_feeds = close_feeds
        self._tls = tls

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop: feeds end at once, since uvicorn waits for all that is under way."""
        self._close_feeds()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            if self._tls is not None:
                await self._tls.begin()
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Before the application's own end, which requests over TLS would not survive.
        if self._tls is not None:
            await self._tls.end()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # uvicorn's own raises the signal once more at the end, so that a clean stop would look like a crash.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


class _TlsServer(uvicorn.Server):
    """The same application on a second port, for clients that insist on HTTPS."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        super().__init__(config)
        self._listener = listener
        self._serving: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Serve from now on, beside the first server."""
        self._serving = asyncio.create_task(self.serve([self._listener]))

    async def end(self) -> None:
        """Let open requests finish, and stop."""
        self.should_exit = True
        if self._serving is not None:
            await self._serving

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield  # the first server's to do


def _config(app: ASGIApp, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedHttp,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        **more,
    )


def _tls_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    shown = ensure_certificate(settings.home / "tls", settings.host_names)
    return _config(app, lifespan="off", ssl_certfile=shown.chain, ssl_keyfile=shown.key)


def _listen_for_tls(settings: Settings, plain_port: int) -> socket.socket | None:
    if settings.https_port:
        return _listen(settings.host, settings.https_port)
    try:
        return _listen(settings.host, plain_port + 1 if settings.port else 0)
    except Conflict as error:
        logging.getLogger("workstead").warning("no HTTPS: %s", error)
        return None


def _address(scheme: str, host: str, listener: socket.socket | None) -> str:
    return f"{scheme}://{_shown(host)}:{listener.getsockname()[1]}" if listener else ""


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise Conflict(
            f"cannot listen on {host} port {port}: {reason}; choose another with --port (0 takes any free one)"
        ) from error
    listener.listen(2048)
    listener.set_inheritable(False)
    return listener


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - a comparison, not a bind
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _log_to(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    handler = RotatingFileHandler(folder / "server.log", maxBytes=LOG_BYTES, backupCount=3)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # It tells the address of each WebSocket with its query, where a token may stand.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
