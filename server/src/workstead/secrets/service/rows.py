"""Rows of secrets: found, opened, and made into what crosses the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, select

from workstead.foundation import clock, pages
from workstead.keys import service as keys
from workstead.keys.rings import Ring, unseal
from workstead.secrets import tables as t
from workstead_wire.base import Page
from workstead_wire.errors import SecretNotFound
from workstead_wire.secrets import DeletedSecret, Secret

T = TypeVar("T")


def versions() -> Select[Any]:
    """Versions of secrets, with their secret's name and end."""
    s = t.secrets.c
    return select(t.secret_versions, s.name, s.key, s.deleted_at, s.purge_at).join_from(t.secret_versions, t.secrets)


def newest(workspace_id: str) -> Select[Any]:
    """The newest version of each secret of a workspace."""
    s = t.secrets.c
    return versions().where(s.workspace_id == workspace_id, t.secret_versions.c.number == s.newest)


def get_row(conn: Connection, workspace_id: str, name: str, version: str | None) -> Row[Any]:
    """A version of a secret that is not deleted, by default the newest."""
    s, v = t.secrets.c, t.secret_versions.c
    which = v.number == s.newest if version is None else v.version == version
    here = (s.workspace_id == workspace_id, s.key == name.lower(), s.deleted_at.is_(None))
    row = conn.execute(versions().where(*here, which)).first()
    if row is None:
        what = f"secret {name!r}" + (f" with the version {version!r}" if version else "")
        raise SecretNotFound(f"there is no {what} in this key vault; `workstead secrets list` shows those there are")
    return row


def get_deleted_row(conn: Connection, workspace_id: str, name: str) -> Row[Any]:
    """The newest version of a deleted secret that can be recovered."""
    s = t.secrets.c
    query = newest(workspace_id).where(s.key == name.lower(), s.purge_at > clock.now())
    row = conn.execute(query).first()
    if row is None:
        raise SecretNotFound(f"there is no deleted secret {name!r} in this key vault")
    return row


def open_value(conn: Connection, ring: Ring, workspace_id: str, row: Row[Any]) -> str:
    """The value in a row."""
    data_key = keys.ensure_data_key(conn, ring, workspace_id)
    return unseal(data_key, row.sealed, about(workspace_id, row.name, row.version)).decode()


def about(workspace_id: str, name: str, version: str) -> str:
    """What a value belongs to; it opens nowhere else."""
    return f"{workspace_id}/{name.lower()}/{version}"


def page_by_name(
    conn: Connection, query: Select[Any], cursor: str | None, limit: int | None, make: Callable[[Row[Any]], T]
) -> Page[T]:
    """A page of secrets by name."""
    key = t.secrets.c.key
    after = pages.decode_cursor(cursor, str)
    if after is not None:
        query = query.where(key > after[0])
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(key).limit(size + 1)).all()
    return pages.page(rows, size, make, lambda row: (row.key,))


def to_time(moment: Any) -> int | None:
    """A moment as tables have it."""
    return None if moment is None else clock.from_datetime(moment)


def fields(row: Row[Any]) -> dict[str, Any]:
    """What every Struct of a secret has."""
    return {
        "name": row.name,
        "version": row.version,
        "content_type": row.content_type,
        "enabled": row.enabled,
        "not_before": clock.to_datetime_or_none(row.not_before),
        "expires": clock.to_datetime_or_none(row.expires),
        "tags": row.tags,
        "created_at": clock.to_datetime(row.created_at),
        "updated_at": clock.to_datetime(row.updated_at),
        "created_by": row.created_by,
    }


def make_secret(row: Row[Any]) -> Secret:
    """A row as a secret."""
    return Secret(**fields(row))


def make_deleted(row: Row[Any]) -> DeletedSecret:
    """A row as a deleted secret."""
    deleted_at, purge_at = clock.to_datetime(row.deleted_at), clock.to_datetime(row.purge_at)
    return DeletedSecret(**fields(row), deleted_at=deleted_at, purge_at=purge_at)
