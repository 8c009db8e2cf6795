"""Lists of runs narrowed by the filter language, by stars, by a search; counted; changed many at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import workstead.app  # noqa: F401 - all tables of all rooms
from workstead.foundation.db import Database
from workstead.foundation.schema import ensure_schema
from workstead.runs import service
from workstead.workspaces.service import create_workspace, ensure_subscription
from workstead_wire.runs import RunCreate
from workstead_wire.workspaces import WorkspaceCreate, WorkspacePath


@pytest.fixture
def three(tracker: Any) -> Any:
    """Runs a, b and c that differ in everything."""
    tracker.create("a", display_name="Alpha 100%", tags={"kind": "base", "mlflow.user": "ann"}, params={"lr": "0.1"})
    tracker.create("b", display_name="beta", tags={"kind": "Base"}, params={"lr": "1e-1", "opt": "adam"}, type="job")
    tracker.create("c", display_name="gamma", properties={"note": "x"}, params={"lr": "10", "accuracy": "high"})
    tracker.log("a", ["accuracy", 0.95, 1], ["val loss", 2, 1])
    tracker.log("b", ["accuracy", 0.5, 1], ["val loss", "NaN", 1])
    tracker.end("a")
    tracker.end("b", "Failed")
    return tracker


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", "cba"),
        ("accuracy > 0.9 and tags.kind = 'base'", "a"),
        ("metrics.accuracy >= 0.5 AND attributes.status = 'FINISHED'", "a"),
        ("metrics.`val loss` = 2", "a"),
        ("metrics.accuracy != 0.5", "a"),
        ("accuracy = 'high'", "c"),
        ("accuracy is null", ""),
        ("metrics.accuracy is null", "c"),
        ("metrics.nothing > 1", ""),
        ("nothing is null", "cba"),
        ("params.lr = '0.1'", "a"),
        ("lr = 0.1", "ba"),
        ("lr > 1", "c"),
        ("params.lr in ('10', '0.1')", "ca"),
        ("params.lr not in ('10')", "ba"),
        ("params.opt is not null", "b"),
        ("opt LIKE 'ad%'", "b"),
        ("tags.kind LIKE 'b%'", "a"),
        ("tags.kind ILIKE 'b%'", "ba"),
        ("tags.mlflow.user = 'ann'", "a"),
        ('tag."mlflow.user" != "bob"', "a"),
        ("tags.kind is null", "c"),
        ("properties.note = 'x'", "c"),
        ("status = completed", "a"),
        ("status in (Completed, Failed)", "ba"),
        ("attr.status != 'RUNNING'", "ba"),
        ("status LIKE 'F%'", "ba"),
        ("run_id in ('a', 'c')", "ca"),
        ("name ILIKE 'ALPHA 100\\%'", ""),
        ("name ILIKE 'ALPHA 100%'", "a"),
        ("attributes.`run name` = 'beta'", "b"),
        ("type = job", "b"),
        ("user = 'owner' and created >= 2020-01-01", "cba"),
        ("created < 2020-01-01", ""),
        ("end_time > 0", "ba"),
        ("ended is null", "c"),
        ("duration < 1h30m", "ba"),
        ("number in (1, 3)", "ca"),
        ("experiment = 'exp' and experiment != 'other'", "cba"),
        ("datasets.name = 'iris'", ""),
    ],
)
def test_a_filter_shows_those_that_pass(three: Any, text: str, ids: str) -> None:
    assert three.ids(filter=text) == list(ids)


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("accuracy >", 11, "a value must stand here"),
        ("attributes.colour = 'red'", 1, "there is no attributes.colour"),
        ("accuracy > 0.9 and status = Done", 20, "there is no status 'Done'; there are NotStarted"),
        ("metrics.accuracy = 'high'", 1, "compares with a number, not 'high'"),
        ("metrics.accuracy LIKE 'x'", 1, "compares with a number"),
        ("tags.kind > 'a'", 1, "is a text"),
        ("created > yesterday", 1, "compares with a day or a moment"),
        ("duration > long", 1, "compares with seconds"),
        ("datasets.colour = 'x'", 1, "datasets.digest"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(three: Any, text: str, at: int, reason: str) -> None:
    reply = three.ask("GET", "/runs", filter=text)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["details"]) == (400, "invalid_input", {"at": at})
    assert reason in error["message"]


@pytest.mark.parametrize("attempt", ["x' OR 1=1 --", "x'); DROP TABLE runs; --", 'x" OR "1"="1', "%", "\\", "?", ":a"])
def test_no_text_is_more_than_a_text(three: Any, attempt: str) -> None:
    quoted = attempt.replace("'", "''")
    for name in ("tags.kind", "params.lr", "name", "properties.note", "run_id", "status", "lr"):
        assert three.ids(filter=f"{name} = '{quoted}'") == []
    name = attempt.replace("`", "``")
    assert three.ids(filter=f"tags.`{name}` = 'x'") == []
    assert three.ids(filter=f"metrics.`{name}` > 0") == []
    assert three.ids(search=attempt) == (["a"] if attempt == "%" else [])
    assert three.ids(order_by=f"metric:{attempt}") == ["a", "b", "c"]
    assert three.ids() == ["c", "b", "a"]


def test_lists_sort_by_parameters_tags_and_durations(three: Any) -> None:
    three.create("d", params={"lr": "auto"}, tags={"kind": "zoo"})
    assert three.ids(order_by="param:lr asc", limit=1) == ["a", "b", "c", "d"]
    assert three.ids(order_by="param:lr desc", limit=2) == ["c", "b", "a", "d"]
    assert three.ids(order_by="tag:kind", limit=1) == ["b", "a", "d", "c"]
    assert three.ids(order_by="tag:kind desc", filter="name != 'x'") == ["d", "a", "b", "c"]
    assert three.ids(order_by="duration desc", limit=3)[2:] == ["d", "c"]


def test_parameters_are_written_once(tracker: Any) -> None:
    tracker.create("r1", params={"lr": "0.1"})
    same = tracker.ask("PATCH", "/runs/r1", {"params": {"lr": "0.1", "ü/x": "v" * 6000}}).raise_for_status().json()
    assert same["params"] == {"lr": "0.1", "ü/x": "v" * 6000}
    error = tracker.ask("PATCH", "/runs/r1", {"params": {"new": "1", "lr": "0.2"}}).json()["error"]
    assert error["code"] == "parameter_immutable"
    assert "'lr' of run 'r1' is '0.1' and cannot become '0.2'" in error["message"]
    for bad in ({"x": "v" * 6001}, {"": "v"}, {"k" * 256: "v"}):
        assert tracker.ask("PATCH", "/runs/r1", {"params": bad}).status_code == 400
    assert tracker.get("/runs/r1")["params"].keys() == {"lr", "ü/x"}
    tracker.end("r1")
    assert tracker.ask("DELETE", "/runs/r1").status_code == 204
    assert tracker.create("r1")["params"] == {}


def test_a_star_marks_a_run(three: Any) -> None:
    for _ in range(2):
        assert three.ask("PUT", "/runs/a/star").status_code == 204
    assert three.ids(starred=True) == ["a"]
    assert [run["starred"] for run in three.get("/runs")["items"]] == [False, False, True]
    assert three.get("/runs/a")["starred"]
    assert three.ids(mine=True) == ["c", "b", "a"]
    three.ask("DELETE", "/runs/a/star").raise_for_status()
    assert three.ids(starred=True) == []
    assert three.ask("PUT", "/runs/none/star").status_code == 404


def test_stars_and_mine_are_each_users_own(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'test.db'}")
    ensure_schema(db.engine)
    subscription = db.write_now(ensure_subscription, "tests")
    where = WorkspacePath(subscription_id=subscription.id, resource_group="g", workspace="ws")
    made = WorkspaceCreate(location="westeurope", create_resource_group=True)
    db.write_now(create_workspace, where, "ann", made)
    for user in ("ann", "bob"):
        db.write_now(service.create_run, where, user, RunCreate(id=f"of-{user}", experiment="e"))
        db.write_now(service.star_run, where, user, "of-ann")
    db.write_now(service.unstar_run, where, "ann", "of-ann")

    def ids(asked: service.RunFilter) -> list[tuple[str, bool]]:
        return [(run.id, run.starred) for run in db.read_now(service.list_runs, where, asked, "id", None, None).items]

    assert ids(service.RunFilter(user="ann", mine=True)) == [("of-ann", False)]
    assert ids(service.RunFilter(user="ann", starred=True)) == []
    assert ids(service.RunFilter(user="bob", starred=True)) == [("of-ann", True)]
    assert ids(service.RunFilter(user="bob")) == [("of-ann", True), ("of-bob", False)]
    db.close()


def test_a_search_looks_into_names_and_ids(three: Any) -> None:
    assert three.ids(search="ALPH") == ["a"]
    assert three.ids(search="a") == ["c", "b", "a"]
    assert three.ids(search="100%") == ["a"]
    assert three.ids(search="_") == []


def test_counts_tell_what_a_list_would_show(three: Any) -> None:
    three.create("child", parent_id="c", status="Queued")
    assert three.get("/runs/counts")["by_status"] == {"Completed": 1, "Failed": 1, "Running": 1}
    assert three.get("/runs/counts", include_children=True, experiment="exp")["by_status"]["Queued"] == 1
    assert three.get("/runs/counts", filter="accuracy > 0")["by_status"] == {"Completed": 1, "Failed": 1}
    assert three.get("/runs/counts", filter="name != 'beta'", search="a")["by_status"] == {"Completed": 1, "Running": 1}
    assert three.ask("POST", "/runs", {"id": "counts", "experiment": "e"}).status_code == 400


def test_many_runs_are_changed_at_once(three: Any) -> None:
    three.create("d", parent_id="c")
    tagged = three.ask(
        "POST", "/runs/tags", {"ids": ["a", "none", "c", "a"], "tags": {"kind": None, "new": "1"}}
    ).json()
    assert [(item["id"], (item["error"] or {}).get("code")) for item in tagged["items"]] == [
        ("a", None), ("none", "run_not_found"), ("c", None),
    ]  # fmt: skip
    assert three.ids(filter="tags.new = '1' and tags.kind is null") == ["c", "a"]
    cancelled = three.ask("POST", "/runs/cancel", {"ids": ["a", "c"]}).json()["items"]
    assert "has ended as Completed" in cancelled[0]["error"]["message"]
    assert cancelled[1]["error"] is None
    deleted = three.ask("POST", "/runs/delete", {"ids": ["a", "c"]}).json()["items"]
    assert deleted[0]["error"] is None
    assert "'d' is Running" in deleted[1]["error"]["message"]
    assert three.ids(include_children=True) == ["d", "c", "b"]
    assert three.ask("POST", "/runs/delete", {"ids": []}).status_code == 400
    assert three.ask("POST", "/runs/delete", {"ids": ["x"] * 1001}).status_code == 400
