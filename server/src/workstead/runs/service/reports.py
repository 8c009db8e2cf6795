"""Runs as other trackers tell of them: with times of their own, going on after an end, hidden and brought back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from workstead.foundation import clock
from workstead.runs import tables as t
from workstead.runs.service.params import log_params
from workstead.runs.service.rows import get_run_row, hold_run
from workstead.runs.service.telling import tell_status
from workstead_wire.base import Tags
from workstead_wire.runs import Status
from workstead_wire.workspaces import WorkspacePath


def lock_active(conn: Connection, where: WorkspacePath, run_id: str) -> bool:
    """Whether the run is there and not hidden; if so nobody else changes it before the transaction ends."""
    run = hold_run(conn, where, run_id)
    return run is not None and run.deleted_at is None


def report_run(
    conn: Connection,
    where: WorkspacePath,
    run_id: str,
    *,
    status: Status | None = None,
    started_at: int | None = None,
    ended_at: int | None = None,
) -> None:
    """Set what is given, times in microseconds since 1970; unlike ``change_status`` it lets an ended run go on."""
    given: dict[str, Any] = {"status": status, "started_at": started_at, "ended_at": ended_at}
    row = get_run_row(conn, where, run_id)
    _set(conn, where, run_id, {key: value for key, value in given.items() if value is not None})
    if status is not None and status != row.status:
        tell_status(conn, where, row.workspace_id, run_id, status)


def hide_run(conn: Connection, where: WorkspacePath, run_id: str) -> None:
    """Take a run out of all lists; ``restore_run`` brings it back."""
    _set(conn, where, run_id, {"deleted_at": clock.now()})


def restore_run(conn: Connection, where: WorkspacePath, run_id: str) -> None:
    """Bring a hidden run back."""
    _set(conn, where, run_id, {"deleted_at": None})


def hide_runs(conn: Connection, experiment_id: str) -> None:
    """Hide all runs of an experiment."""
    _set_all(conn, experiment_id, clock.now())


def restore_runs(conn: Connection, experiment_id: str) -> None:
    """Bring all runs of an experiment back."""
    _set_all(conn, experiment_id, None)


def add_params(conn: Connection, where: WorkspacePath, run_id: str, given: Tags) -> None:
    """Add parameters to a run, as ``log_params`` does.

    Raises:
        ParameterImmutable: one is there with another value.
    """
    row = get_run_row(conn, where, run_id)
    log_params(conn, row.pk, row.experiment_pk, run_id, given)


def _set_all(conn: Connection, experiment_id: str, deleted_at: int | None) -> None:
    ours = select(t.experiments.c.pk).where(t.experiments.c.id == experiment_id).scalar_subquery()
    conn.execute(update(t.runs).where(t.runs.c.experiment_pk == ours).values(deleted_at=deleted_at))


def _set(conn: Connection, where: WorkspacePath, run_id: str, values: dict[str, Any]) -> None:
    row = get_run_row(conn, where, run_id)
    if values:
        conn.execute(update(t.runs).where(t.runs.c.pk == row.pk).values(values))
