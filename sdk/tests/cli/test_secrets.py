"""``workstead secrets`` as a user types it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import live
from workstead_wire.workspaces import WorkspacePath


@pytest.fixture
def secrets(cli: Any, live_server: live.Live, workspace: WorkspacePath) -> Any:
    """Runs ``workstead secrets ARGS`` on a workspace of its own."""

    def run(*args: str, given: str = "", status: int = 0) -> str:
        place = [] if args[0] == "rotate-master-key" else ["-w", workspace.workspace, "-g", workspace.resource_group]
        done = cli("secrets", *args, *place, given=given, **live_server.environ())
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    return run


def test_a_secrets_life(secrets: Any, tmp_path: Path) -> None:
    assert "one" not in secrets("set", "db", "--tag", "team=red", "--expires", "2031-01-01", given="one\n")
    (tmp_path / "key.txt").write_text("line 1\nline 2\n")
    secrets("set", "key", "--file", str(tmp_path / "key.txt"))
    assert secrets("get", "db") == "one\n"
    assert secrets("get", "key") == "line 1\nline 2\n\n"
    assert [line.split()[0] for line in secrets("list").splitlines()] == ["NAME", "db", "key"]
    assert "one" not in secrets("show", "db", "-o", "json")
    secrets("update", "db", "--disable")
    assert "is disabled" in secrets("get", "db", status=1)
    secrets("update", "db", "--enable")
    assert "brings it back" in secrets("delete", "db", "-y")
    assert "db" in secrets("list", "--deleted")
    secrets("recover", "db")
    secrets("rotate")
    assert "wraps" in secrets("rotate-master-key")
    assert secrets("get", "db") == "one\n"
    assert len(secrets("versions", "db").splitlines()) == 2
    told = [line.split()[3] for line in secrets("log", "db").splitlines()[1:]]
    assert told == ["read", "recover", "delete", "update", "update", "read", "set"]
    secrets("delete", "db", "-y")
    secrets("purge", "db", "-y")
    assert "there is no deleted secret 'db'" in secrets("recover", "db", status=1)


def test_no_value_is_no_secret(secrets: Any) -> None:
    assert "no value for db was given" in secrets("set", "db", status=1)
    assert secrets("list").splitlines()[1:] == []
