"""A vault's addresses: ``/vaults/<name>/…`` on any name of the server, and the root of ``<name>.vault.<name>``."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import MediaType, Request, Response, Router, delete, get, patch, post, put
from litestar.di import Provide
from litestar.params import Parameter

from workstead.access.service import Principal
from workstead.dialects.keyvault import words
from workstead.dialects.keyvault.words import (
    Bundle,
    Items,
    RestoreParameters,
    SetParameters,
    UpdateParameters,
)
from workstead.foundation.db import Database
from workstead.foundation.http import answer_error
from workstead.keys.rings import Ring
from workstead.secrets import service
from workstead.workspaces.service import get_workspace_of_resource
from workstead_wire.base import Page
from workstead_wire.errors import NotFound
from workstead_wire.workspaces import WorkspacePath

Caller = Request[Principal, None, Any]
MaxResults = Annotated[int | None, Parameter(query="maxresults")]
SkipToken = Annotated[str | None, Parameter(query="$skiptoken")]
_PAGE = 25
"""Azure's own length of a page, and its longest."""


def _may(verb: str) -> dict[str, str]:
    # The guard knows no workspace here: any caller who is signed in comes as far as `provide_vault`.
    return {"verb": "self", "on_vault": verb}


async def provide_vault(request: Caller, db: Database, vault_name: str) -> WorkspacePath:
    """The workspace whose key vault the address names, if the caller may do there what the route does."""
    where = await db.read(get_workspace_of_resource, "key_vault", vault_name)
    request.user.check(request.route_handler.opt["on_vault"], where.id)
    return where


@put("/secrets/{name:str}", opt=_may("write"), status_code=200)
async def set_secret(
    request: Caller, db: Database, vault: WorkspacePath, ring: Ring, name: str, data: SetParameters
) -> Bundle:
    """Set a secret."""
    asked = words.asked_set(data)
    made = await db.write(service.set_secret, vault, ring, request.user.user, name, asked)
    return words.bundle(made, _address(request), asked.value)


@get(["/secrets/{name:str}", "/secrets/{name:str}/{version:str}"], opt=_may("write"))
async def get_secret(
    request: Caller, db: Database, vault: WorkspacePath, ring: Ring, name: str, version: str | None = None
) -> Response[Bundle]:
    """A secret with its value, which is written down."""
    found = await db.write(service.read_secret, vault, ring, request.user.user, name, version)
    return Response(words.bundle(found, _address(request), found.value), headers={"cache-control": "no-store"})


@patch(["/secrets/{name:str}", "/secrets/{name:str}/{version:str}"], opt=_may("write"))
async def update_secret(
    request: Caller, db: Database, vault: WorkspacePath, name: str, data: UpdateParameters, version: str | None = None
) -> Bundle:
    """Change a version."""
    asked = words.asked_update(data)
    changed = await db.write(service.update_secret, vault, request.user.user, name, version, asked)
    return words.bundle(changed, _address(request))


@get("/secrets", opt=_may("read"))
async def list_secrets(
    request: Caller, db: Database, vault: WorkspacePath, maxresults: MaxResults = None, skip: SkipToken = None
) -> Items:
    """Names of secrets."""
    page = await db.read(service.list_secrets, vault, skip, _length(maxresults))
    return words.items(page, _address(request), _next(request, page))


@get("/secrets/{name:str}/versions", opt=_may("read"))
async def list_versions(
    request: Caller,
    db: Database,
    vault: WorkspacePath,
    name: str,
    maxresults: MaxResults = None,
    skip: SkipToken = None,
) -> Items:
    """Versions of a secret."""
    page = await db.read(service.list_secret_versions, vault, name, skip, _length(maxresults))
    return words.items(page, _address(request), _next(request, page), versioned=True)


@delete("/secrets/{name:str}", opt=_may("write"), status_code=200)
async def delete_secret(request: Caller, db: Database, vault: WorkspacePath, name: str) -> Bundle:
    """Delete a secret softly."""
    return words.bundle(await db.write(service.delete_secret, vault, request.user.user, name), _address(request))


