"""What can be done with secrets. Whoever reads a value is written down in the same transaction."""

from __future__ import annotations

import re
import uuid
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from workstead.foundation import clock, ids, pages
from workstead.keys import service as keys
from workstead.keys.rings import Ring, seal, unseal
from workstead.secrets import tables as t
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Page
from workstead_wire.errors import Conflict, Forbidden, InvalidInput, SecretNotFound
from workstead_wire.secrets import (
    SECRET_MAX,
    DeletedSecret,
    Secret,
    SecretEvent,
    SecretSet,
    SecretUpdate,
    SecretValue,
)
from workstead_wire.workspaces import WorkspacePath

KEPT_S = 90 * 24 * 3600
"""How long a deleted secret can be recovered."""
_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")
_NAME_RULE = "1 to 127 letters, digits or '-'"
_TYPE_MAX = 255
_TAGS_MAX = 15
_TAG_MAX = 256


def set_secret(conn: Connection, where: WorkspacePath, ring: Ring, user: str, name: str, asked: SecretSet) -> Secret:
    """Make a new version of a secret, and the secret if there is none.

    Raises:
        Conflict: the secret is deleted; recover or purge it first.
    """
    ids.check_name("a secret", name, _NAME, _NAME_RULE)
    _check(asked.content_type, asked.tags)
    if len(asked.value) > SECRET_MAX:
        raise InvalidInput(f"the value has {len(asked.value)} characters; a secret takes at most {SECRET_MAX}")
    workspace_id = get_workspace_id(conn, where)
    _purge_due(conn, workspace_id)
    version = uuid.uuid4().hex
    data_key = keys.ensure_data_key(conn, ring, workspace_id)
    secret = _grow(conn, workspace_id, name)
    now = clock.now()
    values = {
        "secret_pk": secret.pk, "number": secret.newest, "version": version,
        "sealed": seal(data_key, asked.value.encode(), _about(workspace_id, name, version)),
        "content_type": asked.content_type, "enabled": asked.enabled,
        "not_before": _time(asked.not_before), "expires": _time(asked.expires),
        "tags": asked.tags, "created_at": now, "updated_at": now, "created_by": user,
    }  # fmt: skip
    conn.execute(insert(t.secret_versions).values(values))
    _record(conn, workspace_id, name, version, "set", user)
    return _secret(_get(conn, workspace_id, name, version))


def list_secrets(conn: Connection, where: WorkspacePath, cursor: str | None, limit: int | None) -> Page[Secret]:
    """Secrets by name, each by its newest version."""
    query = _newest(get_workspace_id(conn, where)).where(t.secrets.c.deleted_at.is_(None))
    return _page_by_name(conn, query, cursor, limit, _secret)


def get_secret(conn: Connection, where: WorkspacePath, name: str, version: str | None) -> Secret:
    """One version of a secret, by default the newest, without its value."""
    return _secret(_get(conn, get_workspace_id(conn, where), name, version))


def read_secret(
    conn: Connection, where: WorkspacePath, ring: Ring, user: str, name: str, version: str | None
) -> SecretValue:
    """One version of a secret with its value; the reading is written down.

    Raises:
        Forbidden: this version is not enabled.
    """
    workspace_id = get_workspace_id(conn, where)
    row = _get(conn, workspace_id, name, version)
    if not row.enabled:
        raise Forbidden(f"secret {row.name!r}, version {row.version}, is disabled; enable it to read it")
    value = _open(conn, ring, workspace_id, row)
    _record(conn, workspace_id, row.name, row.version, "read", user)
    return SecretValue(**_fields(row), value=value)


def list_secret_versions(
    conn: Connection, where: WorkspacePath, name: str, cursor: str | None, limit: int | None
) -> Page[Secret]:
    """Versions of a secret, newest first."""
    row = _get(conn, get_workspace_id(conn, where), name, None)
    c = t.secret_versions.c
    query = _versions().where(c.secret_pk == row.secret_pk).order_by(c.number.desc())
    after = pages.decode_cursor(cursor, int)
    if after is not None:
        query = query.where(c.number < after[0])
    size = pages.check_limit(limit)
    return pages.page(conn.execute(query.limit(size + 1)).all(), size, _secret, lambda row: (row.number,))


