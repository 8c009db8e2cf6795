"""A run's live feed, on a real server."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

import live
from workstead.foundation.db import Database
from workstead.foundation.events import Bells
from workstead.runs import service
from workstead_client import runs
from workstead_client.transport import Transport
from workstead_wire.errors import RunNotFound
from workstead_wire.runs import RunEvent, StatusChange

AT = 1_767_225_600_000


@contextmanager
def following(server: live.Live, url: str) -> Iterator[Iterator[RunEvent]]:
    with server.http.stream("GET", url) as reply:
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in reply.iter_lines() if line.startswith("data: "))
        yield (msgspec.json.decode(line[6:], type=RunEvent) for line in lines)


def test_a_feed_tells_all_and_then_what_changes(tracker: Any) -> None:
    tracker.create("r", tags={"a": "1"})
    tracker.log("r", ["loss", 0.5, AT])
    with following(tracker.server, tracker.where.url + "/runs/r/events") as events:
        first = next(events)
        assert first.run is not None
        assert (first.run.id, first.run.tags, first.ended) == ("r", {"a": "1"}, False)
        assert [(metric.name, metric.count) for metric in first.metrics] == [("loss", 1)]
        tracker.log("r", ["acc", 1, AT], ["acc", 2, AT + 1], source="other")
        second = next(events)
        assert second.run is None
        assert [(metric.name, metric.count, metric.last) for metric in second.metrics] == [("acc", 2, 2)]
        tracker.ask("PATCH", "/runs/r", {"tags": {"a": "2"}}).raise_for_status()
        third = next(events)
        assert third.run is not None
        assert (third.run.tags, third.metrics) == ({"a": "2"}, [])
        tracker.end("r", "Failed")
        last = next(events)
        assert last.run is not None
        assert (last.run.status, last.ended) == ("Failed", True)
        assert list(events) == []


def test_many_writes_come_in_few_events_and_none_is_missing(tracker: Any) -> None:
    tracker.create("r")
    with following(tracker.server, tracker.where.url + "/runs/r/events") as events:
        for number in range(60):
            tracker.log("r", ["m", number, AT], first=number)
        tracker.end("r")
        told = list(events)
    assert told[-1].ended
    counts = [event.metrics[0].count for event in told if event.metrics]
    assert counts == sorted(set(counts))
    assert counts[-1] == 60
    assert len(told) < 30


def test_the_end_of_an_ended_and_of_a_deleted_run(tracker: Any) -> None:
    tracker.create("parent")
    tracker.create("r")
    tracker.end("r")
    http = Transport(tracker.server.url, tracker.server.token)
    (only,) = runs.follow_run(http, tracker.where, "r")
    assert only.ended
    assert only.run is not None
    tracker.ask("DELETE", "/runs/r").raise_for_status()
    with pytest.raises(RunNotFound):
        next(runs.follow_run(http, tracker.where, "r"))
    running = runs.follow_run(http, tracker.where, "parent")
    assert not next(running).ended
    running.close()


def test_what_another_process_wrote_is_told_too(tracker: Any) -> None:
    tracker.create("r")
    with following(tracker.server, tracker.where.url + "/runs/r/events") as events:
        next(events)
        other = Database(tracker.server.database_url)
        other.write_now(service.change_status, tracker.where, "r", StatusChange(status="Completed"))
        other.close()
        last = next(events)
        assert last.run is not None
        assert last.run.status == "Completed"


def test_a_stopping_server_ends_its_feeds(tmp_path: Path) -> None:
    with live.running(tmp_path / "home") as server:
        where = server.make_workspace("feeds")
        server.call("POST", where.url.removeprefix("/api/v1") + "/runs", {"id": "r", "experiment": "e"})
        with following(server, where.url + "/runs/r/events") as events:
            next(events)
            server.process.send_signal(signal.SIGTERM)
            try:
                assert list(events) == []
            except httpx.RemoteProtocolError as error:  # cut off: what must not happen
                pytest.fail(str(error))
        assert server.process.wait(live.STOP_DEADLINE_S) == 0


def test_bells_ring_for_their_listeners_and_keep_none() -> None:
    bells = Bells()
    with bells.listen("a") as one, bells.listen("a") as two, bells.listen("b") as other:
        bells.ring("a")
        bells.ring("nobody")
        assert (one.is_set(), two.is_set(), other.is_set()) == (True, True, False)
        bells.close()
        assert other.is_set()
    assert vars(bells)["_listeners"] == {}
