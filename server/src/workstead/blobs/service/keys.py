"""An account's two keys: made at first need, sealed in the database, changed one at a time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from workstead.blobs import tables as t
from workstead.blobs.service.model import Account
from workstead.foundation import clock
from workstead.keys.rings import Ring, seal, unseal
from workstead.keys.service import delete_data_key, ensure_data_key, find_data_key
from workstead_wire.blobs import AccountKey, AccountKeyValue
from workstead_wire.errors import NotFound

NAMES = ("key1", "key2")
_KEY_BYTES = 64


def find_keys(conn: Connection, ring: Ring, account: Account) -> dict[str, bytes]:
    """The keys by name; empty as long as nobody has needed one."""
    data_key = find_data_key(conn, ring, _owner(account))
    if data_key is None:
        return {}
    return {row.name: unseal(data_key, row.sealed, _about(account, row.name)) for row in _rows(conn, account)}


def find_secret(conn: Connection, ring: Ring, account: Account) -> bytes | None:
    """What user delegation keys are made from; None as long as there are none."""
    data_key = find_data_key(conn, ring, _owner(account))
    return None if data_key is None else _secret(data_key)


def ensure_secret(conn: Connection, ring: Ring, account: Account) -> bytes:
    """What user delegation keys are made from."""
    return _secret(ensure_data_key(conn, ring, _owner(account)))


def ensure_keys(conn: Connection, ring: Ring, account: Account) -> dict[str, bytes]:
    """The keys by name, made if they are not there yet."""
    for name in set(NAMES) - {row.name for row in _rows(conn, account)}:
        _insert(conn, ring, account, name)
    return find_keys(conn, ring, account)


def list_keys(conn: Connection, account: Account) -> list[AccountKey]:
    """What is known of the keys but themselves."""
    made = {row.name: row.created_at for row in _rows(conn, account)}
    return [AccountKey(name=name, created_at=clock.to_datetime_or_none(made.get(name))) for name in NAMES]


def read_key(conn: Connection, ring: Ring, account: Account, name: str) -> AccountKeyValue:
    """A key itself, in base64."""
    check_key_name(name)
    key = ensure_keys(conn, ring, account)[name]
    made = next(row.created_at for row in _rows(conn, account) if row.name == name)
    value = base64.b64encode(key).decode()
    return AccountKeyValue(name=name, created_at=clock.to_datetime(made), value=value)


def rotate_key(conn: Connection, ring: Ring, account: Account, name: str) -> AccountKeyValue:
    """A new key in the old one's place; whatever the old one signed is refused from now on."""
    check_key_name(name)
    k = t.account_keys.c
    conn.execute(delete(t.account_keys).where(k.workspace_id == account.workspace_id, k.name == name))
    _insert(conn, ring, account, name)
    return read_key(conn, ring, account, name)


def forget_keys(conn: Connection, account: Account) -> None:
    """Delete the keys for good."""
    conn.execute(delete(t.account_keys).where(t.account_keys.c.workspace_id == account.workspace_id))
    delete_data_key(conn, _owner(account))


def check_key_name(name: str) -> None:
    """Refuse the name of a key that no account has."""
    if name not in NAMES:
        raise NotFound(f"there is no key {name[:20]!r}; a storage account has key1 and key2")


def _rows(conn: Connection, account: Account) -> Sequence[Any]:
    k = t.account_keys.c
    query = select(k.name, k.sealed, k.created_at).where(k.workspace_id == account.workspace_id)
    return conn.execute(query.order_by(k.name)).all()


def _insert(conn: Connection, ring: Ring, account: Account, name: str) -> None:
    data_key = ensure_data_key(conn, ring, _owner(account))
    sealed = seal(data_key, secrets.token_bytes(_KEY_BYTES), _about(account, name))
    values = {"workspace_id": account.workspace_id, "name": name, "sealed": sealed, "created_at": clock.now()}
    conn.execute(insert(t.account_keys).values(values))


def _secret(data_key: bytes) -> bytes:
    # A key of its own: the data key itself seals, and does nothing else.
    return hmac.digest(data_key, b"secret of user delegation keys", hashlib.sha256)


def _owner(account: Account) -> str:
    return f"{account.workspace_id}/storage"


def _about(account: Account, name: str) -> str:
    return f"{account.workspace_id}/storage/{name}"
