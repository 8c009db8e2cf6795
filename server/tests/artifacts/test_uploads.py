"""Uploads in parts: they go on where they broke, and only the bytes that were meant become a file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

import live
from workstead_client import artifacts
from workstead_client.transport import Transport
from workstead_wire.artifacts import PART_BYTES, UploadComplete
from workstead_wire.errors import AlreadyExists, InvalidInput
from workstead_wire.workspaces import WorkspacePath

CONTENT = os.urandom(PART_BYTES) + os.urandom(PART_BYTES) + b"the rest"
HASH = hashlib.sha256(CONTENT).hexdigest()
PARTS = [CONTENT[start : start + PART_BYTES] for start in range(0, len(CONTENT), PART_BYTES)]


def asked(path: str = "big", size: int = len(CONTENT)) -> UploadComplete:
    return UploadComplete(origin="LocalUpload", container="box", path=path, size=size)


def transport(server: live.Live) -> Transport:
    return Transport(server.url, server.environ()["WORKSTEAD_TOKEN"])


def test_parts_outlive_a_killed_server(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with live.running(home) as server:
        where = server.make_workspace("parts")
        for number in (0, 2):
            artifacts.upload_part(transport(server), where, HASH, number, PARTS[number])
        server.process.kill()
        server.process.wait()
    with live.running(home) as server:
        http = transport(server)
        assert artifacts.list_parts(http, where, HASH).parts == [0, 2]
        with pytest.raises(InvalidInput, match="1 of 3 parts are lacking"):
            artifacts.complete_upload(http, where, HASH, asked())
        artifacts.upload_part(http, where, HASH, 1, PARTS[1])
        made = artifacts.complete_upload(http, where, HASH, asked())
        assert (made.size, made.sha256) == (len(CONTENT), HASH)
        artifacts.download_artifact(http, where, "LocalUpload", "box", "big", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == CONTENT
        assert [file.name for file in (home / "storage").rglob("*") if file.is_file()] == [HASH]


def test_what_the_workspace_has_is_not_sent_again(live_server: live.Live, workspace: WorkspacePath) -> None:
    http = transport(live_server)
    digest = hashlib.sha256(b"here").hexdigest()
    artifacts.upload_artifact(http, workspace, "LocalUpload", "box", "one", b"here")
    assert artifacts.list_parts(http, workspace, digest).whole
    assert artifacts.complete_upload(http, workspace, digest, asked("two", 4)).sha256 == digest
    with pytest.raises(AlreadyExists, match="'two'"):
        artifacts.complete_upload(http, workspace, digest, asked("two", 4))
    with pytest.raises(InvalidInput, match="has not 5 bytes"):
        artifacts.complete_upload(http, workspace, digest, asked("three", 5))


def test_other_bytes_become_no_file(live_server: live.Live, workspace: WorkspacePath) -> None:
    http = transport(live_server)
    artifacts.upload_part(http, workspace, HASH, 0, b"not these")
    with pytest.raises(InvalidInput, match="send them again"):
        artifacts.complete_upload(http, workspace, HASH, asked(size=9))
    assert artifacts.list_parts(http, workspace, HASH).parts == []


def test_a_large_file_goes_in_parts(
    live_server: live.Live, workspace: WorkspacePath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "_LARGE", PART_BYTES)
    file = tmp_path / "big"
    file.write_bytes(CONTENT)
    http = transport(live_server)
    artifacts.upload_part(http, workspace, HASH, 1, PARTS[1])  # as a client that was killed left it
    assert artifacts.upload_artifact(http, workspace, "LocalUpload", "box", "big", file).sha256 == HASH
