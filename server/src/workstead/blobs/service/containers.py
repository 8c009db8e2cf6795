"""Containers: those that were made, and those that every workspace has."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from workstead.blobs import tables as t
from workstead.blobs.service.model import ARTIFACTS, Account, Container, ContainerCheck, check_container
from workstead.foundation import clock
from workstead.workspaces import service as workspaces
from workstead_wire.errors import AlreadyExists, ContainerNotFound, Forbidden
from workstead_wire.workspaces import WorkspacePath


def get_account(conn: Connection, where: WorkspacePath) -> Account:
    """The workspace's storage account."""
    workspace = workspaces.get_workspace(conn, where)
    return Account(workspace.workspace_id, workspace.storage_account)


def default_container(account: Account) -> str:
    """The container of the workspace's first datastore."""
    return f"azureml-blobstore-{account.workspace_id}"


def list_containers(conn: Connection, account: Account, prefix: str = "") -> list[Container]:
    """All containers whose names begin with ``prefix``, by name."""
    made = {row.name: _container(row) for row in conn.execute(_ours(account))}
    every = {name: _built_in(name) for name in _built_in_names(account)} | made
    return [every[name] for name in sorted(every) if name.startswith(prefix)]


def get_container(conn: Connection, account: Account, name: str) -> Container:
    """One container.

    Raises:
        ContainerNotFound: there is none of that name.
    """
    row = conn.execute(_ours(account).where(t.containers.c.name == name)).first()
    if row is not None:
        return _container(row)
    if name in _built_in_names(account):
        return _built_in(name)
    raise ContainerNotFound(
        f"there is no container {name[:80]!r} in the storage account {account.name}; "
        "`workstead storage containers` lists those there are"
    )


def create_container(conn: Connection, account: Account, name: str, metadata: dict[str, str]) -> Container:
    """Make a container.

    Raises:
        AlreadyExists: there is one of that name.
    """
    check_container(name)
    taken = conn.execute(_ours(account).where(t.containers.c.name == name)).first()
    if taken is not None or name in _built_in_names(account):
        raise AlreadyExists(f"there is a container {name!r} already")
    return _insert(conn, account, name, metadata)


def set_container_metadata(
    conn: Connection, account: Account, name: str, metadata: dict[str, str], check: ContainerCheck
) -> Container:
    """Give a container other metadata."""
    refuse_artifacts(name)
    check(get_container(conn, account, name))
    c = t.containers.c
    values = {"metadata": metadata, "etag": new_etag(), "modified_at": clock.now()}
    mine = (c.workspace_id == account.workspace_id, c.name == name)
    if conn.execute(update(t.containers).where(*mine).values(values)).rowcount == 0:
        return _insert(conn, account, name, metadata)
    return get_container(conn, account, name)


def delete_container(conn: Connection, account: Account, name: str, check: ContainerCheck | None = None) -> list[str]:
    """Delete a container with its blobs; the keys of bytes that are to be dropped."""
    found = get_container(conn, account, name)
    if check is not None:
        check(found)
    if name in _built_in_names(account):
        raise Forbidden(f"{name!r} belongs to the workspace and goes with it; delete the blobs in it instead")
    p, ours = t.pieces.c, account.workspace_id
    keys = conn.execute(select(p.key).where(p.workspace_id == ours, p.container == name).distinct()).scalars().all()
    for table in (t.pieces, t.blobs):
        conn.execute(delete(table).where(table.c.workspace_id == ours, table.c.container == name))
    conn.execute(delete(t.containers).where(t.containers.c.workspace_id == ours, t.containers.c.name == name))
    return list(keys)


def refuse_artifacts(container: str) -> None:
    """Keep all who write blobs out of the container whose files belong to runs and models."""
    if container == ARTIFACTS:
        raise Forbidden(
            f"container {ARTIFACTS!r} holds the files of runs and models; it can be read here, and is written by "
            "run.upload_file, Model.register and the like"
        )


def new_etag() -> str:
    """An ETag, without quotes, that nothing had before."""
    return "0x8" + uuid.uuid4().hex[:15].upper()


def _insert(conn: Connection, account: Account, name: str, metadata: dict[str, str]) -> Container:
    now = clock.now()
    values = {"metadata": metadata, "etag": new_etag(), "created_at": now, "modified_at": now}
    conn.execute(insert(t.containers).values(values | {"workspace_id": account.workspace_id, "name": name}))
    return get_container(conn, account, name)


def _ours(account: Account) -> Any:
    return select(t.containers).where(t.containers.c.workspace_id == account.workspace_id)


def _built_in_names(account: Account) -> tuple[str, str]:
    return ARTIFACTS, default_container(account)


def _built_in(name: str) -> Container:
    return Container(name=name, metadata={}, etag="0x800000000000000", modified_at=0)


def _container(row: Row[Any]) -> Container:
    return Container(name=row.name, metadata=row.metadata, etag=row.etag, modified_at=row.modified_at)
