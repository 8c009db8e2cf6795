"""What can be done with compute instances, and what their reconciler reads and writes."""

from __future__ import annotations

import contextlib
import re
import secrets
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from workstead.access import service as access
from workstead.access.service import Principal
from workstead.compute import tables as t
from workstead.compute.sizes import get_size
from workstead.foundation import clock, ids, pages
from workstead.hosts.base import Place
from workstead.workspaces import service as workspaces
from workstead_wire.access import SignInLink, TokenCreate
from workstead_wire.base import Page
from workstead_wire.compute import Application, Instance, InstanceCreate, Size, State, Step
from workstead_wire.errors import AlreadyExists, ComputeNotFound, Conflict, Forbidden, NotFound
from workstead_wire.workspaces import WorkspacePath

DOMAIN = "localhost"
"""Each instance has an origin of its own, one label below this name; browsers take it to this machine."""
APPLICATIONS = {"JupyterLab": "lab", "Jupyter": "tree"}
"""Name of an application to the path at which Jupyter serves it."""
TOKEN_LIFETIME_S = 3600
DEATHS_MAX = 3
"""How often a Jupyter that ended by itself is started again before the instance counts as failed."""
DEATHS_FORGOTTEN_S = 600
SETTLED = ("Running", "Stopped", "Failed")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]")
_NAME_RULE = "3 to 24 letters, digits or hyphens, beginning with a letter and not ending in a hyphen"
_c = t.instances.c


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """An instance as its reconciler sees it. ``token`` is a fresh one where its own is missing or soon too old."""

    id: str
    workspace_id: str
    name: str
    created_by: str
    workspace: str
    size: Size
    state: State
    keep_files: bool
    renew_at: int
    deaths: int
    lease: str = ""
    token: str | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the reconciler found or made. ``died`` says that Jupyter had ended by itself and was started again."""

    state: State | Literal["Gone"]
    kernel: str | None = None
    note: str | None = None
    reason: str | None = None
    died: bool = False


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An instance as its proxy sees it; ``resource`` is its id, by which permission is judged."""

    id: str
    workspace_id: str
    name: str
    state: State
    created_by: str
    resource: str
    workspace: str
    size: Size
    host: str

    def check(self, caller: Principal) -> None:
        """Let in who made the instance, and owners: what runs on it acts as its maker."""
        caller.check("write", self.resource)
        if caller.user != self.created_by and caller.role != "Owner":
            raise Forbidden(f"instance {self.name!r} belongs to {self.created_by!r}; create one of your own")


def create_instance(
    conn: Connection, where: WorkspacePath, maker: Principal, name: str, asked: InstanceCreate
) -> Instance:
    """Begin to create an instance; its state is Creating until its reconciler has made it."""
    ids.check_name("a compute instance", name, _NAME, _NAME_RULE)
    size = get_size(asked.size)
    workspace = workspaces.get_workspace(conn, where)
    realm = f"{workspace.subscription_id}/{workspace.location}"
    if conn.execute(select(_c.id).where(_c.realm == realm, _c.key == name.lower())).first():
        raise AlreadyExists(
            f"the name {name!r} is taken in {workspace.location!r}: names of compute instances are unique within a "
            "subscription's location; choose another"
        )
    values: dict[str, Any] = {
        "id": ids.new_id(), "workspace_id": workspace.workspace_id, "realm": realm, "name": name,
        "key": name.lower(), "label": _free_label(conn, name.lower()), "size": size.name,
        "description": asked.description, "tags": asked.tags, "created_at": clock.now(), "created_by": maker.user,
        "role": maker.role, "wanted": "Running", "state": "Creating", "steps": [], "tokens": [], "renew_at": 0,
        "deaths": 0, "died_at": 0, "keep_files": False, "lease_until": 0,
    }  # fmt: skip
    conn.execute(insert(t.instances).values(values))
    return get_instance(conn, where, name)


def get_instance(conn: Connection, where: WorkspacePath, name: str) -> Instance:
    """One instance; its name in any case."""
    return _instance(_get(conn, where, name), where, workspaces.get_workspace(conn, where).location)


def list_instances(conn: Connection, where: WorkspacePath, cursor: str | None, limit: int | None) -> Page[Instance]:
    """Instances of the workspace, by name."""
    workspace = workspaces.get_workspace(conn, where)
    query = select(t.instances).where(_c.workspace_id == workspace.workspace_id)
    after = pages.decode_cursor(cursor, str)
    if after is not None:
        query = query.where(_c.key > after[0])
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(_c.key).limit(size + 1)).all()
    return pages.page(rows, size, lambda row: _instance(row, where, workspace.location), lambda row: (row.key,))


def start_instance(conn: Connection, where: WorkspacePath, name: str) -> Instance:
    """Want the instance running. Nothing changes if it runs or is on its way there."""
    row = _get(conn, where, name)
    if row.state in ("Stopped", "Stopping", "Failed"):
        _want(conn, row, "Running", "Starting")
    return _unless_deleting(conn, where, row)


