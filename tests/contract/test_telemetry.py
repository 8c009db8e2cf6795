"""Azure Monitor's and OpenTelemetry's own exporters, as they are, against a workspace's Application Insights."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

import live
from environments import make_environment
from workstead_wire.workspaces import WorkspacePath

SCRIPTS = Path(__file__).parent / "telemetry_scripts"
AZURE = ["azure-monitor-opentelemetry-exporter==1.0.0b58"]
OTLP = ["opentelemetry-exporter-otlp-proto-http==1.45.2", "opentelemetry-sdk==1.45.2"]
TRACE = "0af7651916cd43dd8448eb211c80319c"


def run(script: str, python: Path, environ: dict[str, str]) -> None:
    done = subprocess.run(
        [str(python), str(SCRIPTS / script)], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr, "Failed to export" in done.stderr) == (0, False, False), (
        done.stderr
    )


def collect(server: live.Live, where: WorkspacePath, count: int) -> dict[str, list[dict[str, Any]]]:
    """All that came, by kind."""
    deadline = time.monotonic() + 30
    found: list[dict[str, Any]] = []
    while len(found) < count and time.monotonic() < deadline:
        time.sleep(0.2)
        found = server.http.get(f"{where.url}/insights/items", params={"limit": 1000}).json()["items"]
    kinds: dict[str, list[dict[str, Any]]] = {}
    for item in found:
        kinds.setdefault(item["kind"], []).append(item)
    return kinds


def check_shop(server: live.Live, where: WorkspacePath, kinds: dict[str, list[dict[str, Any]]]) -> None:
    [request], [dependency] = kinds["request"], kinds["dependency"]
    assert (request["name"], request["success"], request["result_code"], request["role"]) == (
        "GET /buy", False, "500", "shop"
    )  # fmt: skip
    assert (dependency["name"], dependency["success"]) == ("SELECT", True)
    assert dependency["parent_id"] == request["span_id"]
    assert any(item["message"] == "stock is low" and item["severity"] == 2 for item in kinds["trace"])
    assert any(item["name"] == "KeyError" and "basket" in item["message"] for item in kinds["exception"])
    assert any((item["name"], item["value"]) == ("sold", 3) for item in kinds["metric"])
    whole = server.http.get(f"{where.url}/insights/operations/{request['operation_id']}").json()
    assert {"request", "dependency", "trace", "exception"} <= {item["kind"] for item in whole}


@pytest.mark.long
def test_azure_monitor(live_server: live.Live, workspace: WorkspacePath) -> None:
    connection = live_server.http.post(f"{workspace.url}/insights/connection").json()["connection_string"]
    environ = live.clean_environ(live_server.home) | {
        "CONNECTION_STRING": connection, "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
    }  # fmt: skip
    run("azure_monitor.py", make_environment(AZURE), environ)
    kinds = collect(live_server, workspace, 6)
    check_shop(live_server, workspace, kinds)
    assert [item["name"] for item in kinds["event"]] == ["bought"]


@pytest.mark.long
@pytest.mark.parametrize(("signed", "compression"), [("key", "none"), ("token", "gzip")])
def test_otlp(live_server: live.Live, workspace: WorkspacePath, signed: str, compression: str) -> None:
    connection = live_server.http.post(f"{workspace.url}/insights/connection").json()
    bearer = f"Authorization=Bearer%20{live_server.token}"
    environ = live.clean_environ(live_server.home) | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": connection["otlp_endpoint"],
        "OTEL_EXPORTER_OTLP_HEADERS": connection["otlp_headers"] if signed == "key" else bearer,
        "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
    }
    run("otlp.py", make_environment(OTLP), environ)
    kinds = collect(live_server, workspace, 6)
    check_shop(live_server, workspace, kinds)
    [histogram] = [item for item in kinds["metric"] if item["name"] == "seconds"]
    assert (histogram["value"], histogram["properties"]["count"], histogram["properties"]["unit"]) == (0.5, "1", "s")


def test_otlp_in_json(live_server: live.Live, workspace: WorkspacePath) -> None:
    connection = live_server.http.post(f"{workspace.url}/insights/connection").json()
    now = time.time_ns()
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    span = {
        "traceId": TRACE, "spanId": "b7ad6b7169203331", "name": "GET /", "kind": 2,
        "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 5_000_000), "status": {"code": 2},
        "attributes": [{"key": "n", "value": {"intValue": "7"}}, {"key": "ok", "value": {"boolValue": True}}],
    }  # fmt: skip
    record = {"timeUnixNano": str(now), "severityNumber": 17, "body": {"stringValue": "broken"}, "traceId": TRACE}
    metric = {"name": "cpu", "gauge": {"dataPoints": [{"timeUnixNano": str(now), "asDouble": 0.5}]}}
    bodies = {
        "traces": {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]},
        "logs": {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]},
        "metrics": {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]},
    }
    headers = {"x-instrumentation-key": connection["instrumentation_key"], "Authorization": ""}
    for kind, body in bodies.items():
        reply = live_server.http.post(f"{connection['otlp_endpoint']}/v1/{kind}", json=body, headers=headers)
        assert (reply.status_code, reply.text) == (200, "{}")
    kinds = collect(live_server, workspace, 3)
    assert (kinds["request"][0]["success"], kinds["request"][0]["duration_ms"]) == (False, 5)
    assert kinds["request"][0]["properties"] == {"n": "7", "ok": "true"}
    assert (kinds["trace"][0]["severity"], kinds["trace"][0]["operation_id"]) == (3, TRACE)
    assert kinds["metric"][0]["value"] == 0.5
    broken = live_server.http.post(
        f"{connection['otlp_endpoint']}/v1/traces", content=b"\xff\xff",
        headers=headers | {"content-type": "application/x-protobuf"},
    )  # fmt: skip
    assert broken.status_code == 400
