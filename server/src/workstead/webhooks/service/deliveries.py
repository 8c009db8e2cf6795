"""Deliveries: which webhooks have some that are due, and what became of them. One server has a webhook at a time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, exists, select, update

from workstead.foundation import clock
from workstead.keys.rings import Ring
from workstead.webhooks import tables as t
from workstead.webhooks.service.news import News
from workstead.webhooks.service.webhooks import open_secret

BATCH = 20
"""Most deliveries that are sent by one lease."""
_ERRANDS = 100
_w, _d = t.webhooks.c, t.deliveries.c


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook for which something is due."""

    pk: int
    id: str
    lease: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message; ``id`` stays the same however often it is sent. ``at`` is when it happened."""

    id: str
    event: str
    news: News
    at: int
    pk: int = 0
    tries: int = 0


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What is due for a webhook, oldest first."""

    url: str
    secret: str | None
    deliveries: list[Delivery]


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a delivery: done with, or due again."""

    pk: int
    due_at: int | None = None


def load_errands(conn: Connection) -> list[Errand]:
    """Webhooks for which something is due and that nobody holds."""
    query = select(_w.pk, _w.id).where(_is_free(), _has_due()).limit(_ERRANDS)
    return [Errand(pk=row.pk, id=row.id) for row in conn.execute(query)]


def lease_errand(conn: Connection, errand: Errand, lease: str, until: int) -> Errand | None:
    """Take it until ``until``; None when somebody else was first, or has sent it all."""
    query = update(t.webhooks).where(_w.pk == errand.pk, _is_free(), _has_due())
    taken = conn.execute(query.values(lease=lease, lease_until=until)).rowcount == 1
    return msgspec.structs.replace(errand, lease=lease) if taken else None


def extend_errand(conn: Connection, errand: Errand, until: int) -> bool:
    """Keep it for longer; False once the webhook is gone, or switched off."""
    held = update(t.webhooks).where(_is_held(errand), _w.active.is_(True))
    return conn.execute(held.values(lease_until=until)).rowcount == 1


def read_batch(conn: Connection, errand: Errand, ring: Ring) -> Batch | None:
    """What is due; None when the webhook is gone."""
    row = conn.execute(select(t.webhooks).where(_is_held(errand))).first()
    if row is None:
        return None
    due = select(t.deliveries).where(_d.webhook_pk == row.pk, _d.due_at <= clock.now()).order_by(_d.pk).limit(BATCH)
    found = [
        Delivery(
            pk=one.pk, id=one.id, event=one.event, news=msgspec.convert(one.news, News), at=one.at, tries=one.tries
        )
        for one in conn.execute(due)
    ]
    return Batch(url=row.url, secret=open_secret(conn, ring, row), deliveries=found)


def finish_errand(conn: Connection, errand: Errand, handled: Sequence[Handled]) -> None:
    """Note what became of deliveries if the lease still holds, and let the webhook go."""
    if conn.execute(update(t.webhooks).where(_is_held(errand)).values(lease=None, lease_until=None)).rowcount == 0:
        return
    done = [one.pk for one in handled if one.due_at is None]
    conn.execute(delete(t.deliveries).where(_d.pk.in_(done)))
    for one in handled:
        if one.due_at is not None:
            again = update(t.deliveries).where(_d.pk == one.pk)
            conn.execute(again.values(tries=_d.tries + 1, due_at=one.due_at))


def postpone_errand(conn: Connection, errand: Errand, until: int) -> None:
    """Leave all that is due for later: it could not even be tried."""
    due = update(t.deliveries).where(_d.webhook_pk == errand.pk, _d.due_at < until)
    conn.execute(due.values(due_at=until))
    finish_errand(conn, errand, [])


def drop_leases(conn: Connection) -> None:
    """Free what an earlier process on this home held; there is one server to a home."""
    conn.execute(update(t.webhooks).where(_w.lease.is_not(None)).values(lease=None, lease_until=None))


def _is_held(errand: Errand) -> ColumnElement[bool]:
    return (_w.pk == errand.pk) & (_w.lease == errand.lease)


def _is_free() -> ColumnElement[bool]:
    return _w.lease.is_(None) | (_w.lease_until < clock.now())


def _has_due() -> ColumnElement[bool]:
    return exists().where(_d.webhook_pk == _w.pk, _d.due_at <= clock.now())
