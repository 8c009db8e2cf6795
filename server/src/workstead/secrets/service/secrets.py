"""What can be done with secrets. Whoever reads a value is written down in the same transaction."""

from __future__ import annotations

import re
import uuid
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from workstead.foundation import clock, ids, pages
from workstead.keys import service as keys
from workstead.keys.rings import Ring, seal
from workstead.secrets import tables as t
from workstead.secrets.service.deleted import purge_due
from workstead.secrets.service.events import record
from workstead.secrets.service.rows import (
    about,
    fields,
    get_row,
    make_secret,
    newest,
    open_value,
    page_by_name,
    to_time,
    versions,
)
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Page
from workstead_wire.errors import Conflict, Forbidden, InvalidInput
from workstead_wire.secrets import (
    SECRET_MAX,
    Secret,
    SecretSet,
    SecretUpdate,
    SecretValue,
)
from workstead_wire.workspaces import WorkspacePath

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
    purge_due(conn, workspace_id)
    version = uuid.uuid4().hex
    data_key = keys.ensure_data_key(conn, ring, workspace_id)
    secret = _grow(conn, workspace_id, name)
    now = clock.now()
    values = {
        "secret_pk": secret.pk, "number": secret.newest, "version": version,
        "sealed": seal(data_key, asked.value.encode(), about(workspace_id, name, version)),
        "content_type": asked.content_type, "enabled": asked.enabled,
        "not_before": to_time(asked.not_before), "expires": to_time(asked.expires),
        "tags": asked.tags, "created_at": now, "updated_at": now, "created_by": user,
    }  # fmt: skip
    conn.execute(insert(t.secret_versions).values(values))
    record(conn, workspace_id, name, version, "set", user)
    return make_secret(get_row(conn, workspace_id, name, version))


def list_secrets(conn: Connection, where: WorkspacePath, cursor: str | None, limit: int | None) -> Page[Secret]:
    """Secrets by name, each by its newest version."""
    query = newest(get_workspace_id(conn, where)).where(t.secrets.c.deleted_at.is_(None))
    return page_by_name(conn, query, cursor, limit, make_secret)


def get_secret(conn: Connection, where: WorkspacePath, name: str, version: str | None) -> Secret:
    """One version of a secret, by default the newest, without its value."""
    return make_secret(get_row(conn, get_workspace_id(conn, where), name, version))


def read_secret(
    conn: Connection, where: WorkspacePath, ring: Ring, user: str, name: str, version: str | None
) -> SecretValue:
    """One version of a secret with its value; the reading is written down.

    Raises:
        Forbidden: this version is not enabled.
    """
    workspace_id = get_workspace_id(conn, where)
    row = get_row(conn, workspace_id, name, version)
    if not row.enabled:
        raise Forbidden(f"secret {row.name!r}, version {row.version}, is disabled; enable it to read it")
    value = open_value(conn, ring, workspace_id, row)
    record(conn, workspace_id, row.name, row.version, "read", user)
    return SecretValue(**fields(row), value=value)


def list_secret_versions(
    conn: Connection, where: WorkspacePath, name: str, cursor: str | None, limit: int | None
) -> Page[Secret]:
    """Versions of a secret, newest first."""
    row = get_row(conn, get_workspace_id(conn, where), name, None)
    c = t.secret_versions.c
    query = versions().where(c.secret_pk == row.secret_pk).order_by(c.number.desc())
    after = pages.decode_cursor(cursor, int)
    if after is not None:
        query = query.where(c.number < after[0])
    size = pages.check_limit(limit)
    return pages.page(conn.execute(query.limit(size + 1)).all(), size, make_secret, lambda row: (row.number,))


def update_secret(
    conn: Connection, where: WorkspacePath, user: str, name: str, version: str | None, asked: SecretUpdate
) -> Secret:
    """Change a version, by default the newest; its value stays."""
    given = {key: value for key, value in msgspec.structs.asdict(asked).items() if value is not msgspec.UNSET}
    _check(given.get("content_type", ""), given.get("tags", {}))
    given.update({key: to_time(given[key]) for key in ("not_before", "expires") if key in given})
    workspace_id = get_workspace_id(conn, where)
    row = get_row(conn, workspace_id, name, version)
    one = t.secret_versions.c.pk == row.pk
    conn.execute(update(t.secret_versions).where(one).values(**given, updated_at=clock.now()))
    record(conn, workspace_id, row.name, row.version, "update", user)
    return make_secret(get_row(conn, workspace_id, name, row.version))


def rotate_data_key(conn: Connection, where: WorkspacePath, ring: Ring) -> None:
    """Seal every value of the workspace's vault, deleted ones too, by a new data key."""
    workspace_id = get_workspace_id(conn, where)
    mine = t.secrets.c.workspace_id == workspace_id
    rows = conn.execute(versions().where(mine)).all()
    values = {row.pk: open_value(conn, ring, workspace_id, row) for row in rows}
    data_key = keys.replace_data_key(conn, ring, workspace_id)
    for row in rows:
        sealed = seal(data_key, values[row.pk].encode(), about(workspace_id, row.name, row.version))
        conn.execute(update(t.secret_versions).where(t.secret_versions.c.pk == row.pk).values(sealed=sealed))


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
