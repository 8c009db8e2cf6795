"""What can be done with subscriptions, resource groups and workspaces."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from workstead.foundation import clock, ids, pages
from workstead.workspaces import tables as t
from workstead.workspaces.locations import check_location
from workstead_wire.base import Page
from workstead_wire.errors import (
    AlreadyExists,
    NotEmpty,
    ResourceGroupNotFound,
    SubscriptionNotFound,
    WorkspaceNotFound,
)
from workstead_wire.workspaces import (
    Resource,
    ResourceGroup,
    ResourceGroupCreate,
    Subscription,
    SubscriptionCreate,
    Workspace,
    WorkspaceCreate,
    WorkspacePath,
    WorkspaceUpdate,
)

T = TypeVar("T")

_GROUP_NAME = re.compile(r"[\w().-]{0,89}[\w()-]", re.ASCII)
_GROUP_RULE = "1 to 90 letters, digits, '_', '-', '(', ')' or '.', not ending in '.'"
_WORKSPACE_NAME = re.compile(r"[A-Za-z0-9][\w-]{1,32}", re.ASCII)
_WORKSPACE_RULE = "2 to 33 letters, digits, '_' or '-', beginning with a letter or digit"
_HERE = (
    t.resource_groups.c.subscription_id == bindparam("in_subscription"),
    t.resource_groups.c.key == bindparam("in_group"),
    t.workspaces.c.key == bindparam("of_name"),
)
# Built once: every request to a workspace's rooms runs it.
_FIND_ID = (
    select(t.workspaces.c.id)
    .join_from(t.workspaces, t.resource_groups, t.workspaces.c.group_id == t.resource_groups.c.id)
    .where(*_HERE)
)
_COMPANIONS = ("application_insights", "key_vault", "storage_account")


def ensure_subscription(conn: Connection, name: str) -> Subscription:
    """The first subscription; made when there is none."""
    row = conn.execute(select(t.subscriptions).order_by(t.subscriptions.c.created_at).limit(1)).first()
    return _subscription(row) if row else create_subscription(conn, SubscriptionCreate(name=name))


def create_subscription(conn: Connection, asked: SubscriptionCreate) -> Subscription:
    """Make a subscription."""
    made = Subscription(id=ids.new_id(), name=asked.name)
    conn.execute(insert(t.subscriptions).values(id=made.id, name=made.name, created_at=clock.now()))
    return made


def list_subscriptions(conn: Connection, cursor: str | None, limit: int | None) -> Page[Subscription]:
    """Subscriptions, oldest first."""
    c = t.subscriptions.c
    return _page(conn, select(t.subscriptions), (c.created_at, c.id), cursor, limit, _subscription)


def get_subscription(conn: Connection, subscription_id: str) -> Subscription:
    """One subscription."""
    row = conn.execute(select(t.subscriptions).where(t.subscriptions.c.id == subscription_id)).first()
    if row is None:
        raise SubscriptionNotFound(
            f"there is no subscription {subscription_id!r}; `workstead account list` shows those there are"
        )
    return _subscription(row)


def put_resource_group(conn: Connection, subscription_id: str, name: str, asked: ResourceGroupCreate) -> ResourceGroup:
    """Create a resource group, or set the tags of the one that is there."""
    get_subscription(conn, subscription_id)
    location = check_location(asked.location)
    found = _find_group(conn, subscription_id, name)
    if found is None:
        ids.check_name("a resource group", name, _GROUP_NAME, _GROUP_RULE)
        values = {
            "id": ids.new_id(), "subscription_id": subscription_id, "name": name, "key": name.lower(),
            "location": location, "tags": asked.tags, "created_at": clock.now(),
        }  # fmt: skip
        conn.execute(insert(t.resource_groups).values(values))
    elif found.location != location:
        raise AlreadyExists(
            f"resource group {name!r} is there already, in {found.location!r}; a group cannot move to {location!r}"
        )
    else:
        conn.execute(update(t.resource_groups).where(t.resource_groups.c.id == found.id).values(tags=asked.tags))
    return get_resource_group(conn, subscription_id, name)


def get_resource_group(conn: Connection, subscription_id: str, name: str) -> ResourceGroup:
    """One resource group; its name in any case."""
    return _group(_get_group(conn, subscription_id, name))


def list_resource_groups(
    conn: Connection, subscription_id: str, cursor: str | None, limit: int | None
) -> Page[ResourceGroup]:
    """Resource groups by name."""
    get_subscription(conn, subscription_id)
    c = t.resource_groups.c
    query = select(t.resource_groups).where(c.subscription_id == subscription_id)
    return _page(conn, query, (c.key, c.id), cursor, limit, _group)


def delete_resource_group(conn: Connection, subscription_id: str, name: str) -> None:
    """Delete an empty resource group."""
    group = _get_group(conn, subscription_id, name)
    inside = conn.execute(select(t.workspaces.c.name).where(t.workspaces.c.group_id == group.id)).scalars().all()
    if inside:
        raise NotEmpty(f"resource group {name!r} still holds {', '.join(inside)}; delete each workspace first")
    conn.execute(delete(t.resource_groups).where(t.resource_groups.c.id == group.id))


def list_resources(
    conn: Connection, subscription_id: str, name: str, cursor: str | None, limit: int | None
) -> Page[Resource]:
    """All that lies in a resource group: workspaces and what came with them, by name."""
    group = _get_group(conn, subscription_id, name)
    w, r = t.workspaces.c, t.resources.c
    everything = (
        select(r.id, r.name, r.type, r.location, r.created_at, w.name.label("workspace"))
        .join_from(t.resources, t.workspaces, r.workspace_id == w.id)
        .where(w.group_id == group.id)
        .subquery()
    )
    c = everything.c
    return _page(conn, select(everything), (c.name, c.id), cursor, limit, _resource)


def create_workspace(conn: Connection, path: WorkspacePath, user: str, asked: WorkspaceCreate) -> Workspace:
    """Create a workspace with its storage account, key vault and application insights."""
    ids.check_name("a workspace", path.workspace, _WORKSPACE_NAME, _WORKSPACE_RULE)
    location = check_location(asked.location)
    if asked.create_resource_group and _find_group(conn, path.subscription_id, path.resource_group) is None:
        group = ResourceGroupCreate(location=location)
        put_resource_group(conn, path.subscription_id, path.resource_group, group)
    group_row = _get_group(conn, path.subscription_id, path.resource_group)
    if _find_workspace(conn, path) is not None:
        if asked.exist_ok:
            return get_workspace(conn, path)
        raise AlreadyExists(
            f"workspace {path.workspace!r} exists in resource group {path.resource_group!r}; "
            "use it with Workspace.get, or pass exist_ok=True"
        )
    workspace_id = _insert_workspace(conn, group_row.id, path.workspace, location, user, asked)
    _insert_resources(conn, workspace_id, path.workspace, location)
    return get_workspace(conn, path)


def get_workspace(conn: Connection, path: WorkspacePath) -> Workspace:
    """One workspace; its names in any case."""
    return _workspace(conn, _get_workspace(conn, path))


def get_workspace_id(conn: Connection, path: WorkspacePath) -> str:
    """The workspace's GUID, by which other rooms' rows refer to it."""
    found = conn.execute(_FIND_ID, _keys(path)).scalar()
    return found or _get_workspace(conn, path).id


def get_workspace_by_id(conn: Connection, workspace_id: str) -> Workspace:
    """One workspace by its GUID."""
    row = conn.execute(_workspaces().where(t.workspaces.c.id == workspace_id)).first()
    if row is None:
        raise WorkspaceNotFound(f"there is no workspace with the id {workspace_id!r}")
    return _workspace(conn, row)


def list_workspaces(
    conn: Connection, subscription_id: str, group: str | None, cursor: str | None, limit: int | None
) -> Page[Workspace]:
    """Workspaces of a subscription, or of one of its resource groups, by name."""
    get_subscription(conn, subscription_id)
    query = _workspaces().where(t.resource_groups.c.subscription_id == subscription_id)
    if group is not None:
        query = query.where(t.workspaces.c.group_id == _get_group(conn, subscription_id, group).id)
    order = (t.workspaces.c.key, t.workspaces.c.id)
    return _page(conn, query, order, cursor, limit, lambda row: _workspace(conn, row))


def update_workspace(conn: Connection, path: WorkspacePath, change: WorkspaceUpdate) -> Workspace:
    """Change a workspace's friendly name, description or tags."""
    row = _get_workspace(conn, path)
    given = {
        "friendly_name": change.friendly_name, "description": change.description, "tags": change.tags
    }  # fmt: skip
    values = {key: value for key, value in given.items() if value is not None}
    if values:
        conn.execute(update(t.workspaces).where(t.workspaces.c.id == row.id).values(values))
    return get_workspace(conn, path)


