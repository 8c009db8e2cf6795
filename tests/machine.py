"""A server with one compute instance, for tests that use a real Jupyter."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

import live
from workstead.commands.jupyter import Jupyter

NAME = "aidevcollege"
CREATE_DEADLINE_S = 300


class Machine:
    """One server with one instance; tests use it in turn, and the server may be another process afterwards."""

    def __init__(self, home: Path, env: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.env = env
        self.server = live.start(home, env=env)
        self.workspace = self.server.make_workspace("aidevcollege")
        self.base = self.workspace.url.removeprefix("/api/v1") + "/computes"

    @property
    def host(self) -> str:
        return f"{NAME}.localhost:{urlsplit(self.server.url).port}"

    @property
    def jupyter(self) -> Jupyter:
        return Jupyter(self.server.url, f"{NAME}.localhost", self.server.token)

    @property
    def process(self) -> dict[str, Any]:
        (file,) = self.home.glob(f"instances/*/{NAME}/run/process.json")
        return json.loads(file.read_text())

    def find_pid(self) -> int | None:
        """Jupyter's process id; None for the moment between two."""
        files = [file for file in self.home.glob(f"instances/*/{NAME}/run/process.json") if file.exists()]
        return self.process["pid"] if files else None

    def call(self, method: str, path: str = f"/{NAME}", body: Any = None) -> Any:
        return self.server.call(method, self.base + path, body)

    def wait_for(self, state: str, name: str = NAME) -> Any:
        deadline = time.monotonic() + CREATE_DEADLINE_S
        while time.monotonic() < deadline:
            instance = self.call("GET", f"/{name}")
            if instance["state"] == state:
                return instance
            assert instance["state"] != "Failed", instance["reason"]
            time.sleep(0.05)
        raise AssertionError(f"{name} is {instance['state']}, not {state}")

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.server.url + path, headers={"Host": self.host} | headers, trust_env=False)

    def signed(self, path: str, **headers: str) -> httpx.Response:
        return self.get(path, Authorization=f"Bearer {self.server.token}", **headers)

    def run_cells(self, *sources: str, folder: str = "work", kernel: str | None = None) -> list[str]:
        """What each cell printed or showed, run by the kernel of the lesson unless another is named."""
        self.jupyter.create_folder(folder)
        cells = [
            {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
            for text in sources
        ]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self.jupyter.save_notebook(f"{folder}/n.ipynb", notebook)
        kernel = kernel or self.call("GET")["kernel"]
        self.jupyter.run_notebook(f"{folder}/n.ipynb", notebook, kernel, lambda *_: None)
        return ["".join(output.get("text", "") for output in cell["outputs"]) for cell in cells]

    def restart_server(self, port: int | None = None) -> None:
        """Stop the server and start it again, at the same port unless ``port`` is another; 0 is any free one."""
        port = urlsplit(self.server.url).port if port is None else port
        self.server.stop()
        self.server = live.start(self.home, env=self.env, port=port or 0)

    def end(self) -> None:
        """Delete the instances and stop the server; nothing of them must be left."""
        for instance in self.call("GET", "")["items"]:
            self.call("DELETE", f"/{instance['name']}")
        deadline = time.monotonic() + 30
        while self.call("GET", "")["items"] and time.monotonic() < deadline:
            time.sleep(0.1)
        self.server.stop()
        assert not list(self.home.glob("instances/*/*"))
