"""A workspace's insights themselves: their key, their limits, and what came and went."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from workstead.foundation import clock
from workstead.insights import tables as t
from workstead.insights.service import blocks, minutes
from workstead.workspaces.service import get_workspace, get_workspace_by_id, get_workspace_id
from workstead_wire.errors import InvalidInput
from workstead_wire.insights import Insights, InsightsUpdate
from workstead_wire.workspaces import WorkspacePath

RETENTION_DAYS = 30
MAX_BYTES = 2 * 10**9
MIN_BYTES = 10**7
_DAY_US = 24 * 3600 * 10**6
_AHEAD_US = 3600 * 10**6
"""How far a client's clock may be ahead of the server's."""


def get_insights(conn: Connection, where: WorkspacePath) -> Insights:
    """A workspace's insights: their limits, and what they hold."""
    workspace_id = get_workspace_id(conn, where)
    row = _find(conn, workspace_id)
    values = _defaults(workspace_id) if row is None else row._asdict()  # pyright: ignore[reportPrivateUsage]
    items, size = blocks.measure(conn, workspace_id)
    return Insights(
        name=get_workspace(conn, where).application_insights, retention_days=values["retention_days"],
        max_bytes=values["max_bytes"], watch_server=values["watch_server"], watch_runs=values["watch_runs"],
        watch_instances=values["watch_instances"], items=items, bytes=size, received=values["received"],
        dropped=values["dropped"],
    )  # fmt: skip


def update_insights(conn: Connection, where: WorkspacePath, asked: InsightsUpdate) -> Insights:
    """Change limits and sources; what is beyond a new limit goes at once."""
    given = {key: value for key, value in msgspec.structs.asdict(asked).items() if value is not msgspec.UNSET}
    if not 1 <= given.get("retention_days", 1) <= 730:  # noqa: PLR2004
        raise InvalidInput(f"retention_days is {given['retention_days']}, but must be between 1 and 730")
    if not MIN_BYTES <= given.get("max_bytes", MIN_BYTES) < 1 << 62:
        raise InvalidInput(f"max_bytes is {given['max_bytes']}, but must be {MIN_BYTES:,} at least")
    workspace_id = get_workspace_id(conn, where)
    ensure_insights(conn, workspace_id)
    if given:
        conn.execute(update(t.insights).where(t.insights.c.workspace_id == workspace_id).values(given))
    trim(conn, workspace_id)
    return get_insights(conn, where)


def get_key(conn: Connection, where: WorkspacePath) -> str:
    """The instrumentation key, made when it is first asked for."""
    return ensure_insights(conn, get_workspace_id(conn, where)).key


def renew_key(conn: Connection, where: WorkspacePath) -> str:
    """Make a new instrumentation key; the old one is good for nothing from now on."""
    workspace_id = get_workspace_id(conn, where)
    ensure_insights(conn, workspace_id)
    key = str(uuid.uuid4())
    conn.execute(update(t.insights).where(t.insights.c.workspace_id == workspace_id).values(key=key))
    return key


def find_by_key(conn: Connection, key: str) -> str | None:
    """The workspace that a key belongs to, None if to none."""
    return conn.execute(select(t.insights.c.workspace_id).where(t.insights.c.key == key.lower())).scalar()


def ensure_insights(conn: Connection, workspace_id: str) -> Row[Any]:
    """The row of a workspace, made if it is missing."""
    row = _find(conn, workspace_id)
    if row is not None:
        return row
    return conn.execute(insert(t.insights).values(_defaults(workspace_id)).returning(t.insights)).one()


def list_watched(conn: Connection) -> dict[str, str]:
    """Workspaces that have the server's requests as telemetry, by their addresses in lower case."""
    watched: dict[str, str] = {}
    for workspace_id in (
        conn.execute(select(t.insights.c.workspace_id).where(t.insights.c.watch_server)).scalars().all()
    ):
        found = get_workspace_by_id(conn, workspace_id)
        address = (
            f"/subscriptions/{found.subscription_id}/resourceGroups/{found.resource_group}/workspaces/{found.name}"
        )
        watched[address.lower()] = workspace_id
    return watched


def keep_batch(conn: Connection, workspace_id: str, batch: blocks.Batch | None, received: int, dropped: int) -> None:
    """Write what came, and count it; the oldest goes where there is too much."""
    row = _find(conn, workspace_id)
    if row is None:  # the workspace was deleted meanwhile
        return
    size = row.bytes + (blocks.keep(conn, workspace_id, batch) if batch else 0)
    c = t.insights.c
    values = {"received": c.received + received, "dropped": c.dropped + dropped, "bytes": size}
    conn.execute(update(t.insights).where(c.workspace_id == workspace_id).values(values))
    if size > row.max_bytes:
        trim(conn, workspace_id)


def trim(conn: Connection, workspace_id: str) -> None:
    """Delete what is older than the retention and, oldest first, what is beyond the size."""
    row = ensure_insights(conn, workspace_id)
    before = clock.now() - row.retention_days * _DAY_US
    blocks.drop_old(conn, workspace_id, before)
    minutes.drop_minutes(conn, workspace_id, before)
    _, size = blocks.measure(conn, workspace_id)
    if size > row.max_bytes:
        # A little more than needed, so that not every batch has to delete.
        blocks.drop_surplus(conn, workspace_id, size - row.max_bytes * 95 // 100)
        _, size = blocks.measure(conn, workspace_id)
    conn.execute(update(t.insights).where(t.insights.c.workspace_id == workspace_id).values(bytes=size))


def trim_all(conn: Connection) -> None:
    """Trim every workspace's telemetry."""
    for workspace_id in list(conn.execute(select(t.insights.c.workspace_id)).scalars()):
        trim(conn, workspace_id)


def acceptable(at: int, now: int) -> bool:
    """Whether telemetry of a moment is taken: no older than any retention, and not of the future."""
    return now - 730 * _DAY_US <= at <= now + _AHEAD_US


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete the telemetry of a workspace that is being removed."""
    for table in (t.telemetry_notes, t.telemetry_blocks, t.telemetry_minutes, t.insights):
        conn.execute(delete(table).where(table.c.workspace_id == workspace_id))
    return True


def _find(conn: Connection, workspace_id: str) -> Row[Any] | None:
    return conn.execute(select(t.insights).where(t.insights.c.workspace_id == workspace_id)).first()


def _defaults(workspace_id: str) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id, "key": str(uuid.uuid4()), "retention_days": RETENTION_DAYS,
        "max_bytes": MAX_BYTES, "watch_server": False, "watch_runs": False, "watch_instances": False,
        "bytes": 0, "received": 0, "dropped": 0,
    }  # fmt: skip
