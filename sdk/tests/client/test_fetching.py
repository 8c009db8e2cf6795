"""Downloads of files that come in several spans."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import live
from relay import relaying
from workstead_client import artifacts, fetching
from workstead_client.transport import Transport
from workstead_wire.workspaces import WorkspacePath

RUN, BOX = "ExperimentRun", "dcid.spans"
SPAN = 1 << 20


@pytest.fixture(autouse=True)
def small_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SPAN", SPAN)


@pytest.mark.parametrize("size", [0, 1, SPAN - 1, SPAN, SPAN + 1, 5 * SPAN, 5 * SPAN + 7])
def test_every_size_comes_whole(live_server: live.Live, workspace: WorkspacePath, tmp_path: Path, size: int) -> None:
    http, content = Transport(live_server.url, live_server.token), os.urandom(size)
    artifacts.upload_artifact(http, workspace, RUN, BOX, "file", content, overwrite=True)
    assert artifacts.download_artifact(http, workspace, RUN, BOX, "file", tmp_path / "file") == size
    assert (tmp_path / "file").read_bytes() == content


def test_spans_go_on_where_they_broke(live_server: live.Live, workspace: WorkspacePath, tmp_path: Path) -> None:
    content = os.urandom(6 * SPAN)
    http = Transport(live_server.url, live_server.token)
    artifacts.upload_artifact(http, workspace, RUN, BOX, "file", content)
    with relaying(live_server.url) as relay:
        through = Transport(relay.url, live_server.token)
        through.check_server()
        relay.lose_answers = 5
        artifacts.download_artifact(through, workspace, RUN, BOX, "file", tmp_path / "file")
    assert relay.lose_answers == 0
    assert (tmp_path / "file").read_bytes() == content


def test_a_file_that_is_replaced_meanwhile_comes_as_it_is_then(
    live_server: live.Live, workspace: WorkspacePath, tmp_path: Path
) -> None:
    old, new = os.urandom(4 * SPAN), os.urandom(3 * SPAN)
    http = Transport(live_server.url, live_server.token)
    artifacts.upload_artifact(http, workspace, RUN, BOX, "file", old)
    told: list[int] = []

    def replace(count: int) -> None:
        if not told:
            artifacts.upload_artifact(http, workspace, RUN, BOX, "file", new, overwrite=True)
        told.append(count)

    path = f"{workspace.url}/artifacts/{RUN}/{BOX}/file"
    assert http.download(path, tmp_path / "file", progress=replace) == len(new)
    assert (tmp_path / "file").read_bytes() == new
    assert told[-1] == len(new)