def delete_workspace(conn: Connection, path: WorkspacePath) -> None:
    """Delete a workspace and the resources that came with it; rooms above empty it first."""
    row = _get_workspace(conn, path)
    conn.execute(delete(t.resources).where(t.resources.c.workspace_id == row.id))
    conn.execute(delete(t.workspaces).where(t.workspaces.c.id == row.id))


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


def _find_group(conn: Connection, subscription_id: str, name: str) -> Row[Any] | None:
    c = t.resource_groups.c
    query = select(t.resource_groups).where(c.subscription_id == subscription_id, c.key == name.lower())
    return conn.execute(query).first()


def _get_group(conn: Connection, subscription_id: str, name: str) -> Row[Any]:
    row = _find_group(conn, subscription_id, name)
    if row is None:
        get_subscription(conn, subscription_id)
        raise ResourceGroupNotFound(f"there is no resource group {name!r} in subscription {subscription_id!r}")
    return row


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


def _get_workspace(conn: Connection, path: WorkspacePath) -> Row[Any]:
    row = _find_workspace(conn, path)
    if row is None:
        _get_group(conn, path.subscription_id, path.resource_group)
        raise WorkspaceNotFound(
            f"there is no workspace {path.workspace!r} in resource group {path.resource_group!r}; "
            "Workspace.list shows those there are, Workspace.create makes one"
        )
    return row


def _page(
    conn: Connection,
    query: Select[Any],
    order: tuple[Any, Any],
    cursor: str | None,
    limit: int | None,
    make: Callable[[Row[Any]], T],
) -> Page[T]:
    first, second = order
    after = pages.decode_cursor(cursor, int if first.type.python_type is int else str, str)
    if after is not None:
        query = query.where((first > after[0]) | ((first == after[0]) & (second > after[1])))
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(first, second).limit(size + 1)).all()
    return pages.page(rows, size, make, lambda row: (getattr(row, first.key), getattr(row, second.key)))


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(id=row.id, name=row.name)


def _group(row: Row[Any]) -> ResourceGroup:
    return ResourceGroup(
        id=f"/subscriptions/{row.subscription_id}/resourceGroups/{row.name}",
        subscription_id=row.subscription_id,
        name=row.name,
        location=row.location,
        tags=row.tags,
        created_at=clock.to_datetime(row.created_at),
    )


def _resource(row: Row[Any]) -> Resource:
    return Resource(
        id=row.id,
        name=row.name,
        type=row.type,
        location=row.location,
        created_at=clock.to_datetime(row.created_at),
        workspace=row.workspace,
    )


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