def stop_instance(conn: Connection, where: WorkspacePath, name: str) -> Instance:
    """Want the instance stopped; its files stay."""
    row = _get(conn, where, name)
    if row.state not in ("Stopped", "Stopping", "Deleting"):
        _want(conn, row, "Stopped", "Stopping")
    return _unless_deleting(conn, where, row)


def restart_instance(conn: Connection, where: WorkspacePath, name: str) -> Instance:
    """Stop it if it runs, and start it."""
    row = _get(conn, where, name)
    if row.state not in ("Creating", "Deleting"):
        _want(conn, row, "Running", "Restarting")
    return _unless_deleting(conn, where, row)


def delete_instance(conn: Connection, where: WorkspacePath, name: str, *, keep_files: bool) -> Instance:
    """Begin to delete the instance, with its files unless ``keep_files``."""
    row = _get(conn, where, name)
    if row.state != "Deleting":
        _want(conn, row, "Deleted", "Deleting")
        conn.execute(update(t.instances).where(_c.id == row.id).values(keep_files=keep_files))
    return get_instance(conn, where, name)


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Begin to delete all instances of a workspace that is being removed; whether they are gone."""
    ours = _c.workspace_id == workspace_id
    query = update(t.instances).where(ours, _c.state != "Deleting")
    conn.execute(query.values(wanted="Deleted", state="Deleting", reason=None, keep_files=False))
    return conn.execute(select(_c.id).where(ours).limit(1)).first() is None


def get_target(conn: Connection, where: WorkspacePath, name: str) -> Target:
    """The instance as its proxy needs it."""
    return _target(conn, _get(conn, where, name))


def find_target(conn: Connection, label: str) -> Target | None:
    """The instance whose host name begins with ``label``."""
    row = conn.execute(select(t.instances).where(_c.label == label.lower())).first()
    return None if row is None else _target(conn, row)


def make_place(home: Path, of: Work | Target) -> Place:
    """The instance as its host needs it; its folder lies in the home below its workspace's."""
    folder = home / "instances" / of.workspace_id / of.name
    return Place(
        id=of.id, name=of.name, owner=of.created_by, folder=folder, size=of.size, workspace=of.workspace
    )  # fmt: skip


def create_entry(conn: Connection, caller: Principal, target: Target, app: str) -> SignInLink:
    """A code that signs a browser in at the instance's origin, once, with the caller's rights there and no others."""
    narrow = Principal(user=caller.user, role=caller.role, scope=target.resource, until=caller.until)
    return access.create_sign_in_link(conn, narrow, "", f"/{app}")


def load_work(conn: Connection) -> list[Work]:
    """Instances of which something may be wanted and that nobody holds."""
    free = or_(_c.lease.is_(None), _c.lease_until < clock.now())
    rows = conn.execute(select(t.instances).where(free, _c.state.not_in(("Stopped", "Failed"))))
    return [_work(conn, row) for row in rows.all()]


def lease(conn: Connection, work: Work, lease: str, until: int) -> Work | None:
    """Take the instance, with a fresh token of its own if it needs one; None when somebody else was first."""
    free = or_(_c.lease.is_(None), _c.lease_until < clock.now())
    query = update(t.instances).where(_c.id == work.id, free).values(lease=lease, lease_until=until)
    if conn.execute(query).rowcount == 0:
        return None
    row = conn.execute(select(t.instances).where(_c.id == work.id)).one()
    taken = msgspec.structs.replace(_work(conn, row), lease=lease)
    if row.state in ("Stopping", "Deleting"):
        return taken
    return msgspec.structs.replace(taken, token=_make_token(conn, row, taken.workspace))


def extend(conn: Connection, work: Work, until: int) -> None:
    """Keep the lease for longer."""
    held = (_c.id == work.id) & (_c.lease == work.lease)
    conn.execute(update(t.instances).where(held).values(lease_until=until))


def tell_steps(conn: Connection, work: Work, steps: list[Step]) -> None:
    """Show how far the work has come."""
    held = (_c.id == work.id) & (_c.lease == work.lease)
    conn.execute(update(t.instances).where(held).values(steps=msgspec.to_builtins(steps)))


def apply(conn: Connection, work: Work, outcome: Outcome) -> None:
    """Write the outcome if the lease still holds. A state that a user has changed meanwhile stays: it is done next."""
    row = conn.execute(select(t.instances).where(_c.id == work.id, _c.lease == work.lease)).first()
    if row is None:
        return
    if outcome.state in ("Gone", "Stopped", "Failed"):
        _revoke(conn, row.tokens)
    if outcome.state == "Gone":
        conn.execute(delete(t.instances).where(_c.id == work.id))
        return
    values: dict[str, Any] = {"lease": None, "lease_until": 0}
    if row.state == work.state:
        values |= {"state": outcome.state, "reason": outcome.reason}
    if outcome.kernel is not None:
        values |= {"kernel": outcome.kernel, "note": outcome.note}
    if outcome.died:
        values |= {"deaths": work.deaths + 1, "died_at": clock.now()}
    if outcome.state in ("Stopped", "Failed"):
        values |= {"tokens": [], "renew_at": 0}
    conn.execute(update(t.instances).where(_c.id == work.id).values(values))


