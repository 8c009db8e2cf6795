"""What the reconciler of instances reads and writes: work under a lease, its outcome, and the instance's own tokens."""

from __future__ import annotations

import contextlib
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, delete, select, update

from workstead.access import service as access
from workstead.access.service import Principal
from workstead.compute import tables as t
from workstead.compute.service.rows import is_free
from workstead.compute.service.telling import tell_death, tell_state
from workstead.compute.sizes import get_size
from workstead.foundation import clock
from workstead.hosts.base import Made
from workstead.workspaces import service as workspaces
from workstead_wire.access import TokenCreate
from workstead_wire.compute import Size, State, Step
from workstead_wire.errors import NotFound

TOKEN_LIFETIME_S = 3600
DEATHS_MAX = 3
"""How often a Jupyter that ended by itself is started again before the instance counts as failed."""
DEATHS_FORGOTTEN_S = 600
SETTLED = ("Running", "Stopped", "Failed")
_BRINGING_UP = ("Creating", "Starting", "Restarting", "Running")
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
    made: Made | None = None
    reason: str | None = None
    died: bool = False


def load_work(conn: Connection) -> list[Work]:
    """Instances of which something may be wanted and that nobody holds."""
    query = select(t.instances).where(is_free(t.instances), _c.state.not_in(("Stopped", "Failed")))
    return [to_work(conn, row) for row in conn.execute(query).all()]


def lease(conn: Connection, work: Work, lease: str, until: int) -> Work | None:
    """Take the instance, with a fresh token of its own if it needs one; None when somebody else was first."""
    free = (_c.id == work.id) & is_free(t.instances)
    if conn.execute(update(t.instances).where(free).values(lease=lease, lease_until=until)).rowcount == 0:
        return None
    row = conn.execute(select(t.instances).where(_c.id == work.id)).one()
    taken = msgspec.structs.replace(to_work(conn, row), lease=lease)
    if row.state in ("Stopping", "Deleting"):
        return taken
    return msgspec.structs.replace(taken, token=_make_token(conn, row, taken.workspace))


def extend(conn: Connection, work: Work, until: int) -> bool:
    """Keep the lease for longer; whether the work is still wanted. Bringing up is not, once another state is."""
    held = (_c.id == work.id) & (_c.lease == work.lease)
    conn.execute(update(t.instances).where(held).values(lease_until=until))
    state = conn.execute(select(_c.state).where(held)).scalar()
    return state == work.state or work.state not in _BRINGING_UP


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
        conn.execute(delete(t.environments).where(t.environments.c.instance_id == work.id))
        conn.execute(delete(t.instances).where(_c.id == work.id))
        tell_state(conn, row, "Deleted")
        return
    values: dict[str, Any] = {"lease": None, "lease_until": 0}
    if row.state == work.state:
        values["state"] = outcome.state
        # Why it is stopped was known when the stop was wanted.
        values["reason"] = row.reason if outcome.state == "Stopped" else outcome.reason
        tell_state(conn, row, outcome.state, values["reason"])
    if outcome.made is not None:
        values |= _seen(outcome.made) | {"active_at": clock.now()}
    if outcome.died:
        values |= {"deaths": work.deaths + 1, "died_at": clock.now()}
        tell_death(conn, row, work.deaths + 1)
    if outcome.state in ("Stopped", "Failed"):
        values |= {"tokens": [], "renew_at": 0}
    conn.execute(update(t.instances).where(_c.id == work.id).values(values))


def drop_leases(conn: Connection) -> None:
    """Free what an earlier process on this home held; there is one server to a home."""
    for table in (t.instances, t.environments):
        conn.execute(update(table).values(lease=None, lease_until=0))


def stop_all(conn: Connection) -> int:
    """Want every instance stopped that is not; how many there are."""
    rows = conn.execute(select(t.instances).where(_c.state.not_in(("Stopped", "Failed", "Deleting")))).all()
    for row in rows:
        conn.execute(update(t.instances).where(_c.id == row.id).values(wanted="Stopped", state="Stopping"))
        tell_state(conn, row, "Stopping", "the server stopped")
    return len(rows)


def count_unsettled(conn: Connection) -> int:
    """How many instances are between two states."""
    return len(conn.execute(select(_c.id).where(_c.state.not_in(SETTLED))).all())


def to_work(conn: Connection, row: Row[Any]) -> Work:
    """The row as its reconciler needs it."""
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


def _seen(made: Made) -> dict[str, Any]:
    return {
        "kernel": made.kernel,
        "note": made.note,
        "enforced_by": made.enforced_by,
        "applications": msgspec.to_builtins(made.programs),
    }


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
