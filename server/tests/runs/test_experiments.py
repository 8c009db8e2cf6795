"""Experiments over HTTP, on a real server."""

from __future__ import annotations

from typing import Any

import pytest


def test_an_experiment_is_made_once(tracker: Any) -> None:
    made = tracker.ask("PUT", "/experiments/my experiment").json()
    assert made["name"] == "my experiment"
    assert made["run_count"] == 0
    assert tracker.ask("PUT", "/experiments/my experiment").json() == made
    assert tracker.get("/experiments/my experiment") == made


@pytest.mark.parametrize("name", [" lead", "trail ", "a%5Cb", "tab%09", "x" * 256])
def test_a_bad_name_is_refused_with_the_rule(tracker: Any, name: str) -> None:
    reply = tracker.ask("PUT", f"/experiments/{name}")
    assert reply.status_code == 400
    assert "1 to 255 characters" in reply.json()["error"]["message"]


def test_a_missing_experiment_is_named(tracker: Any) -> None:
    error = tracker.ask("GET", "/experiments/nope").json()["error"]
    assert error["code"] == "experiment_not_found"
    assert "'nope'" in error["message"]


def test_tags_merge_and_archived_ones_hide(tracker: Any) -> None:
    tracker.ask("PUT", "/experiments/a")
    tracker.ask("PUT", "/experiments/b")
    tracker.ask("PATCH", "/experiments/a", {"tags": {"k": "1", "l": "2"}, "description": "text"})
    changed = tracker.ask("PATCH", "/experiments/a", {"tags": {"k": None, "m": "3"}, "archived": True}).json()
    assert changed["tags"] == {"l": "2", "m": "3"}
    assert changed["description"] == "text"

    def names(**query: str) -> list[str]:
        return [item["name"] for item in tracker.get("/experiments", order_by="name", **query)["items"]]

    assert names() == ["b"]
    assert names(archived="archived") == ["a"]
    assert names(archived="all") == ["a", "b"]
    assert names(archived="all", name_contains="B") == ["b"]
    assert names(archived="all", name_contains="%") == []
    assert tracker.ask("PATCH", "/experiments/a", {"archived": False}).json()["archived_at"] is None


def test_experiments_without_runs_come_last_by_last_run(tracker: Any) -> None:
    tracker.ask("PUT", "/experiments/empty")
    tracker.create("r1", "first")
    tracker.create("r2", "second")
    for order, expected in (("desc", ["second", "first", "empty"]), ("asc", ["first", "second", "empty"])):
        found: list[str] = []
        cursor = None
        for _ in expected:
            page = tracker.get("/experiments", order_by=f"last_run_at {order}", limit=1, cursor=cursor or "")
            found += [item["name"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert found == expected
        assert cursor is None


def test_only_an_empty_experiment_is_deleted(tracker: Any) -> None:
    tracker.create("r1", "exp")
    tracker.log("r1", ["loss", 1.0, 5])
    tracker.end("r1")
    error = tracker.ask("DELETE", "/experiments/exp").json()["error"]
    assert error["code"] == "not_empty"
    assert tracker.ask("DELETE", "/runs/r1").status_code == 204
    assert tracker.ask("DELETE", "/experiments/exp").status_code == 204
    assert tracker.ask("GET", "/experiments/exp").status_code == 404