@get("/deletedsecrets", opt=_may("read"))
async def list_deleted(
    request: Caller, db: Database, vault: WorkspacePath, maxresults: MaxResults = None, skip: SkipToken = None
) -> Items:
    """Deleted secrets."""
    page = await db.read(service.list_deleted_secrets, vault, skip, _length(maxresults))
    return words.items(page, _address(request), _next(request, page))


@get("/deletedsecrets/{name:str}", opt=_may("read"))
async def get_deleted(request: Caller, db: Database, vault: WorkspacePath, name: str) -> Bundle:
    """A deleted secret."""
    return words.bundle(await db.read(service.get_deleted_secret, vault, name), _address(request))


@post("/deletedsecrets/{name:str}/recover", opt=_may("write"), status_code=200)
async def recover(request: Caller, db: Database, vault: WorkspacePath, name: str) -> Bundle:
    """Bring a deleted secret back."""
    return words.bundle(await db.write(service.recover_secret, vault, request.user.user, name), _address(request))


@delete("/deletedsecrets/{name:str}", opt=_may("manage"))
async def purge(request: Caller, db: Database, vault: WorkspacePath, name: str) -> None:
    """Take a deleted secret away for good."""
    await db.write(service.purge_secret, vault, request.user.user, name)


@post("/secrets/{name:str}/backup", opt=_may("write"), status_code=200)
async def backup(request: Caller, db: Database, vault: WorkspacePath, ring: Ring, name: str) -> dict[str, str]:
    """All versions of a secret as one text that only this vault can open."""
    return {"value": await db.write(service.back_up_secret, vault, ring, request.user.user, name)}


@post("/secrets/{name:str}", opt=_may("write"), status_code=200)
async def restore(
    request: Caller, db: Database, vault: WorkspacePath, ring: Ring, name: str, data: RestoreParameters
) -> Bundle:
    """Bring back what a backup holds. ``name`` is the word ``restore``, which a secret may be called as well."""
    if name != "restore":
        raise NotFound(f"{name!r} is nothing that can be done with secrets; a POST here restores")
    made = await db.write(service.restore_secret, vault, ring, request.user.user, data.value)
    return words.bundle(made, _address(request))


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Our one error shape, said in Azure's; who is not signed in learns where a token is good."""
    ours = answer_error(request, error)
    message = msgspec.json.decode(ours.content)["error"]["message"]
    status = ours.status_code or 500
    headers: dict[str, str] = {}
    if status == 401:  # noqa: PLR2004
        host = request.headers.get("host", "")
        # The client wants the vault's host to end in the resource's: below it, where the vault has a name of its own.
        resource = host.partition(".")[2] if _has_own_name(host) else host
        where = f"{request.url.scheme}://"
        headers["www-authenticate"] = f'Bearer authorization="{where}{host}/workstead", resource="{where}{resource}"'
    body = msgspec.json.encode(words.error_body(status, message, error))
    return Response(body, status_code=status, media_type=MediaType.JSON, headers=headers)


def _address(request: Caller) -> str:
    # Clients read a name and a version out of an id and want nothing else in its path, so ids leave the vault's
    # own path out; only the links of lists are followed.
    return f"{request.url.scheme}://{request.headers['host']}"


def _next(request: Caller, page: Page[Any]) -> str | None:
    if page.next_cursor is None:
        return None
    path = request.url.path
    if _has_own_name(request.headers["host"]):
        path = "/" + path.split("/", 3)[3]
    kept = {name: value for name, value in request.query_params.items() if name != "$skiptoken"}
    return f"{_address(request)}{path}?{urlencode(kept | {'$skiptoken': page.next_cursor})}"


def _has_own_name(host: str) -> bool:
    return host.split(".")[1:2] == ["vault"]


def _length(maxresults: int | None) -> int:
    return _PAGE if maxresults is None else maxresults


router = Router(
    "/vaults/{vault_name:str}",
    route_handlers=[
        set_secret,
        get_secret,
        update_secret,
        list_secrets,
        list_versions,
        delete_secret,
        list_deleted,
        get_deleted,
        recover,
        purge,
        backup,
        restore,
    ],
    dependencies={"vault": Provide(provide_vault)},
    exception_handlers={Exception: answer},
    include_in_schema=False,
)
