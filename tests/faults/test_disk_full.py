"""A full disk: what comes is refused with a sentence, nothing half-written stays, and room lets it in again."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import live
from workstead_wire.workspaces import WorkspacePath

LIMIT = 4 * 1024 * 1024
BATCH = 1000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={LIMIT}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def files(folder: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError):
        return [path for path in folder.rglob("*") if path.is_file()]
    return []


@pytest.mark.long
def test_uploads_on_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    store = small_disk / "storage"
    with live.running(tmp_path / "home", env={"WORKSTEAD_STORAGE_URL": str(store)}) as server:
        where = server.make_workspace("full")
        url = f"{where.url}/artifacts/LocalUpload/box"
        assert server.http.put(f"{url}/first", content=b"1" * (LIMIT // 2)).status_code == 201
        for path in ("second", "first"):
            reply = server.http.put(f"{url}/{path}", content=b"2" * LIMIT)
            assert reply.status_code == 507, reply.text
            assert "disk is full" in reply.json()["error"]["message"]
        assert [file.stat().st_size for file in files(store)] == [LIMIT // 2]
        assert server.http.get(f"{url}/first").content == b"1" * (LIMIT // 2)
        assert [item["path"] for item in server.http.get(url).json()["items"]] == ["first"]
        assert server.http.delete(f"{url}/first").status_code == 204
        assert server.http.put(f"{url}/second", content=b"2" * (LIMIT // 2)).status_code == 201


@pytest.mark.long
def test_batches_on_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{small_disk / 'workstead.db'}"
    filler = small_disk / "filler"
    with live.running(tmp_path / "home", env={"WORKSTEAD_DATABASE_URL": url}) as server:
        where = server.make_workspace("full")
        server.call("POST", f"{where.url}/runs".removeprefix("/api/v1"), {"id": "r", "experiment": "e"})
        filler.write_bytes(bytes(LIMIT * 5 // 8))
        taken, reply = 0, None
        for _ in range(200):
            reply = send(server, where, taken)
            if reply.status_code != 200:
                break
            taken = reply.json()["next"]
        assert reply is not None
        assert (reply.status_code, taken > 0) == (507, True), reply.text
        assert "disk is full" in reply.json()["error"]["message"]
        assert count(server, where) == taken
        filler.unlink()
        assert send(server, where, taken).json() == {"next": taken + BATCH}
        assert count(server, where) == taken + BATCH
    with contextlib.closing(sqlite3.connect(small_disk / "workstead.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def send(server: live.Live, where: WorkspacePath, first: int) -> httpx.Response:
    lines = b"".join(b'["loss",%d.5,1767225600000]\n' % number for number in range(first, first + BATCH))
    return server.http.post(f"{where.url}/runs/r/metrics", params={"source": "s", "first": first}, content=lines)


def count(server: live.Live, where: WorkspacePath) -> int:
    """Points that can be read."""
    series = server.http.get(f"{where.url}/runs/r/metrics/series", params={"name": "loss", "limit": 100_000}).json()
    assert series["values"]["loss"] == [number + 0.5 for number in range(series["total"])]
    return series["total"]
