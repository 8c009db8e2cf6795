"""``workstead up`` as its user meets it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import live


def up(home, *args):
    command = [sys.executable, "-m", "workstead", "up", *args]
    return subprocess.run(
        command, env=live.clean_environ(home), capture_output=True, text=True, timeout=60, check=False
    )


def test_a_second_server_on_the_home_is_refused_with_a_sentence(live_server):
    second = up(live_server.home, "--port", "0")
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"another server runs on the home '{live_server.home}' (at {live_server.url}" in second.stderr


def test_a_port_that_is_taken_is_refused_with_a_sentence(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        refused = up(tmp_path / "home", "--port", str(port))
    assert refused.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_wanted_stop_is_clean_and_lets_the_home_go(tmp_path, number):
    server = live.start(tmp_path / "home")
    server.process.send_signal(number)
    assert server.process.wait(30) == 0
    assert not (tmp_path / "home" / "server.json").exists()
    assert "Traceback" not in server.log_text()
    with live.running(tmp_path / "home") as again:
        assert again.token == server.token


def test_a_setting_of_the_wrong_type_is_told(tmp_path):
    env = live.clean_environ(tmp_path / "home") | {"WORKSTEAD_PORT": "many"}
    command = [sys.executable, "-m", "workstead", "up"]
    refused = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert "WORKSTEAD_PORT is 'many', but must be a whole number" in refused.stderr


def test_the_server_listens_on_loopback_alone(live_server):
    port = int(live_server.url.rpartition(":")[2])
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = {row[1].split(":")[0] for row in listening if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    assert addresses == {"0100007F"}
