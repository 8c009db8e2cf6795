"""Workspaces that are made by being named, for tests that want an empty one each; and the one that was first."""

from __future__ import annotations

import re

from sqlalchemy import Connection, insert, select

from workstead.foundation import clock, ids
from workstead.workspaces import tables as t
from workstead.workspaces.service.groups import put_resource_group
from workstead.workspaces.service.workspaces import insert_whole
from workstead_wire.workspaces import ResourceGroupCreate, WorkspaceCreate, WorkspacePath

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,127}", re.ASCII)
_RULE = "1 to 128 letters, digits, '_', '-' or '.', beginning with a letter or digit"
_LOCATION = "westeurope"


def make_throwaway(conn: Connection, path: WorkspacePath, user: str) -> None:
    """Make a workspace with its group and subscription, whatever they are called."""
    for noun, name in (("a subscription", path.subscription_id), ("a workspace", path.workspace)):
        ids.check_name(noun, name, _NAME, _RULE)
    s = t.subscriptions.c
    if conn.execute(select(s.id).where(s.id == path.subscription_id)).first() is None:
        values = {"id": path.subscription_id, "name": path.subscription_id, "created_at": clock.now()}
        conn.execute(insert(t.subscriptions).values(values))
    put_resource_group(conn, path.subscription_id, path.resource_group, ResourceGroupCreate(location=_LOCATION))
    insert_whole(conn, path, user, WorkspaceCreate(location=_LOCATION))


def find_oldest_workspace(conn: Connection) -> WorkspacePath | None:
    """The workspace that was made first; None when there is none."""
    w, g = t.workspaces.c, t.resource_groups.c
    query = (
        select(g.subscription_id, g.name.label("group_name"), w.name)
        .join_from(t.workspaces, t.resource_groups, w.group_id == g.id)
        .where(w.deleted_at.is_(None))
        .order_by(w.created_at, w.id)
        .limit(1)
    )
    row = conn.execute(query).first()
    if row is None:
        return None
    return WorkspacePath(subscription_id=row.subscription_id, resource_group=row.group_name, workspace=row.name)
