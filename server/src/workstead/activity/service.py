"""What can be done with the activity log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from workstead.activity import tables as t
from workstead.foundation import clock, pages
from workstead_wire.activity import Activity
from workstead_wire.base import Page

_RESOURCE_MAX = 1024


def log_activity(conn: Connection, user: str, operation: str, resource: str) -> None:
    """Note that ``user`` did ``operation`` to ``resource``; within the transaction that does it."""
    shown = resource[:_RESOURCE_MAX]
    values = {"at": clock.now(), "user": user, "operation": operation, "resource": shown, "key": shown.lower()}
    conn.execute(insert(t.activities).values(values))


def list_activities(conn: Connection, resource: str, cursor: str | None, limit: int | None) -> Page[Activity]:
    """What was done to ``resource`` and to all that lies in it, newest first; ``""`` is everything."""
    c, inside = t.activities.c, resource.lower()
    query = select(t.activities)
    if inside:
        query = query.where((c.key == inside) | c.key.startswith(inside + "/", autoescape=True))
    before = pages.decode_cursor(cursor, int)
    if before is not None:
        query = query.where(c.pk < before[0])
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(c.pk.desc()).limit(size + 1)).all()
    return pages.page(rows, size, _activity, lambda row: (row.pk,))


def _activity(row: Row[Any]) -> Activity:
    return Activity(at=clock.to_datetime(row.at), user=row.user, operation=row.operation, resource=row.resource)
