"""What users do with instances. Each change says what is wanted; the reconciler brings it about."""

from __future__ import annotations

import re
import secrets
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from workstead.access.service import Principal
from workstead.compute import tables as t
from workstead.compute.service.rest import check_idle_minutes, schedule_values
from workstead.compute.service.rows import get_row, to_instance, want
from workstead.compute.service.telling import tell_state
from workstead.compute.sizes import get_size
from workstead.foundation import clock, ids, pages
from workstead.workspaces import service as workspaces
from workstead_wire.base import Page
from workstead_wire.compute import Instance, InstanceCreate, InstanceUpdate, NameCheck
from workstead_wire.errors import AlreadyExists, Conflict, InvalidInput
from workstead_wire.workspaces import Workspace, WorkspacePath

NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]")
NAME_RULE = "3 to 24 letters, digits or hyphens, beginning with a letter and not ending in a hyphen"
_c = t.instances.c


def create_instance(
    conn: Connection, where: WorkspacePath, maker: Principal, name: str, asked: InstanceCreate, quota: int = 0
) -> Instance:
    """Begin to create an instance; its state is Creating until its reconciler has made it.

    ``quota`` is how many instances one user may have on this server; 0 is no limit.
    """
    ids.check_name("a compute instance", name, NAME, NAME_RULE)
    size = get_size(asked.size)
    check_idle_minutes(asked.idle_minutes)
    workspace = workspaces.get_workspace(conn, where)
    _check_free(conn, workspace, name)
    _check_quota(conn, maker.user, quota)
    values: dict[str, Any] = {
        "id": ids.new_id(), "workspace_id": workspace.workspace_id, "realm": _realm(workspace), "name": name,
        "key": name.lower(), "label": _free_label(conn, name.lower()), "size": size.name,
        "description": asked.description, "tags": asked.tags, "created_at": clock.now(), "created_by": maker.user,
        "role": maker.role, "wanted": "Running", "state": "Creating", "steps": [], "tokens": [], "renew_at": 0,
        "deaths": 0, "died_at": 0, "keep_files": False, "lease_until": 0, "idle_minutes": asked.idle_minutes,
        **schedule_values(asked.schedule),
    }  # fmt: skip
    tell_state(conn, conn.execute(insert(t.instances).values(values).returning(t.instances)).one(), "Creating")
    return get_instance(conn, where, name)


def check_instance_name(conn: Connection, where: WorkspacePath, name: str) -> NameCheck:
    """Whether a new instance of this workspace may be called ``name``; asked while a user types."""
    try:
        ids.check_name("a compute instance", name, NAME, NAME_RULE)
        _check_free(conn, workspaces.get_workspace(conn, where), name)
    except (InvalidInput, AlreadyExists) as error:
        return NameCheck(name=name, available=False, why=error.message)
    return NameCheck(name=name, available=True)


def get_instance(conn: Connection, where: WorkspacePath, name: str) -> Instance:
    """One instance; its name in any case."""
    return to_instance(get_row(conn, where, name), where, workspaces.get_workspace(conn, where).location)


def list_instances(conn: Connection, where: WorkspacePath, cursor: str | None, limit: int | None) -> Page[Instance]:
    """Instances of the workspace, by name."""
    workspace = workspaces.get_workspace(conn, where)
    query = select(t.instances).where(_c.workspace_id == workspace.workspace_id)
    after = pages.decode_cursor(cursor, str)
    if after is not None:
        query = query.where(_c.key > after[0])
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(_c.key).limit(size + 1)).all()
    return pages.page(rows, size, lambda row: to_instance(row, where, workspace.location), lambda row: (row.key,))


