"""Routes of the storage account. A key leaves by ``read`` alone, which answers a POST and is in the activity log."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

from litestar import Request, Response, Router, delete, get, post, put
from litestar.params import Dependency, Parameter
from litestar.response import Stream

from workstead.access.service import Principal
from workstead.artifacts.routes.answers import Blob as Shown
from workstead.artifacts.routes.answers import send, tail
from workstead.artifacts.routes.files import Inline
from workstead.blobs import service
from workstead.blobs.service import Blob, Draft, Spot
from workstead.foundation import clock, pages
from workstead.foundation.db import Database
from workstead.foundation.home import find_own_https, find_own_url
from workstead.foundation.http import MANAGE, READ, WRITE, Cursor, Limit, operation
from workstead.keys.rings import Ring
from workstead.settings import Settings
from workstead.storage.base import Store
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

Caller = Request[Principal, None, Any]
Bytes = Annotated[Store, Dependency(skip_validation=True)]
Prefix = Annotated[str, Parameter(query="prefix", description="only names that begin with these letters")]
Delimiter = Annotated[str, Parameter(query="delimiter", description="what ends a folder's name, such as '/'")]
_HERE = "/subscriptions/{subscription:str}/resourceGroups/{group:str}/workspaces/{workspace:str}"
_TAGS = ["blobs"]
_SECRET = {"cache-control": "no-store"}


@get("/storageaccount", opt=READ, tags=_TAGS)
async def get_storage_account(
    request: Caller, db: Database, settings: Settings, where: WorkspacePath
) -> StorageAccount:
    """The workspace's storage account, its addresses, and what is known of its keys."""
    account = await db.read(service.get_account, where)
    https = find_own_https(settings.home)
    return StorageAccount(
        name=account.name,
        url=f"{_server(request, settings)}/blob/{account.name}",
        https_url=f"{https}/blob/{account.name}" if https else "",
        keys=await db.read(service.list_keys, account),
    )


@post(
    "/storageaccount/keys/{name:str}/read",
    opt=WRITE | operation("Read storage account key", "storageaccount/keys/{name}"),
    tags=_TAGS,
    status_code=200,
)
async def read_account_key(db: Database, ring: Ring, where: WorkspacePath, name: str) -> Response[AccountKeyValue]:
    """One of the account's two keys; the reading is written down."""
    account = await db.read(service.get_account, where)
    return Response(await db.write(service.read_key, ring, account, name), headers=_SECRET)


@post(
    "/storageaccount/keys/{name:str}/rotate",
    opt=MANAGE | operation("Rotate storage account key", "storageaccount/keys/{name}"),
    tags=_TAGS,
    status_code=200,
)
async def rotate_account_key(db: Database, ring: Ring, where: WorkspacePath, name: str) -> Response[AccountKeyValue]:
    """Put a new key in the old one's place; all that the old one signed is refused from now on."""
    account = await db.read(service.get_account, where)
    return Response(await db.write(service.rotate_key, ring, account, name), headers=_SECRET)


@post(
    "/storageaccount/sas",
    opt=WRITE | operation("Make shared access signature", "storageaccount"),
    tags=_TAGS,
    status_code=201,
)
async def create_sas(
    request: Caller, db: Database, settings: Settings, ring: Ring, where: WorkspacePath, data: SasCreate
) -> Response[Sas]:
    """A signature that gives whoever shows it some rights for some time. It cannot be told again."""
    account = await db.read(service.get_account, where)
    words = await db.write(service.create_sas, ring, account, data, request.user.until)
    path = "/".join(quote(part, safe="/") for part in (account.name, data.container, data.blob) if part)
    token = urlencode(words, quote_via=quote)
    made = Sas(token=token, url=f"{_server(request, settings)}/blob/{path}?{token}", expires=service.sas_end(words))
    return Response(made, headers=_SECRET)


@get("/blobs", opt=READ, tags=_TAGS)
async def list_containers(db: Database, where: WorkspacePath) -> list[BlobContainer]:
    """Containers of the storage account, by name."""
    found = await db.read(service.list_containers, await db.read(service.get_account, where))
    return [
        BlobContainer(name=item.name, modified_at=clock.to_datetime_or_none(item.modified_at or None)) for item in found
    ]


@put("/blobs/{container:str}", opt=WRITE | operation("Create container", "blobs/{container}"), tags=_TAGS)
async def create_container(db: Database, where: WorkspacePath, container: str) -> BlobContainer:
    """Make a container."""
    account = await db.read(service.get_account, where)
    made = await db.write(service.create_container, account, container, {})
    return BlobContainer(name=made.name, modified_at=clock.to_datetime(made.modified_at))


@delete("/blobs/{container:str}", opt=WRITE | operation("Delete container", "blobs/{container}"), tags=_TAGS)
async def delete_container(db: Database, store: Bytes, where: WorkspacePath, container: str) -> None:
    """Delete a container with all blobs in it."""
    freed = await db.write(service.delete_container, await db.read(service.get_account, where), container)
    await service.drop(db, store, freed)


