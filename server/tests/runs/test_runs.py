"""Runs over HTTP, on a real server."""

from __future__ import annotations

import base64
from typing import Any

import pytest


def test_a_run_as_it_is_made(tracker: Any) -> None:
    run = tracker.create("r1", tags={"t": "1"}, properties={"p": "2"}, script_name="train.py")
    assert run["number"] == 1
    assert run["status"] == "Running"
    assert run["started_at"] is not None
    assert run["container"] == "dcid.r1"
    assert run["root_id"] == "r1"
    assert run["display_name"].count("_") == 2
    assert (run["tags"], run["properties"]) == ({"t": "1"}, {"p": "2"})
    assert run["created_by"] == "owner"
    assert tracker.get("/runs/r1") == run


def test_creating_again_changes_nothing(tracker: Any) -> None:
    first = tracker.create("r1")
    assert tracker.create("r1", display_name="other", tags={"x": "y"}) == first
    assert tracker.create("r2")["number"] == 2
    reply = tracker.ask("POST", "/runs", {"id": "r1", "experiment": "elsewhere"})
    assert reply.json()["error"]["code"] == "already_exists"
    assert tracker.ask("GET", "/experiments/elsewhere").status_code == 404


def test_numbers_count_within_the_experiment_and_are_not_reused(tracker: Any) -> None:
    tracker.create("a1", "a")
    assert tracker.create("b1", "b")["number"] == 1
    assert tracker.create("a2", "a")["number"] == 2
    tracker.end("a2")
    tracker.ask("DELETE", "/runs/a2")
    assert tracker.create("a3", "a")["number"] == 3
    assert tracker.get("/experiments/a")["run_count"] == 2


@pytest.mark.parametrize("run_id", ["", ".hidden", "a/b", "ü", "x" * 256])
def test_a_bad_id_is_refused(tracker: Any, run_id: str) -> None:
    reply = tracker.ask("POST", "/runs", {"id": run_id, "experiment": "e"})
    assert reply.status_code == 400
    assert "1 to 255" in reply.json()["error"]["message"]


def test_a_run_of_another_workspace_is_not_found(tracker: Any, other: Any) -> None:
    other.create("r1")
    for method, path, body in (
        ("GET", "/runs/r1", None),
        ("PATCH", "/runs/r1", {"description": "x"}),
        ("POST", "/runs/r1/status", {"status": "Failed"}),
        ("GET", "/runs/r1/metrics", None),
        ("GET", "/runs/r1/children", None),
        ("DELETE", "/runs/r1", None),
    ):
        error = tracker.ask(method, path, body).json()["error"]
        assert error["code"] == "run_not_found"
        assert "'r1'" in error["message"]
    assert tracker.send("r1", [["m", 1, 1]]).json()["error"]["code"] == "run_not_found"
    assert tracker.ask("POST", "/runs", {"id": "c", "experiment": "e", "parent_id": "r1"}).status_code == 404
    assert tracker.create("r1")["number"] == 1


def test_statuses_move_until_the_end(tracker: Any) -> None:
    run = tracker.create("r1", status="NotStarted")
    assert run["started_at"] is None
    started = tracker.ask("POST", "/runs/r1/status", {"status": "Running"}).json()
    assert started["started_at"] is not None
    change = {"status": "Failed", "error": {"code": "UserError", "message": "no data"}}
    ended = tracker.ask("POST", "/runs/r1/status", change).json()
    assert ended["ended_at"] >= ended["started_at"] == started["started_at"]
    assert ended["error"] == change["error"]
    assert tracker.ask("POST", "/runs/r1/status", {"status": "Failed"}).json() == ended
    refused = tracker.ask("POST", "/runs/r1/status", {"status": "Completed"})
    assert refused.status_code == 409
    assert "'r1' has ended as Failed" in refused.json()["error"]["message"]
    assert tracker.ask("POST", "/runs/r1/status", {"status": "Dreaming"}).status_code == 400


def test_tags_change_and_properties_do_not(tracker: Any) -> None:
    tracker.create("r1", tags={"a": "1", "b": "2"}, properties={"p": "1"})
    run = tracker.ask("PATCH", "/runs/r1", {"tags": {"a": None, "b": "3", "c": ""}, "display_name": "new"}).json()
    assert run["tags"] == {"b": "3", "c": ""}
    assert run["display_name"] == "new"
    assert tracker.ask("PATCH", "/runs/r1", {"properties": {"p": "1", "q": "2"}}).json()["properties"] == {
        "p": "1",
        "q": "2",
    }
    refused = tracker.ask("PATCH", "/runs/r1", {"description": "lost", "properties": {"z": "1", "p": "9"}})
    error = refused.json()["error"]
    assert error["code"] == "property_immutable"
    for part in ("'p'", "'1'", "'9'"):
        assert part in error["message"]
    after = tracker.get("/runs/r1")
    assert after["description"] == ""
    assert "z" not in after["properties"]


