"""Deleted secrets: out of sight, and brought back or gone for good."""

from __future__ import annotations

from sqlalchemy import Connection, delete, update

from workstead.foundation import clock
from workstead.keys import service as keys
from workstead.secrets import tables as t
from workstead.secrets.service.events import record
from workstead.secrets.service.rows import (
    get_deleted_row,
    get_row,
    make_deleted,
    make_secret,
    newest,
    page_by_name,
)
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Page
from workstead_wire.secrets import DeletedSecret, Secret
from workstead_wire.workspaces import WorkspacePath

KEPT_DAYS = 90
"""How long a deleted secret can be recovered."""
_DAY_US = 24 * 3600 * 1_000_000


def delete_secret(conn: Connection, where: WorkspacePath, user: str, name: str) -> DeletedSecret:
    """Delete a secret with all versions; it can be recovered for 90 days."""
    workspace_id = get_workspace_id(conn, where)
    purge_due(conn, workspace_id)
    row = get_row(conn, workspace_id, name, None)
    now = clock.now()
    one = t.secrets.c.pk == row.secret_pk
    conn.execute(update(t.secrets).where(one).values(deleted_at=now, purge_at=now + KEPT_DAYS * _DAY_US))
    record(conn, workspace_id, row.name, row.version, "delete", user)
    return make_deleted(get_deleted_row(conn, workspace_id, name))


def list_deleted_secrets(
    conn: Connection, where: WorkspacePath, cursor: str | None, limit: int | None
) -> Page[DeletedSecret]:
    """Deleted secrets that can be recovered, by name."""
    query = newest(get_workspace_id(conn, where)).where(t.secrets.c.purge_at > clock.now())
    return page_by_name(conn, query, cursor, limit, make_deleted)


def get_deleted_secret(conn: Connection, where: WorkspacePath, name: str) -> DeletedSecret:
    """One deleted secret."""
    return make_deleted(get_deleted_row(conn, get_workspace_id(conn, where), name))


def recover_secret(conn: Connection, where: WorkspacePath, user: str, name: str) -> Secret:
    """Bring a deleted secret back with all its versions."""
    workspace_id = get_workspace_id(conn, where)
    row = get_deleted_row(conn, workspace_id, name)
    one = t.secrets.c.pk == row.secret_pk
    conn.execute(update(t.secrets).where(one).values(deleted_at=None, purge_at=None))
    record(conn, workspace_id, row.name, row.version, "recover", user)
    return make_secret(get_row(conn, workspace_id, name, None))


def purge_secret(conn: Connection, where: WorkspacePath, user: str, name: str) -> None:
    """Take a deleted secret away for good."""
    workspace_id = get_workspace_id(conn, where)
    row = get_deleted_row(conn, workspace_id, name)
    conn.execute(delete(t.secrets).where(t.secrets.c.pk == row.secret_pk))
    record(conn, workspace_id, row.name, row.version, "purge", user)


def purge_due(conn: Connection, workspace_id: str) -> None:
    """Take those away whose time is over."""
    c = t.secrets.c
    conn.execute(delete(t.secrets).where(c.workspace_id == workspace_id, c.purge_at <= clock.now()))


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete the vault of a workspace that is being removed; nobody can open what backups have of it."""
    keys.delete_data_key(conn, workspace_id)
    conn.execute(delete(t.secrets).where(t.secrets.c.workspace_id == workspace_id))
    conn.execute(delete(t.secret_events).where(t.secret_events.c.workspace_id == workspace_id))
    return True