def drop_leases(conn: Connection) -> None:
    """Free what an earlier process on this home held; there is one server to a home."""
    conn.execute(update(t.instances).values(lease=None, lease_until=0))


def stop_all(conn: Connection) -> int:
    """Want every instance stopped that is not; how many there are."""
    up = _c.state.not_in(("Stopped", "Failed", "Deleting"))
    return conn.execute(update(t.instances).where(up).values(wanted="Stopped", state="Stopping")).rowcount


def count_unsettled(conn: Connection) -> int:
    """How many instances are between two states."""
    return len(conn.execute(select(_c.id).where(_c.state.not_in(SETTLED))).all())


def _want(conn: Connection, row: Row[Any], wanted: str, state: State) -> None:
    values = {"wanted": wanted, "state": state, "reason": None, "deaths": 0}
    conn.execute(update(t.instances).where(_c.id == row.id, _c.state != "Deleting").values(values))


def _unless_deleting(conn: Connection, where: WorkspacePath, row: Row[Any]) -> Instance:
    if row.state == "Deleting":
        raise Conflict(f"instance {row.name!r} is being deleted; create it anew when it has gone")
    return get_instance(conn, where, row.name)


def _make_token(conn: Connection, row: Row[Any], workspace: str) -> str:
    """A token with the creator's rights in the workspace. The one before holds until it expires."""
    maker = Principal(user=row.created_by, role=row.role)
    asked = TokenCreate(
        name=f"compute instance {row.name}", role=row.role, scope=workspace, lifetime_s=TOKEN_LIFETIME_S
    )
    made = access.create_token(conn, maker, asked)
    renew_at = clock.now() + TOKEN_LIFETIME_S * 500_000
    values = {"tokens": [*row.tokens[-1:], made.token.id], "renew_at": renew_at}
    conn.execute(update(t.instances).where(_c.id == row.id).values(values))
    _revoke(conn, row.tokens[:-1])
    return made.secret


def _revoke(conn: Connection, tokens: list[str]) -> None:
    for token in tokens:
        with contextlib.suppress(NotFound):
            access.delete_token(conn, token)


def _free_label(conn: Connection, key: str) -> str:
    label = key
    while conn.execute(select(_c.id).where(_c.label == label)).first():
        label = f"{key}-{secrets.token_hex(3)}"
    return label


def _query(workspace_id: str, name: str) -> Select[Any]:
    return select(t.instances).where(_c.workspace_id == workspace_id, _c.key == name.lower())


def _get(conn: Connection, where: WorkspacePath, name: str) -> Row[Any]:
    row = conn.execute(_query(workspaces.get_workspace_id(conn, where), name)).first()
    if row is None:
        raise ComputeNotFound(f"there is no compute {name[:80]!r} in workspace {where.workspace!r}")
    return row


def _work(conn: Connection, row: Row[Any]) -> Work:
    workspace = workspaces.get_workspace_by_id(conn, row.workspace_id)
    forgotten = row.died_at < clock.now() - DEATHS_FORGOTTEN_S * 1_000_000
    return Work(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        created_by=row.created_by,
        workspace=workspace.path.id,
        size=get_size(row.size),
        state=row.state,
        keep_files=row.keep_files,
        renew_at=row.renew_at,
        deaths=0 if forgotten else row.deaths,
    )


def _target(conn: Connection, row: Row[Any]) -> Target:
    workspace = workspaces.get_workspace_by_id(conn, row.workspace_id).path.id
    return Target(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        state=row.state,
        created_by=row.created_by,
        resource=f"{workspace}/computes/{row.name}",
        workspace=workspace,
        size=get_size(row.size),
        host=f"{row.label}.{DOMAIN}",
    )


def _instance(row: Row[Any], where: WorkspacePath, location: str) -> Instance:
    base = f"/apps/{where.subscription_id}/{where.resource_group}/{where.workspace}/{row.name}/open?app="
    return Instance(
        name=row.name,
        size=get_size(row.size),
        state=row.state,
        created_at=clock.to_datetime(row.created_at),
        created_by=row.created_by,
        applications=[Application(name=name, url=base + app) for name, app in APPLICATIONS.items()],
        steps=msgspec.convert(row.steps, list[Step]),
        tags=row.tags,
        host=f"{row.label}.{DOMAIN}",
        kernel=row.kernel,
        reason=row.reason,
        note=row.note,
        description=row.description,
        location=location,
    )
