"""Batches of small files over HTTP, on a real server."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest

import live
from workstead_wire.artifacts import BATCH_BYTES, BATCH_FILES
from workstead_wire.workspaces import WorkspacePath

Pairs = Sequence[tuple[str, bytes]]
FILES = [("a.txt", b"a"), ("deep/ü #1%.bin", bytes(70_000)), ("deep/empty", b""), ("contents", b"c"), ("missing", b"m")]
OK = [("fine", b"fine")]


def listing(pairs: Pairs) -> list[dict[str, Any]]:
    return [{"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for path, data in pairs]


def pack(pairs: Pairs) -> bytes:
    return b"\n".join((json.dumps(listing(pairs)).encode(), b"".join(data for _, data in pairs)))


def place(where: WorkspacePath, room: str, path: str = "") -> str:
    return f"{where.url}/{room}/LocalUpload/box" + (f"/{quote(path, safe='')}" if path else "")


def send(server: live.Live, where: WorkspacePath, body: bytes) -> httpx.Response:
    return server.http.post(place(where, "artifacts"), content=body)


def names(server: live.Live, where: WorkspacePath) -> list[str]:
    return [item["path"] for item in server.http.get(place(where, "artifacts")).json()["items"]]


def kept(server: live.Live, where: WorkspacePath) -> list[str]:
    """Names of what lies in the workspace's part of the store, and of what is staged."""
    account = server.http.get(where.url).json()["storage_account"]
    store = server.home / "storage"
    return sorted(
        path.name for root in (store / account, store / ".staging") for path in root.rglob("*") if path.is_file()
    )


def test_all_files_of_a_batch_are_kept(live_server: live.Live, workspace: WorkspacePath) -> None:
    reply = send(live_server, workspace, pack(FILES))
    assert reply.status_code == 201, reply.text
    made = reply.json()
    assert [{key: item[key] for key in ("path", "sha256", "size")} for item in made] == listing(FILES)
    assert names(live_server, workspace) == sorted(path for path, _ in FILES)
    for item, (path, data) in zip(made, FILES, strict=True):
        assert live_server.http.get(place(workspace, "artifacts", path)).content == data
        assert live_server.http.get(place(workspace, "artifactinfo", path)).json() == item
    assert send(live_server, workspace, b"[]\n").json() == []


def test_a_taken_name_refuses_the_whole_batch(live_server: live.Live, workspace: WorkspacePath) -> None:
    assert send(live_server, workspace, pack([("two", b"old"), ("three", b"old")])).is_success
    reply = send(live_server, workspace, pack([("one", b"1"), ("two", b"2"), ("three", b"3")]))
    assert reply.status_code == 409
    assert reply.json()["error"]["code"] == "already_exists"
    assert "'two'" in reply.json()["error"]["message"]
    assert names(live_server, workspace) == ["three", "two"]
    assert len(kept(live_server, workspace)) == 1  # both have the same bytes
    assert live_server.http.get(place(workspace, "artifacts", "two")).content == b"old"


def test_a_file_may_have_the_name_of_a_folder(live_server: live.Live, workspace: WorkspacePath) -> None:
    """As in an object store, on every kind of storage."""
    assert send(live_server, workspace, pack([("a", b"old")])).is_success
    assert send(live_server, workspace, pack([("first", b"1"), ("a/b", b"2"), ("last", b"3")])).is_success
    assert live_server.http.get(place(workspace, "artifacts", "a")).content == b"old"
    assert live_server.http.get(place(workspace, "artifacts", "a/b")).content == b"2"


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "..", "a/./b", "a//b", "/a", "a/", "a\\b", "a\nb", "", "x" * 1025]
)
def test_path_rules_hold_for_every_entry(live_server: live.Live, workspace: WorkspacePath, path: str) -> None:
    reply = send(live_server, workspace, pack([*OK, (path, b"x")]))
    assert reply.status_code == 400, reply.text
    assert "is no path for a file" in reply.json()["error"]["message"]
    assert kept(live_server, workspace) == []


