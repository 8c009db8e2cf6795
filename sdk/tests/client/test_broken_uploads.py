"""Uploads over connections that break: each file is kept once, and names that others took stay refused."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import live
from relay import Relay, relaying
from workstead_client import artifacts
from workstead_client.transport import Transport
from workstead_wire.artifacts import PART_BYTES
from workstead_wire.errors import AlreadyExists, ArtifactNotFound, Conflict
from workstead_wire.workspaces import WorkspacePath

RUN, BOX = "ExperimentRun", "dcid.broken"


@pytest.fixture
def relay(live_server: live.Live) -> Iterator[Relay]:
    with relaying(live_server.url) as relay:
        yield relay


@pytest.fixture
def http(live_server: live.Live, relay: Relay) -> Transport:
    return Transport(relay.url, live_server.token)


@pytest.fixture
def files(tmp_path: Path) -> list[tuple[str, Path]]:
    pairs = [(f"f{number}", tmp_path / f"f{number}") for number in range(3)]
    for _, file in pairs:
        file.write_bytes(os.urandom(300_000))
    return pairs


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("trouble", ["lose_answers", "cut_requests"])
def test_one_file(
    http: Transport, relay: Relay, workspace: WorkspacePath, files: list[tuple[str, Path]], trouble: str
) -> None:
    http.check_server()
    relay.cut_after = 150_000
    setattr(relay, trouble, 2)
    path, file = files[0]
    assert artifacts.upload_artifact(http, workspace, RUN, BOX, path, file).sha256 == sha256(file)
    assert getattr(relay, trouble) == 0
    with pytest.raises(AlreadyExists):
        artifacts.upload_artifact(http, workspace, RUN, BOX, path, file)


@pytest.mark.parametrize("trouble", ["lose_answers", "cut_requests"])
def test_many_files(
    http: Transport, relay: Relay, workspace: WorkspacePath, files: list[tuple[str, Path]], trouble: str
) -> None:
    http.check_server()
    relay.cut_after = 150_000
    setattr(relay, trouble, 2)
    kept = artifacts.upload_batch(http, workspace, RUN, BOX, files)
    assert [artifact.sha256 for artifact in kept] == [sha256(file) for _, file in files]
    assert getattr(relay, trouble) == 0
    with pytest.raises(AlreadyExists):
        artifacts.upload_batch(http, workspace, RUN, BOX, files)


def test_a_file_of_several_parts_goes_on_where_it_broke(
    http: Transport, relay: Relay, workspace: WorkspacePath, tmp_path: Path
) -> None:
    file = tmp_path / "large"
    file.write_bytes(os.urandom(PART_BYTES) * 3 + b"end")
    http.check_server()
    relay.cut_after, relay.cut_requests = PART_BYTES + PART_BYTES // 2, 4
    assert artifacts.upload_artifact(http, workspace, RUN, BOX, "large", file).sha256 == sha256(file)
    assert relay.cut_requests < 4
    assert relay.passed < 6 * PART_BYTES


def test_a_name_that_another_took_meanwhile_stays_refused(
    http: Transport, relay: Relay, workspace: WorkspacePath, files: list[tuple[str, Path]]
) -> None:
    artifacts.upload_artifact(http, workspace, RUN, BOX, "f0", b"another's")
    relay.lose_answers = 1
    with pytest.raises(AlreadyExists):
        artifacts.upload_batch(http, workspace, RUN, BOX, files)
    assert artifacts.get_artifact(http, workspace, RUN, BOX, "f0").size == len(b"another's")


def test_a_file_that_becomes_shorter_while_it_is_sent(
    live_server: live.Live, workspace: WorkspacePath, tmp_path: Path
) -> None:
    class Shrinking(io.FileIO):
        def readinto(self, buffer: object) -> int:
            got = super().readinto(buffer)
            os.truncate(self.name, self.tell())
            return got

    file = tmp_path / "shrinks"
    file.write_bytes(bytes(900_000))
    http = Transport(live_server.url, live_server.token)
    with Shrinking(file) as stream, pytest.raises(Conflict, match=r"shrinks became 6.* bytes shorter"):
        artifacts.upload_artifact(http, workspace, RUN, BOX, "shrinks", stream)
    with pytest.raises(ArtifactNotFound):
        artifacts.get_artifact(http, workspace, RUN, BOX, "shrinks")