def update_instance(conn: Connection, where: WorkspacePath, name: str, change: InstanceUpdate) -> Instance:
    """Change when it rests, what it is described as, or its tags."""
    row = get_row(conn, where, name)
    _refuse_deleting(row)
    values: dict[str, Any] = {}
    if change.idle_minutes is not msgspec.UNSET:
        check_idle_minutes(change.idle_minutes)
        values |= {"idle_minutes": change.idle_minutes, "active_at": clock.now()}
    if change.schedule is not msgspec.UNSET:
        values |= schedule_values(change.schedule)
    if change.description is not msgspec.UNSET:
        values["description"] = change.description
    if change.tags is not msgspec.UNSET:
        values["tags"] = change.tags
    if values:
        conn.execute(update(t.instances).where(_c.id == row.id).values(values))
    return get_instance(conn, where, name)


def start_instance(conn: Connection, where: WorkspacePath, name: str) -> Instance:
    """Want the instance running. Nothing changes if it runs or is on its way there."""
    row = get_row(conn, where, name)
    if row.state in ("Stopped", "Stopping", "Failed"):
        want(conn, row, "Running", "Starting")
    return _unless_deleting(conn, where, row)


def stop_instance(conn: Connection, where: WorkspacePath, name: str) -> Instance:
    """Want the instance stopped; its files stay."""
    row = get_row(conn, where, name)
    if row.state not in ("Stopped", "Stopping", "Deleting"):
        want(conn, row, "Stopped", "Stopping")
    return _unless_deleting(conn, where, row)


def restart_instance(conn: Connection, where: WorkspacePath, name: str) -> Instance:
    """Stop it if it runs, and start it."""
    row = get_row(conn, where, name)
    if row.state not in ("Creating", "Deleting"):
        want(conn, row, "Running", "Restarting")
    return _unless_deleting(conn, where, row)


def delete_instance(conn: Connection, where: WorkspacePath, name: str, *, keep_files: bool) -> Instance:
    """Begin to delete the instance, with its files unless ``keep_files``. What is under way is given up."""
    row = get_row(conn, where, name)
    if row.state != "Deleting":
        want(conn, row, "Deleted", "Deleting")
        conn.execute(update(t.instances).where(_c.id == row.id).values(keep_files=keep_files))
    return get_instance(conn, where, name)


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Begin to delete all instances of a workspace that is being removed; whether they are gone."""
    ours = _c.workspace_id == workspace_id
    query = update(t.instances).where(ours, _c.state != "Deleting")
    conn.execute(query.values(wanted="Deleted", state="Deleting", reason=None, keep_files=False))
    return conn.execute(select(_c.id).where(ours).limit(1)).first() is None


def _realm(workspace: Workspace) -> str:
    return f"{workspace.subscription_id}/{workspace.location}"


def _check_free(conn: Connection, workspace: Workspace, name: str) -> None:
    if conn.execute(select(_c.id).where(_c.realm == _realm(workspace), _c.key == name.lower())).first():
        raise AlreadyExists(
            f"the name {name!r} is taken in {workspace.location!r}: names of compute instances are unique within a "
            "subscription's location; choose another"
        )


def _check_quota(conn: Connection, user: str, quota: int) -> None:
    if quota == 0:
        return
    has = conn.execute(select(func.count()).select_from(t.instances).where(_c.created_by == user)).scalar() or 0
    if has >= quota:
        raise Conflict(
            f"{user!r} has {has} compute instances, and this server allows {quota} a user; delete one first, "
            "or ask who runs the server to raise WORKSTEAD_INSTANCES_PER_USER"
        )


def _free_label(conn: Connection, key: str) -> str:
    label = key
    while conn.execute(select(_c.id).where(_c.label == label)).first():
        label = f"{key}-{secrets.token_hex(3)}"
    return label


def _refuse_deleting(row: Row[Any]) -> None:
    if row.state == "Deleting":
        raise Conflict(f"instance {row.name!r} is being deleted; create it anew when it has gone")


def _unless_deleting(conn: Connection, where: WorkspacePath, row: Row[Any]) -> Instance:
    _refuse_deleting(row)
    return get_instance(conn, where, row.name)
