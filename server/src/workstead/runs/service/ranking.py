"""Points that carry their order in themselves, as MLflow's do: they may come late, and they may come twice."""

from __future__ import annotations

import operator
from typing import Protocol

from sqlalchemy import Connection, select

from workstead.runs import tables as t
from workstead.runs.service import values
from workstead.runs.service.values import Loggable

Rank = tuple[int, int, float]
Last = tuple[float | None, str, int | None, int]
"""A metric's last value: as a double, as JSON, its step and its time."""


class Standing(Protocol):
    """What is known of a metric before points are added to it."""

    pk: int
    total: int
    last: float | None
    last_value: str
    last_step: int | None
    last_at: int
    first_at: int


def arrange(conn: Connection, metric: Standing, group: list[Loggable]) -> Last | None:
    """Bring a group of points in order and leave out those that are there already.

    Returns the metric's last value if none of the group comes after it.
    """
    standing = (metric.last_step or 0, metric.last_at, _or_least(metric.last))
    steps = [point.step or 0 for point in group]
    if all(map(operator.lt, steps, steps[1:])) and (not metric.total or _rank(group[0]) > standing):
        return None  # as nearly all come: in order, and after all that are there
    group.sort(key=_rank)
    seen: set[Rank] = set()
    if metric.total and _rank(group[0]) <= standing:
        seen = _read_ranks(conn, metric, group)
    fresh: list[Loggable] = []
    for point in group:
        rank = _rank(point)
        if rank not in seen:
            seen.add(rank)
            fresh.append(point)
    group[:] = fresh
    if metric.total and (not group or _rank(group[-1]) <= standing):
        return metric.last, metric.last_value, metric.last_step, metric.last_at
    return None


def _rank(point: Loggable) -> Rank:
    value = point.value
    number = value if type(value) is float else values.number_of({"": value}, "")
    return (point.step or 0, point.at, _or_least(number))


def _or_least(value: float | None) -> float:
    # NaN is before every number, so that ranks can be compared at all.
    return float("-inf") if value is None or value != value else value  # noqa: PLR0124


def _read_ranks(conn: Connection, metric: Standing, group: list[Loggable]) -> set[Rank]:
    c = t.points.c
    earliest, latest = min(point.at for point in group), max(point.at for point in group)
    query = select(c.step, c.at, c.value).where(
        c.place >= t.place(metric.pk, 0),
        c.place < t.place(metric.pk, metric.total),
        c.at.between(earliest - metric.first_at, latest - metric.first_at),
    )
    return {(row.step or 0, row.at + metric.first_at, _or_least(row.value)) for row in conn.execute(query)}
