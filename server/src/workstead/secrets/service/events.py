"""What was done with secrets, written down in the transaction that does it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from workstead.foundation import clock, pages
from workstead.secrets import tables as t
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Page
from workstead_wire.secrets import SecretEvent
from workstead_wire.workspaces import WorkspacePath


def record(conn: Connection, workspace_id: str, name: str, version: str, action: str, user: str) -> None:
    """Write down who did what."""
    values = {
        "workspace_id": workspace_id, "name": name, "version": version, "action": action, "user": user,
        "at": clock.now(),
    }  # fmt: skip
    conn.execute(insert(t.secret_events).values(values))


def list_secret_events(
    conn: Connection, where: WorkspacePath, name: str | None, cursor: str | None, limit: int | None
) -> Page[SecretEvent]:
    """What was done with the vault's secrets, or with one, newest first."""
    c = t.secret_events.c
    query = select(t.secret_events).where(c.workspace_id == get_workspace_id(conn, where)).order_by(c.pk.desc())
    if name is not None:
        query = query.where(c.name == name)
    after = pages.decode_cursor(cursor, int)
    if after is not None:
        query = query.where(c.pk < after[0])
    size = pages.check_limit(limit)
    return pages.page(conn.execute(query.limit(size + 1)).all(), size, _event, lambda row: (row.pk,))


def _event(row: Row[Any]) -> SecretEvent:
    return SecretEvent(
        name=row.name, version=row.version, action=row.action, user=row.user, at=clock.to_datetime(row.at)
    )
