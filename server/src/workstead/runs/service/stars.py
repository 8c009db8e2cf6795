"""Stars: the runs that a user marked; nobody else sees them."""

from __future__ import annotations

from sqlalchemy import Connection, delete, text

from workstead.runs import tables as t
from workstead.runs.service.rows import get_run_row
from workstead_wire.workspaces import WorkspacePath

_STAR = text('INSERT INTO run_stars ("user", run_pk) VALUES (:user, :run_pk) ON CONFLICT DO NOTHING')


def star_run(conn: Connection, where: WorkspacePath, user: str, run_id: str) -> None:
    """Mark a run for a user; doing so again changes nothing."""
    pk = get_run_row(conn, where, run_id).pk
    conn.execute(_STAR, {"user": user, "run_pk": pk})


def unstar_run(conn: Connection, where: WorkspacePath, user: str, run_id: str) -> None:
    """Take a user's mark away."""
    s = t.run_stars.c
    conn.execute(delete(t.run_stars).where(s.user == user, s.run_pk == get_run_row(conn, where, run_id).pk))
