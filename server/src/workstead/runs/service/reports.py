"""Runs as other trackers tell of them: with times of their own, going on after an end, hidden and brought back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, update

from workstead.foundation import clock
from workstead.runs import tables as t
from workstead.runs.service.rows import get_run_row
from workstead_wire.runs import Status
from workstead_wire.workspaces import WorkspacePath


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
    _set(conn, where, run_id, {key: value for key, value in given.items() if value is not None})


def hide_run(conn: Connection, where: WorkspacePath, run_id: str) -> None:
    """Take a run out of all lists; ``restore_run`` brings it back."""
    _set(conn, where, run_id, {"deleted_at": clock.now()})


def restore_run(conn: Connection, where: WorkspacePath, run_id: str) -> None:
    """Bring a hidden run back."""
    _set(conn, where, run_id, {"deleted_at": None})


def _set(conn: Connection, where: WorkspacePath, run_id: str, values: dict[str, Any]) -> None:
    row = get_run_row(conn, where, run_id)
    if values:
        conn.execute(update(t.runs).where(t.runs.c.pk == row.pk).values(values))
