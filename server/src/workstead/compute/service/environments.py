"""Further environments of an instance: rows with a state, made and removed by a reconciler of their own."""

from __future__ import annotations

import re
import sys
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from workstead.access.service import Principal
from workstead.compute import tables as t
from workstead.compute.packages import read_packages
from workstead.compute.service.life import Work, to_work
from workstead.compute.service.rows import get_row, is_free
from workstead.foundation import clock, ids
from workstead.hosts.base import Packages
from workstead_wire.compute import EnvironmentState, InstanceEnvironment, InstanceEnvironmentCreate, Step
from workstead_wire.errors import AlreadyExists, Conflict, NotFound
from workstead_wire.workspaces import WorkspacePath

ENVIRONMENTS_MAX = 20
"""Most further environments of one instance: each is a copy of what its packages need."""
_OWN_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}[a-z0-9]")
_NAME_RULE = "2 to 32 small letters, digits, hyphens or underscores, beginning with a letter"
_c = t.environments.c


class EnvironmentWork(msgspec.Struct, frozen=True, kw_only=True):
    """An environment as its reconciler sees it; ``instance`` is what it belongs to."""

    id: str
    instance: Work
    packages: Packages
    state: EnvironmentState
    lease: str = ""


class EnvironmentOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    state: Literal["Ready", "Failed", "Gone"]
    reason: str | None = None


def create_environment(
    conn: Connection, where: WorkspacePath, maker: Principal, instance: str, name: str, asked: InstanceEnvironmentCreate
) -> InstanceEnvironment:
    """Begin to make an environment; its state is Creating until its reconciler has made it."""
    ids.check_name("an environment", name, _NAME, _NAME_RULE)
    row = get_row(conn, where, instance)
    if row.state in ("Creating", "Deleting"):
        raise Conflict(f"instance {row.name!r} is {row.state}; ask for environments when it is there")
    packages = read_packages(asked)
    there = [it.name for it in conn.execute(select(_c.name).where(_c.instance_id == row.id)).all()]
    if name in there:
        raise AlreadyExists(f"instance {row.name!r} has an environment {name!r} already; delete it, or choose another")
    if len(there) >= ENVIRONMENTS_MAX:
        raise Conflict(f"instance {row.name!r} has {len(there)} environments, which is the most; delete one first")
    values: dict[str, Any] = {
        "id": ids.new_id(), "instance_id": row.id, "name": name, "python": packages.python or _OWN_PYTHON,
        "requirements": packages.requirements, "state": "Creating", "steps": [], "note": packages.note,
        "created_at": clock.now(), "created_by": maker.user, "lease_until": 0,
    }  # fmt: skip
    conn.execute(insert(t.environments).values(values))
    return get_environment(conn, where, instance, name)


def list_environments(conn: Connection, where: WorkspacePath, instance: str) -> list[InstanceEnvironment]:
    """The instance's further environments, by name; there are few."""
    row = get_row(conn, where, instance)
    query = select(t.environments).where(_c.instance_id == row.id).order_by(_c.name)
    return [_environment(it) for it in conn.execute(query).all()]


def get_environment(conn: Connection, where: WorkspacePath, instance: str, name: str) -> InstanceEnvironment:
    """One environment of an instance."""
    return _environment(_get(conn, where, instance, name))


def delete_environment(conn: Connection, where: WorkspacePath, instance: str, name: str) -> InstanceEnvironment:
    """Begin to remove an environment. Kernels of it that run go on until they end."""
    row = _get(conn, where, instance, name)
    conn.execute(update(t.environments).where(_c.id == row.id).values(state="Deleting"))
    return get_environment(conn, where, instance, name)


def load_environment_work(conn: Connection) -> list[EnvironmentWork]:
    """Environments that are to be made or removed and that nobody holds."""
    query = select(t.environments).where(_c.state.in_(("Creating", "Deleting")), is_free(t.environments))
    return [_work(conn, row) for row in conn.execute(query).all()]


def lease_environment(conn: Connection, work: EnvironmentWork, lease: str, until: int) -> EnvironmentWork | None:
    """Take it; None when somebody else was first."""
    free = (_c.id == work.id) & is_free(t.environments)
    if conn.execute(update(t.environments).where(free).values(lease=lease, lease_until=until)).rowcount == 0:
        return None
    row = conn.execute(select(t.environments).where(_c.id == work.id)).one()
    return msgspec.structs.replace(_work(conn, row), lease=lease)


def extend_environment(conn: Connection, work: EnvironmentWork, until: int) -> bool:
    """Keep the lease for longer; whether the work is still wanted."""
    held = (_c.id == work.id) & (_c.lease == work.lease)
    conn.execute(update(t.environments).where(held).values(lease_until=until))
    return conn.execute(select(_c.state).where(held)).scalar() == work.state


def tell_environment_steps(conn: Connection, work: EnvironmentWork, steps: list[Step]) -> None:
    """Show how far the work has come."""
    held = (_c.id == work.id) & (_c.lease == work.lease)
    conn.execute(update(t.environments).where(held).values(steps=msgspec.to_builtins(steps)))


def apply_environment(conn: Connection, work: EnvironmentWork, outcome: EnvironmentOutcome) -> None:
    """Write the outcome if the lease still holds."""
    held = (_c.id == work.id) & (_c.lease == work.lease)
    if outcome.state == "Gone":
        conn.execute(delete(t.environments).where(held))
        return
    free = {"lease": None, "lease_until": 0}
    conn.execute(
        update(t.environments)
        .where(held, _c.state == work.state)
        .values(state=outcome.state, reason=outcome.reason, **free)
    )
    conn.execute(update(t.environments).where(held).values(free))


def _get(conn: Connection, where: WorkspacePath, instance: str, name: str) -> Row[Any]:
    owner = get_row(conn, where, instance)
    row = conn.execute(select(t.environments).where(_c.instance_id == owner.id, _c.name == name)).first()
    if row is None:
        raise NotFound(f"instance {owner.name!r} has no environment {name[:80]!r}; list them to see which there are")
    return row


def _work(conn: Connection, row: Row[Any]) -> EnvironmentWork:
    instance = conn.execute(select(t.instances).where(t.instances.c.id == row.instance_id)).one()
    packages = Packages(name=row.name, python=row.python, kernel=_kernel(row), requirements=row.requirements)
    return EnvironmentWork(id=row.id, instance=to_work(conn, instance), packages=packages, state=row.state)


def _kernel(row: Row[Any]) -> str:
    """Azure's name for a plain environment of a Python, else the environment's own."""
    plain = row.name == f"azureml-py{row.python.replace('.', '')}"
    return f"Python {row.python} - {'AzureML' if plain else row.name}"


def _environment(row: Row[Any]) -> InstanceEnvironment:
    return InstanceEnvironment(
        name=row.name,
        python=row.python,
        kernel=_kernel(row),
        state=row.state,
        requirements=row.requirements,
        steps=msgspec.convert(row.steps, list[Step]),
        created_at=clock.to_datetime(row.created_at),
        created_by=row.created_by,
        reason=row.reason,
        note=row.note,
    )
