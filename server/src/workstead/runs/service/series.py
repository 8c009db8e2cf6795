"""Reading metrics: what is known of each, and windows of their points, whole or thinned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Row, Table, and_, select

from workstead.foundation import pages
from workstead.runs import tables as t
from workstead.runs.service import values
from workstead.runs.service.blocks import BLOCK, read_blocks, read_numbers
from workstead.runs.service.rows import get_run_row
from workstead.runs.service.thinning import thin, thin_blocks
from workstead_wire.base import Page, Scalar
from workstead_wire.errors import InvalidInput, MetricNotFound
from workstead_wire.runs import Metric, Series, ValueType
from workstead_wire.workspaces import WorkspacePath

DEFAULT_POINTS = 10_000
MAX_POINTS = 100_000

_METRICS = select(t.metrics, t.metric_names.c.name).join_from(
    t.metrics, t.metric_names, t.metrics.c.name_pk == t.metric_names.c.pk
)
_decode_columns = msgspec.json.Decoder(dict[str, ValueType]).decode
_decode_last = msgspec.json.Decoder(Scalar).decode
_decode_cells = msgspec.json.Decoder(list[Any]).decode

_SLAB = 65_536
"""Points looked at together while thinning; it bounds the memory that a long series takes."""
_ASKED = 10_000
_BLOCKWISE = BLOCK // 4
"""Points in a window per point asked for, from which on blocks do: half as many points as asked for stay at least."""


class _Points(msgspec.Struct):
    """Points on their way out, column by column; ``at`` in ms since 1970."""

    index: list[int] = []
    step: list[int | None] = []
    at: list[int] = []
    cells: dict[str, list[Any]] = {}

    def extend(self, more: _Points) -> None:
        """Add points that come behind these."""
        self.index += more.index
        self.step += more.step
        self.at += more.at
        for column, cells in more.cells.items():
            self.cells.setdefault(column, []).extend(cells)


def list_metrics(
    conn: Connection, where: WorkspacePath, run_id: str, cursor: str | None, limit: int | None
) -> Page[Metric]:
    """What is known of a run's metrics, by name."""
    rows, size = _read_rows(conn, where, run_id, cursor, limit)
    return pages.page(rows, size, _metric, lambda row: (row.name,))


def read_metrics(
    conn: Connection, where: WorkspacePath, run_id: str, cursor: str | None, limit: int | None
) -> Page[Series]:
    """A run's metrics with their points, by name; of one with more than 10,000 the first, and its ``next_cursor``."""
    rows, size = _read_rows(conn, where, run_id, cursor, limit)
    return pages.page(rows, size, lambda row: _whole(conn, row), lambda row: (row.name,))


def read_summaries(conn: Connection, pks: Sequence[int]) -> list[Metric]:
    """What is known of the metrics of these keys, in the order in which they were first logged."""
    found: list[Metric] = []
    for begin in range(0, len(pks), _ASKED):
        query = _METRICS.where(t.metrics.c.pk.in_(pks[begin : begin + _ASKED])).order_by(t.metrics.c.pk)
        found += map(_metric, conn.execute(query))
    return found


def read_series(
    conn: Connection,
    where: WorkspacePath,
    run_id: str,
    name: str,
    after: int | None,
    limit: int | None,
    points: int | None,
    before: int | None = None,
) -> Series:
    """Points of one metric with an index above ``after`` and below ``before``.

    They are the first ``limit``, or all of them thinned to ``points``.

    Only numbers are thinned; other values come as without ``points``.

    Raises:
        MetricNotFound: the run has no metric of that name.
    """
    run = get_run_row(conn, where, run_id)
    row = conn.execute(_METRICS.where(t.metrics.c.run_pk == run.pk, t.metric_names.c.name == name)).first()
    if row is None:
        raise MetricNotFound(f"run {run_id!r} has no metric {name[:80]!r}")
    start = 0 if after is None else after + 1
    if not 0 <= start < 1 << t.PLACE_BITS:
        raise InvalidInput(f"after is {after}, but must be an index of the metric, from 0")
    stop = row.total if before is None else min(before, row.total)
    if stop < 0:
        raise InvalidInput(f"before is {before}, but must be an index of the metric, from 0")
    if points is not None and not 1 <= points <= MAX_POINTS:
        raise InvalidInput(f"points is {points}, but must be between 1 and {MAX_POINTS}")
    if points is not None and _is_numeric(row):
        return _thinned(conn, row, start, stop, points)
    return _window(conn, row, start, stop, _check_limit(limit))


def _check_limit(limit: int | None) -> int:
    if limit is None:
        return DEFAULT_POINTS
    if not 1 <= limit <= MAX_POINTS:
        raise InvalidInput(f"limit is {limit}, but must be between 1 and {MAX_POINTS}")
    return limit


