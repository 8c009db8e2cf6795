"""Fixtures of the face: a folder of one's own, and a workspace on the live server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from azureml.core import Experiment, Workspace
from azureml.core import run as run_module


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The present folder, empty, with a home beside it and nothing of the tester's own."""
    for name in list(os.environ):
        if name.startswith(("WORKSTEAD_", "AZUREML_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("WORKSTEAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(run_module, "_offline", {})
    return folder


@pytest.fixture
def online(live_server, monkeypatch: pytest.MonkeyPatch):
    """The live server, which this process is signed in to."""
    for name, text in live_server.environ().items():
        monkeypatch.setenv(name, text)
    return live_server


@pytest.fixture
def ws(online, workspace) -> Workspace:
    """A workspace that no other test uses."""
    return Workspace(workspace.subscription_id, workspace.resource_group, workspace.workspace)


@pytest.fixture
def experiment(ws: Workspace) -> Experiment:
    """An experiment in it."""
    return Experiment(ws, "try out")


@pytest.fixture
def run(experiment: Experiment) -> Iterator[object]:
    """An interactive run without a snapshot."""
    started = experiment.start_logging(snapshot_directory=None)
    yield started
    if started.get_status() == "Running":
        started.complete()
