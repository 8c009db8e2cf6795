"""Telemetry over HTTP, on a real server: taken in, found again, counted, bounded, forgotten."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import live
from workstead_wire.workspaces import WorkspacePath

TRACE = "0af7651916cd43dd8448eb211c80319c"


def connect(server: live.Live, where: WorkspacePath) -> dict[str, Any]:
    return server.http.post(f"{where.url}/insights/connection").json()


def envelope(key: str, kind: str, at: datetime | None = None, **body: Any) -> dict[str, Any]:
    return {
        "name": "x", "time": (at or datetime.now(UTC)).isoformat(), "iKey": key,
        "tags": {"ai.operation.id": TRACE, "ai.cloud.role": "shop"}, "data": {"baseType": kind, "baseData": body},
    }  # fmt: skip


def request(key: str, name: str = "GET /", ms: int = 12, at: datetime | None = None, **more: Any) -> dict[str, Any]:
    duration = f"0.00:00:{ms // 1000:02}.{ms % 1000:03}"
    body = {"id": "a1", "name": name, "duration": duration, "success": True, "responseCode": "200"} | more
    return envelope(key, "RequestData", at, **body)


def track(server: live.Live, envelopes: list[dict[str, Any]]) -> Any:
    return server.http.post("/insights/v2.1/track", json=envelopes, headers={"Authorization": ""})


def find(server: live.Live, where: WorkspacePath, text: str = "", count: int = 1, **more: Any) -> list[Any]:
    """What a search finds, once it finds ``count`` items: telemetry is written a moment after it is taken."""
    deadline = time.monotonic() + 20
    while True:
        reply = server.http.get(f"{where.url}/insights/items", params={"filter": text, **more})
        assert reply.status_code == 200, reply.text
        found = reply.json()["items"]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{len(found)} items came"
        time.sleep(0.1)


def test_what_is_sent_is_found(live_server: live.Live, workspace: WorkspacePath) -> None:
    key = connect(live_server, workspace)["instrumentation_key"]
    sent = [
        request(key, ms=1500, url="https://shop/", properties={"user": "ann"}, success=False, responseCode="500"),
        envelope(key, "RemoteDependencyData", id="d", name="SELECT", duration="00:00:00.002", type="SQL", target="db"),
        envelope(key, "MessageData", message="hello\nworld", severityLevel=2),
        envelope(key, "ExceptionData", exceptions=[{"typeName": "KeyError", "message": "'k'", "stack": "at f"}]),
        envelope(key, "EventData", name="bought", measurements={"price": 3.5}),
        envelope(key, "MetricData", metrics=[{"name": "cpu", "value": 0.5}]),
    ]
    assert track(live_server, sent).json() == {"itemsReceived": 6, "itemsAccepted": 6, "errors": []}
    assert len(find(live_server, workspace, count=6)) == 6
    [slow] = find(
        live_server, workspace, "kind = 'request' and duration > 1000 and success = false and properties.user = ann"
    )
    assert (slow["duration_ms"], slow["result_code"], slow["role"], slow["operation_id"]) == (
        1500,
        "500",
        "shop",
        TRACE,
    )
    [thrown] = find(live_server, workspace, "kind = exception")
    assert (thrown["name"], thrown["message"]) == ("KeyError", "'k'\nat f")
    [line] = find(live_server, workspace, "message LIKE '%wor_d' and severity >= 2")
    assert (line["kind"], line["name"]) == ("trace", "hello")
    [bought] = find(live_server, workspace, "kind NOT IN ('request', 'trace', 'exception', 'dependency', 'metric')")
    assert bought["properties"] == {"price": "3.5"}
    whole = live_server.http.get(f"{workspace.url}/insights/operations/{TRACE}").json()
    assert sorted(item["kind"] for item in whole) == ["dependency", "event", "exception", "metric", "request", "trace"]
    assert live_server.http.get(f"{workspace.url}/insights/operations/unknown").status_code == 404


def test_overview_and_operations(live_server: live.Live, workspace: WorkspacePath) -> None:
    key = connect(live_server, workspace)["instrumentation_key"]
    sent = [request(key, "GET /a", ms) for ms in range(1, 101)]
    sent += [request(key, "GET /b", 1000, success=False) for _ in range(10)]
    track(live_server, sent)
    find(live_server, workspace, count=110, limit=200)
    total = live_server.http.get(f"{workspace.url}/insights/overview").json()["total"]
    assert (total["requests"], total["failures"]) == (110, 10)
    assert abs(total["p50_ms"] / 55 - 1) < 0.06
    assert abs(total["p99_ms"] / 1000 - 1) < 0.06
    worst, other = live_server.http.get(f"{workspace.url}/insights/operations").json()
    assert (worst["name"], worst["failures"], other["name"], other["count"]) == ("GET /b", 10, "GET /a", 100)


def test_pages_tell_each_item_once(live_server: live.Live, workspace: WorkspacePath) -> None:
    key = connect(live_server, workspace)["instrumentation_key"]
    for start in (0, 30):  # two writes to one block
        track(live_server, [envelope(key, "EventData", name=f"e{number}") for number in range(start, start + 30)])
        find(live_server, workspace, count=start + 30, limit=100)
    names, cursor = [], None
    while True:
        page = live_server.http.get(
            f"{workspace.url}/insights/items", params={"cursor": cursor or "", "limit": 7}
        ).json()
        names += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == [f"e{number}" for number in range(59, -1, -1)]


def test_bad_envelopes_are_named_and_spoil_no_others(live_server: live.Live, workspace: WorkspacePath) -> None:
    key = connect(live_server, workspace)["instrumentation_key"]
    bad_time = request(key) | {"time": "yesterday"}
    reply = track(live_server, [request(key), bad_time, request("no-such-key"), {"what": 1}])
    assert reply.status_code == 206
    assert (reply.json()["itemsReceived"], reply.json()["itemsAccepted"]) == (4, 1)
    assert sorted(error["index"] for error in reply.json()["errors"]) == [1, 2, 3]
    assert track(live_server, [request("no-such-key")]).status_code == 400
    assert live_server.http.post("/insights/v2.1/track", content=b"\x00").status_code == 400
    bomb = gzip.compress(b"[" + b" " * 40_000_000)
    assert (
        live_server.http.post("/insights/v2.1/track", content=bomb, headers={"content-encoding": "gzip"}).status_code
        == 413
    )


def test_a_renewed_key_and_no_key_are_refused(live_server: live.Live, workspace: WorkspacePath) -> None:
    before = connect(live_server, workspace)
    after = live_server.http.post(f"{workspace.url}/insights/connection/renew").json()
    assert before["instrumentation_key"] != after["instrumentation_key"]
    assert before["instrumentation_key"] in before["connection_string"]
    assert track(live_server, [request(before["instrumentation_key"])]).status_code == 400
    url = after["otlp_endpoint"] + "/v1/traces"
    for headers in ({}, {"x-instrumentation-key": "guess"}, {"Authorization": "Bearer guess"}):
        assert live_server.http.post(url, json={}, headers={"Authorization": ""} | headers).status_code == 401


def test_limits(live_server: live.Live, workspace: WorkspacePath) -> None:
    key = connect(live_server, workspace)["instrumentation_key"]
    old = datetime.now(UTC) - timedelta(days=20)
    track(live_server, [envelope(key, "EventData", old, name=f"old{number}") for number in range(1000)])
    find(live_server, workspace)
    ahead = envelope(key, "EventData", datetime.now(UTC) + timedelta(days=2), name="future")
    track(live_server, [envelope(key, "EventData", name="new"), ahead])
    find(live_server, workspace, "name = new")
    shown = live_server.http.get(f"{workspace.url}/insights").json()
    assert (shown["items"], shown["received"], shown["dropped"], shown["retention_days"]) == (1001, 1002, 1, 30)
    shown = live_server.http.patch(f"{workspace.url}/insights", json={"retention_days": 7}).json()
    assert shown["items"] == 1
    assert [item["name"] for item in find(live_server, workspace)] == ["new"]
    for wrong in ({"retention_days": 0}, {"max_bytes": 5}):
        assert live_server.http.patch(f"{workspace.url}/insights", json=wrong).status_code == 400


def test_a_filter_that_is_wrong_says_where(live_server: live.Live, workspace: WorkspacePath) -> None:
    for text in (
        "nonsense = 1",
        "duration LIKE '3'",
        "name > 'a'",
        "success = maybe",
        "success IS NULL",
        "duration > x",
    ):
        reply = live_server.http.get(f"{workspace.url}/insights/items", params={"filter": text})
        assert (reply.status_code, "at character 1" in reply.json()["error"]["message"]) == (400, True), text


def test_live(live_server: live.Live, workspace: WorkspacePath) -> None:
    key = connect(live_server, workspace)["instrumentation_key"]
    with live_server.http.stream("GET", f"{workspace.url}/insights/live") as stream:
        events = (line for line in stream.iter_lines() if line.startswith("data:"))
        next(events)
        track(live_server, [request(key, name="GET /live")])
        seen = next(line for line in events if '"requests":1' in line)
    assert "GET /live" in seen


def test_the_server_watches_itself_where_asked(live_server: live.Live, workspace: WorkspacePath) -> None:
    live_server.http.get(f"{workspace.url}/runs/none")
    assert live_server.http.patch(f"{workspace.url}/insights", json={"watch_server": True}).json()["watch_server"]
    deadline = time.monotonic() + 20
    while not live_server.http.get(f"{workspace.url}/insights/items").json()["items"]:
        assert time.monotonic() < deadline
        live_server.http.get(f"{workspace.url}/runs/none")
        time.sleep(0.5)
    [seen, *_] = find(live_server, workspace)
    assert (seen["name"], seen["result_code"], seen["success"]) == ("GET runs/{run_id}", "404", False)


def change_run(server: live.Live, where: WorkspacePath, run_id: str, status: str, **more: Any) -> None:
    body = {"status": status, **more}
    server.http.post(f"{where.url}/runs/{run_id}/status", json=body).raise_for_status()


def test_runs_are_a_source_where_asked(live_server: live.Live, workspace: WorkspacePath) -> None:
    def create(run_id: str, **more: Any) -> None:
        body = {"id": run_id, "experiment": "digits", "status": "Running", **more}
        live_server.http.post(f"{workspace.url}/runs", json=body).raise_for_status()

    create("unseen")
    change_run(live_server, workspace, "unseen", "Completed")
    live_server.http.patch(f"{workspace.url}/insights", json={"watch_runs": True}).raise_for_status()
    create("parent")
    create("child", parent_id="parent")
    change_run(live_server, workspace, "child", "Failed", error={"code": "KeyError", "message": "'k'"})
    change_run(live_server, workspace, "child", "Failed")
    change_run(live_server, workspace, "parent", "Canceled")

    found = find(live_server, workspace, count=5)
    assert sorted(item["properties"]["run"] for item in found) == ["child", "child", "child", "parent", "parent"]
    requests = {item["span_id"]: item for item in found if item["kind"] == "request"}
    child, parent = requests["child"], requests["parent"]
    assert (child["success"], child["result_code"], child["message"]) == (False, "Failed", "'k'")
    assert (parent["success"], parent["result_code"], parent["duration_ms"] > 0) == (None, "Canceled", True)
    assert (child["name"], child["parent_id"]) == ("run of digits", "parent")
    assert child["properties"]["experiment"] == "digits"
    [error] = [item for item in found if item["kind"] == "exception"]
    assert (error["name"], error["message"], error["parent_id"]) == ("KeyError", "'k'", "child")
    operation = live_server.http.get(f"{workspace.url}/insights/operations/parent").json()
    assert len(operation) == 5
    [figures] = live_server.http.get(f"{workspace.url}/insights/operations").json()
    assert (figures["name"], figures["count"], figures["failures"]) == ("run of digits", 2, 1)

    live_server.http.patch(f"{workspace.url}/insights", json={"watch_runs": False}).raise_for_status()
    create("unseen-too")
    time.sleep(1.5)
    assert len(find(live_server, workspace)) == 5


def test_runs_of_mlflow_are_a_source_too(live_server: live.Live, workspace: WorkspacePath) -> None:
    live_server.http.patch(f"{workspace.url}/insights", json={"watch_runs": True}).raise_for_status()
    api = f"/mlflow/v1.0{workspace.id}/api/2.0/mlflow"
    experiment = live_server.http.post(f"{api}/experiments/create", json={"name": "e"}).json()["experiment_id"]
    begin = {"experiment_id": experiment, "start_time": 1_600_000_000_000 + 10**11}
    run = live_server.http.post(f"{api}/runs/create", json=begin).json()["run"]["info"]["run_id"]
    end = {"run_id": run, "status": "FAILED", "end_time": begin["start_time"] + 1500}
    live_server.http.post(f"{api}/runs/update", json=end).raise_for_status()
    [ended] = find(live_server, workspace, "kind = request and role = runs")
    assert (ended["success"], ended["duration_ms"], ended["operation_id"]) == (False, 1500, run)
