"""Rows of instances: found by name, turned towards what is wanted, and shown on the wire."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, or_, select, update

from workstead.compute import tables as t
from workstead.compute.service.telling import tell_state
from workstead.compute.sizes import get_size
from workstead.foundation import clock
from workstead.hosts.base import PROGRAMS, Program
from workstead.workspaces import service as workspaces
from workstead_wire.compute import Application, Instance, Schedule, State, Step
from workstead_wire.errors import ComputeNotFound
from workstead_wire.workspaces import WorkspacePath

_c = t.instances.c


def query_instance(workspace_id: str, name: str) -> Select[Any]:
    """The instance called ``name`` in any case."""
    return select(t.instances).where(_c.workspace_id == workspace_id, _c.key == name.lower())


def get_row(conn: Connection, where: WorkspacePath, name: str) -> Row[Any]:
    """The row of an instance.

    Raises:
        ComputeNotFound: the workspace has none of that name.
    """
    row = conn.execute(query_instance(workspaces.get_workspace_id(conn, where), name)).first()
    if row is None:
        raise ComputeNotFound(f"there is no compute {name[:80]!r} in workspace {where.workspace!r}")
    return row


def is_free(table: Any) -> Any:
    """Whether nobody holds a row of ``table``."""
    return or_(table.c.lease.is_(None), table.c.lease_until < clock.now())


def want(conn: Connection, row: Row[Any], wanted: str, state: State, reason: str | None = None) -> None:
    """Turn an instance towards what is wanted, unless it is being deleted. Its steps begin anew."""
    values: dict[str, Any] = {"wanted": wanted, "state": state, "reason": reason, "deaths": 0, "steps": []}
    changed = conn.execute(update(t.instances).where(_c.id == row.id, _c.state != "Deleting").values(values)).rowcount
    if changed:
        tell_state(conn, row, state, reason)


def list_programs(row: Row[Any]) -> tuple[Program, ...]:
    """What the host found for this instance; what every Jupyter brings as long as it has not been asked."""
    return PROGRAMS if row.applications is None else msgspec.convert(row.applications, tuple[Program, ...])


def to_instance(row: Row[Any], where: WorkspacePath, location: str) -> Instance:
    """The row as it is told. Addresses are paths and ``host`` is a label here; the route knows the rest."""
    base = f"/apps/{where.subscription_id}/{where.resource_group}/{where.workspace}/{row.name}/open?app="
    return Instance(
        name=row.name,
        size=get_size(row.size),
        state=row.state,
        created_at=clock.to_datetime(row.created_at),
        created_by=row.created_by,
        applications=[
            Application(name=it.name, url=base + it.app, available=it.why is None, why=it.why)
            for it in list_programs(row)
        ],
        steps=msgspec.convert(row.steps, list[Step]),
        tags=row.tags,
        host=row.label,
        kernel=row.kernel,
        reason=row.reason,
        note=row.note,
        description=row.description,
        location=location,
        enforced_by=row.enforced_by,
        idle_minutes=row.idle_minutes,
        schedule=None if row.schedule is None else msgspec.convert(row.schedule, Schedule),
        next_change=clock.to_datetime_or_none(row.due_at),
        last_active_at=clock.to_datetime_or_none(row.active_at),
    )
