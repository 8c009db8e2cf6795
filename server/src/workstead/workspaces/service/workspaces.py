"""Workspaces and the resources that come with them."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from workstead.foundation import clock, ids
from workstead.foundation.rows import fetch
from workstead.workspaces import tables as t
from workstead.workspaces.locations import check_location
from workstead.workspaces.service.groups import (
    find_group_row,
    get_group_row,
    get_subscription,
    page,
    put_resource_group,
)
from workstead_wire.base import Page
from workstead_wire.errors import AlreadyExists, NotFound, WorkspaceNotFound
from workstead_wire.workspaces import (
    ResourceGroupCreate,
    ResourceType,
    Workspace,
    WorkspaceCreate,
    WorkspacePath,
    WorkspaceUpdate,
)

_WORKSPACE_NAME = re.compile(r"[A-Za-z0-9][\w-]{1,32}", re.ASCII)
_WORKSPACE_RULE = "2 to 33 letters, digits, '_' or '-', beginning with a letter or digit"
_HERE = (
    t.resource_groups.c.subscription_id == bindparam("in_subscription"),
    t.resource_groups.c.key == bindparam("in_group"),
    t.workspaces.c.key == bindparam("of_name"),
    t.workspaces.c.deleted_at.is_(None),
)
# Every request to a workspace's rooms runs it.
_FIND_STORAGE = (
    "SELECT w.id, (SELECT r.name FROM resources r WHERE r.workspace_id = w.id AND r.type = 'storage_account') "
    "FROM workspaces w JOIN resource_groups g ON g.id = w.group_id "
    "WHERE g.subscription_id = ? AND g.key = ? AND w.key = ? AND w.deleted_at IS NULL"
)
_COMPANIONS = ("application_insights", "key_vault", "storage_account")


def create_workspace(conn: Connection, path: WorkspacePath, user: str, asked: WorkspaceCreate) -> Workspace:
    """Create a workspace with its storage account, key vault and application insights."""
    ids.check_name("a workspace", path.workspace, _WORKSPACE_NAME, _WORKSPACE_RULE)
    location = check_location(asked.location)
    if asked.create_resource_group and find_group_row(conn, path.subscription_id, path.resource_group) is None:
        group = ResourceGroupCreate(location=location)
        put_resource_group(conn, path.subscription_id, path.resource_group, group)
    get_group_row(conn, path.subscription_id, path.resource_group)
    if _find_workspace(conn, path) is not None:
        if asked.exist_ok:
            return get_workspace(conn, path)
        raise AlreadyExists(
            f"workspace {path.workspace!r} exists in resource group {path.resource_group!r}; "
            "use it with Workspace.get, or pass exist_ok=True"
        )
    insert_whole(conn, path, user, asked)
    return get_workspace(conn, path)


def insert_whole(conn: Connection, path: WorkspacePath, user: str, asked: WorkspaceCreate) -> None:
    """The rows of a new workspace and of what comes with it; its names were checked."""
    location = check_location(asked.location)
    group_id = get_group_row(conn, path.subscription_id, path.resource_group).id
    workspace_id = _insert_workspace(conn, group_id, path.workspace, location, user, asked)
    _insert_resources(conn, workspace_id, path.workspace, location)


def get_workspace(conn: Connection, path: WorkspacePath) -> Workspace:
    """One workspace; its names in any case."""
    return _workspace(conn, get_workspace_row(conn, path))


def get_workspace_id(conn: Connection, path: WorkspacePath) -> str:
    """The workspace's GUID, by which other rooms' rows refer to it."""
    return get_storage(conn, path)[0]


def get_storage(conn: Connection, path: WorkspacePath) -> tuple[str, str]:
    """The workspace's GUID, and the name of its storage account."""
    found = fetch(conn, _FIND_STORAGE, *_keys(path).values())
    if found:
        return found[0][0], found[0][1]
    workspace = get_workspace(conn, path)
    return workspace.workspace_id, workspace.storage_account


def get_workspace_by_id(conn: Connection, workspace_id: str) -> Workspace:
    """One workspace by its GUID, also one that is being removed."""
    row = conn.execute(_workspaces().where(t.workspaces.c.id == workspace_id)).first()
    if row is None:
        raise WorkspaceNotFound(f"there is no workspace with the id {workspace_id!r}")
    return _workspace(conn, row)


def get_workspace_of_resource(conn: Connection, kind: ResourceType, name: str) -> WorkspacePath:
    """The workspace that a key vault, storage account or other resource came with, by the resource's name.

    Raises:
        NotFound: no workspace has one of that name.
    """
    r, w = t.resources.c, t.workspaces.c
    found = select(r.workspace_id).where(r.type == kind, r.name == name.lower()).scalar_subquery()
    row = conn.execute(_workspaces().where(w.id == found, w.deleted_at.is_(None))).first()
    if row is None:
        raise NotFound(f"there is no {kind.replace('_', ' ')} {name!r} here; `workstead workspace show` tells it")
    return WorkspacePath(subscription_id=row.subscription_id, resource_group=row.group_name, workspace=row.name)


