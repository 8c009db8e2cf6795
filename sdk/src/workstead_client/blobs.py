"""The storage account of a workspace: its keys and signatures, containers, blobs and datastores."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Dict, List, Optional
from urllib.parse import quote

from workstead_wire.base import Page
from workstead_wire.blobs import (
    AccountKeyValue,
    BlobContainer,
    BlobInfo,
    Datastore,
    DatastoreCreate,
    Sas,
    SasCreate,
    StorageAccount,
)
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead_client.transport import Transport


def get_storage_account(http: Transport, where: WorkspacePath) -> StorageAccount:
    """The workspace's storage account and its addresses."""
    return http.request("GET", f"{where.url}/storageaccount", type=StorageAccount)


def read_account_key(http: Transport, where: WorkspacePath, name: str) -> AccountKeyValue:
    """One of the account's two keys; the reading is written down."""
    return http.request("POST", f"{where.url}/storageaccount/keys/{quote(name, safe='')}/read", type=AccountKeyValue)


def rotate_account_key(http: Transport, where: WorkspacePath, name: str) -> AccountKeyValue:
    """Put a new key in the old one's place; all that the old one signed is refused from now on."""
    return http.request("POST", f"{where.url}/storageaccount/keys/{quote(name, safe='')}/rotate", type=AccountKeyValue)


def create_sas(http: Transport, where: WorkspacePath, asked: SasCreate) -> Sas:
    """Make a shared access signature. It cannot be told again."""
    return http.request("POST", f"{where.url}/storageaccount/sas", body=asked, type=Sas)


def list_containers(http: Transport, where: WorkspacePath) -> List[BlobContainer]:
    """Containers by name."""
    return http.request("GET", f"{where.url}/blobs", type=List[BlobContainer])


def create_container(http: Transport, where: WorkspacePath, container: str) -> BlobContainer:
    """Make a container."""
    return http.request("PUT", _container(where, container), type=BlobContainer)


def delete_container(http: Transport, where: WorkspacePath, container: str) -> None:
    """Delete a container with all blobs in it."""
    http.request("DELETE", _container(where, container))


def list_blobs(
    http: Transport,
    where: WorkspacePath,
    container: str,
    prefix: str = "",
    delimiter: str = "",
    cursor: Optional[str] = None,
    limit: Optional[int] = None,
) -> Page[BlobInfo]:
    """One page of a container's blobs by name; with a delimiter, folders instead of what is in them."""
    params = {"prefix": prefix or None, "delimiter": delimiter or None, "cursor": cursor, "limit": limit}
    return http.request("GET", _container(where, container), params=params, type=Page[BlobInfo])


def download_blob(http: Transport, where: WorkspacePath, container: str, name: str, target: Path) -> int:
    """Write a blob's bytes to ``target``, whole or not at all; how many."""
    return http.download(_blob(where, container, name), target)


def upload_blob(
    http: Transport, where: WorkspacePath, container: str, name: str, source: Path, *, overwrite: bool = False
) -> BlobInfo:
    """Store a file as a blob.

    Raises:
        AlreadyExists: the name is taken and ``overwrite`` is off.
    """
    headers: Dict[str, str] = {} if overwrite else {"If-None-Match": "*"}
    headers["Content-Type"] = mimetypes.guess_type(name)[0] or "application/octet-stream"
    with source.open("rb") as stream:
        address = _blob(where, container, name)
        return http.request("PUT", address, body=stream, headers=headers, type=BlobInfo, timeout_s=600.0)


def delete_blob(http: Transport, where: WorkspacePath, container: str, name: str) -> None:
    """Delete a blob."""
    http.request("DELETE", _blob(where, container, name))


def list_datastores(http: Transport, where: WorkspacePath) -> List[Datastore]:
    """Datastores by name."""
    return http.request("GET", f"{where.url}/datastores", type=List[Datastore])


def get_datastore(http: Transport, where: WorkspacePath, name: str) -> Datastore:
    """One datastore."""
    return http.request("GET", _datastore(where, name), type=Datastore)


def create_datastore(http: Transport, where: WorkspacePath, name: str, asked: DatastoreCreate) -> Datastore:
    """Give a container a name, or give the name to another container."""
    return http.request("PUT", _datastore(where, name), body=asked, type=Datastore)


def set_default_datastore(http: Transport, where: WorkspacePath, name: str) -> Datastore:
    """Let a datastore be the workspace's default."""
    return http.request("POST", f"{_datastore(where, name)}/default", type=Datastore)


def delete_datastore(http: Transport, where: WorkspacePath, name: str) -> None:
    """Forget a datastore; its container and all in it stay."""
    http.request("DELETE", _datastore(where, name))


def _container(where: WorkspacePath, container: str) -> str:
    return f"{where.url}/blobs/{quote(container, safe='')}"


def _blob(where: WorkspacePath, container: str, name: str) -> str:
    return f"{_container(where, container)}/{quote(name, safe='/')}"


def _datastore(where: WorkspacePath, name: str) -> str:
    return f"{where.url}/datastores/{quote(name, safe='')}"
