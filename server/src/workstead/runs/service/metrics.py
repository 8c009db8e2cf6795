"""Taking in metrics: a batch of points, exactly once, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, count
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, text

from workstead.foundation.db import locks_first
from workstead.foundation.postgres import copy_rows
from workstead.foundation.rows import execute, fetch, marks
from workstead.runs import tables as t
from workstead.runs.service import blocks, ranking, values
from workstead.runs.service.rows import Held, hold_run
from workstead.runs.service.values import Loggable
from workstead_wire.errors import BatchGap, InvalidInput, RunNotFound
from workstead_wire.runs import METRIC_NAME_MAX, BatchReceipt, MetricKind, Point, ValueType
from workstead_wire.workspaces import WorkspacePath

_ROWS_A_STATEMENT = 200
"""Rows that one INSERT carries: SQLite takes them at twice the rate of single ones, and lets go of Python's lock."""
_COPIED = 20
"""Rows from which on PostgreSQL's COPY is worth its two more trips."""
_TYPES = {
    "place": "int8", "step": "int8", "at": "int8", "value": "float8", '"row"': "text",
    "low": "float8", "low_at": "int4", "high": "float8", "high_at": "int4",
}  # fmt: skip
_NAMES_ASKED = 500
_SOURCE_MAX = 64

_decoder = msgspec.json.Decoder(Point)
_decode_columns = msgspec.json.Decoder(dict[str, ValueType]).decode
_encode = msgspec.json.Encoder().encode

_NEXT = "SELECT next FROM metric_sources WHERE run_pk = ? AND source = ?"
_ADVANCE = "UPDATE metric_sources SET next = ? WHERE run_pk = ? AND source = ?"
_METRICS = (
    "SELECT m.pk, n.name, m.kind, m.columns, m.total, m.last, m.last_value, m.last_step, m.minimum, m.maximum, "
    "m.first_at, m.last_at FROM metrics AS m JOIN metric_names AS n ON m.name_pk = n.pk WHERE m.run_pk = ?"
)
_NAMED = " AND n.experiment_pk = ? AND n.name IN "
_ADD_NAME = text("INSERT INTO metric_names (experiment_pk, name) VALUES (:experiment_pk, :name) ON CONFLICT DO NOTHING")
_SUMMARISE = (
    "UPDATE metrics SET kind = ?, columns = ?, total = ?, last = ?, last_value = ?, last_step = ?, minimum = ?, "
    "maximum = ?, last_at = ? WHERE pk = ?"
)


class _Metric(msgspec.Struct):
    """A metric's row while a batch is added to it."""

    pk: int
    name: str
    kind: MetricKind
    columns: dict[str, ValueType]
    total: int
    last: float | None
    last_value: str
    last_step: int | None
    minimum: float | None
    maximum: float | None
    first_at: int
    last_at: int


def decode_batch(body: bytes) -> list[Point]:
    """The points of a batch, one a line.

    Raises:
        InvalidInput: a line is no point; the message has its number, from 1.
    """
    try:
        return _decoder.decode_lines(body)
    except msgspec.MsgspecError as error:
        number, reason = _find_bad_line(body, str(error))
        raise InvalidInput(
            f"line {number} of the batch is no point: {reason}; nothing of the batch was written", line=number
        ) from error


@locks_first
def log_batch(
    conn: Connection, where: WorkspacePath, run_id: str, source: str, first: int, points: list[Point]
) -> BatchReceipt:
    """Add points to a run. ``first`` is the index of the first within ``source``; what came before is left out.

    Ended runs take points too: a script that was killed is synced late.

    Raises:
        BatchGap: records before ``first`` are missing; ``details["next"]`` is the one awaited.
    """
    if not 1 <= len(source) <= _SOURCE_MAX:
        raise InvalidInput(f"source {source[:80]!r} is not of its form: a name of 1 to {_SOURCE_MAX} characters")
    run = hold_run(conn, where, run_id)
    if run is None:
        raise RunNotFound(f"there is no run {run_id!r} in workspace {where.workspace!r}")
    known = fetch(conn, _NEXT, run.pk, source)
    awaited: int = known[0][0] if known else 0
    if first > awaited:
        raise BatchGap(
            f"the batch of source {source!r} begins at record {first}, but {awaited} is awaited; send from there",
            next=awaited,
        )
    fresh = points[awaited - first :]
    if fresh:
        _add(conn, run, fresh)
        _advance(conn, run.pk, source, awaited + len(fresh), is_new=not known)
    return BatchReceipt(next=awaited + len(fresh))


