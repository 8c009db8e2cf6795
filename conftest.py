"""Fixtures shared by the tests of all packages: a live server, and a fresh workspace on it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import live
import postgres
from workstead_wire.workspaces import WorkspacePath

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Live]:
    """One server for all tests of this session; on PostgreSQL where ``WORKSTEAD_TEST_DATABASE`` says so."""
    home = tmp_path_factory.mktemp("live") / "home"
    if os.environ.get("WORKSTEAD_TEST_DATABASE") != "postgresql":
        with live.running(home) as server:
            yield server
        return
    postgres.need_postgres()
    with (
        postgres.running_postgres(["tests"]) as [url],
        live.running(home, env={"WORKSTEAD_DATABASE_URL": url}) as server,
    ):
        yield server


@pytest.fixture
def workspace(live_server: live.Live) -> WorkspacePath:
    """A workspace that no other test uses."""
    return live_server.make_workspace(f"ws{next(_numbers)}")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder with the lesson and MNIST; skips, saying so, where this machine has none."""
    folder = Path(os.environ.get("WORKSTEAD_TEST_DATA") or Path(__file__).parents[1] / "shared")
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}; set WORKSTEAD_TEST_DATA to run this test")
    return folder
