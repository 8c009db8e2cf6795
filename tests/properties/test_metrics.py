"""What must hold of metrics whatever is logged, in whichever pieces it arrives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

import workstead.app  # noqa: F401 - all tables of all rooms
from workstead.foundation.db import Database
from workstead.foundation.schema import ensure_schema
from workstead.runs import service, tables
from workstead.runs.service.blocks import BLOCK
from workstead.runs.service.thinning import thin
from workstead.workspaces.service import create_workspace, ensure_subscription
from workstead_wire.base import Page
from workstead_wire.errors import BatchGap
from workstead_wire.runs import Point, Run, RunCreate, RunUpdate, Series, StatusChange
from workstead_wire.workspaces import WorkspaceCreate, WorkspacePath

_numbers = itertools.count()

NON_FINITE = st.sampled_from(["NaN", "Infinity", "-Infinity"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | NON_FINITE
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
CELLS = SCALARS | st.lists(SCALARS, max_size=3)
COLUMNS = st.sampled_from(["x", "y", "m"])
NAMES = st.sampled_from(["m", "loss", "a/b ü"])
STEPS = st.none() | st.integers(-(2**63), 2**63 - 1)
TIMES = st.integers(0, 253_402_300_799_999)


def _point(name: str, at: int, step: int | None, value: tuple[str, Any]) -> Point:
    return Point(name=name, value=value[1], at=at, step=step, kind=value[0])  # pyright: ignore[reportArgumentType]


VALUES = st.one_of(
    st.tuples(st.just("scalar"), SCALARS),
    st.tuples(st.just("list"), st.lists(SCALARS, max_size=4)),
    st.tuples(st.just("row"), st.dictionaries(COLUMNS, CELLS, max_size=3)),
    st.tuples(st.just("table"), st.dictionaries(COLUMNS, st.lists(SCALARS, max_size=3), max_size=3)),
    st.tuples(st.just("image"), st.text("abc/.", max_size=9)),
)
POINTS = st.builds(_point, NAMES, TIMES, STEPS, VALUES)
NUMBERS = st.none() | st.floats(allow_nan=False)


class Tracker:
    """A database with one workspace, no HTTP between."""

    def __init__(self, folder: Path) -> None:
        self.db = Database(f"sqlite:///{folder / 'test.db'}")
        ensure_schema(self.db.engine)
        subscription = self.db.write_now(ensure_subscription, "tests")
        self.where = WorkspacePath(subscription_id=subscription.id, resource_group="g", workspace="ws")
        made = WorkspaceCreate(location="westeurope", create_resource_group=True)
        self.db.write_now(create_workspace, self.where, "me", made)

    def create(self, experiment: str = "exp") -> str:
        run_id = f"run{next(_numbers)}"
        self.db.write_now(service.create_run, self.where, "me", RunCreate(id=run_id, experiment=experiment))
        return run_id

    def log(self, run_id: str, first: int, points: list[Point]) -> int:
        body = b"".join(msgspec.json.encode(point) + b"\n" for point in points)
        batch = service.decode_batch(body)
        return self.db.write_now(service.log_batch, self.where, run_id, "spool", first, batch).next

    def read(self, run_id: str) -> dict[str, Series]:
        page = self.db.read_now(service.read_metrics, self.where, run_id, None, 100)
        assert page.next_cursor is None
        return {series.metric.name: series for series in page.items}


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    tracker = Tracker(tmp_path_factory.mktemp("metrics"))
    yield tracker
    tracker.db.close()


@settings(max_examples=60, deadline=None)
@given(points=st.lists(POINTS, max_size=30), data=st.data())
def test_any_splitting_and_replaying_of_batches_stores_each_point_once(
    tracker: Tracker, points: list[Point], data: st.DataObject
) -> None:
    whole, pieces = tracker.create(), tracker.create()
    tracker.log(whole, 0, points)
    awaited = 0
    while awaited < len(points):
        first = data.draw(st.integers(0, awaited + 2))
        part = points[first : first + data.draw(st.integers(0, 12))]
        if first > awaited:
            with pytest.raises(BatchGap) as refused:
                tracker.log(pieces, first, part)
            assert refused.value.details == {"next": awaited}
        else:
            awaited = max(awaited, first + len(part))
            assert tracker.log(pieces, first, part) == awaited
    assert tracker.read(pieces) == tracker.read(whole)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(SCALARS, min_size=1, max_size=20))
def test_scalars_come_back_as_they_went(tracker: Tracker, values: list[Any]) -> None:
    run = tracker.create()
    tracker.log(run, 0, [Point(name="m", value=value, at=index) for index, value in enumerate(values)])
    series = tracker.read(run)["m"]
    assert series.values["m"] == values  # 1 == 1.0 == True: a column has one type
    assert (series.index, series.at) == (list(range(len(values))), list(range(len(values))))
    assert (series.total, series.metric.count) == (len(values), len(values))
    assert series.metric.last == values[-1]
    finite = [float(value) for value in values if _is_number(value)]
    infinite = [float(value.replace("inity", "")) for value in values if value in ("Infinity", "-Infinity")]
    if finite + infinite:
        assert _number(series.metric.minimum) == min(finite + infinite)
        assert _number(series.metric.maximum) == max(finite + infinite)
    again = msgspec.json.decode(msgspec.json.encode(series), type=Series)
    assert again == series


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and abs(value) <= 2**53)


def _number(value: Any) -> float:
    return float(value.replace("inity", "")) if isinstance(value, str) else float(value)


@given(point=POINTS)
def test_a_point_survives_the_wire(point: Point) -> None:
    again = msgspec.json.decode(msgspec.json.encode(point), type=Point)
    assert again == point
    assert service.decode_batch(msgspec.json.encode(point) + b"\n") == [point]


@given(values=st.lists(NUMBERS, max_size=300), points=st.integers(1, 120))
def test_thinning_keeps_ends_and_extremes(values: list[float | None], points: int) -> None:
    kept = thin(values, points)
    assert kept == sorted(set(kept))
    assert len(kept) <= max(points, 4)
    present = [value for value in values if value is not None]
    if values:
        assert (kept[0], kept[-1]) == (0, len(values) - 1)
    if present:
        shown = [values[index] for index in kept if values[index] is not None]
        assert min(present) in shown
        assert max(present) in shown


@given(buckets=st.integers(1, 20), width=st.integers(3, 20), data=st.data())
def test_thinning_is_right_at_every_buckets_edge(buckets: int, width: int, data: st.DataObject) -> None:
    """A spike up and a spike down in one bucket, its first and last place included, both stay."""
    values: list[float | None] = [0.0] * (buckets * width)
    bucket = data.draw(st.integers(0, buckets - 1))
    places = st.integers(bucket * width, (bucket + 1) * width - 1)
    up, down = data.draw(st.lists(places, min_size=2, max_size=2, unique=True))
    values[up], values[down] = 1.0, -math.inf
    assert {up, down} <= set(thin(values, 2 * buckets + 2))


WHOLE_OR_NOT = NUMBERS | st.integers(-(2**70), 2**70)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_long_series_are_thinned_by_blocks_as_if_every_point_were_looked_at(
    tracker: Tracker, data: st.DataObject
) -> None:
    """However the points come in, and whichever window is asked for."""
    # A few wild values among many tame ones, so that the smallest and the largest may lie at any block's edge.
    total = data.draw(st.integers(1, 5 * BLOCK))
    logged: list[Any] = [float(number % 7) for number in range(total)]
    wild = data.draw(st.dictionaries(st.integers(0, total - 1), WHOLE_OR_NOT, max_size=20))
    for index, value in wild.items():
        logged[index] = "NaN" if value is None else _to_wire(value)
    run, sent = tracker.create(), 0
    while sent < total:
        size = data.draw(st.integers(1, 3 * BLOCK))
        tracker.log(run, sent, [Point(name="m", value=value, at=sent) for value in logged[sent : sent + size]])
        sent = min(total, sent + size)
    after = data.draw(st.integers(-1, total - 1))
    before = data.draw(st.integers(0, total + 2))
    points = data.draw(st.sampled_from([1, 4, 6, 10, 40]))
    series = tracker.db.read_now(
        service.read_series, tracker.where, run, "m", None if after < 0 else after, None, points, before
    )
    window = range(after + 1, min(before, total))
    assert series.index == sorted(set(series.index))
    assert set(series.index) <= set(window)
    assert [series.values["m"][at] for at in range(len(series.index))] == [logged[index] for index in series.index]
    if not window:
        return
    assert len(series.index) <= max(points, 4)
    assert (series.index[0], series.index[-1]) == (window[0], window[-1])
    present = [_number(logged[index]) for index in window if logged[index] != "NaN"]
    if present:
        shown = [_number(value) for value in series.values["m"] if value != "NaN"]
        assert (min(shown), max(shown)) == (min(present), max(present))


def _to_wire(value: float) -> Any:
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def test_deleting_a_run_leaves_no_block(tracker: Tracker) -> None:
    def count(conn: Connection) -> int:
        return conn.execute(select(func.count()).select_from(tables.blocks)).scalar_one()

    before = tracker.db.read_now(count)
    run = tracker.create()
    tracker.log(run, 0, [Point(name=name, value=at, at=at) for at in range(3 * BLOCK) for name in ("a", "b")])
    assert tracker.db.read_now(count) == before + 6
    tracker.db.write_now(service.change_status, tracker.where, run, StatusChange(status="Completed"))
    tracker.db.write_now(service.delete_run, tracker.where, run)
    assert tracker.db.read_now(count) == before


MEASURED = st.sampled_from([None, "NaN", -1.5, 0, 0, 3, "Infinity"])
ORDERS = st.sampled_from([
    "created_at asc", "display_name", "ended_at desc", "duration", "metric:m desc", "metric:m asc", "param:p desc",
    "param:p asc", "tag:t desc",
])  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    lasts=st.lists(MEASURED, min_size=1, max_size=12),
    limit=st.integers(1, 5),
    orders=st.lists(ORDERS, min_size=1, max_size=3),
    text=st.sampled_from(["", "name != 'nobody'", "number > 0"]),
    later=st.lists(MEASURED, min_size=30, max_size=30),
)
def test_paging_sees_each_run_once_while_runs_are_added(
    tracker: Tracker, lasts: list[Any], limit: int, orders: list[str], text: str, later: list[Any]
) -> None:
    """Walked or, under a filter that leaves few and with several orders, sorted."""
    experiment = f"paging{next(_numbers)}"
    asked = service.RunFilter(experiments=[experiment], clauses=service.parse_run_filter(text))

    def page(by: list[str], cursor: str | None, limit: int) -> Page[Run]:
        return tracker.db.read_now(service.list_runs, tracker.where, asked, by, cursor, limit)

    def add(last: float | str | None) -> str:
        run = tracker.create(experiment)
        if last is not None:
            tracker.log(run, 0, [Point(name="m", value=last, at=1)])
            more = RunUpdate(params={"p": str(last)}, tags={"t": str(last)})
            tracker.db.write_now(service.update_run, tracker.where, run, more)
        return run

    before = [add(last) for last in lasts]
    seen = [run.id for run in _walk(page, orders, limit, lambda: later and add(later.pop()))]
    assert len(seen) == len(set(seen))
    assert set(before) <= set(seen)
    assert [run.id for run in _walk(page, orders, limit)] == [run.id for run in page(orders, None, 100).items]
    listed = [[run.id for run in page(by, None, 100).items] for by in (orders[:1], orders[:1] * 2)]
    assert listed[0] == listed[1]  # the one is walked, the other sorted


def _walk(page: Any, orders: list[str], limit: int, between: Callable[[], object] = bool) -> Iterator[Run]:
    cursor = None
    for _ in range(100):
        found = page(orders, cursor, limit)
        yield from found.items
        cursor = found.next_cursor
        if cursor is None:
            return
        between()
    raise AssertionError
