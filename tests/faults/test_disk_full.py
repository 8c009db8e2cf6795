"""A full disk: uploads are refused with a sentence, nothing half-written stays, and room made lets them in again."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import live

LIMIT = 4 * 1024 * 1024


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
        assert [file.name for file in files(store)] == ["first"]
        assert server.http.get(f"{url}/first").content == b"1" * (LIMIT // 2)
        assert [item["path"] for item in server.http.get(url).json()["items"]] == ["first"]
        assert server.http.delete(f"{url}/first").status_code == 204
        assert server.http.put(f"{url}/second", content=b"2" * (LIMIT // 2)).status_code == 201