def _read_rows(
    conn: Connection, where: WorkspacePath, run_id: str, cursor: str | None, limit: int | None
) -> tuple[list[Row[Any]], int]:
    run = get_run_row(conn, where, run_id)
    size = pages.check_limit(limit)
    query = _METRICS.where(t.metrics.c.run_pk == run.pk)
    after = pages.decode_cursor(cursor, str)
    if after is not None:
        query = query.where(t.metric_names.c.name > after[0])
    rows = conn.execute(query.order_by(t.metric_names.c.name).limit(size + 1)).all()
    return list(rows), size


def _is_numeric(row: Row[Any]) -> bool:
    columns = _decode_columns(row.columns)
    return list(columns) == [row.name] and columns[row.name] in ("bool", "int", "double")


def _whole(conn: Connection, row: Row[Any]) -> Series:
    if row.total == 1 and row.kind == "scalar":
        # Runs log many metrics once each: the summary has all there is.
        only = _Points([0], [row.last_step], [row.last_at], {row.name: [_decode_last(row.last_value)]})
        return _series(row, only)
    return _window(conn, row, 0, row.total, DEFAULT_POINTS)


def _window(conn: Connection, row: Row[Any], start: int, stop: int, limit: int) -> Series:
    here, there = t.place(row.pk, start), t.place(row.pk, stop)
    series = _series(row, _read_points(conn, row, lambda c: and_(c >= here, c < there), limit))
    if series.index and series.index[-1] + 1 < stop:
        series.next_cursor = str(series.index[-1])
    return series


def _thinned(conn: Connection, row: Row[Any], start: int, stop: int, points: int) -> Series:
    total = max(0, stop - start)
    if total >= _BLOCKWISE * points:
        kept = thin_blocks(read_blocks(conn, row.pk, start, stop), stop, points)
    else:
        kept = _thin_each(conn, row, start, stop, points)
    base = t.place(row.pk, 0)
    found = _Points()
    for begin in range(0, len(kept), _ASKED):
        part = [base + index for index in kept[begin : begin + _ASKED]]
        found.extend(_read_points(conn, row, lambda c, part=part: c.in_(part), len(part), all_there=True))
    series = _series(row, found)
    series.thinned = len(kept) < total
    return series


def _thin_each(conn: Connection, row: Row[Any], start: int, stop: int, points: int) -> list[int]:
    kept: list[int] = []
    for begin in range(start, stop, _SLAB):
        numbers = read_numbers(conn, row.pk, begin, min(begin + _SLAB, stop))
        kept += [begin + index for index in thin(numbers, points * len(numbers) // (stop - start))]
    return kept


def _read_points(
    conn: Connection,
    row: Row[Any],
    which: Callable[[Column[int]], ColumnElement[bool]],
    limit: int,
    *,
    all_there: bool = False,
) -> _Points:
    """Points of a metric in order: numbers and all other values merged; ``all_there`` says that ``limit`` are."""

    def read(table: Table) -> Sequence[Row[Any]]:
        c = table.c.place
        return conn.execute(select(table).where(which(c)).order_by(c).limit(limit)).all()

    numbers = read(t.points)
    others: Sequence[Row[Any]] = [] if all_there and len(numbers) == limit else read(t.cells)
    columns = _decode_columns(row.columns)
    kind = columns.get(row.name, "double")
    if others:
        rows: list[tuple[Any, dict[str, Any]]] = [(p, {row.name: values.to_wire(p.value, kind)}) for p in numbers]
        rows += [(p, dict(zip(columns, _decode_cells(p.row), strict=False))) for p in others]
        rows.sort(key=lambda pair: pair[0].place)
        del rows[limit:]
        cells = {column: [row_cells.get(column) for _, row_cells in rows] for column in columns}
        return _placed(row, [point for point, _ in rows], cells)
    return _placed(row, numbers, {row.name: [values.to_wire(p.value, kind) for p in numbers]})


def _placed(row: Row[Any], points: Sequence[Row[Any]], cells: dict[str, list[Any]]) -> _Points:
    base, began = t.place(row.pk, 0), row.first_at
    return _Points(
        index=[p.place - base for p in points],
        step=[p.step for p in points],
        at=[began + p.at for p in points],
        cells=cells,
    )


def _series(row: Row[Any], found: _Points) -> Series:
    metric = _metric(row)
    blank: list[Any] = [None] * len(found.index)
    return Series(
        metric=metric,
        index=found.index,
        step=found.step,
        at=found.at,
        values={column: found.cells.get(column, blank) for column in metric.columns},
        total=row.total,
    )


def _metric(row: Row[Any]) -> Metric:
    columns = _decode_columns(row.columns)
    kind = columns.get(row.name, "double")
    plain = row.kind in ("scalar", "list")
    return Metric(
        name=row.name,
        kind=row.kind,
        columns=columns,
        count=row.total,
        last=_decode_last(row.last_value) if plain else None,
        minimum=values.to_wire(row.minimum, kind) if plain and row.minimum is not None else None,
        maximum=values.to_wire(row.maximum, kind) if plain and row.maximum is not None else None,
        last_step=row.last_step,
        first_at=row.first_at,
        last_at=row.last_at,
    )
