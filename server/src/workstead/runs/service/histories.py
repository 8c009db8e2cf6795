"""All points of a metric by time, as they were meant rather than as they came in."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from workstead.foundation.rows import fetch
from workstead.runs import tables as t
from workstead.runs.service.rows import get_run_row
from workstead_wire.base import Scalar
from workstead_wire.workspaces import WorkspacePath

_decode_cells = msgspec.json.Decoder(list[Scalar]).decode

_POINTS = "SELECT value, at + ?, coalesce(step, 0) FROM points WHERE place >= ? AND place < ?"
_CELLS = 'SELECT "row", at + ?, coalesce(step, 0) FROM cells WHERE place >= ? AND place < ?'
_BY_PLACE = " ORDER BY place"
_PAGE = " ORDER BY at, coalesce(step, 0), value NULLS FIRST LIMIT ? OFFSET ?"


class History(msgspec.Struct, frozen=True):
    """Points column by column; ``at`` in ms since 1970, a value of None is NaN."""

    value: Sequence[Scalar] = ()
    at: Sequence[int] = ()
    step: Sequence[int] = ()


def read_history(
    conn: Connection, where: WorkspacePath, run_id: str, name: str, *, offset: int = 0, limit: int | None = None
) -> History:
    """Points of a metric by time, then step, then value, NaN first; none of a metric that is not there."""
    run = get_run_row(conn, where, run_id)
    m = t.metrics.c
    query = (
        select(m.pk, m.first_at, m.total)
        .join_from(t.metrics, t.metric_names, m.name_pk == t.metric_names.c.pk)
        .where(m.run_pk == run.pk, t.metric_names.c.name == name)
    )
    metric = conn.execute(query).first()
    if metric is None:
        return History()
    span = (metric.first_at, t.place(metric.pk, 0), t.place(metric.pk, metric.total))
    cells = fetch(conn, _CELLS, *span)
    if limit is not None and not cells:
        return _columns(fetch(conn, _POINTS + _PAGE, *span, limit, offset))
    rows = fetch(conn, _POINTS + _BY_PLACE, *span)
    found = _columns(rows)
    if not cells and all(map(operator.lt, found.at, found.at[1:])):
        return found  # as nearly all come; looking costs a tenth of what sorting does
    rows = [*rows, *((_decode_cells(row)[0], at, step) for row, at, step in cells)]
    rows.sort(key=_rank)
    return _columns(rows[offset : None if limit is None else offset + limit])


def _columns(rows: Sequence[tuple[Any, ...]]) -> History:
    return History(*zip(*rows, strict=True)) if rows else History()


def _rank(row: tuple[Any, ...]) -> tuple[int, int, int, float]:
    value, at, step = row
    if type(value) is float:
        return at, step, 1, value
    return at, step, 0 if value is None else 2, 0.0
