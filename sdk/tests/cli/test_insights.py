"""``workstead insights`` as a user types it."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from typing import Any

import live
from workstead_wire.workspaces import WorkspacePath


def test_telemetry_is_asked_for(cli: Any, live_server: live.Live, workspace: WorkspacePath) -> None:
    def run(*args: str, status: int = 0) -> str:
        place = ["-w", workspace.workspace, "-g", workspace.resource_group]
        done = cli("insights", *args, *place, **live_server.environ())
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    connection = json.loads(run("connection", "-o", "json"))
    body = {"id": "a", "name": "GET /", "duration": "00:00:00.750", "success": False, "responseCode": "503"}
    envelope = {
        "time": datetime.now(timezone.utc).isoformat(), "iKey": connection["instrumentation_key"],
        "tags": {"ai.operation.id": "f00"}, "data": {"baseType": "RequestData", "baseData": body},
    }  # fmt: skip
    assert live_server.http.post("/insights/v2.1/track", json=[envelope]).status_code == 200
    deadline = time.monotonic() + 20
    while "GET /" not in (found := run("query", "kind = request and duration > 500", "--hours", "1")):
        assert time.monotonic() < deadline
    assert "503" in found
    assert "f00" in found
    assert "GET /" in run("operations")
    assert "750" in run("operation", "f00")
    assert "character 1" in run("query", "nonsense = 1", status=1)
    assert "90 days" in run("update", "--retention-days", "90")
    assert "received" in run("show")
    renewed = json.loads(run("connection", "--renew", "-y", "-o", "json"))
    assert renewed["instrumentation_key"] != connection["instrumentation_key"]