@locks_first
def log_points(conn: Connection, where: WorkspacePath, run_id: str, points: Sequence[Loggable]) -> None:
    """Add points that carry their order: a metric's last one has the highest step, then the latest time, then value.

    A point that is there already is left out, so that a request that was sent twice changes nothing.
    """
    run = hold_run(conn, where, run_id)
    if run is None:
        raise RunNotFound(f"there is no run {run_id!r} in workspace {where.workspace!r}")
    if points:
        _add(conn, run, points, ranked=True)


def delete_metrics(conn: Connection, run_pk: int) -> None:
    """Delete everything logged to a run."""
    for (pk,) in conn.execute(select(t.metrics.c.pk).where(t.metrics.c.run_pk == run_pk)).all():
        for table in (t.points, t.cells, t.blocks):
            conn.execute(delete(table).where(table.c.place.between(t.place(pk, 0), t.place(pk + 1, 0) - 1)))
    conn.execute(delete(t.metrics).where(t.metrics.c.run_pk == run_pk))


def _find_bad_line(body: bytes, reason: str) -> tuple[int, str]:
    for number, line in enumerate(body.split(b"\n"), 1):
        try:
            _decoder.decode_lines(line)
        except msgspec.MsgspecError as error:
            return number, str(error).replace("`$[0]", "`$")
    return 1, reason


def _advance(conn: Connection, run_pk: int, source: str, to: int, *, is_new: bool) -> None:
    if is_new:
        conn.execute(insert(t.metric_sources), {"run_pk": run_pk, "source": source, "next": to})
    else:
        execute(conn, _ADVANCE, [(to, run_pk, source)])


def _add(conn: Connection, run: Held, fresh: Sequence[Loggable], *, ranked: bool = False) -> None:
    groups: dict[str, list[Loggable]] = {}
    for point in fresh:
        group = groups.get(point.name)
        if group is None:
            groups[point.name] = [point]
        else:
            group.append(point)
    metrics = _ensure_metrics(conn, run, groups)
    numbers: list[Any] = []
    cells: list[Any] = []
    growths: list[blocks.Growth] = []
    for name, group in groups.items():
        metric = metrics[name]
        before = metric.total
        kept = ranking.arrange(conn, metric, group) if ranked else None
        if not group:
            continue
        growths.append(blocks.Growth(metric.pk, before, _grow(metric, group, numbers, cells)))
        if kept is not None:
            metric.last, metric.last_value, metric.last_step, metric.last_at = kept
    full = blocks.grow(conn, growths)
    _insert_rows(conn, "points", ("place", "step", "at", "value"), numbers)
    _insert_rows(conn, "cells", ("place", "step", "at", '"row"'), cells)
    _insert_rows(conn, "blocks", ("place", "low", "low_at", "high", "high_at"), full)
    execute(conn, _SUMMARISE, [_summary(metrics[name]) for name in groups])


def _grow(metric: _Metric, group: list[Loggable], numbers: list[Any], cells: list[Any]) -> list[float | None]:
    """Add a group of points to a metric's summary, and their rows, flat, to ``numbers`` and ``cells``.

    Returns the number that each row is, None for those that are none.
    """
    given: list[Any] = [point.value for point in group]
    types = set(map(type, given))
    plain = types <= {int, float, bool} and {point.kind for point in group} == {"scalar"}
    if not plain or min(given) < -values.EXACT or max(given) > values.EXACT:
        return [number for point in group for number in _grow_by_one(metric, point, numbers, cells)]
    began = metric.first_at
    doubles: list[float | None] = given if types == {float} else list(map(float, given))
    steps = [point.step for point in group]
    times = [point.at - began for point in group]
    numbers += chain.from_iterable(zip(count(t.place(metric.pk, metric.total)), steps, times, doubles, strict=False))
    kind: ValueType = "double" if float in types else "int" if int in types else "bool"
    metric.columns[metric.name] = values.wider(metric.columns.get(metric.name, "bool"), kind)
    metric.kind = values.wider_kind(metric.kind, "scalar")
    metric.total += len(group)
    _note_number(metric, min(given), max(given), given[-1])
    metric.last_value = _encode(given[-1]).decode()
    metric.last_step, metric.last_at = group[-1].step, group[-1].at
    return doubles


