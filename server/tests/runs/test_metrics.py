"""Metrics over HTTP, on a real server: every kind in, the same out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

AT = 1_767_225_600_000


@pytest.fixture(autouse=True)
def run(tracker: Any) -> None:
    tracker.create("r")


def test_scalars_come_back_in_order(tracker: Any) -> None:
    assert tracker.log("r", ["loss", 0.5, AT, 7, "scalar"], ["acc", 1, AT], ["loss", 0.25, AT + 1, -8]) == 3
    series = tracker.series("r", "loss")
    assert series["index"] == [0, 1]
    assert series["step"] == [7, -8]
    assert series["at"] == [AT, AT + 1]
    assert series["values"] == {"loss": [0.5, 0.25]}
    assert (series["total"], series["thinned"], series["next_cursor"]) == (2, False, None)
    assert series["metric"] == {
        "name": "loss", "kind": "scalar", "columns": {"loss": "double"}, "count": 2, "last": 0.25,
        "minimum": 0.25, "maximum": 0.5, "last_step": -8, "first_at": AT, "last_at": AT + 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("logged", "kind", "read"),
    [
        ([True, False], "bool", [True, False]),
        ([1, 2], "int", [1, 2]),
        ([True, 2], "int", [1, 2]),
        ([1, 2.5], "double", [1.0, 2.5]),
        ([1, "NaN"], "double", [1.0, "NaN"]),
        (["-Infinity", "Infinity"], "double", ["-Infinity", "Infinity"]),
        ([1, "x", 0.5], "string", [1, "x", 0.5]),
        ([None, 3], "int", [None, 3]),
        ([2**53 + 1, 5], "int", [2**53 + 1, 5]),
        ([10**30], "int", [10**30]),
        (["", "ü\u0000'"], "string", ["", "ü\u0000'"]),
    ],
)
def test_types_widen_and_values_stay(tracker: Any, logged: list[Any], kind: str, read: list[Any]) -> None:
    for index, value in enumerate(logged):
        tracker.log("r", ["m", value, AT], first=index)
    tracker.log("r", *[["together", value, AT] for value in logged], source="other")
    for name in ("m", "together"):
        series = tracker.series("r", name)
        assert series["metric"]["columns"] == {name: kind}
        assert series["values"][name] == read
        assert [type(value) for value in series["values"][name]] == [type(value) for value in read]
        assert tracker.get("/runs/r")["metrics"][name] == logged[-1]


def test_lists_append_value_by_value(tracker: Any) -> None:
    tracker.log("r", ["l", [1, 2], AT, None, "list"], ["l", [], AT, None, "list"], ["l", ["NaN"], AT, 4, "list"])
    series = tracker.series("r", "l")
    assert series["values"]["l"] == [1.0, 2.0, "NaN"]
    assert series["index"] == [0, 1, 2]
    assert (series["metric"]["kind"], series["total"]) == ("list", 3)


def test_rows_merge_their_columns_in_order(tracker: Any) -> None:
    tracker.log("r", ["t", {"z": 1, "a": "x"}, AT, None, "row"], ["t", {"b": [1, 2], "z": 2.5}, AT, None, "row"])
    series = tracker.series("r", "t")
    assert list(series["metric"]["columns"].items()) == [("z", "double"), ("a", "string"), ("b", "json")]
    assert series["values"] == {"z": [1, 2.5], "a": ["x", None], "b": [None, [1, 2]]}


def test_tables_append_rows(tracker: Any) -> None:
    tracker.log("r", ["t", {"x": [1, 2], "y": [3]}, AT, None, "table"], ["t", {"x": 4}, AT, None, "table"])
    assert tracker.series("r", "t")["values"] == {"x": [1, 2, 4], "y": [3, None, None]}


@pytest.mark.parametrize("kind", ["image", "confusion_matrix", "accuracy_table", "predictions", "residuals"])
def test_files_are_named_by_their_path(tracker: Any, kind: str) -> None:
    tracker.log("r", ["plot", "azureml/plot_1.png", AT, None, kind])
    series = tracker.series("r", "plot")
    assert series["metric"]["kind"] == kind
    assert series["values"]["plot"] == ["azureml/plot_1.png"]
    assert tracker.get("/runs/r")["metrics"] == {}


def test_a_name_used_in_two_ways_keeps_both(tracker: Any) -> None:
    tracker.log("r", ["m", 1, AT], ["m", [2, 3], AT, None, "list"], ["m", {"x": 4}, AT, None, "row"])
    series = tracker.series("r", "m")
    assert series["metric"]["kind"] == "row"
    assert series["values"] == {"m": [1, 2, 3, None], "x": [None, None, None, 4]}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'["m"]', "length 3"),
        (b'["m",1,"now"]', "Expected `int`"),
        (b'["m",1,-5]', ">= 0"),
        (b'["m",1,5,99999999999999999999]', "<="),
        (b'["m",NaN,5]', "malformed"),
        (b'["m",1,5,null,"colour"]', "colour"),
        (b'["m",1e400,5]', "out of range"),
        (b"{}", "array"),
    ],
)
def test_a_malformed_line_is_named_and_nothing_written(tracker: Any, line: bytes, reason: str) -> None:
    body = b'["m",1,5]\n["m",2,6]\n' + line + b"\n"
    reply = tracker.ask("POST", "/runs/r/metrics", body, source="s", first=0)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["details"]) == (400, "invalid_input", {"line": 3})
    assert error["message"].startswith("line 3 of the batch")
    assert reason in error["message"]
    assert tracker.get("/runs/r/metrics")["items"] == []


@pytest.mark.parametrize(
    "line", [["m", [1], 5], ["m", 1, 5, None, "row"], ["", 1, 5], ["x" * 501, 1, 5], ["a\0", 1, 5]]
)
def test_a_value_that_does_not_fit_undoes_the_whole_batch(tracker: Any, line: list[Any]) -> None:
    reply = tracker.send("r", [["good", 1, 5], line])
    assert reply.json()["error"]["code"] == "invalid_input"
    assert tracker.get("/runs/r/metrics")["items"] == []
    assert tracker.log("r", ["good", 1, 5]) == 1


def test_batches_are_taken_once_and_gaps_refused(tracker: Any) -> None:
    lines = [["m", number, AT + number] for number in range(5)]
    assert tracker.log("r", *lines[:3]) == 3
    assert tracker.log("r", *lines[:3]) == 3
    assert tracker.log("r", *lines[1:], first=1) == 5
    reply = tracker.send("r", lines, first=9)
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "batch_gap")
    assert reply.json()["error"]["details"] == {"next": 5}
    assert tracker.log("r", *lines, source="another") == 5
    assert tracker.series("r", "m")["values"]["m"] == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
    assert tracker.log("r") == 5


def test_an_ended_run_takes_late_batches(tracker: Any) -> None:
    tracker.end("r", "Failed")
    assert tracker.log("r", ["m", 1, AT]) == 1
    assert tracker.get("/runs/r")["status"] == "Failed"
    assert tracker.get("/runs/r")["metrics"] == {"m": 1}


def test_many_names_in_one_batch_page_by_name(tracker: Any) -> None:
    tracker.log("r", *[[f"m{number:04}", number, AT] for number in range(1200)])
    tracker.log("r", *[[f"m{number:04}", number + 0.5, AT] for number in range(1200)], first=1200)
    found: dict[str, list[float]] = {}
    cursor = ""
    while cursor is not None:
        page = tracker.get("/runs/r/metrics/all", cursor=cursor, limit=500)
        found |= {series["metric"]["name"]: series["values"][series["metric"]["name"]] for series in page["items"]}
        cursor = page["next_cursor"]
    assert list(found) == sorted(found)
    assert found == {f"m{number:04}": [number, number + 0.5] for number in range(1200)}
    assert len(tracker.get("/runs/r/metrics", limit=1000)["items"]) == 1000


def test_windows_follow_one_another(tracker: Any) -> None:
    values: list[Any] = [number if number % 3 else f"s{number}" for number in range(10)]
    tracker.log("r", *[["m", value, AT] for value in values])
    read: list[Any] = []
    after: dict[str, str] = {}
    while True:
        series = tracker.series("r", "m", limit=4, **after)
        read += series["values"]["m"]
        if series["next_cursor"] is None:
            break
        after = {"after": series["next_cursor"]}
    assert read == values
    assert tracker.series("r", "m", after=9)["index"] == []


def test_a_long_series_is_thinned_with_its_spikes(tracker: Any) -> None:
    count = 150_000
    lines = [["m", float(number % 100), AT + number, number] for number in range(count)]
    lines[77_777][1], lines[99_999][1], lines[5][1] = -1e6, 1e6, "NaN"
    tracker.log("r", *lines)
    series = tracker.series("r", "m", points=500)
    assert series["thinned"]
    assert series["total"] == count
    assert 300 <= len(series["index"]) <= 520
    assert series["index"] == sorted(set(series["index"]))
    assert {0, 77_777, 99_999, count - 1} <= set(series["index"])
    assert series["step"] == series["index"]
    assert [AT + index for index in series["index"]] == series["at"]
    tail = tracker.series("r", "m", points=500, after=count - 4)
    assert (tail["index"], tail["thinned"]) == ([count - 3, count - 2, count - 1], False)


def test_a_missing_metric_is_named(tracker: Any) -> None:
    error = tracker.ask("GET", "/runs/r/metrics/series", name="no/such").json()["error"]
    assert error["code"] == "metric_not_found"
    assert "'no/such'" in error["message"]
    assert tracker.ask("GET", "/runs/r/metrics/series", name="m", after=-5).status_code in (400, 404)


def test_a_reader_may_not_log(tracker: Any) -> None:
    made = tracker.server.call("POST", "/access/tokens", {"name": "reader", "role": "Reader"})
    headers = {"Authorization": f"Bearer {made['secret']}"}
    url = tracker.where.url + "/runs/r/metrics?source=s&first=0"
    reply = tracker.server.http.post(url, content=msgspec.json.encode(["m", 1, AT]), headers=headers)
    assert reply.status_code == 403
    assert tracker.server.http.get(url, headers=headers).json()["items"] == []


def test_many_writers_of_one_run_lose_nothing(tracker: Any) -> None:
    def write(writer: int) -> None:
        for batch in range(10):
            lines = [["m", writer * 1000 + batch * 10 + number, AT] for number in range(10)]
            tracker.log("r", *lines, [f"own{writer}", batch, AT], first=batch * 11, source=f"writer{writer}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    series = tracker.series("r", "m")
    assert sorted(series["values"]["m"]) == sorted(w * 1000 + number for w in range(8) for number in range(100))
    assert series["index"] == list(range(800))
    for writer in range(8):
        mine = [value for value in series["values"]["m"] if value // 1000 == writer]
        assert mine == sorted(mine)
        assert tracker.series("r", f"own{writer}")["values"][f"own{writer}"] == list(range(10))
