"""News: what has happened in a workspace's registry, written down for each webhook that asked for it."""

from __future__ import annotations

import logging

import msgspec
from sqlalchemy import Connection, exists, func, insert, select

from workstead.foundation import clock, ids
from workstead.webhooks import tables as t
from workstead_wire.base import Tags

_log = logging.getLogger("workstead")

EVENTS = (
    "registered_model.created",
    "model_version.created",
    "model_version_tag.set",
    "model_version_tag.deleted",
    "model_version_alias.created",
    "model_version_alias.deleted",
    "prompt.created",
    "prompt_version.created",
    "prompt_tag.set",
    "prompt_tag.deleted",
    "prompt_version_tag.set",
    "prompt_version_tag.deleted",
    "prompt_alias.created",
    "prompt_alias.deleted",
)
"""What a webhook can ask for. A prompt is kept as a model is, and told under its own name."""
WAITING_MAX = 1000
"""Most deliveries that wait for one webhook; further ones are lost while it does not take any."""


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What has happened to a model: whatever its event has a field for."""

    name: str
    version: int | None = None
    description: str = ""
    tags: Tags = {}
    key: str | None = None
    value: str | None = None
    alias: str | None = None
    run_id: str | None = None
    source: str | None = None
    origin: str = ""
    container: str = ""
    path: str = ""


def is_listening(conn: Connection, workspace_id: str) -> bool:
    """Whether any webhook of a workspace is active: most have none, and then nobody need gather news."""
    c = t.webhooks.c
    return bool(conn.execute(select(exists().where(c.workspace_id == workspace_id, c.active.is_(True)))).scalar())


def tell(conn: Connection, workspace_id: str, event: str, news: News) -> None:
    """Let news wait for every active webhook that asked for the event; within the transaction that makes them."""
    c, d = t.webhooks.c, t.deliveries.c
    waiting = select(func.count()).where(d.webhook_pk == c.pk).scalar_subquery()
    query = select(c.pk, c.id, c.events, waiting.label("waiting")).where(c.workspace_id == workspace_id)
    now, content = clock.now(), msgspec.to_builtins(news)
    rows: list[dict[str, object]] = []
    for row in conn.execute(query.where(c.active.is_(True))):
        if event not in row.events:
            continue
        if row.waiting >= WAITING_MAX:
            _log.warning("webhook %s takes nothing, and %d deliveries wait: %s is lost", row.id, row.waiting, event)
            continue
        rows.append({"webhook_pk": row.pk, "id": ids.new_id(), "event": event, "news": content, "at": now})
    if rows:
        conn.execute(insert(t.deliveries).values(tries=0, due_at=now), rows)