def update_secret(
    conn: Connection, where: WorkspacePath, user: str, name: str, version: str | None, asked: SecretUpdate
) -> Secret:
    """Change a version, by default the newest; its value stays."""
    given = {key: value for key, value in msgspec.structs.asdict(asked).items() if value is not msgspec.UNSET}
    _check(given.get("content_type", ""), given.get("tags", {}))
    given.update({key: _time(given[key]) for key in ("not_before", "expires") if key in given})
    workspace_id = get_workspace_id(conn, where)
    row = _get(conn, workspace_id, name, version)
    one = t.secret_versions.c.pk == row.pk
    conn.execute(update(t.secret_versions).where(one).values(**given, updated_at=clock.now()))
    _record(conn, workspace_id, row.name, row.version, "update", user)
    return _secret(_get(conn, workspace_id, name, row.version))


def delete_secret(conn: Connection, where: WorkspacePath, user: str, name: str) -> DeletedSecret:
    """Delete a secret with all versions; it can be recovered for 90 days."""
    workspace_id = get_workspace_id(conn, where)
    _purge_due(conn, workspace_id)
    row = _get(conn, workspace_id, name, None)
    now = clock.now()
    one = t.secrets.c.pk == row.secret_pk
    conn.execute(update(t.secrets).where(one).values(deleted_at=now, purge_at=now + KEPT_S * 1_000_000))
    _record(conn, workspace_id, row.name, row.version, "delete", user)
    return _deleted(_get_deleted(conn, workspace_id, name))


def list_deleted_secrets(
    conn: Connection, where: WorkspacePath, cursor: str | None, limit: int | None
) -> Page[DeletedSecret]:
    """Deleted secrets that can be recovered, by name."""
    query = _newest(get_workspace_id(conn, where)).where(t.secrets.c.purge_at > clock.now())
    return _page_by_name(conn, query, cursor, limit, _deleted)


def get_deleted_secret(conn: Connection, where: WorkspacePath, name: str) -> DeletedSecret:
    """One deleted secret."""
    return _deleted(_get_deleted(conn, get_workspace_id(conn, where), name))


def recover_secret(conn: Connection, where: WorkspacePath, user: str, name: str) -> Secret:
    """Bring a deleted secret back with all its versions."""
    workspace_id = get_workspace_id(conn, where)
    row = _get_deleted(conn, workspace_id, name)
    one = t.secrets.c.pk == row.secret_pk
    conn.execute(update(t.secrets).where(one).values(deleted_at=None, purge_at=None))
    _record(conn, workspace_id, row.name, row.version, "recover", user)
    return _secret(_get(conn, workspace_id, name, None))


def purge_secret(conn: Connection, where: WorkspacePath, user: str, name: str) -> None:
    """Take a deleted secret away for good."""
    workspace_id = get_workspace_id(conn, where)
    row = _get_deleted(conn, workspace_id, name)
    conn.execute(delete(t.secrets).where(t.secrets.c.pk == row.secret_pk))
    _record(conn, workspace_id, row.name, row.version, "purge", user)


def rotate_data_key(conn: Connection, where: WorkspacePath, ring: Ring) -> None:
    """Seal every value of the workspace's vault, deleted ones too, by a new data key."""
    workspace_id = get_workspace_id(conn, where)
    mine = t.secrets.c.workspace_id == workspace_id
    rows = conn.execute(_versions().where(mine)).all()
    values = {row.pk: _open(conn, ring, workspace_id, row) for row in rows}
    data_key = keys.replace_data_key(conn, ring, workspace_id)
    for row in rows:
        sealed = seal(data_key, values[row.pk].encode(), _about(workspace_id, row.name, row.version))
        conn.execute(update(t.secret_versions).where(t.secret_versions.c.pk == row.pk).values(sealed=sealed))


