"""What the runs of a workspace refer to, for those who clear away what nobody refers to."""

from __future__ import annotations

from sqlalchemy import Connection, exists, select

from workstead.runs import tables as t


def has_run(conn: Connection, workspace_id: str, run_id: str) -> bool:
    """Whether there is such a run, hidden or not."""
    c = t.runs.c
    return bool(conn.execute(select(exists().where(c.workspace_id == workspace_id, c.id == run_id))).scalar())


def list_snapshot_ids(conn: Connection, workspace_id: str) -> set[str]:
    """The snapshots that runs have, hidden ones too."""
    c = t.runs.c
    query = select(c.snapshot_id).where(c.workspace_id == workspace_id, c.snapshot_id.is_not(None)).distinct()
    return set(conn.execute(query).scalars())
