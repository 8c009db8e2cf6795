"""kill -9 of the script and of the server: what was logged is there, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid

import pytest

import live
from workstead_client import runs
from workstead_client.sync import sync
from workstead_client.transport import Transport
from workstead_wire.runs import RunCreate

POINTS = 10_000

SCRIPT = """
import os, signal, sys
from workstead_client.spool import Spool
from workstead_client.transport import Transport
from workstead_wire.workspaces import WorkspacePath

http = Transport(os.environ["WORKSTEAD_URL"], os.environ["WORKSTEAD_TOKEN"])
spool = Spool(http, WorkspacePath.parse(os.environ["WHERE"]), os.environ["RUN"], str)
for number in range({points}):
    spool.log("loss", number, None, "scalar")
    if number == {points} // 2:
        print("half", flush=True)
        sys.stdin.readline()
{last}
"""
DIE = "os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSTEAD_HOME", str(tmp_path / "client"))
    return tmp_path / "client"


def start_script(server, where, run_id, last):
    env = os.environ | server.environ() | {"WHERE": where.id, "RUN": run_id}
    code = SCRIPT.format(points=POINTS, last=last)
    return subprocess.Popen(
        [sys.executable, "-c", code], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def go_on(script):
    assert script.stdout.readline() == "half\n"
    script.stdin.write("\n")
    script.stdin.flush()


def make_run(server, where):
    http = Transport(server.url, server.token)
    return http, runs.create_run(http, where, RunCreate(id=str(uuid.uuid4()), experiment="faults")).id


def check_all_there_once(http, where, run_id):
    seen, after = [], None
    while True:
        series = runs.read_series(http, where, run_id, "loss", after=after, limit=POINTS)
        seen += series.values["loss"]
        if series.next_cursor is None:
            break
        after = series.index[-1]
    assert seen == list(range(POINTS))


def test_a_killed_scripts_points_are_all_there_after_sync(live_server, workspace, home):
    http, run_id = make_run(live_server, workspace)
    script = start_script(live_server, workspace, run_id, DIE)
    go_on(script)
    assert script.wait(60) == -signal.SIGKILL
    assert sync(lambda _: http, print) == 0
    check_all_there_once(http, workspace, run_id)


def test_script_and_server_killed_nothing_is_lost_or_doubled(tmp_path, home):
    server = live.start(tmp_path / "server")
    where = server.make_workspace("faults")
    http, run_id = make_run(server, where)
    port = int(server.url.rpartition(":")[2])
    script = start_script(server, where, run_id, DIE)
    assert script.stdout.readline() == "half\n"
    server.kill()
    script.stdin.write("\n")
    script.stdin.flush()
    assert script.wait(60) == -signal.SIGKILL
    server = live.start(tmp_path / "server", port=port)
    try:
        assert sync(lambda _: http, print) == 0
        check_all_there_once(http, where, run_id)
    finally:
        server.stop()


def test_a_server_killed_under_a_living_script_gets_everything_when_it_is_back(tmp_path, home):
    server = live.start(tmp_path / "server")
    where = server.make_workspace("faults")
    http, run_id = make_run(server, where)
    port = int(server.url.rpartition(":")[2])
    script = start_script(server, where, run_id, "spool.flush(60); spool.close()")
    assert script.stdout.readline() == "half\n"
    server.kill()
    script.stdin.write("\n")
    script.stdin.flush()
    server = live.start(tmp_path / "server", port=port)
    try:
        assert script.wait(90) == 0
        check_all_there_once(http, where, run_id)
        assert [path for path in home.rglob("*") if path.is_file()] == []
    finally:
        server.stop()