def list_secret_events(
    conn: Connection, where: WorkspacePath, name: str | None, cursor: str | None, limit: int | None
) -> Page[SecretEvent]:
    """What was done with the vault's secrets, or with one, newest first."""
    c = t.secret_events.c
    query = select(t.secret_events).where(c.workspace_id == get_workspace_id(conn, where)).order_by(c.pk.desc())
    if name is not None:
        query = query.where(c.name == name)
    after = pages.decode_cursor(cursor, int)
    if after is not None:
        query = query.where(c.pk < after[0])
    size = pages.check_limit(limit)
    return pages.page(conn.execute(query.limit(size + 1)).all(), size, _event, lambda row: (row.pk,))


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete the vault of a workspace that is being removed; nobody can open what backups have of it."""
    keys.delete_data_key(conn, workspace_id)
    conn.execute(delete(t.secrets).where(t.secrets.c.workspace_id == workspace_id))
    conn.execute(delete(t.secret_events).where(t.secret_events.c.workspace_id == workspace_id))
    return True


def _check(content_type: str, tags: dict[str, str]) -> None:
    if len(content_type) > _TYPE_MAX:
        raise InvalidInput(f"the content type has {len(content_type)} characters; at most {_TYPE_MAX} are taken")
    if len(tags) > _TAGS_MAX:
        raise InvalidInput(f"{len(tags)} tags were given; a secret takes at most {_TAGS_MAX}")
    for key, value in tags.items():
        if max(len(key), len(value)) > _TAG_MAX:
            raise InvalidInput(f"tag {key[:40]!r} is longer than {_TAG_MAX} characters in its name or its value")


def _grow(conn: Connection, workspace_id: str, name: str) -> Row[Any]:
    """The secret's row, with the number of the version to come as ``newest``."""
    c = t.secrets.c
    mine = (c.workspace_id == workspace_id) & (c.key == name.lower())
    row = conn.execute(select(t.secrets).where(mine).with_for_update()).first()
    if row is None:
        values = {"workspace_id": workspace_id, "name": name, "key": name.lower(), "newest": 1}
        conn.execute(insert(t.secrets).values(values))
    elif row.deleted_at is not None:
        raise Conflict(
            f"secret {row.name!r} is deleted but can still be recovered; recover it, or purge it to use its name again"
        )
    else:
        conn.execute(update(t.secrets).where(mine).values(newest=c.newest + 1))
    return conn.execute(select(t.secrets).where(mine)).one()


def _purge_due(conn: Connection, workspace_id: str) -> None:
    c = t.secrets.c
    conn.execute(delete(t.secrets).where(c.workspace_id == workspace_id, c.purge_at <= clock.now()))


def _versions() -> Select[Any]:
    s = t.secrets.c
    return select(t.secret_versions, s.name, s.key, s.deleted_at, s.purge_at).join_from(t.secret_versions, t.secrets)


def _newest(workspace_id: str) -> Select[Any]:
    s = t.secrets.c
    return _versions().where(s.workspace_id == workspace_id, t.secret_versions.c.number == s.newest)


def _get(conn: Connection, workspace_id: str, name: str, version: str | None) -> Row[Any]:
    s, v = t.secrets.c, t.secret_versions.c
    which = v.number == s.newest if version is None else v.version == version
    here = (s.workspace_id == workspace_id, s.key == name.lower(), s.deleted_at.is_(None))
    row = conn.execute(_versions().where(*here, which)).first()
    if row is None:
        what = f"secret {name!r}" + (f" with the version {version!r}" if version else "")
        raise SecretNotFound(f"there is no {what} in this key vault; `workstead secrets list` shows those there are")
    return row


def _get_deleted(conn: Connection, workspace_id: str, name: str) -> Row[Any]:
    s = t.secrets.c
    query = _newest(workspace_id).where(s.key == name.lower(), s.purge_at > clock.now())
    row = conn.execute(query).first()
    if row is None:
        raise SecretNotFound(f"there is no deleted secret {name!r} in this key vault")
    return row


def _open(conn: Connection, ring: Ring, workspace_id: str, row: Row[Any]) -> str:
    data_key = keys.ensure_data_key(conn, ring, workspace_id)
    return unseal(data_key, row.sealed, _about(workspace_id, row.name, row.version)).decode()


def _about(workspace_id: str, name: str, version: str) -> str:
    return f"{workspace_id}/{name.lower()}/{version}"


def _record(conn: Connection, workspace_id: str, name: str, version: str, action: str, user: str) -> None:
    values = {
        "workspace_id": workspace_id, "name": name, "version": version, "action": action, "user": user,
        "at": clock.now(),
    }  # fmt: skip
    conn.execute(insert(t.secret_events).values(values))


def _page_by_name(conn: Connection, query: Select[Any], cursor: str | None, limit: int | None, make: Any) -> Page[Any]:
    key = t.secrets.c.key
    after = pages.decode_cursor(cursor, str)
    if after is not None:
        query = query.where(key > after[0])
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(key).limit(size + 1)).all()
    return pages.page(rows, size, make, lambda row: (row.key,))


def _time(moment: Any) -> int | None:
    return None if moment is None else clock.from_datetime(moment)


def _fields(row: Row[Any]) -> dict[str, Any]:
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


def _secret(row: Row[Any]) -> Secret:
    return Secret(**_fields(row))


def _deleted(row: Row[Any]) -> DeletedSecret:
    deleted_at, purge_at = clock.to_datetime(row.deleted_at), clock.to_datetime(row.purge_at)
    return DeletedSecret(**_fields(row), deleted_at=deleted_at, purge_at=purge_at)


def _event(row: Row[Any]) -> SecretEvent:
    return SecretEvent(
        name=row.name, version=row.version, action=row.action, user=row.user, at=clock.to_datetime(row.at)
    )
