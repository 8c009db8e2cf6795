"""All points of a metric by time, as they were meant rather than as they came in."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, func, select

from workstead.runs import tables as t
from workstead.runs.service.rows import get_run_row
from workstead_wire.base import Scalar
from workstead_wire.workspaces import WorkspacePath

_decode_cells = msgspec.json.Decoder(list[Scalar]).decode


class HistoryPoint(msgspec.Struct, frozen=True, gc=False):
    """A point; ``at`` in ms since 1970, ``value`` None is NaN."""

    value: Scalar
    at: int
    step: int


def read_history(
    conn: Connection, where: WorkspacePath, run_id: str, name: str, *, offset: int = 0, limit: int | None = None
) -> list[HistoryPoint]:
    """Points of a metric by time, then step, then value (no numbers last); none of a metric that is not there."""
    run = get_run_row(conn, where, run_id)
    m = t.metrics.c
    query = (
        select(m.pk, m.first_at, m.total)
        .join_from(t.metrics, t.metric_names, m.name_pk == t.metric_names.c.pk)
        .where(m.run_pk == run.pk, t.metric_names.c.name == name)
    )
    metric = conn.execute(query).first()
    if metric is None:
        return []
    here, there = t.place(metric.pk, 0), t.place(metric.pk, metric.total)
    others = _read_cells(conn, here, there, metric.first_at)
    c = t.points.c
    step = func.coalesce(c.step, 0)
    columns = (c.value, c.at + metric.first_at, step)
    points = select(*columns).where(c.place >= here, c.place < there).order_by(c.at, step, c.value)
    if not others:
        points = points.offset(offset).limit(limit)
    found = [HistoryPoint(value, at, step) for value, at, step in conn.execute(points).all()]
    if not others:
        return found
    found = sorted(found + others, key=lambda point: (point.at, point.step))
    return found[offset:] if limit is None else found[offset : offset + limit]


def _read_cells(conn: Connection, here: int, there: int, began: int) -> list[HistoryPoint]:
    c = t.cells.c
    rows = conn.execute(select(c.row, c.at, c.step).where(c.place >= here, c.place < there))
    return [HistoryPoint(_decode_cells(row)[0], began + at, step or 0) for row, at, step in rows]
