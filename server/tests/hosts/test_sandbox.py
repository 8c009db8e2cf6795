"""What a program in one instance can get at of another, of the home and of the machine: it really tries."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workstead.hosts.sandbox import is_shut, shut_in
from workstead_wire.errors import InvalidInput

# Tries each thing, and says what came of it.
TRY = """
import glob, json, os, socket, sys
home, own, other = sys.argv[1:4]
def attempt(work):
    try:
        return str(work())
    except OSError as error:
        return type(error).__name__
def reach():
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(other + "/run/s")
    return "reached"
print(json.dumps({
    "its files": attempt(lambda: open(other + "/files/secret.txt").read()),
    "its token": attempt(lambda: open(other + "/client/token").read()),
    "its socket": attempt(reach),
    "the owner's token": attempt(lambda: open(home + "/token").read()),
    "the homes folder": attempt(lambda: sorted(os.listdir(home))),
    "a new file in the home": attempt(lambda: open(home + "/cache/x", "w").write("x")),
    "the system": attempt(lambda: open("/usr/x", "w").write("x")),
    "processes": attempt(lambda: len(glob.glob("/proc/[0-9]*")) < 10),
    "the user": attempt(lambda: os.listdir(os.path.expanduser("~/.ssh"))),
    "own files": attempt(lambda: open(own + "/files/mine.txt", "w").write("mine")),
    "where": os.getcwd(),
}))
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    for name in ("one", "two"):
        for folder in ("files", "client", "run"):
            (home / "instances" / name / folder).mkdir(parents=True)
    (home / "cache").mkdir()
    (home / "token").write_text("wst_owner")
    (home / "instances/two/files/secret.txt").write_text("secret")
    (home / "instances/two/client/token").write_text("wst_two")
    there = os.getcwd()  # noqa: PTH109 - a socket's address must be short
    os.chdir(home / "instances/two/run")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("s")
        door.listen()
        os.chdir(there)
        yield home


def run(home: Path, *, shut: bool) -> dict[str, str]:
    own = home / "instances" / "one"
    command = [sys.executable, "-c", TRY, str(home), str(own), str(home / "instances/two")]
    if shut:
        command = shut_in(command, home, [own], into=own / "files")
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_one_instance_cannot_reach_another(home: Path) -> None:
    if not is_shut("auto"):
        pytest.skip("bubblewrap is not installed, or not allowed to work here")
    found = run(home, shut=True)
    assert found == {
        "its files": "FileNotFoundError",
        "its token": "FileNotFoundError",
        "its socket": "FileNotFoundError",
        "the owner's token": "FileNotFoundError",
        "the homes folder": "['cache', 'instances']",
        "a new file in the home": "OSError",
        "the system": "OSError",
        "processes": "True",
        "the user": "FileNotFoundError",
        "own files": "4",
        "where": str(home / "instances/one/files"),
    }
    assert (home / "instances/one/files/mine.txt").read_text() == "mine"
    assert not (home / "cache" / "x").exists()


def test_the_same_tries_succeed_without_it(home: Path) -> None:
    """So that the test above cannot pass for another reason, and the documentation does not promise too much."""
    found = run(home, shut=False)
    assert (found["its files"], found["its token"], found["its socket"]) == ("secret", "wst_two", "reached")


def test_a_kind_that_is_none_is_refused() -> None:
    assert not is_shut("none")
    with pytest.raises(InvalidInput, match="must be one of auto, bubblewrap, none"):
        is_shut("docker")
