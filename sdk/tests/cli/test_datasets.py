"""``workstead datasets`` against a live server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import live
from workstead_cli.datasets import datasets
from workstead_wire.errors import InvalidInput


def test_import_list_fetch(tmp_path: Path, test_data: Path) -> None:
    with live.running(tmp_path / "home") as server:
        runner = CliRunner(env=server.environ() | {"WORKSTEAD_HOME": str(tmp_path / "home")})
        done = runner.invoke(datasets, ["import", str(test_data / "data/mnist")], catch_exceptions=False)
        assert done.output.count("mnist: ") == 4
        listed = runner.invoke(datasets, ["list"], catch_exceptions=False)
        assert listed.output.splitlines()[1].startswith("mnist  4 of 4")
        known = json.loads(runner.invoke(datasets, ["list", "-o", "json"], catch_exceptions=False).output)
        assert all(file["present"] for file in known[0]["files"])
        fetched = runner.invoke(datasets, ["fetch", "mnist"], catch_exceptions=False)
        assert fetched.output == "mnist: all 4 files are on the server\n"


def test_a_folder_without_known_files_says_their_names(live_server: live.Live, tmp_path: Path) -> None:
    runner = CliRunner(env=live_server.environ() | {"WORKSTEAD_HOME": str(live_server.home)})
    with pytest.raises(InvalidInput, match=r"train-images-idx3-ubyte\.gz"):
        runner.invoke(datasets, ["import", str(tmp_path)], catch_exceptions=False)
