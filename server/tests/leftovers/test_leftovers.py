"""Leftovers: told first, deleted when asked, and never what somebody still uses."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import live
from workstead.foundation.db import Database
from workstead_wire.workspaces import WorkspacePath


@pytest.fixture
def server(tmp_path: Path) -> Iterator[live.Live]:
    with live.running(tmp_path / "home") as running:
        yield running


@pytest.fixture
def where(server: live.Live) -> WorkspacePath:
    return server.make_workspace("swept")


def ask(server: live.Live, where: WorkspacePath, method: str, path: str, body: Any = None) -> Any:
    return server.call(method, where.url.removeprefix("/api/v1") + path, body)


def content_of(run_id: str, name: str) -> bytes:
    return f"{run_id} {name}".ljust(100).encode()


def make_run(server: live.Live, where: WorkspacePath, run_id: str, snapshot: str | None = None) -> None:
    """A run that has ended, with two files."""
    ask(server, where, "POST", "/runs", {"id": run_id, "experiment": "e", "snapshot_id": snapshot})
    for name in ("a", "b"):
        url = f"{where.url}/artifacts/ExperimentRun/dcid.{run_id}/{name}"
        server.http.put(url, content=content_of(run_id, name)).raise_for_status()
    ask(server, where, "POST", f"/runs/{run_id}/status", {"status": "Completed"})


def make_snapshot(server: live.Live, where: WorkspacePath, *contents: bytes) -> str:
    files = {}
    for content in contents:
        digest = sha256(content).hexdigest()
        server.http.put(f"{where.url}/snapshots/contents/{digest}", content=content).raise_for_status()
        files[digest] = {"sha256": digest, "size": len(content)}
    return ask(server, where, "POST", "/snapshots", {"files": files})["id"]


def age(server: live.Live) -> None:
    """Make everything there is two days old."""
    database = Database(server.database_url)
    for table in ("artifacts", "snapshots"):
        query = text(f"UPDATE {table} SET created_at = created_at - 172800000000")  # noqa: S608
        database.write_now(lambda conn, query=query: conn.execute(query))
    database.close()


def blobs(server: live.Live) -> list[str]:
    store = server.home / "storage"
    return sorted(file.name for file in store.rglob("*") if file.is_file())


def numbers(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value not in (0, False)}


def test_what_nobody_uses_is_told_then_deleted(server: live.Live, where: WorkspacePath) -> None:
    kept, dropped = make_snapshot(server, where, b"shared", b"kept"), make_snapshot(server, where, b"shared", b"gone")
    make_run(server, where, "kept", kept)
    make_run(server, where, "gone", dropped)
    make_run(server, where, "modelled")
    model = {"name": "m", "origin": "ExperimentRun", "container": "dcid.modelled", "path": "a"}
    ask(server, where, "POST", "/models", model)
    for run_id in ("gone", "modelled"):
        ask(server, where, "DELETE", f"/runs/{run_id}")
    account = ask(server, where, "GET", "")["storage_account"]
    (server.home / "storage" / account / "contents" / "stray").write_bytes(b"12345")
    assert numbers(server.call("GET", "/leftovers")) == {"blobs": 1, "blob_bytes": 5}  # the rest is too young
    age(server)
    expected = {
        "files": 2, "file_bytes": 200, "snapshots": 1, "contents": 1, "content_bytes": 4, "blobs": 1, "blob_bytes": 5,
    }  # fmt: skip
    before = blobs(server)
    assert numbers(server.call("GET", "/leftovers")) == expected
    assert blobs(server) == before
    assert numbers(server.call("POST", "/leftovers/delete")) == expected | {"deleted": True}
    files = [content_of(run_id, name) for run_id in ("kept", "modelled") for name in ("a", "b")]
    assert blobs(server) == sorted(sha256(content).hexdigest() for content in [*files, b"shared", b"kept"])
    assert numbers(server.call("GET", "/leftovers")) == {}
    for run_id in ("kept", "modelled"):
        assert server.http.get(f"{where.url}/artifacts/ExperimentRun/dcid.{run_id}/a").content == content_of(
            run_id, "a"
        )
    assert ask(server, where, "GET", f"/snapshots/{kept}")["id"] == kept


def test_only_the_last_holder_of_bytes_counts(server: live.Live, where: WorkspacePath) -> None:
    """Two deleted runs and one that stays have a file alike; another is alike in the deleted ones alone."""
    for run_id in ("one", "two", "stays"):
        make_run(server, where, run_id)
        for name, content in (("all", b"alike"), ("gone", b"%d" % (run_id == "stays"))):
            url = f"{where.url}/artifacts/ExperimentRun/dcid.{run_id}/{name}"
            server.http.put(url, content=content).raise_for_status()
    for run_id in ("one", "two"):
        ask(server, where, "DELETE", f"/runs/{run_id}")
    age(server)
    expected = {"files": 8, "file_bytes": 401}
    assert numbers(server.call("GET", "/leftovers")) == expected
    assert numbers(server.call("POST", "/leftovers/delete")) == expected | {"deleted": True}
    assert server.http.get(f"{where.url}/artifacts/ExperimentRun/dcid.stays/all").content == b"alike"
    assert numbers(server.call("GET", "/leftovers")) == {}


def test_what_waits_for_the_rest_of_its_file_has_a_week(server: live.Live, where: WorkspacePath) -> None:
    content = sha256(b"large").hexdigest()
    server.http.put(f"{where.url}/uploads/{content}/0", content=b"part").raise_for_status()
    part = next((server.home / "storage").rglob("0000000"))
    account = ask(server, where, "GET", "")["storage_account"]
    ask(server, where, "PUT", "/blobs/box")
    blob = f"/blob/{account}/box/waiting"
    sent = server.http.put(f"{blob}?comp=block&blockid=AAAA", content=b"block", headers={"x-ms-version": "2021-12-02"})
    sent.raise_for_status()
    assert numbers(server.call("POST", "/leftovers/delete")) == {"deleted": True}
    assert part.read_bytes() == b"part"
    os.utime(part, (0, 0))
    database = Database(server.database_url)
    database.write_now(lambda conn: conn.execute(text("UPDATE blob_pieces SET created_at = 0")))
    database.close()
    expected = {"blobs": 2, "blob_bytes": 9}
    assert numbers(server.call("GET", "/leftovers")) == expected
    assert numbers(server.call("POST", "/leftovers/delete")) == expected | {"deleted": True}
    assert blobs(server) == []


def test_a_snapshot_that_is_made_again_is_young(server: live.Live, where: WorkspacePath) -> None:
    make_snapshot(server, where, b"again")
    age(server)
    assert server.call("GET", "/leftovers")["snapshots"] == 1
    make_snapshot(server, where, b"again")
    assert server.call("GET", "/leftovers")["snapshots"] == 0


def test_what_is_written_meanwhile_keeps_its_bytes(server: live.Live, where: WorkspacePath) -> None:
    stop = threading.Event()

    def sweep() -> None:
        http = live.Live(server.home, server.process, server.url)
        while not stop.is_set():
            http.call("POST", "/leftovers/delete")
        http.http.close()

    sweeping = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in sweeping:
        thread.start()
    urls = [f"{where.url}/artifacts/LocalUpload/box/{number}" for number in range(150)]
    digests = [sha256(b"%d" % number).hexdigest() for number in range(50)]
    for number, url in enumerate(urls):
        server.http.put(url, content=b"%d" % number).raise_for_status()
    for number, digest in enumerate(digests):
        server.http.put(f"{where.url}/snapshots/contents/{digest}", content=b"%d" % number).raise_for_status()
    stop.set()
    for thread in sweeping:
        thread.join()
    assert [server.http.get(url).content for url in urls] == [b"%d" % number for number in range(150)]
    assert set(digests) <= set(blobs(server))


def test_the_command_tells_and_deletes(server: live.Live, where: WorkspacePath) -> None:
    make_run(server, where, "gone")
    ask(server, where, "DELETE", "/runs/gone")
    age(server)

    def gc(*args: str) -> str:
        env = live.clean_environ(server.home / "client") | server.environ()
        command = [sys.executable, "-m", "workstead", "gc", *args]
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout

    assert "200 B can be freed: workstead gc --delete" in gc()
    assert "200 B freed" in gc("--delete")
    assert "0 B can be freed" in gc()
