"""A real JupyterHub with its proxy, in an environment of its own, set up as the how-to page says."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from pathlib import Path

import httpx

from environments import make_environment
from live import clean_environ

REQUIREMENTS = ("jupyterhub==6.1.1", "jupyterlab==4.6.6", "notebook==7.6.5")
NPM = ("configurable-http-proxy@5.3.0",)
PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "jupyterhub.md"
START_S = 90
STOP_S = 30
OWN = """
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/homes/{{username}}"
c.Spawner.default_url = "/lab"
c.Spawner.args = ["--allow-root"]
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/base"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = "{folder}/proxy.pid"
"""


class JupyterHub:
    """A running JupyterHub: its ``url``, the ``token`` of its service, and the ``folder`` of its users' homes."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self.url = url
        self.token = token
        self.homes = folder / "homes"
        self.log = folder / "hub.log"
        self.http = httpx.Client(
            base_url=f"{url}/hub/api", headers={"Authorization": f"token {token}"}, timeout=30, trust_env=False
        )

    def settings(self) -> dict[str, str]:
        """The environment of a server whose instances are here."""
        return {
            "WORKSTEAD_COMPUTE_HOST": "jupyterhub",
            "WORKSTEAD_JUPYTERHUB_URL": self.url,
            "WORKSTEAD_JUPYTERHUB_TOKEN": self.token,
        }


@contextlib.contextmanager
def running(folder: Path) -> Generator[JupyterHub]:
    """JupyterHub for the length of a ``with`` block; all that it started ends with it."""
    python = make_environment(REQUIREMENTS, npm=NPM)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "homes").mkdir()
    port, hub, api = _free_ports(3)
    (snippet,) = re.findall(r"```{code-block} python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    own = OWN.format(folder=folder, port=port, hub=hub, api=api)
    (folder / "jupyterhub_config.py").write_text(snippet + own)
    made = JupyterHub(f"http://127.0.0.1:{port}/base", secrets.token_hex(32), folder)
    environ = clean_environ(folder) | {
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "WORKSTEAD_JUPYTERHUB_TOKEN": made.token,
    }
    environ.pop("WORKSTEAD_HOME")
    with made.log.open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", "jupyterhub", "-f", folder / "jupyterhub_config.py"],
            cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(made, process)
        yield made
    finally:
        made.http.close()
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _wait(hub: JupyterHub, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if hub.http.get("/").is_success:
                return
        time.sleep(0.1)
    message = f"JupyterHub did not start:\n{hub.log.read_text(errors='replace')[-4000:]}"
    raise AssertionError(message)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]
