"""The gate and the carrier before an instance: what an attacker sends, and bodies larger than memory should be."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import uvicorn

from puppet import OWNER, World
from workstead.access.guard import Doorman
from workstead.access.service import create_token
from workstead.compute.proxy import Proxy
from workstead.foundation.events import Bells
from workstead.foundation.heads import BoundedHttp
from workstead.foundation.shield import shield
from workstead.hosts.base import Door
from workstead_wire.access import TokenCreate

CHUNK = b"x" * 65536
LARGE = 256 * 1024 * 1024


class Jupyter(BaseHTTPRequestHandler):
    """Stands for Jupyter: tells what reached it, sends without end, takes what comes."""

    protocol_version = "HTTP/1.1"
    left = threading.Event()

    def do_GET(self) -> None:
        if self.path.endswith("/endless"):
            self.send_response(200)
            self.send_header("Content-Length", str(10**12))
            self.end_headers()
            try:
                while True:
                    self.wfile.write(CHUNK)
            except OSError:
                Jupyter.left.set()
            return
        self._tell({"path": self.path, "headers": self.headers.items()})

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        total = left
        while left:
            left -= len(self.rfile.read(min(left, len(CHUNK))))
        self._tell({"bytes": total})

    def _tell(self, what: object) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Set-Cookie", "own=1; Domain=localhost; Path=/")
        self.send_header("Set-Cookie", "workstead_session=evil; Domain=localhost; Path=/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Gate:
    """A gate on a port, with an instance ``alpha`` behind it, and its owner's token."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.host = f"alpha.localhost:{port}"
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Host": self.host, "Authorization": f"Bearer {token}"},
            trust_env=False,
        )
        self.token = token

    def raw(self, head: str, body: bytes = b"") -> bytes:
        """The answer to bytes as they are; ``head`` without its end."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as stream:
            stream.sendall(head.encode() + f"\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode() + body)
            return stream.recv(65536)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    home: Path = tmp_path_factory.mktemp("p")
    world = World(home)
    world.create("alpha")
    asyncio.run(world.settle())
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Jupyter)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    door = Door(secret="inner", address=f"http://127.0.0.1:{upstream.server_port}", prefix="/user/ada/alpha")
    world.puppet.find_door = lambda _place: door  # type: ignore[method-assign]
    token = world.db.write_now(create_token, OWNER, TokenCreate(name="t")).secret

    async def nothing(_scope: object, _receive: object, send: uvicorn._types.ASGISendCallable) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    proxy = Proxy(nothing, world.db, Doorman(world.db, Bells()), world.puppet, home, lambda: None)
    config = uvicorn.Config(
        shield(proxy, frozenset()), http=BoundedHttp, port=0, log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Gate(server.servers[0].sockets[0].getsockname()[1], token)
    server.should_exit = True
    thread.join(10)
    upstream.shutdown()
    world.db.close()


def test_what_jupyter_sees(gate: Gate) -> None:
    headers = {
        "Cookie": "own=1; workstead_session=a; workstead_instance=b",
        "X-Forwarded-For": "1.2.3.4",
        "Connection": "close, x-secret",
        "X-Secret": "1",
    }
    told = gate.http.get("/api?a=1", headers=headers).json()
    assert told["path"] == "/user/ada/alpha/api?a=1"
    seen = {name.lower(): value for name, value in told["headers"]}
    assert seen["authorization"] == "token inner"
    assert seen["cookie"] == "own=1"
    assert seen.keys().isdisjoint({"x-forwarded-for", "x-secret"})


def test_an_instance_sets_no_cookie_beyond_itself(gate: Gate) -> None:
    assert gate.http.get("/api").headers.get_list("set-cookie") == ["own=1; Path=/"]


@pytest.mark.parametrize(
    "path", ["/..", "/a/../b", "/%2e%2e/b", "/%2E./b", "/a%2f..%2fb", "/%252e%252e/b", "/a\\..\\b", "/./a", "*"]
)
def test_climbing_paths_are_refused(gate: Gate, path: str) -> None:
    assert gate.raw(f"GET {path} HTTP/1.1\r\nHost: {gate.host}").split()[1] == b"400"


def test_another_servers_path_stays_below_ones_own(gate: Gate) -> None:
    assert gate.http.get("/user/eve/beta/api").json()["path"] == "/user/ada/alpha/user/eve/beta/api"


@pytest.mark.parametrize(
    "head",
    [
        "POST /a HTTP/1.1\r\nHost: {}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        "POST /a HTTP/1.1\r\nHost: {}\r\nContent-Length: 5\r\nContent-Length: 6",
        "POST /a HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: xchunked",
        "GET /a HTTP/1.1\r\nHost: {}\r\nX-A: 1\r\n folded",
        "GET /a HTTP/1.1\r\nHost: {}\r\nHost: evil.example",
        "GET /a HTTP/1.1\r\nHost: evil.example\r\nX: {}",
        "GET /a HTTP/1.1\r\nHost: {}\r\nContent-Length : 5",
        "GET /a HTTP/1.1\r\nHost: {}\r\nX-A: a\x00b",
    ],
)
def test_smuggled_heads_are_refused(gate: Gate, head: str) -> None:
    answer = gate.raw(head.format(gate.host), b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n")
    assert answer.split()[1] in (b"400", b"403")
    assert b"/smuggled" not in answer


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_a_neighbours_page_fetches_nothing_by_the_cookie(gate: Gate, site: str) -> None:
    headers = {"Host": gate.host, "Cookie": f"workstead_instance={gate.token}"}
    by_cookie = httpx.Client(base_url=f"http://127.0.0.1:{gate.port}", headers=headers, trust_env=False)
    assert by_cookie.get("/api").status_code == 200
    assert by_cookie.get("/api", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}).status_code == 403
    assert by_cookie.get("/api", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}).status_code == 200
    assert by_cookie.get("/api", headers={"Origin": "http://beta.localhost"}).status_code == 403


def test_when_the_caller_leaves_jupyter_may_stop(gate: Gate) -> None:
    Jupyter.left.clear()
    with gate.http.stream("GET", "/endless") as reply:
        next(reply.iter_raw())
    assert Jupyter.left.wait(10)


def test_large_bodies_are_not_held_in_memory(gate: Gate) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    chunks = (CHUNK for _ in range(LARGE // len(CHUNK)))
    sent = gate.http.put("/up", content=chunks, headers={"Content-Length": str(LARGE)}, timeout=60)
    assert sent.json() == {"bytes": LARGE}
    got = 0
    with gate.http.stream("GET", "/endless", timeout=60) as reply:
        for chunk in reply.iter_raw():
            got += len(chunk)
            if got > LARGE:
                break
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 32 * 1024  # KiB
