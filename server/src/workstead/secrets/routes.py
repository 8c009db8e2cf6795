"""Routes of secrets. A value leaves by ``read`` alone, which answers a POST: nothing on the way keeps it."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from litestar import Request, Response, Router, delete, get, patch, post, put
from litestar.params import Parameter

from workstead.access.service import Principal
from workstead.foundation.db import Database
from workstead.foundation.home import find_own_https
from workstead.foundation.http import MANAGE, READ, WRITE, Cursor, Limit
from workstead.keys.rings import Ring
from workstead.secrets import service
from workstead.settings import Settings
from workstead.workspaces.service import get_workspace
from workstead_wire.base import Page
from workstead_wire.secrets import DeletedSecret, KeyVault, Secret, SecretEvent, SecretSet, SecretUpdate, SecretValue
from workstead_wire.workspaces import WorkspacePath

Caller = Request[Principal, None, Any]
Version = Annotated[str | None, Parameter(query="version", description="which version, by default the newest")]
_HERE = "/subscriptions/{subscription:str}/resourceGroups/{group:str}/workspaces/{workspace:str}"
_TAGS = ["secrets"]


@get("/secrets", opt=READ, tags=_TAGS)
async def list_secrets(db: Database, where: WorkspacePath, cursor: Cursor = None, limit: Limit = None) -> Page[Secret]:
    """Secrets by name, each by its newest version; never values."""
    return await db.read(service.list_secrets, where, cursor, limit)


@put("/secrets/{name:str}", opt=WRITE, tags=_TAGS)
async def set_secret(
    request: Caller, db: Database, where: WorkspacePath, ring: Ring, name: str, data: SecretSet
) -> Secret:
    """Make a new version of a secret, and the secret if there is none."""
    return await db.write(service.set_secret, where, ring, request.user.user, name, data)


@get("/secrets/{name:str}", opt=READ, tags=_TAGS)
async def get_secret(db: Database, where: WorkspacePath, name: str, version: Version = None) -> Secret:
    """One version of a secret, without its value."""
    return await db.read(service.get_secret, where, name, version)


@post("/secrets/{name:str}/read", opt=WRITE, tags=_TAGS, status_code=200)
async def read_secret(
    request: Caller, db: Database, where: WorkspacePath, ring: Ring, name: str, version: Version = None
) -> Response[SecretValue]:
    """One version of a secret with its value; the reading is written down first."""
    value = await db.write(service.read_secret, where, ring, request.user.user, name, version)
    return Response(value, headers={"cache-control": "no-store"})


@get("/secrets/{name:str}/versions", opt=READ, tags=_TAGS)
async def list_secret_versions(
    db: Database, where: WorkspacePath, name: str, cursor: Cursor = None, limit: Limit = None
) -> Page[Secret]:
    """Versions of a secret, newest first."""
    return await db.read(service.list_secret_versions, where, name, cursor, limit)


@patch("/secrets/{name:str}", opt=WRITE, tags=_TAGS)
async def update_secret(
    request: Caller, db: Database, where: WorkspacePath, name: str, data: SecretUpdate, version: Version = None
) -> Secret:
    """Change a version of a secret; its value stays."""
    return await db.write(service.update_secret, where, request.user.user, name, version, data)


@delete("/secrets/{name:str}", opt=WRITE, tags=_TAGS, status_code=200)
async def delete_secret(request: Caller, db: Database, where: WorkspacePath, name: str) -> DeletedSecret:
    """Delete a secret with all versions; it can be recovered for 90 days."""
    return await db.write(service.delete_secret, where, request.user.user, name)


@get("/deletedsecrets", opt=READ, tags=_TAGS)
async def list_deleted_secrets(
    db: Database, where: WorkspacePath, cursor: Cursor = None, limit: Limit = None
) -> Page[DeletedSecret]:
    """Deleted secrets that can be recovered, by name."""
    return await db.read(service.list_deleted_secrets, where, cursor, limit)


@get("/deletedsecrets/{name:str}", opt=READ, tags=_TAGS)
async def get_deleted_secret(db: Database, where: WorkspacePath, name: str) -> DeletedSecret:
    """One deleted secret."""
    return await db.read(service.get_deleted_secret, where, name)


@post("/deletedsecrets/{name:str}/recover", opt=WRITE, tags=_TAGS, status_code=200)
async def recover_secret(request: Caller, db: Database, where: WorkspacePath, name: str) -> Secret:
    """Bring a deleted secret back with all its versions."""
    return await db.write(service.recover_secret, where, request.user.user, name)


@delete("/deletedsecrets/{name:str}", opt=MANAGE, tags=_TAGS)
async def purge_secret(request: Caller, db: Database, where: WorkspacePath, name: str) -> None:
    """Take a deleted secret away for good."""
    await db.write(service.purge_secret, where, request.user.user, name)


@get("/secretevents", opt=READ, tags=_TAGS)
async def list_secret_events(
    db: Database, where: WorkspacePath, name: str | None = None, cursor: Cursor = None, limit: Limit = None
) -> Page[SecretEvent]:
    """What was done with the vault's secrets, or with the one of a name, newest first."""
    return await db.read(service.list_secret_events, where, name, cursor, limit)


@get("/keyvault", opt=READ, tags=_TAGS)
async def get_key_vault(db: Database, where: WorkspacePath, settings: Settings) -> KeyVault:
    """The workspace's key vault and its addresses."""
    workspace = await db.read(get_workspace, where)
    address = find_own_https(settings.home)
    own = address and f"https://{workspace.key_vault}.vault.localhost:{urlsplit(address).port}"
    url = address and f"{address}/vaults/{workspace.key_vault}"
    return KeyVault(name=workspace.key_vault, url=url, own_url=own, kept_days=service.KEPT_DAYS)


@post("/keyvault/rotate", opt=MANAGE, tags=_TAGS, status_code=204)
async def rotate_data_key(db: Database, where: WorkspacePath, ring: Ring) -> None:
    """Seal every value of the vault by a new data key."""
    await db.write(service.rotate_data_key, where, ring)


router = Router(
    _HERE,
    route_handlers=[
        get_key_vault,
        list_secrets,
        set_secret,
        get_secret,
        read_secret,
        list_secret_versions,
        update_secret,
        delete_secret,
        list_deleted_secrets,
        get_deleted_secret,
        recover_secret,
        purge_secret,
        list_secret_events,
        rotate_data_key,
    ],
)
