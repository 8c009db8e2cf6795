"""A real server in a process of its own, on a home of its own, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

from workstead_wire import API
from workstead_wire.workspaces import WorkspacePath

START_DEADLINE_S = 60
STOP_DEADLINE_S = 30


class Live:
    """A running server: ``url``, the owner's ``token``, its ``home``, the first ``subscription_id``."""

    def __init__(self, home: Path, process: subprocess.Popen[bytes], url: str, database_url: str = "") -> None:
        self.home = home
        self.database_url = database_url or f"sqlite:///{home / 'workstead.db'}"
        self.process = process
        self.url = url
        self.token = (home / "token").read_text().strip()
        self.http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {self.token}"}, timeout=60, trust_env=False
        )
        self.subscription_id: str = self.call("GET", "/subscriptions")["items"][0]["id"]

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self.process.pid

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of a native route; ``path`` begins after ``/api/v1``. Raises on a status >= 400."""
        content = None if body is None else msgspec.json.encode(body)
        reply = self.http.request(method, API + path, content=content, headers={"Content-Type": "application/json"})
        if reply.is_error:
            message = f"{method} {path}: {reply.status_code} {reply.text}"
            raise AssertionError(message)
        return reply.json() if reply.content else None

    def make_workspace(self, name: str, group: str = "tests") -> WorkspacePath:
        """A new workspace, its resource group too where that is missing."""
        path = WorkspacePath(subscription_id=self.subscription_id, resource_group=group, workspace=name)
        body = {"location": "westeurope", "create_resource_group": True}
        self.call("PUT", path.url.removeprefix(API), body)
        return path

    def environ(self) -> dict[str, str]:
        """Variables by which a client process finds this server and signs in."""
        return {"WORKSTEAD_URL": self.url, "WORKSTEAD_TOKEN": self.token}

    def log_text(self) -> str:
        """What the server has printed so far."""
        return (self.home / "test-server.log").read_text(errors="replace")

    def kill(self) -> None:
        """End the server at once, as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask the server to stop (SIGTERM); its exit status."""
        self.http.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.kill()
                message = f"the server did not stop within {STOP_DEADLINE_S} s:\n{self.log_text()[-4000:]}"
                raise AssertionError(message) from None
        return self.process.returncode


def start(home: Path, *, env: Mapping[str, str] | None = None, python: str = sys.executable, port: int = 0) -> Live:
    """Start ``workstead up`` on ``home`` (made if missing) at a loopback port and wait until it answers."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "server.json").unlink(missing_ok=True)
    command = [python, "-m", "workstead", "up", "--port", str(port)]
    with (home / "test-server.log").open("ab") as log:
        process = subprocess.Popen(
            command, env=clean_environ(home) | dict(env or {}), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        return Live(home, process, _wait(home, process), (env or {}).get("WORKSTEAD_DATABASE_URL", ""))
    except BaseException:
        process.kill()
        process.wait()
        raise


@contextlib.contextmanager
def running(home: Path, *, env: Mapping[str, str] | None = None) -> Iterator[Live]:
    """A server for the length of a ``with`` block."""
    live = start(home, env=env)
    try:
        yield live
    finally:
        live.stop()


def clean_environ(home: Path) -> dict[str, str]:
    """This process's environment without any Workstead or Azure ML variable, on another home.

    Servers compile their modules once: what spares a container's layers some files costs each start two seconds.

    ``HOME`` goes to a folder inside ``home`` so that no test reads or writes the tester's own accounts; caches of
    pip, uv and npm stay where they were.
    """
    ours = ("WORKSTEAD_", "AZUREML_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    user = home / "user"
    user.mkdir(parents=True, exist_ok=True)
    old_home = Path.home()
    caches = {"UV_CACHE_DIR": ".cache/uv", "PIP_CACHE_DIR": ".cache/pip", "NPM_CONFIG_CACHE": ".npm"}
    for name, place in caches.items():
        kept.setdefault(name, str(old_home / place))
    return kept | {"WORKSTEAD_HOME": str(home), "HOME": str(user), "PYTHONUNBUFFERED": "1"}


def _wait(home: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError, httpx.TransportError):
            url = json.loads((home / "server.json").read_text())["url"]
            if httpx.get(url + API + "/about", trust_env=False).is_success:
                return url
        if process.poll() is not None:
            break
        time.sleep(0.05)
    said = (home / "test-server.log").read_text(errors="replace")[-4000:]
    message = f"the server on {home} did not start (exit status {process.poll()}):\n{said}"
    raise AssertionError(message)
