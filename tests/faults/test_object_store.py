"""An object store that is slow, silent, gone or wrong: a sentence in bounded time, and all is well once it is well."""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

import live
import object_stores
from relay import Impostor, standing_in
from workstead_wire.workspaces import WorkspacePath

pytestmark = pytest.mark.long

BOUND_S = 45.0
"""Within what time each request is answered."""
LIVELY_S = 5.0
"""Within what time one that needs no bytes is, on a busy machine."""
FILE = os.urandom(12 * 1024 * 1024)
"""Several parts of an upload to S3, and several spans of a download."""
TIMEOUT_S = 3


def said(status: bytes, body: bytes = b"", kind: bytes = b"application/xml") -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, kind, len(body)) + body


DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
ILLS = {
    "hangs up": {"instead": b""},
    "500": {"instead": said(b"500 Internal Server Error")},
    "403": {"instead": said(b"403 Forbidden", DENIED)},
    "another page": {"instead": said(b"200 OK", b"<html>Sign in to the hotel</html>", b"text/html")},
    "no HTTP": {"instead": b"SSH-2.0-OpenSSH_9.2\r\n"},
    "silent": {"silent": True},
}


@pytest.fixture(scope="module")
def store() -> Iterator[tuple[Impostor, dict[str, str]]]:
    """What stands before S3, and the variables by which a server finds it."""
    with object_stores.s3() as environ, standing_in(environ["AWS_ENDPOINT"]) as impostor:
        yield impostor, environ | {"AWS_ENDPOINT": impostor.url, "AWS_TIMEOUT": f"{TIMEOUT_S} seconds"}


@pytest.fixture(scope="module")
def server(store: tuple[Impostor, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Live]:
    url = f"s3://{object_stores.NAME}/{uuid.uuid4().hex}"
    environ = store[1] | {"WORKSTEAD_STORAGE": "bucket", "WORKSTEAD_STORAGE_URL": url}
    with live.running(tmp_path_factory.mktemp("ill") / "home", env=environ) as server:
        yield server


@pytest.fixture
def where(server: live.Live) -> WorkspacePath:
    return server.make_workspace(f"w{uuid.uuid4().hex[:8]}")


@pytest.fixture
def impostor(store: tuple[Impostor, dict[str, str]]) -> Iterator[Impostor]:
    yield store[0]
    heal(store[0])


def heal(impostor: Impostor) -> None:
    impostor.delay_s, impostor.silent, impostor.instead = 0.0, False, None


def box(where: WorkspacePath) -> str:
    return f"{where.url}/artifacts/LocalUpload/box"


@pytest.mark.parametrize("ill", ILLS)
def test_a_sentence_in_bounded_time(server: live.Live, where: WorkspacePath, impostor: Impostor, ill: str) -> None:
    server.http.put(f"{box(where)}/first", content=FILE).raise_for_status()
    for name, value in ILLS[ill].items():
        setattr(impostor, name, value)
    asked = [("PUT", f"{box(where)}/second", FILE + b"2"), ("GET", f"{box(where)}/first", None)]
    asked += [("PUT", f"{box(where)}/small", b"small")]
    if ill != "another page":  # obstore takes a page for a list of nothing, of which nothing is deleted
        asked += [("GET", "/api/v1/leftovers", None)]
    with ThreadPoolExecutor(len(asked)) as pool:
        began = time.monotonic()
        replies = list(pool.map(lambda call: take(server, *call), asked))
        took = time.monotonic() - began
    check_lively(server, where)
    for (method, path, _), reply in zip(asked, replies, strict=True):
        check_refused(reply, f"{method} {path}")
    assert took < BOUND_S
    heal(impostor)
    check_well(server, where)


def test_others_are_served_while_it_is_silent(server: live.Live, where: WorkspacePath, impostor: Impostor) -> None:
    impostor.silent = True
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(take, server, "PUT", f"{box(where)}/f{number}", FILE) for number in range(6)]
        waiting += [pool.submit(take, server, "GET", "/api/v1/leftovers", None) for _ in range(2)]
        while not all(work.done() for work in waiting):
            check_lively(server, where)
        for work in waiting:
            check_refused(work.result(), "silent")
    heal(impostor)
    check_well(server, where, there=[])


def test_a_slow_one_is_waited_for(server: live.Live, where: WorkspacePath, impostor: Impostor) -> None:
    impostor.delay_s = 0.02
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(take, server, "PUT", f"{box(where)}/first", FILE)
        while not writing.done():
            check_lively(server, where)
        assert writing.result().status_code == 201
    began = time.monotonic()
    assert take(server, "GET", f"{box(where)}/first", None).content == FILE
    assert time.monotonic() - began > TIMEOUT_S  # of one request to the store, and so of none for all of it
    heal(impostor)
    check_well(server, where)


def take(server: live.Live, method: str, path: str, content: bytes | None) -> httpx.Response:
    """One call, with a connection of its own."""
    headers = {"Authorization": f"Bearer {server.token}"}
    return httpx.request(method, server.url + path, content=content, headers=headers, timeout=60, trust_env=False)


def check_refused(reply: httpx.Response, what: str) -> None:
    assert reply.status_code == 503, f"{what}: {reply.status_code} {reply.text}"
    error = reply.json()["error"]
    assert error["code"] == "unavailable", what
    assert error["message"].startswith("the object store "), what
    assert "the server" in error["message"], what


def check_lively(server: live.Live, where: WorkspacePath) -> None:
    """What needs no bytes is answered at once."""
    for path in ("/api/v1/about", box(where)):
        began = time.monotonic()
        assert take(server, "GET", path, None).status_code == 200
        assert time.monotonic() - began < LIVELY_S


def check_well(server: live.Live, where: WorkspacePath, there: list[str] | None = None) -> None:
    """The store's recovery is enough: no half file is there, the old ones are, and new ones come."""
    listed = {item["path"]: item["sha256"] for item in server.http.get(box(where)).json()["items"]}
    assert sorted(listed) == (["first"] if there is None else there)
    assert set(listed.values()) <= {hashlib.sha256(FILE).hexdigest()}
    server.http.put(f"{box(where)}/second", content=FILE + b"2").raise_for_status()
    assert server.http.get(f"{box(where)}/second").content == FILE + b"2"
    for path in listed:
        assert server.http.get(f"{box(where)}/{path}").content == FILE
    assert server.http.get("/api/v1/leftovers").status_code == 200
