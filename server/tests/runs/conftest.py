"""A client of one workspace's runs, on the shared live server."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

import live
from workstead_wire.workspaces import WorkspacePath


class Tracker:
    """Speaks the routes of runs in one workspace; answers come back as they crossed the network."""

    def __init__(self, server: live.Live, where: WorkspacePath) -> None:
        self.server = server
        self.where = where

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        content = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        return self.server.http.request(method, self.where.url + path, content=content, params=query)

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, **query).raise_for_status().json()

    def create(self, run_id: str, experiment: str = "exp", **values: Any) -> Any:
        body = {"id": run_id, "experiment": experiment, **values}
        return self.ask("POST", "/runs", body).raise_for_status().json()

    def end(self, run_id: str, status: str = "Completed") -> None:
        self.ask("POST", f"/runs/{run_id}/status", {"status": status}).raise_for_status()

    def send(self, run_id: str, lines: list[Any], first: int = 0, source: str = "spool") -> httpx.Response:
        body = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        return self.ask("POST", f"/runs/{run_id}/metrics", body, source=source, first=first)

    def log(self, run_id: str, *lines: Any, first: int = 0, source: str = "spool") -> int:
        return self.send(run_id, list(lines), first, source).raise_for_status().json()["next"]

    def series(self, run_id: str, name: str, **query: Any) -> Any:
        return self.get(f"/runs/{run_id}/metrics/series", name=name, **query)

    def ids(self, path: str = "/runs", **query: Any) -> list[str]:
        """The ids of all pages, in order."""
        found: list[str] = []
        while True:
            page = self.get(path, **query)
            found += [item.get("id") for item in page["items"]]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]


@pytest.fixture
def tracker(live_server: live.Live, workspace: WorkspacePath) -> Tracker:
    """The routes of runs in a workspace that no other test uses."""
    return Tracker(live_server, workspace)


@pytest.fixture
def other(live_server: live.Live, workspace: WorkspacePath) -> Tracker:
    """The same in a second workspace."""
    return Tracker(live_server, live_server.make_workspace(workspace.workspace + "-other"))