def list_storage_accounts(conn: Connection) -> dict[str, str]:
    """The storage account of every workspace by its GUID, deleted ones too as long as they are not cleared away."""
    r = t.resources.c
    query = select(r.workspace_id, r.name).where(r.type == "storage_account")
    return {row.workspace_id: row.name for row in conn.execute(query)}


def list_workspaces(
    conn: Connection, subscription_id: str, group: str | None, cursor: str | None, limit: int | None
) -> Page[Workspace]:
    """Workspaces of a subscription, or of one of its resource groups, by name."""
    get_subscription(conn, subscription_id)
    query = _workspaces().where(
        t.resource_groups.c.subscription_id == subscription_id, t.workspaces.c.deleted_at.is_(None)
    )
    if group is not None:
        query = query.where(t.workspaces.c.group_id == get_group_row(conn, subscription_id, group).id)
    order = (t.workspaces.c.key, t.workspaces.c.id)
    return page(conn, query, order, cursor, limit, lambda row: _workspace(conn, row))


def update_workspace(conn: Connection, path: WorkspacePath, change: WorkspaceUpdate) -> Workspace:
    """Change a workspace's friendly name, description or tags."""
    row = get_workspace_row(conn, path)
    given = {
        "friendly_name": change.friendly_name, "description": change.description, "tags": change.tags
    }  # fmt: skip
    values = {key: value for key, value in given.items() if value is not None}
    if values:
        conn.execute(update(t.workspaces).where(t.workspaces.c.id == row.id).values(values))
    return get_workspace(conn, path)


def _insert_workspace(
    conn: Connection, group_id: str, name: str, location: str, user: str, asked: WorkspaceCreate
) -> str:
    workspace_id = ids.new_id()
    values = {
        "id": workspace_id, "group_id": group_id, "name": name, "key": name.lower(), "location": location,
        "friendly_name": asked.friendly_name or name, "description": asked.description, "tags": asked.tags,
        "created_at": clock.now(), "created_by": user,
    }  # fmt: skip
    conn.execute(insert(t.workspaces).values(values))
    return workspace_id


def _insert_resources(conn: Connection, workspace_id: str, name: str, location: str) -> None:
    own = {"id": ids.new_id(), "workspace_id": workspace_id, "type": "workspace", "name": name}
    rows: list[dict[str, Any]] = [own] + [
        {"id": ids.new_id(), "workspace_id": workspace_id, "type": kind, "name": ids.resource_name(name)}
        for kind in _COMPANIONS
    ]
    conn.execute(insert(t.resources), [row | {"location": location, "created_at": clock.now()} for row in rows])


def _workspaces() -> Select[Any]:
    g = t.resource_groups.c
    return select(t.workspaces, g.subscription_id, g.name.label("group_name")).join_from(
        t.workspaces, t.resource_groups, t.workspaces.c.group_id == g.id
    )


def _find_workspace(conn: Connection, path: WorkspacePath) -> Row[Any] | None:
    return conn.execute(_workspaces().where(*_HERE), _keys(path)).first()


def _keys(path: WorkspacePath) -> dict[str, str]:
    return {
        "in_subscription": path.subscription_id,
        "in_group": path.resource_group.lower(),
        "of_name": path.workspace.lower(),
    }


def get_workspace_row(conn: Connection, path: WorkspacePath) -> Row[Any]:
    """The workspace's row; WorkspaceNotFound when there is none."""
    row = _find_workspace(conn, path)
    if row is None:
        get_group_row(conn, path.subscription_id, path.resource_group)
        raise WorkspaceNotFound(
            f"there is no workspace {path.workspace!r} in resource group {path.resource_group!r}; "
            "Workspace.list shows those there are, Workspace.create makes one"
        )
    return row


def _workspace(conn: Connection, row: Row[Any]) -> Workspace:
    path = WorkspacePath(subscription_id=row.subscription_id, resource_group=row.group_name, workspace=row.name)
    r = t.resources.c
    pairs = conn.execute(select(r.type, r.name).where(r.workspace_id == row.id))
    names = {row.type: row.name for row in pairs}
    return Workspace(
        id=path.id,
        workspace_id=row.id,
        subscription_id=row.subscription_id,
        resource_group=row.group_name,
        name=row.name,
        location=row.location,
        friendly_name=row.friendly_name,
        description=row.description,
        tags=row.tags,
        created_at=clock.to_datetime(row.created_at),
        created_by=row.created_by,
        storage_account=names["storage_account"],
        key_vault=names["key_vault"],
        application_insights=names["application_insights"],
    )
