"""One server process: holds the home, listens on one port, stops cleanly on SIGTERM and Ctrl-C."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType

import uvicorn

from workstead.app import create_app
from workstead.foundation.heads import BoundedHttp
from workstead.foundation.home import Home
from workstead.foundation.shield import shield
from workstead.settings import Settings
from workstead_wire.errors import Conflict

GRACE_S = 5
"""How long open requests may take to finish when the server stops."""
LOG_BYTES = 10 * 1024 * 1024


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until told to stop. ``ready`` is called with the address once requests are answered.

    Raises:
        Conflict: the home or the port is in use.
    """
    os.umask(0o077)  # whatever this process and its children make in the home is its owner's alone
    home = Home(settings.home)
    try:
        _log_to(settings.home / "logs")
        listener = _listen(settings.host, settings.port)
        url = f"http://{_shown(settings.host)}:{listener.getsockname()[1]}"
        app = create_app(settings, home.token())
        config = uvicorn.Config(
            shield(app, settings.host_names),
            http=BoundedHttp,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
            lifespan="on",
        )

        def announce() -> None:
            home.announce(url)
            ready(url)

        _Server(config, announce, app.state.bells.close).run(sockets=[listener])
    finally:
        home.release()


class _Server(uvicorn.Server):
    """uvicorn, with a word when it is ready and an exit status of 0 after a wanted stop."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], close_feeds: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._close_feeds = close_feeds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop: feeds end at once, since uvicorn waits for all that is under way."""
        self._close_feeds()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # uvicorn's own raises the signal once more at the end, so that a clean stop would look like a crash.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


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
