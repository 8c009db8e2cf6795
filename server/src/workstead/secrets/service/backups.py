"""Backups of one secret: all its versions in a text that only the vault's data key opens."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from workstead.foundation import clock
from workstead.keys import service as keys
from workstead.keys.rings import Ring, seal, unseal
from workstead.secrets import tables as t
from workstead.secrets.service.deleted import purge_due
from workstead.secrets.service.events import record
from workstead.secrets.service.rows import about, get_row, make_secret, open_value, versions
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Tags
from workstead_wire.errors import AlreadyExists, InvalidInput, Unavailable
from workstead_wire.secrets import Secret
from workstead_wire.workspaces import WorkspacePath


class _Version(msgspec.Struct):
    number: int
    version: str
    value: str
    content_type: str
    enabled: bool
    not_before: int | None
    expires: int | None
    tags: Tags
    created_at: int
    updated_at: int
    created_by: str


class _Backup(msgspec.Struct):
    name: str
    versions: list[_Version]


def back_up_secret(conn: Connection, where: WorkspacePath, ring: Ring, user: str, name: str) -> str:
    """All versions of a secret, sealed; it holds until the vault's data key is rotated."""
    workspace_id = get_workspace_id(conn, where)
    newest = get_row(conn, workspace_id, name, None)
    rows = conn.execute(versions().where(t.secret_versions.c.secret_pk == newest.secret_pk)).all()
    kept = [
        _Version(
            value=open_value(conn, ring, workspace_id, row),
            **{field: getattr(row, field) for field in _Version.__struct_fields__ if field != "value"},
        )
        for row in rows
    ]
    record(conn, workspace_id, newest.name, newest.version, "read", user)
    plain = msgspec.json.encode(_Backup(name=newest.name, versions=kept))
    sealed = seal(keys.ensure_data_key(conn, ring, workspace_id), plain, _about(workspace_id))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def restore_secret(conn: Connection, where: WorkspacePath, ring: Ring, user: str, text: str) -> Secret:
    """Bring a secret back with all versions that its backup holds.

    Raises:
        AlreadyExists: there is a secret of that name, deleted or not.
        InvalidInput: it is no backup of this vault.
    """
    workspace_id = get_workspace_id(conn, where)
    purge_due(conn, workspace_id)
    data_key = keys.ensure_data_key(conn, ring, workspace_id)
    kept = _open(data_key, workspace_id, text)
    s = t.secrets.c
    mine = (s.workspace_id == workspace_id) & (s.key == kept.name.lower())
    if conn.execute(select(s.pk).where(mine)).first() is not None:
        raise AlreadyExists(f"there is a secret {kept.name!r} in this key vault; purge it first")
    values = {"workspace_id": workspace_id, "name": kept.name, "key": kept.name.lower(), "newest": 0}
    conn.execute(insert(t.secrets).values(values))
    pk = conn.execute(select(s.pk).where(mine)).scalar_one()
    conn.execute(insert(t.secret_versions), [_row(one, pk, data_key, workspace_id, kept.name) for one in kept.versions])
    number = max(one.number for one in kept.versions)
    conn.execute(update(t.secrets).where(mine).values(newest=number))
    made = get_row(conn, workspace_id, kept.name, None)
    record(conn, workspace_id, kept.name, made.version, "recover", user)
    return make_secret(made)


def _open(data_key: bytes, workspace_id: str, text: str) -> _Backup:
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(unseal(data_key, sealed, _about(workspace_id)), type=_Backup)
    except (binascii.Error, ValueError, msgspec.MsgspecError, Unavailable) as error:
        raise InvalidInput(
            "this is no backup of a secret of this key vault, or its data key was rotated since; nothing was restored"
        ) from error


def _row(one: _Version, pk: int, data_key: bytes, workspace_id: str, name: str) -> dict[str, Any]:
    row = msgspec.structs.asdict(one)
    value = row.pop("value")
    sealed = seal(data_key, value.encode(), about(workspace_id, name, one.version))
    return row | {"secret_pk": pk, "sealed": sealed, "updated_at": clock.now()}


def _about(workspace_id: str) -> str:
    return f"backup of {workspace_id}"
