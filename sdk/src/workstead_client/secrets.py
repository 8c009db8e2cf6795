"""Secrets of a workspace's key vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional
from urllib.parse import quote

from workstead_wire.base import Page
from workstead_wire.secrets import DeletedSecret, KeyVault, Secret, SecretEvent, SecretSet, SecretUpdate, SecretValue
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead_client.transport import Transport


def get_key_vault(http: Transport, where: WorkspacePath) -> KeyVault:
    """The workspace's key vault and its addresses."""
    return http.request("GET", f"{where.url}/keyvault", type=KeyVault)


def list_secrets(
    http: Transport, where: WorkspacePath, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[Secret]:
    """One page of secrets by name, each by its newest version; never values."""
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", f"{where.url}/secrets", params=params, type=Page[Secret])


def set_secret(http: Transport, where: WorkspacePath, name: str, asked: SecretSet) -> Secret:
    """Make a new version of a secret, and the secret if there is none."""
    return http.request("PUT", _secret(where, name), body=asked, type=Secret)


def get_secret(http: Transport, where: WorkspacePath, name: str, version: Optional[str] = None) -> Secret:
    """One version of a secret, by default the newest, without its value."""
    return http.request("GET", _secret(where, name), params={"version": version}, type=Secret)


def read_secret(http: Transport, where: WorkspacePath, name: str, version: Optional[str] = None) -> SecretValue:
    """One version of a secret with its value; the reading is written down."""
    return http.request("POST", f"{_secret(where, name)}/read", params={"version": version}, type=SecretValue)


def list_secret_versions(
    http: Transport, where: WorkspacePath, name: str, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[Secret]:
    """One page of a secret's versions, newest first."""
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", f"{_secret(where, name)}/versions", params=params, type=Page[Secret])


def update_secret(
    http: Transport, where: WorkspacePath, name: str, asked: SecretUpdate, version: Optional[str] = None
) -> Secret:
    """Change a version of a secret; its value stays."""
    return http.request("PATCH", _secret(where, name), params={"version": version}, body=asked, type=Secret)


def delete_secret(http: Transport, where: WorkspacePath, name: str) -> DeletedSecret:
    """Delete a secret with all versions; it can be recovered for 90 days."""
    return http.request("DELETE", _secret(where, name), type=DeletedSecret)


def list_deleted_secrets(
    http: Transport, where: WorkspacePath, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[DeletedSecret]:
    """One page of deleted secrets that can be recovered, by name."""
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", f"{where.url}/deletedsecrets", params=params, type=Page[DeletedSecret])


def get_deleted_secret(http: Transport, where: WorkspacePath, name: str) -> DeletedSecret:
    """One deleted secret."""
    return http.request("GET", _deleted(where, name), type=DeletedSecret)


def recover_secret(http: Transport, where: WorkspacePath, name: str) -> Secret:
    """Bring a deleted secret back with all its versions."""
    return http.request("POST", f"{_deleted(where, name)}/recover", type=Secret)


def purge_secret(http: Transport, where: WorkspacePath, name: str) -> None:
    """Take a deleted secret away for good."""
    http.request("DELETE", _deleted(where, name))


def list_secret_events(
    http: Transport,
    where: WorkspacePath,
    name: Optional[str] = None,
    cursor: Optional[str] = None,
    limit: Optional[int] = None,
) -> Page[SecretEvent]:
    """One page of what was done with the vault's secrets, or with one, newest first."""
    params = {"name": name, "cursor": cursor, "limit": limit}
    return http.request("GET", f"{where.url}/secretevents", params=params, type=Page[SecretEvent])


def rotate_data_key(http: Transport, where: WorkspacePath) -> None:
    """Seal every value of the vault by a new data key."""
    http.request("POST", f"{where.url}/keyvault/rotate")


def _secret(where: WorkspacePath, name: str) -> str:
    return f"{where.url}/secrets/{quote(name, safe='')}"


def _deleted(where: WorkspacePath, name: str) -> str:
    return f"{where.url}/deletedsecrets/{quote(name, safe='')}"
