"""A receiver of webhooks: a real HTTP server on loopback that keeps what it was sent."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec

PATIENCE_S = 15


class Received(msgspec.Struct):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def said(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def event(self) -> str:
        """The event in one word."""
        return f"{self.said['entity']}.{self.said['action']}"

    def is_signed_by(self, secret: str) -> bool:
        """Whether the signature is the secret's, reckoned as MLflow's documentation has it."""
        content = f"{self.headers['x-mlflow-delivery-id']}.{self.headers['x-mlflow-timestamp']}.".encode() + self.body
        right = base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()
        return self.headers["x-mlflow-signature"] == f"v1,{right}"


class Receiver:
    """Answers each request by the next of ``answers`` (a status, or seconds to be slow before a 200), then by 200."""

    def __init__(self, port: int = 0) -> None:
        self.got: list[Received] = []
        self.answers: list[int | float] = []
        self.headers: dict[str, str] = {}
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append(Received(self.path, headers, body, time.monotonic()))
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if isinstance(answer, float):
                    time.sleep(answer)
                    answer = 200
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self.send_response(answer)
                    for name, value in receiver.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(b"heard")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def wait(self, count: int, patience_s: float = PATIENCE_S) -> list[Received]:
        """The first ``count`` requests, once they are there."""
        deadline = time.monotonic() + patience_s
        while len(self.got) < count:
            assert time.monotonic() < deadline, f"{len(self.got)} of {count} came: {[one.path for one in self.got]}"
            time.sleep(0.02)
        return self.got[:count]

    def close(self) -> None:
        """Be gone: from now on connections are refused."""
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver for the length of a ``with`` block."""
    receiver = Receiver(port)
    try:
        yield receiver
    finally:
        receiver.close()
