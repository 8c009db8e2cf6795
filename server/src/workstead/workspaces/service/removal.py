"""Deleting: a workspace is gone for everybody at once; what lay in it is cleared away afterwards, step by step."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, exists, select, update

from workstead.access import service as access
from workstead.foundation import clock
from workstead.workspaces import tables as t
from workstead.workspaces.service.groups import get_group_row
from workstead.workspaces.service.workspaces import get_workspace_row
from workstead_wire.workspaces import WorkspacePath

_w, _g = t.workspaces.c, t.resource_groups.c


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """A deleted workspace that is not cleared away yet; ``storage_account`` is where its bytes lie."""

    id: str
    name: str
    storage_account: str
    lease: str = ""


def delete_workspace(conn: Connection, path: WorkspacePath) -> None:
    """Delete a workspace with all that is in it: from now on nobody finds it, and its name is free."""
    _delete(conn, get_workspace_row(conn, path).id)
    access.revoke_within(conn, path.id)


def delete_resource_group(conn: Connection, subscription_id: str, name: str) -> None:
    """Delete a resource group with all that is in it."""
    group = get_group_row(conn, subscription_id, name)
    inside = select(_w.id).where(_w.group_id == group.id, _w.deleted_at.is_(None))
    for workspace_id in conn.execute(inside).scalars().all():
        _delete(conn, workspace_id)
    values = {"deleted_at": clock.now(), "key": _free_key(group.id)}
    conn.execute(update(t.resource_groups).where(_g.id == group.id).values(values))
    access.revoke_within(conn, f"/subscriptions/{subscription_id}/resourceGroups/{name}")
    _drop_empty_groups(conn)


def load_removals(conn: Connection) -> list[Removal]:
    """Deleted workspaces that nobody clears away at the moment."""
    storage = (t.resources.c.workspace_id == _w.id) & (t.resources.c.type == "storage_account")
    query = select(_w.id, _w.name, t.resources.c.name.label("storage")).join_from(t.workspaces, t.resources, storage)
    rows = conn.execute(query.where(_w.deleted_at.is_not(None), _is_free())).all()
    return [Removal(id=row.id, name=row.name, storage_account=row.storage) for row in rows]


def lease_removal(conn: Connection, removal: Removal, lease: str, until: int) -> Removal | None:
    """Take it until ``until``; None when somebody else was first."""
    query = update(t.workspaces).where(_w.id == removal.id, _is_free()).values(lease=lease, lease_until=until)
    taken = conn.execute(query).rowcount == 1
    return msgspec.structs.replace(removal, lease=lease) if taken else None


def extend_removal(conn: Connection, removal: Removal, until: int) -> None:
    """Keep it for longer."""
    held = (_w.id == removal.id) & (_w.lease == removal.lease)
    conn.execute(update(t.workspaces).where(held).values(lease_until=until))


def finish_removal(conn: Connection, removal: Removal) -> None:
    """Forget the workspace itself, once every room has forgotten what it had of it."""
    held = (_w.id == removal.id) & (_w.lease == removal.lease)
    if conn.execute(select(_w.id).where(held)).first() is None:
        return
    conn.execute(delete(t.resources).where(t.resources.c.workspace_id == removal.id))
    conn.execute(delete(t.workspaces).where(_w.id == removal.id))
    _drop_empty_groups(conn)


def drop_leases(conn: Connection) -> None:
    """Free what an earlier process on this home held; there is one server to a home."""
    conn.execute(update(t.workspaces).where(_w.lease.is_not(None)).values(lease=None, lease_until=None))


def _delete(conn: Connection, workspace_id: str) -> None:
    values = {"deleted_at": clock.now(), "key": _free_key(workspace_id)}
    conn.execute(update(t.workspaces).where(_w.id == workspace_id).values(values))


def _drop_empty_groups(conn: Connection) -> None:
    inside = exists().where(_w.group_id == _g.id)
    conn.execute(delete(t.resource_groups).where(_g.deleted_at.is_not(None), ~inside))


def _free_key(row_id: str) -> str:
    """A key that no name has, so that the name can be taken again."""
    return "~" + row_id.replace("-", "")


def _is_free() -> ColumnElement[bool]:
    return _w.lease.is_(None) | (_w.lease_until < clock.now())
