"""Datastores: names for containers of the storage account. Every workspace has two."""

from __future__ import annotations

import re

from sqlalchemy import Connection, delete, insert, select, update

from workstead.blobs import tables as t
from workstead.blobs.service.containers import default_container, get_account, get_container
from workstead.blobs.service.model import ARTIFACTS, Account
from workstead.foundation import clock
from workstead.foundation.ids import check_name
from workstead_wire.blobs import Datastore, DatastoreCreate
from workstead_wire.errors import AlreadyExists, DatastoreNotFound, Forbidden
from workstead_wire.workspaces import WorkspacePath

DEFAULT = "workspaceblobstore"
_BUILT_IN = (DEFAULT, "workspaceartifactstore")
_NAME = re.compile(r"[a-z0-9_]{1,255}")


def list_datastores(conn: Connection, where: WorkspacePath) -> list[Datastore]:
    """All datastores by name."""
    account = get_account(conn, where)
    d = t.datastores.c
    rows = {row.name: row for row in conn.execute(select(t.datastores).where(d.workspace_id == account.workspace_id))}
    chosen = next((row.name for row in rows.values() if row.is_default), DEFAULT)
    held = {DEFAULT: default_container(account), "workspaceartifactstore": ARTIFACTS}
    held |= {row.name: row.container for row in rows.values()}
    return [
        Datastore(name=name, account=account.name, container=held[name], is_default=name == chosen)
        for name in sorted(held)
    ]


def get_datastore(conn: Connection, where: WorkspacePath, name: str) -> Datastore:
    """One datastore."""
    found = list_datastores(conn, where)
    for datastore in found:
        if datastore.name == name:
            return datastore
    names = ", ".join(datastore.name for datastore in found[:10])
    raise DatastoreNotFound(f"there is no datastore {name[:80]!r}; there are {names}")


def create_datastore(conn: Connection, where: WorkspacePath, name: str, asked: DatastoreCreate) -> Datastore:
    """Give a container of the storage account a name; a name that there is comes to mean this container.

    Raises:
        ContainerNotFound: there is no such container.
        AlreadyExists: every workspace has a datastore of that name.
    """
    check_name("a datastore", name, _NAME, "1 to 255 lower-case letters, digits or '_'")
    account = get_account(conn, where)
    get_container(conn, account, asked.container)
    if name in _BUILT_IN:
        raise AlreadyExists(f"every workspace has its datastore {name!r}, and it cannot mean another container")
    if not _update(conn, account, name, container=asked.container):
        _insert(conn, account, name, asked.container, is_default=False)
    return get_datastore(conn, where, name)


def set_default_datastore(conn: Connection, where: WorkspacePath, name: str) -> Datastore:
    """Let this datastore be the one that ``ws.get_default_datastore()`` gives."""
    chosen = get_datastore(conn, where, name)
    account = get_account(conn, where)
    conn.execute(
        update(t.datastores).where(t.datastores.c.workspace_id == account.workspace_id).values(is_default=False)
    )
    if not _update(conn, account, name, is_default=True):
        _insert(conn, account, name, chosen.container, is_default=True)
    return get_datastore(conn, where, name)


def delete_datastore(conn: Connection, where: WorkspacePath, name: str) -> None:
    """Forget a datastore; its container and all in it stay."""
    get_datastore(conn, where, name)
    if name in _BUILT_IN:
        raise Forbidden(f"the datastore {name!r} belongs to the workspace and goes with it")
    account, d = get_account(conn, where), t.datastores.c
    conn.execute(delete(t.datastores).where(d.workspace_id == account.workspace_id, d.name == name))


def forget_datastores(conn: Connection, account: Account) -> None:
    """Delete all rows of an account's datastores."""
    conn.execute(delete(t.datastores).where(t.datastores.c.workspace_id == account.workspace_id))


def _insert(conn: Connection, account: Account, name: str, container: str, *, is_default: bool) -> None:
    values = {"name": name, "container": container, "is_default": is_default, "created_at": clock.now()}
    conn.execute(insert(t.datastores).values(values | {"workspace_id": account.workspace_id}))


def _update(conn: Connection, account: Account, name: str, **values: object) -> bool:
    d = t.datastores.c
    query = update(t.datastores).where(d.workspace_id == account.workspace_id, d.name == name)
    return conn.execute(query.values(values)).rowcount > 0
