"""Webhooks: make, list, read, change and delete them. A secret goes in and never comes out but to sign."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from workstead.foundation import clock, ids, pages
from workstead.keys import service as keys
from workstead.keys.rings import Ring, seal, unseal
from workstead.webhooks import tables as t
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Page
from workstead_wire.errors import Conflict, InvalidInput, Unavailable, WebhookNotFound
from workstead_wire.workspaces import WorkspacePath

MANY = 100
"""Most webhooks of a workspace."""
_LENGTHS = {"url": 2048, "description": 1000, "secret": 1000}


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook without its secret; times in microseconds since 1970."""

    id: str
    name: str
    url: str
    description: str
    events: list[str]
    active: bool
    created_at: int
    updated_at: int


class WebhookChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different; None stays as it is, and an empty secret is none."""

    name: str | None = None
    url: str | None = None
    description: str | None = None
    events: list[str] | None = None
    secret: str | None = None
    active: bool | None = None


def create_webhook(conn: Connection, where: WorkspacePath, ring: Ring, asked: WebhookChange) -> Webhook:
    """Make a webhook; name, URL and events are given."""
    workspace_id = get_workspace_id(conn, where)
    mine = t.webhooks.c.workspace_id == workspace_id
    if (conn.execute(select(func.count()).select_from(t.webhooks).where(mine)).scalar() or 0) >= MANY:
        raise Conflict(f"this workspace has {MANY} webhooks, and takes no more; delete one first")
    now, webhook_id = clock.now(), ids.new_id()
    values = {"description": "", "active": True} | _values(conn, ring, workspace_id, webhook_id, asked)
    key = {"id": webhook_id, "workspace_id": workspace_id, "created_at": now, "updated_at": now}
    conn.execute(insert(t.webhooks).values(**key, **values))
    return get_webhook(conn, where, webhook_id)


def list_webhooks(conn: Connection, where: WorkspacePath, cursor: str | None, limit: int) -> Page[Webhook]:
    """Webhooks, newest first."""
    c = t.webhooks.c
    query = select(t.webhooks).where(c.workspace_id == get_workspace_id(conn, where)).order_by(c.pk.desc())
    after = pages.decode_cursor(cursor, int)
    if after is not None:
        query = query.where(c.pk < after[0])
    return pages.page(conn.execute(query.limit(limit + 1)).all(), limit, _webhook, lambda row: (row.pk,))


def get_webhook(conn: Connection, where: WorkspacePath, webhook_id: str) -> Webhook:
    """One webhook."""
    return _webhook(_get_row(conn, get_workspace_id(conn, where), webhook_id))


def update_webhook(
    conn: Connection, where: WorkspacePath, ring: Ring, webhook_id: str, asked: WebhookChange
) -> Webhook:
    """Change a webhook; what waits for one that is switched off is dropped."""
    workspace_id = get_workspace_id(conn, where)
    row = _get_row(conn, workspace_id, webhook_id)
    values = _values(conn, ring, workspace_id, webhook_id, asked) | {"updated_at": clock.now()}
    conn.execute(update(t.webhooks).where(t.webhooks.c.pk == row.pk).values(values))
    if asked.active is False:
        conn.execute(delete(t.deliveries).where(t.deliveries.c.webhook_pk == row.pk))
    return get_webhook(conn, where, webhook_id)


def delete_webhook(conn: Connection, where: WorkspacePath, webhook_id: str) -> None:
    """Delete a webhook with what waits for it."""
    row = _get_row(conn, get_workspace_id(conn, where), webhook_id)
    conn.execute(delete(t.webhooks).where(t.webhooks.c.pk == row.pk))


def read_target(conn: Connection, where: WorkspacePath, ring: Ring, webhook_id: str) -> tuple[Webhook, str | None]:
    """A webhook and the secret that signs what is sent to it."""
    row = _get_row(conn, get_workspace_id(conn, where), webhook_id)
    return _webhook(row), open_secret(conn, ring, row)


def open_secret(conn: Connection, ring: Ring, row: Row[Any]) -> str | None:
    """The secret in a row; None when it has none."""
    if row.sealed is None:
        return None
    data_key = keys.find_data_key(conn, ring, _owner(row.workspace_id))
    if data_key is None:
        raise Unavailable(f"the key that seals the secret of webhook {row.id} is gone; set the secret anew")
    return unseal(data_key, row.sealed, f"webhook {row.id}").decode()


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete the webhooks of a workspace that is being removed."""
    keys.delete_data_key(conn, _owner(workspace_id))
    conn.execute(delete(t.webhooks).where(t.webhooks.c.workspace_id == workspace_id))
    return True


def _values(
    conn: Connection, ring: Ring, workspace_id: str, webhook_id: str, asked: WebhookChange
) -> dict[str, object]:
    given = {field: value for field, value in msgspec.structs.asdict(asked).items() if value is not None}
    for field, most in _LENGTHS.items():
        if len(given.get(field, "")) > most:
            raise InvalidInput(f"the webhook's {field} has {len(given[field])} characters; it takes at most {most}")
    if "secret" in given:
        secret = given.pop("secret")
        data_key = keys.ensure_data_key(conn, ring, _owner(workspace_id)) if secret else b""
        given["sealed"] = seal(data_key, secret.encode(), f"webhook {webhook_id}") if secret else None
    return given


def _owner(workspace_id: str) -> str:
    # A key of their own: that of the key vault is replaced by a rotation, which knows the vault's values only.
    return f"{workspace_id} webhooks"


def _get_row(conn: Connection, workspace_id: str, webhook_id: str) -> Row[Any]:
    c = t.webhooks.c
    row = conn.execute(select(t.webhooks).where(c.workspace_id == workspace_id, c.id == webhook_id)).first()
    if row is None:
        raise WebhookNotFound(f"Webhook with ID {webhook_id[:80]} not found.")
    return row


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        name=row.name,
        url=row.url,
        description=row.description,
        events=row.events,
        active=row.active,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
