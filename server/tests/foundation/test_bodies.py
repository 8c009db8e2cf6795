"""Long bodies arrive whole however they are cut, and the connection goes on after them."""

from __future__ import annotations

import json
import os
import socket
import ssl
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

import live
from workstead_wire.workspaces import WorkspacePath

LONG = 256 * 1024
ABOUT = b"GET /api/v1/about HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def caller(live_server: live.Live) -> Iterator[socket.socket]:
    place = urlsplit(live_server.url)
    assert place.hostname
    assert place.port
    with socket.create_connection((place.hostname, place.port), timeout=20) as caller:
        yield caller


def head(server: live.Live, where: WorkspacePath, name: str, size: int, *more: str) -> bytes:
    lines = [f"PUT {where.url}/artifacts/LocalUpload/box/{name} HTTP/1.1", "Host: localhost", *more]
    lines += [f"Authorization: Bearer {server.token}", f"Content-Length: {size}", "", ""]
    return "\r\n".join(lines).encode()


def answer(caller: socket.socket) -> tuple[int, bytes]:
    """Status and body of the next answer."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        seen += caller.recv(1)
    fields = dict(line.lower().split(b": ", 1) for line in seen.split(b"\r\n")[1:] if line)
    body = b""
    while len(body) < int(fields[b"content-length"]):
        body += caller.recv(int(fields[b"content-length"]) - len(body))
    return int(seen.split()[1]), body


def content_of(server: live.Live, where: WorkspacePath, name: str) -> bytes:
    return server.http.get(f"{where.url}/artifacts/LocalUpload/box/{name}").content


@pytest.mark.parametrize("size", [LONG - 1, LONG, LONG + 1, 5 * LONG + 7])
def test_two_bodies_and_a_request_in_one_go(
    live_server: live.Live, workspace: WorkspacePath, caller: socket.socket, size: int
) -> None:
    one, two = os.urandom(size), os.urandom(size)
    sent = head(live_server, workspace, "one", size) + one + head(live_server, workspace, "two", size) + two + ABOUT
    caller.sendall(sent)
    assert [answer(caller)[0] for _ in range(3)] == [201, 201, 200]
    assert content_of(live_server, workspace, "one") == one
    assert content_of(live_server, workspace, "two") == two


def test_a_body_in_drops(live_server: live.Live, workspace: WorkspacePath, caller: socket.socket) -> None:
    content = os.urandom(3 * LONG + 5)
    caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    caller.sendall(head(live_server, workspace, "drops", len(content)))
    sizes = [1, 2, LONG, 70_000, 3, LONG // 2]
    at = 0
    for size in [*sizes, len(content) - sum(sizes) - 2, 1, 1]:
        caller.sendall(content[at : at + size])
        at += size
        time.sleep(0.02)
    assert answer(caller)[0] == 201
    assert content_of(live_server, workspace, "drops") == content


def test_who_waits_to_be_asked_is_asked(
    live_server: live.Live, workspace: WorkspacePath, caller: socket.socket
) -> None:
    caller.sendall(head(live_server, workspace, "asked", LONG, "Expect: 100-continue"))
    assert caller.recv(100).startswith(b"HTTP/1.1 100 ")
    caller.sendall(bytes(LONG))
    assert answer(caller)[0] == 201


def test_a_body_that_nobody_wants_does_not_stand_in_the_way(
    live_server: live.Live, workspace: WorkspacePath, caller: socket.socket
) -> None:
    size = 20 * LONG
    live_server.http.put(f"{workspace.url}/artifacts/LocalUpload/box/taken", content=b"x").raise_for_status()
    caller.sendall(head(live_server, workspace, "taken", size, "If-None-Match: *") + bytes(size) + ABOUT)
    assert [answer(caller)[0] for _ in range(2)] == [409, 200]


def test_a_body_that_breaks_off_leaves_nothing(
    live_server: live.Live, workspace: WorkspacePath, caller: socket.socket
) -> None:
    caller.sendall(head(live_server, workspace, "half", 9 * LONG) + bytes(4 * LONG))
    staging = live_server.home / "storage" / ".staging"
    deadline = time.monotonic() + 10
    while not list(staging.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    caller.close()
    while list(staging.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert list(staging.iterdir()) == []
    assert live_server.http.get(f"{workspace.url}/artifacts/LocalUpload/box/half").status_code == 404


def test_over_tls(live_server: live.Live, workspace: WorkspacePath) -> None:
    content = os.urandom(30 * LONG + 11)
    secure = json.loads((live_server.home / "server.json").read_text())["https"]
    address = secure + f"{workspace.url}/artifacts/LocalUpload/box/tls"
    context = ssl.create_default_context(cafile=str(live_server.home / "tls" / "ca.pem"))
    headers = {"Authorization": f"Bearer {live_server.token}"}
    with httpx.Client(verify=context, headers=headers, trust_env=False, timeout=20) as client:
        for _ in range(2):
            client.put(address, content=content).raise_for_status()
    assert content_of(live_server, workspace, "tls") == content
