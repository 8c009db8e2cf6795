"""Telemetry: percentiles are within bounds, blocks give back what they took, the newer outlives the old."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.pool import StaticPool

from workstead.foundation.db import metadata
from workstead.insights import tables as t
from workstead.insights.service import blocks
from workstead.insights.service.histograms import GROWTH, Histogram, find_bucket, find_percentile, merge
from workstead.insights.service.items import KINDS, Item, pack, unpack
from workstead.insights.service.minutes import Figures, sum_up

DURATIONS = st.lists(st.floats(0.001, 1e8), min_size=1, max_size=80)
TEXTS = st.text(max_size=20)
ITEMS = st.builds(
    Item,
    at=st.integers(0, 1 << 50),
    kind=st.integers(0, len(KINDS) - 1),
    name=TEXTS,
    operation=TEXTS,
    duration=st.none() | st.floats(0, 1e9),
    success=st.none() | st.booleans(),
    message=TEXTS,
    value=st.none() | st.floats(allow_nan=False),
    weight=st.floats(1, 1000),
    properties=st.dictionaries(TEXTS, TEXTS, max_size=4),
)


def count(durations: list[float]) -> Histogram:
    histogram: Histogram = {}
    for duration in durations:
        merge(histogram, {find_bucket(duration): 1})
    return histogram


@given(DURATIONS, st.floats(0.01, 1))
def test_percentiles_are_within_five_percent(durations: list[float], share: float) -> None:
    found = find_percentile(count(durations), share)
    exact = sorted(durations)[math.ceil(share * len(durations) - 1e-9) - 1]
    assert found is not None
    assert abs(found / exact - 1) <= math.sqrt(GROWTH) - 1 + 1e-6


@given(DURATIONS, DURATIONS)
def test_histograms_merge_as_if_counted_together(left: list[float], right: list[float]) -> None:
    merged = count(left)
    merge(merged, count(right))
    assert merged == count(left + right)


@given(st.lists(ITEMS, min_size=1, max_size=30))
def test_a_block_gives_back_what_it_took(items: list[Item]) -> None:
    assert unpack(pack(items)) == items


@given(st.lists(ITEMS, min_size=1, max_size=60))
def test_minutes_count_every_item_once(items: list[Item]) -> None:
    total = Figures()
    for minute in sum_up(items).values():
        for figures in minute.kinds.values():
            total.add(figures)
    assert total.count == pytest.approx(sum(item.weight for item in items))
    assert total.failures == pytest.approx(sum(item.weight for item in items if item.success is False))


@pytest.fixture(scope="module")
def conn() -> Iterator[Connection]:
    """A database with the tables of telemetry and no workspaces, which SQLite does not miss."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        metadata.create_all(connection, tables=[t.telemetry_blocks, t.telemetry_minutes])
        connection.commit()
        yield connection
    engine.dispose()


def write(conn: Connection, batches: list[list[int]]) -> None:
    for times in batches:
        values = blocks.prepare([Item(at, 0, "x") for at in times]).values
        conn.execute(insert(t.telemetry_blocks).values(workspace_id="w", **values))


def kept(conn: Connection) -> list[tuple[int, int]]:
    return [(row.first_at, row.last_at) for row in conn.execute(t.telemetry_blocks.select().order_by("pk"))]


BATCHES = st.lists(st.lists(st.integers(0, 1000), min_size=1, max_size=5), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(BATCHES, st.integers(0, 1001))
def test_retention_takes_the_old_and_nothing_newer(conn: Connection, batches: list[list[int]], before: int) -> None:
    with conn.begin() as transaction:
        write(conn, batches)
        blocks.drop_old(conn, "w", before)
        assert kept(conn) == [(min(times), max(times)) for times in batches if max(times) >= before]
        transaction.rollback()


@settings(max_examples=60, deadline=None)
@given(BATCHES, st.integers(0, 2000))
def test_size_takes_what_came_first(conn: Connection, batches: list[list[int]], surplus: int) -> None:
    with conn.begin() as transaction:
        write(conn, batches)
        _, before = blocks.measure(conn, "w")
        blocks.drop_surplus(conn, "w", surplus)
        left = kept(conn)
        _, after = blocks.measure(conn, "w")
        assert left == [(min(times), max(times)) for times in batches][len(batches) - len(left) :]
        assert after <= max(before - surplus, 0)
        transaction.rollback()
