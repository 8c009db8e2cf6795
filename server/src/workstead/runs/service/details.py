"""Runs with all that lists leave out: where each metric stands, what was used and made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from workstead.runs import tables as t
from workstead.runs.service.lineage import RunDataset, RunModel, read_datasets, read_models
from workstead.runs.service.rows import RUNS, make_runs, read_last_rows
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Scalar
from workstead_wire.errors import RunNotFound
from workstead_wire.runs import Run
from workstead_wire.workspaces import WorkspacePath

_decode = msgspec.json.Decoder(Scalar).decode


class LastPoint(msgspec.Struct, frozen=True):
    """The newest point of a scalar metric; ``at`` in ms since 1970."""

    name: str
    value: Scalar
    at: int
    step: int | None


class RunDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A run and what belongs to it; ``experiment_number`` and ``artifact_location`` are of its experiment."""

    run: Run
    experiment_number: int
    artifact_location: str | None = None
    metrics: list[LastPoint] = []
    datasets: list[RunDataset] = []
    models: list[RunModel] = []


def get_details(conn: Connection, where: WorkspacePath, run_id: str) -> RunDetails:
    """One run, hidden or not."""
    found = read_details(conn, where, [run_id])
    if not found:
        raise RunNotFound(f"there is no run {run_id!r} in workspace {where.workspace!r}")
    return found[0]


def read_details(conn: Connection, where: WorkspacePath, run_ids: Sequence[str]) -> list[RunDetails]:
    """The runs of these ids in their order; those that are not there are left out."""
    c = t.runs.c
    query = RUNS.where(c.workspace_id == get_workspace_id(conn, where), c.id.in_(run_ids))
    by_id = {row.id: row for row in conn.execute(query)}
    return _make(conn, [by_id[run_id] for run_id in run_ids if run_id in by_id])


def read_details_of(conn: Connection, pks: Sequence[int]) -> list[RunDetails]:
    """The runs of these keys, in their order."""
    rows = {row.pk: row for row in conn.execute(RUNS.where(t.runs.c.pk.in_(pks)))} if pks else {}
    return _make(conn, [rows[pk] for pk in pks])


def _make(conn: Connection, rows: Sequence[Row[Any]]) -> list[RunDetails]:
    if not rows:
        return []
    pks = [row.pk for row in rows]
    metrics = _read_last_points(conn, pks)
    last = {pk: {point.name: point.value for point in points} for pk, points in metrics.items()}
    datasets, models = read_datasets(conn, pks), read_models(conn, pks)
    return [
        RunDetails(
            run=run,
            experiment_number=row.experiment_number,
            artifact_location=row.artifact_location,
            metrics=metrics.get(row.pk, []),
            datasets=datasets.get(row.pk, []),
            models=models.get(row.pk, []),
        )
        for row, run in zip(rows, make_runs(conn, rows, metrics=last), strict=True)
    ]


def _read_last_points(conn: Connection, run_pks: Sequence[int]) -> dict[int, list[LastPoint]]:
    found: dict[int, list[LastPoint]] = {}
    for run_pk, name, value, at, step in read_last_rows(conn, run_pks):
        found.setdefault(run_pk, []).append(LastPoint(name, _decode(value), at, step))
    return found
