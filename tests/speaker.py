"""MLflow's REST API as its clients speak it, request by request."""

from __future__ import annotations

from typing import Any

import httpx

from workstead.dialects.mlflow.endpoints import Finder
from workstead.dialects.mlflow.routes import ENDPOINTS

_finder = Finder(ENDPOINTS)
ASKED: set[tuple[str, str]] = set()
"""Endpoints that were asked in this process, by method and path."""


class Speaker:
    """Asks like an MLflow client; notes which endpoints it has asked."""

    def __init__(self, root: str, token: str) -> None:
        self.root = root
        self.http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False)

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """The answer to a request below ``/api/2.0``."""
        found = _finder.find(method, path)
        if found is not None:
            ASKED.add((method, found[0].path))
        given: dict[str, Any] = {"params": body} if method == "GET" else {"json": body}
        return self.http.request(method, f"{self.root}/api/2.0/{path}", **given)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The reply of a request that is granted."""
        reply = self.send(method, f"mlflow/{path}", body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
        """Status, code and message of a request that is not."""
        reply = self.send(method, f"mlflow/{path}", body)
        error = reply.json()
        return reply.status_code, error["error_code"], error["message"]

    def make_run(self, **more: Any) -> str:
        """The id of a new run."""
        return self.ask("POST", "runs/create", {"experiment_id": "0", **more})["run"]["info"]["run_id"]

    def run(self, run_id: str) -> Any:
        """A run as it is now."""
        return self.ask("GET", "runs/get", {"run_id": run_id})["run"]


def pairs(tags: list[dict[str, str]]) -> dict[str, str]:
    """Tags or parameters as a map."""
    return {tag["key"]: tag["value"] for tag in tags}