def test_lists_are_narrowed(tracker: Any) -> None:
    long = "v" * 5000
    tracker.create("r1", "a", tags={"model": "svm", "long": long}, properties={"p": "1"})
    tracker.create("r2", "a", tags={"model": "tree"}, type="hyperdrive")
    tracker.create("r3", "b", tags={"long": long + "x"})
    tracker.create("c1", "a", parent_id="r1", status="Queued")
    tracker.create("c2", "a", parent_id="c1")
    assert tracker.ids() == ["r3", "r2", "r1"]
    assert tracker.ids(include_children=True) == ["c2", "c1", "r3", "r2", "r1"]
    assert tracker.ids(experiment="a") == ["r2", "r1"]
    assert tracker.ids(experiment="missing") == []
    assert tracker.ids(parent="r1") == ["c1"]
    assert tracker.ids(root="r1") == ["c2", "c1"]
    assert tracker.ids(status=["Queued", "Failed"], include_children=True) == ["c1"]
    assert tracker.ids(type="hyperdrive") == ["r2"]
    assert tracker.ids(tag="model") == ["r2", "r1"]
    assert tracker.ids(tag=["model", "model=svm"]) == ["r1"]
    assert tracker.ids(tag="long=" + long) == ["r1"]
    assert tracker.ids(property="p=1") == ["r1"]
    assert tracker.ids(property="p=' OR 1=1 --") == []
    assert tracker.ids("/runs/r1/children") == ["c1"]
    assert tracker.ids("/runs/r1/children", recursive=True) == ["c2", "c1"]
    assert tracker.ids("/runs/c1/children", recursive=True) == ["c2"]
    child = tracker.get("/runs/c2")
    assert (child["parent_id"], child["root_id"]) == ("c1", "r1")


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_lists_sort_by_a_metric_with_the_rest_behind(tracker: Any, limit: int) -> None:
    lasts = {"r1": 0.5, "r2": "NaN", "r3": 2, "r4": None, "r5": "Infinity", "r6": -1.0, "r7": 0.5, "r8": "-Infinity"}
    for run_id, last in lasts.items():
        tracker.create(run_id)
        if last is not None:
            tracker.log(run_id, ["acc", 7, 1], ["acc", last, 2])
    down = tracker.ids(experiment="exp", order_by="metric:acc desc", limit=limit)
    assert down == ["r5", "r3", "r7", "r1", "r6", "r8", "r2", "r4"]
    up = tracker.ids(order_by="metric:acc asc", limit=limit)
    assert up == ["r8", "r6", "r1", "r7", "r3", "r5", "r2", "r4"]


def test_a_list_has_each_runs_metrics(tracker: Any) -> None:
    tracker.create("r1")
    tracker.create("r2")
    tracker.log("r1", ["a/b ü", 1, 1], ["a/b ü", 2, 2], ["name", "svm", 2], ["l", [1, 2], 3, None, "list"])
    listed = {run["id"]: run["metrics"] for run in tracker.get("/runs")["items"]}
    assert listed == {"r1": {"a/b ü": 2, "name": "svm"}, "r2": {}}


def test_an_order_or_a_cursor_of_another_list_is_refused(tracker: Any) -> None:
    for number in range(3):
        tracker.create(f"r{number}")
    assert tracker.ask("GET", "/runs", order_by="colour").status_code == 400
    too_large = base64.urlsafe_b64encode(b"[1,99999999999999999999]").decode()
    assert tracker.ask("GET", "/runs", cursor=too_large).status_code == 400
    by_name = tracker.get("/runs", order_by="display_name", limit=1)["next_cursor"]
    refused = tracker.ask("GET", "/runs", cursor=by_name)
    assert refused.status_code == 400
    assert "another order" in refused.json()["error"]["message"]


def test_deleting_takes_ended_families_only(tracker: Any) -> None:
    tracker.create("r1")
    tracker.create("c1", parent_id="r1")
    tracker.log("c1", ["loss", 1, 1], ["note", "x", 1])
    tracker.end("r1")
    refused = tracker.ask("DELETE", "/runs/r1")
    assert refused.status_code == 409
    assert "'c1' is Running" in refused.json()["error"]["message"]
    tracker.end("c1")
    assert tracker.ask("DELETE", "/runs/r1").status_code == 204
    assert tracker.ids(include_children=True) == []
    assert tracker.get("/experiments/exp")["run_count"] == 0
    tracker.create("c1")
    assert tracker.get("/runs/c1/metrics")["items"] == []
