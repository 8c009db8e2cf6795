"""Runs out of rows: everything a list shows, in a fixed number of queries however long the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select

from workstead.foundation import clock
from workstead.foundation.rows import Rows, fetch, marks
from workstead.runs import tables as t
from workstead.runs.service.labels import read_labels
from workstead.runs.service.params import read_params
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Scalar
from workstead_wire.errors import RunNotFound
from workstead_wire.runs import Run, RunError
from workstead_wire.workspaces import WorkspacePath

_parent, _root = t.runs.alias("parent"), t.runs.alias("root")
_columns = [
    t.runs,
    t.experiments.c.name.label("experiment"),
    t.experiments.c.id.label("experiment_id"),
    t.experiments.c.artifact_location,
    t.experiments.c.number.label("experiment_number"),
    _parent.c.id.label("parent_id"),
    func.coalesce(_root.c.id, t.runs.c.id).label("root_id"),
]
RUNS = select(*_columns).select_from(
    t.runs.join(t.experiments, t.runs.c.experiment_pk == t.experiments.c.pk)
    .outerjoin(_parent, t.runs.c.parent_pk == _parent.c.pk)
    .outerjoin(_root, t.runs.c.root_pk == _root.c.pk)
)
"""Runs with the names that their keys stand for."""

_BY_ID = RUNS.where(t.runs.c.workspace_id == bindparam("workspace_id"), t.runs.c.id == bindparam("id"))
_BY_ID_LOCKED = _BY_ID.with_for_update(of=t.runs)  # no-op on SQLite, which has one writer
_HELD = "SELECT pk, experiment_pk, deleted_at FROM runs WHERE workspace_id = ? AND id = ?"
_LAST = (
    "SELECT m.run_pk, n.name, m.last_value, m.last_at, m.last_step FROM metrics m "
    "JOIN metric_names n ON m.name_pk = n.pk WHERE m.run_pk IN "
)
_decode_last = msgspec.json.Decoder(Scalar).decode


class Held(NamedTuple):
    """What is needed of a run to write to it; ``deleted_at`` is set while it is hidden."""

    pk: int
    experiment_pk: int
    deleted_at: int | None


def hold_run(conn: Connection, where: WorkspacePath, run_id: str) -> Held | None:
    """A run that nobody else changes before the transaction ends; None if it is not there."""
    lock = "" if conn.dialect.name == "sqlite" else " FOR UPDATE"  # SQLite has one writer
    found = fetch(conn, _HELD + lock, get_workspace_id(conn, where), run_id)
    return Held(*found[0]) if found else None


def get_run_row(conn: Connection, where: WorkspacePath, run_id: str, *, lock: bool = False) -> Row[Any]:
    """A run's row; with ``lock`` nobody else changes it before the transaction ends."""
    key = {"workspace_id": get_workspace_id(conn, where), "id": run_id}
    row = conn.execute(_BY_ID_LOCKED if lock else _BY_ID, key).first()
    if row is None:
        raise RunNotFound(f"there is no run {run_id!r} in workspace {where.workspace!r}")
    return row


def read_runs(conn: Connection, pks: Sequence[int], user: str = "") -> list[Run]:
    """The runs of these keys, in their order."""
    rows = {row.pk: row for row in conn.execute(RUNS.where(t.runs.c.pk.in_(pks)))} if pks else {}
    return make_runs(conn, [rows[pk] for pk in pks], user)


def make_runs(
    conn: Connection, rows: Sequence[Row[Any]], user: str = "", metrics: dict[int, dict[str, Scalar]] | None = None
) -> list[Run]:
    """The runs that rows of ``RUNS`` stand for, with the stars of ``user``; ``metrics`` by run, if known."""
    if not rows:
        return []
    pks = [row.pk for row in rows]
    tags = read_labels(conn, t.run_tags, pks)
    properties = read_labels(conn, t.run_properties, pks)
    metrics = _read_last(conn, pks) if metrics is None else metrics
    params = read_params(conn, pks)
    stars = _read_stars(conn, pks, user)
    return [
        _run(
            row,
            tags=tags.get(row.pk, {}),
            properties=properties.get(row.pk, {}),
            metrics=metrics.get(row.pk, {}),
            params=params.get(row.pk, {}),
            starred=row.pk in stars,
        )
        for row in rows
    ]


def _read_last(conn: Connection, run_pks: Sequence[int]) -> dict[int, dict[str, Scalar]]:
    found: dict[int, dict[str, Scalar]] = {}
    for run_pk, name, value, *_ in read_last_rows(conn, run_pks):
        found.setdefault(run_pk, {})[name] = _decode_last(value)
    return found


def read_last_rows(conn: Connection, run_pks: Sequence[int]) -> Rows:
    """Run, name, last value as JSON, its time and step of each scalar metric."""
    return fetch(conn, f"{_LAST}({marks(len(run_pks))}) AND m.kind = 'scalar' ORDER BY m.pk", *run_pks)


def _read_stars(conn: Connection, run_pks: Sequence[int], user: str) -> set[int]:
    s = t.run_stars.c
    return set(conn.execute(select(s.run_pk).where(s.user == user, s.run_pk.in_(run_pks))).scalars()) if user else set()


def _run(row: Row[Any], **more: Any) -> Run:
    failed = row.error_code is not None
    return Run(
        id=row.id,
        number=row.number,
        experiment=row.experiment,
        experiment_id=row.experiment_id,
        root_id=row.root_id,
        status=row.status,
        display_name=row.display_name,
        description=row.description,
        type=row.type,
        compute_target=row.compute_target,
        created_by=row.created_by,
        created_at=clock.to_datetime(row.created_at),
        container=f"dcid.{row.id}",
        parent_id=row.parent_id,
        started_at=clock.to_datetime_or_none(row.started_at),
        ended_at=clock.to_datetime_or_none(row.ended_at),
        script_name=row.script_name,
        snapshot_id=row.snapshot_id,
        error=RunError(code=row.error_code, message=row.error_message) if failed else None,
        deleted_at=clock.to_datetime_or_none(row.deleted_at),
        **more,
    )
