"""The command line as a user runs it: a process of its own, with a home of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import live

Cli = Callable[..., "subprocess.CompletedProcess[str]"]
COMMAND = [sys.executable, "-c", "from workstead_cli.main import main; main()"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    return tmp_path / "home"


@pytest.fixture
def cli(home: Path, tmp_path: Path) -> Cli:
    """Runs ``workstead ARGS``; ``given`` is its standard input, other named arguments are variables."""

    def run(*args: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        env = live.clean_environ(home) | variables
        return subprocess.run(
            [*COMMAND, *args],
            env=env,
            cwd=tmp_path,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