@get("/blobs/{container:str}", opt=READ, tags=_TAGS)
async def list_blobs(
    db: Database,
    where: WorkspacePath,
    container: str,
    prefix: Prefix = "",
    delimiter: Delimiter = "",
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[BlobInfo]:
    """Blobs of a container by name; with a delimiter, folders are told instead of what is in them."""
    account = await db.read(service.get_account, where)
    after = pages.decode_cursor(cursor, str)
    found = await db.read(
        service.list_blobs,
        account,
        container,
        prefix=prefix,
        delimiter=delimiter,
        after=after[0] if after else "",
        limit=pages.check_limit(limit),
    )
    following = pages.encode_cursor(found.next_after) if found.next_after else None
    return Page(items=[_info(item) for item in found.items], next_cursor=following)


@get("/blobs/{container:str}/{path:path}", opt=READ, tags=_TAGS)
async def download_blob(
    request: Caller, db: Database, store: Bytes, where: WorkspacePath, container: str, inline: Inline = None
) -> Stream | Response[bytes]:
    """A blob's bytes, whole or by one range; with ``?inline`` for showing instead of saving."""
    blob, pieces = await db.read(service.open_blob, await _spot(request, db, where, container))
    kind = blob.headers.get("content_type", "application/octet-stream")
    shown = Shown("", blob.name.rpartition("/")[2], blob.size, blob.etag, kind)
    return await send(request, service.Pieces(store, pieces), shown, inline=inline is not None)


@put("/blobs/{container:str}/{path:path}", opt=WRITE, tags=_TAGS, status_code=201, request_max_body_size=None)
async def upload_blob(
    request: Caller, db: Database, store: Bytes, settings: Settings, where: WorkspacePath, container: str
) -> BlobInfo:
    """Store the body as a blob, in place of an older one; ``If-None-Match: *`` refuses a name that is taken."""
    spot = await _spot(request, db, where, container)
    kind = request.headers.get("content-type", "") or "application/octet-stream"
    check = service.refuse_taken if request.headers.get("if-none-match") == "*" else service.take_any
    draft = Draft(headers={"content_type": kind})
    limit = settings.upload_max_bytes
    return _info(await service.put_blob(db, store, spot, request.stream(), draft, check, max_bytes=limit))


@delete("/blobs/{container:str}/{path:path}", opt=WRITE, tags=_TAGS)
async def delete_blob(request: Caller, db: Database, store: Bytes, where: WorkspacePath, container: str) -> None:
    """Delete a blob."""
    await service.delete_blob(db, store, await _spot(request, db, where, container), service.take_any)


@get("/datastores", opt=READ, tags=_TAGS)
async def list_datastores(db: Database, where: WorkspacePath) -> list[Datastore]:
    """Datastores by name."""
    return await db.read(service.list_datastores, where)


@get("/datastores/{name:str}", opt=READ, tags=_TAGS)
async def get_datastore(db: Database, where: WorkspacePath, name: str) -> Datastore:
    """One datastore."""
    return await db.read(service.get_datastore, where, name)


@put("/datastores/{name:str}", opt=WRITE | operation("Register datastore", "datastores/{name}"), tags=_TAGS)
async def create_datastore(db: Database, where: WorkspacePath, name: str, data: DatastoreCreate) -> Datastore:
    """Give a container a name, or give the name to another container."""
    return await db.write(service.create_datastore, where, name, data)


@post(
    "/datastores/{name:str}/default",
    opt=WRITE | operation("Set default datastore", "datastores/{name}"),
    tags=_TAGS,
    status_code=200,
)
async def set_default_datastore(db: Database, where: WorkspacePath, name: str) -> Datastore:
    """Let a datastore be the workspace's default."""
    return await db.write(service.set_default_datastore, where, name)


@delete("/datastores/{name:str}", opt=WRITE | operation("Unregister datastore", "datastores/{name}"), tags=_TAGS)
async def delete_datastore(db: Database, where: WorkspacePath, name: str) -> None:
    """Forget a datastore; its container and all in it stay."""
    await db.write(service.delete_datastore, where, name)


async def _spot(request: Caller, db: Database, where: WorkspacePath, container: str) -> Spot:
    name = tail(request, f"/blobs/{container}/")
    return Spot(await db.read(service.get_account, where), container, name)


def _server(request: Caller, settings: Settings) -> str:
    url = find_own_url(settings.home)
    host = request.headers.get("host", "")
    # Whoever calls by a name will call again by it; its port is that of the request.
    return f"{request.url.scheme}://{host}" if urlsplit(f"//{host}").hostname else url or ""


def _info(item: Blob | str) -> BlobInfo:
    if isinstance(item, str):
        return BlobInfo(name=item, is_folder=True)
    kind, modified = item.headers.get("content_type", ""), clock.to_datetime(item.modified_at)
    return BlobInfo(name=item.name, size=item.size, content_type=kind, modified_at=modified)


router = Router(
    _HERE,
    route_handlers=[
        get_storage_account,
        read_account_key,
        rotate_account_key,
        create_sas,
        list_containers,
        create_container,
        delete_container,
        list_blobs,
        download_blob,
        upload_blob,
        delete_blob,
        list_datastores,
        get_datastore,
        create_datastore,
        set_default_datastore,
        delete_datastore,
    ],
)