def broken() -> dict[str, bytes]:
    whole = pack([("a", b"one"), ("b", b"two")])
    negative = listing(OK)
    negative[0]["size"] = -1
    return {
        "other bytes": whole[:-3] + b"owt",
        "ends early": whole[:-1],
        "goes on": whole + b"!",
        "no list": b"",
        "list without end": whole.partition(b"\n")[0],
        "no JSON": b"{\n",
        "another form": b'{"path": "a"}\n',
        "no UTF-8": b'["\xff"]\n',
        "endless list": b" " * (9 << 20),
        "twice": pack([("a", b"1"), ("a", b"2")]),
        "less than nothing": json.dumps(negative).encode() + b"\n",
        "no hash": json.dumps([{"path": "a", "size": 0, "sha256": "../../x"}]).encode() + b"\n",
    }


@pytest.mark.parametrize("fault", broken())
def test_what_is_not_of_its_form_keeps_nothing(live_server: live.Live, workspace: WorkspacePath, fault: str) -> None:
    reply = send(live_server, workspace, broken()[fault])
    assert reply.status_code == 400, reply.text
    assert (names(live_server, workspace), kept(live_server, workspace)) == ([], [])


def test_batches_have_limits(live_server: live.Live, workspace: WorkspacePath) -> None:
    assert send(live_server, workspace, pack([(str(n), b"") for n in range(BATCH_FILES + 1)])).status_code == 413
    assert send(live_server, workspace, pack([("big", bytes(BATCH_BYTES + 1))])).status_code == 413
    assert kept(live_server, workspace) == []
    most = pack([(str(n), b"x") for n in range(BATCH_FILES - 1)] + [("big", bytes(BATCH_BYTES))])
    assert send(live_server, workspace, most).status_code == 201


def test_of_many_equal_batches_one_wins(live_server: live.Live, workspace: WorkspacePath) -> None:
    bodies = [pack([(f"{n}", b"%d" % sender) for n in range(50)]) for sender in range(6)]
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda body: send(live_server, workspace, body).status_code, bodies))
    assert sorted(codes) == [201] + [409] * 5
    winner = b"%d" % codes.index(201)
    assert {live_server.http.get(place(workspace, "artifacts", f"{n}")).content for n in range(50)} == {winner}


def test_contents_come_by_the_batch(live_server: live.Live, workspace: WorkspacePath) -> None:
    url = f"{workspace.url}/snapshots"
    hashes = [item["sha256"] for item in listing(FILES)]
    wrong = live_server.http.post(f"{url}/contents", content=pack(FILES)[:-1] + b"?")
    assert wrong.status_code == 400
    assert live_server.http.post(f"{url}/missing", json={"sha256": hashes}).json()["sha256"] == hashes
    assert kept(live_server, workspace) == []
    for _ in range(2):  # again changes nothing
        assert live_server.http.post(f"{url}/contents", content=pack([*FILES, *FILES])).status_code == 204
    assert live_server.http.post(f"{url}/missing", json={"sha256": hashes}).json()["sha256"] == []
    files = {item.pop("path"): item for item in listing(FILES)}
    snapshot = live_server.http.post(url, json={"files": files}).json()["id"]
    for path, data in FILES:
        assert live_server.http.get(f"{url}/{snapshot}/files/{quote(path)}").content == data


def test_a_client_that_goes_away_leaves_nothing(live_server: live.Live, workspace: WorkspacePath) -> None:
    body = pack([(f"{n}", bytes(300_000)) for n in range(20)])
    head = f"POST {place(workspace, 'artifacts')} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection((live_server.http.base_url.host, live_server.http.base_url.port or 80)) as line:
        line.sendall(f"{head}Authorization: Bearer {live_server.token}\r\n\r\n".encode() + body[:-1])
        wait_until(lambda: kept(live_server, workspace) != [])  # some are staged
    wait_until(lambda: kept(live_server, workspace) == [])
    assert names(live_server, workspace) == []


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)
