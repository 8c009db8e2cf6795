"""Notes: what happens to a workspace's runs and instances, written down in the transaction in which it happens.

Those rooms lie above and cannot be asked; whoever takes telemetry in finds their notes a moment later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select

from workstead.insights import tables as t
from workstead.insights.service import blocks
from workstead.insights.service.items import Item
from workstead.insights.service.settings import keep_batch

Source = Literal["runs", "instances"]

_WATCHED = {
    source: select(t.insights.c[f"watch_{source}"]).where(t.insights.c.workspace_id == bindparam("workspace_id"))
    for source in ("runs", "instances")
}
_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.Decoder(Item).decode


def is_watched(conn: Connection, workspace_id: str, source: Source) -> bool:
    """Whether what happens to a workspace's runs or instances is telemetry too."""
    return bool(conn.execute(_WATCHED[source], {"workspace_id": workspace_id}).scalar())


def note(conn: Connection, workspace_id: str, items: Sequence[Item]) -> None:
    """Write items down that become telemetry if this transaction holds."""
    conn.execute(insert(t.telemetry_notes), [{"workspace_id": workspace_id, "body": _encode(item)} for item in items])


def has_notes(conn: Connection) -> bool:
    """Whether any wait."""
    return conn.execute(select(t.telemetry_notes.c.pk).limit(1)).first() is not None


def keep_notes(conn: Connection) -> list[str]:
    """Make notes, a block's worth at most, telemetry; the workspaces that have some."""
    n = t.telemetry_notes.c
    rows = conn.execute(select(t.telemetry_notes).order_by(n.pk).limit(blocks.BLOCK)).all()
    found: dict[str, list[Item]] = {}
    for row in rows:
        found.setdefault(row.workspace_id, []).append(_decode(row.body))
    for workspace_id, items in found.items():
        keep_batch(conn, workspace_id, blocks.prepare(items), len(items), 0)
    if rows:
        conn.execute(delete(t.telemetry_notes).where(n.pk <= rows[-1].pk))
    return list(found)