def _grow_by_one(metric: _Metric, point: Loggable, numbers: list[Any], cells: list[Any]) -> list[float | None]:
    found: list[float | None] = []
    metric.kind = values.wider_kind(metric.kind, point.kind)
    for row in values.rows_of(point):
        for column, cell in row.items():
            metric.columns[column] = values.wider(metric.columns.get(column, "bool"), values.type_of(cell))
        where = (t.place(metric.pk, metric.total), point.step, point.at - metric.first_at)
        number = values.number_of(row, metric.name)
        if number is None:
            row_cells = [row.get(column) for column in metric.columns]
            cells += (*where, _encode(row_cells).decode())
            found.append(blocks.as_float(row_cells))
            metric.last = None
        else:
            found.append(float(number) if number == number else None)  # noqa: PLR0124 - not NaN
            numbers += (*where, found[-1])
            _note_number(metric, number, number, number)
        metric.last_value = _encode(row.get(metric.name)).decode()
        metric.total += 1
    metric.last_step, metric.last_at = point.step, point.at
    return found


def _note_number(metric: _Metric, low: float, high: float, last: float) -> None:
    if low == low:  # noqa: PLR0124 - NaN is neither smallest nor largest
        metric.minimum = float(low if metric.minimum is None else min(low, metric.minimum))
        metric.maximum = float(high if metric.maximum is None else max(high, metric.maximum))
    metric.last = float(last) if last == last else None  # noqa: PLR0124


def _summary(metric: _Metric) -> tuple[Any, ...]:
    return (
        metric.kind, _encode(metric.columns).decode(), metric.total, metric.last, metric.last_value, metric.last_step,
        metric.minimum, metric.maximum, metric.last_at, metric.pk,
    )  # fmt: skip


def _insert_rows(conn: Connection, table: str, columns: tuple[str, ...], flat: list[Any]) -> None:
    """Insert rows whose cells are given one after the other in one list."""
    size = len(columns)
    if conn.dialect.name == "postgresql" and len(flat) > size * _COPIED:
        types = [_TYPES[name] for name in columns]
        copy_rows(conn, table, columns, types, zip(*[iter(flat)] * size, strict=True))
        return
    head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608 - all names are our own
    one = f"({', '.join('?' * size)})"
    width = size * _ROWS_A_STATEMENT
    whole = len(flat) - len(flat) % width
    many = head + ", ".join([one] * _ROWS_A_STATEMENT)
    for start in range(0, whole, width):
        execute(conn, many, [tuple(flat[start : start + width])])
    rest = flat[whole:]
    if rest:
        execute(conn, head + one, list(zip(*[iter(rest)] * size, strict=True)))


def _ensure_metrics(conn: Connection, run: Held, groups: dict[str, list[Loggable]]) -> dict[str, _Metric]:
    found = _read_metrics(conn, run, list(groups))
    missing = [name for name in groups if name not in found]
    if missing:
        name_pks = _ensure_names(conn, run.experiment_pk, missing)
        rows = [_blank(run.pk, name_pks[name], groups[name][0]) for name in missing]
        conn.execute(insert(t.metrics), rows)
        found |= _read_metrics(conn, run, missing)
    return found


def _read_metrics(conn: Connection, run: Held, names: Sequence[str]) -> dict[str, _Metric]:
    if len(names) > _NAMES_ASKED:
        rows = fetch(conn, _METRICS, run.pk)
    else:
        rows = fetch(conn, f"{_METRICS}{_NAMED}({marks(len(names))})", run.pk, run.experiment_pk, *names)
    return {name: _Metric(pk, name, kind, _decode_columns(columns), *rest) for pk, name, kind, columns, *rest in rows}


def _ensure_names(conn: Connection, experiment_pk: int, names: list[str]) -> dict[str, int]:
    for name in names:
        if not 1 <= len(name) <= METRIC_NAME_MAX or "\0" in name:
            raise InvalidInput(
                f"{name[:80]!r} is no good name for a metric: 1 to {METRIC_NAME_MAX} characters, none of them NUL"
            )
    found = _read_names(conn, experiment_pk, names)
    # In order, so that two writers of the same names wait for each other and never in a circle.
    fresh = [{"experiment_pk": experiment_pk, "name": name} for name in sorted(names) if name not in found]
    if not fresh:
        return found
    conn.execute(_ADD_NAME, fresh)
    return _read_names(conn, experiment_pk, names)


def _read_names(conn: Connection, experiment_pk: int, names: list[str]) -> dict[str, int]:
    c = t.metric_names.c
    query = select(c.name, c.pk).where(c.experiment_pk == experiment_pk)
    if len(names) <= _NAMES_ASKED:
        query = query.where(c.name.in_(names))
    return {row.name: row.pk for row in conn.execute(query)}


def _blank(run_pk: int, name_pk: int, point: Loggable) -> dict[str, Any]:
    return {
        "run_pk": run_pk, "name_pk": name_pk, "kind": point.kind, "columns": "{}", "total": 0, "last": None,
        "last_value": "null", "last_step": None, "minimum": None, "maximum": None,
        "first_at": point.at, "last_at": point.at,
    }  # fmt: skip
