"""Routes of files."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, delete, get, post, put
from litestar.params import Dependency, Parameter
from litestar.response import Stream

from workstead.access.service import Principal
from workstead.artifacts import service
from workstead.artifacts.routes.answers import Blob, attachment, begun, send, tail
from workstead.foundation.db import Database
from workstead.foundation.http import READ, WRITE, Cursor, Limit
from workstead.settings import Settings
from workstead.storage.base import Store
from workstead_wire.artifacts import Artifact, Container, Origin
from workstead_wire.base import Page
from workstead_wire.errors import ArtifactNotFound
from workstead_wire.workspaces import WorkspacePath

Caller = Request[Principal, None, Any]
Bytes = Annotated[Store, Dependency(skip_validation=True)]
Prefix = Annotated[str, Parameter(query="prefix", description="only paths that begin with these letters")]
Inline = Annotated[
    str | None, Parameter(query="inline", description="for viewers: not an attachment, sandboxed all the same")
]
Direct = Annotated[
    str | None,
    Parameter(header="Workstead-Direct", description="the caller takes the bytes from object storage where it can"),
]
Hash = Annotated[
    str | None,
    Parameter(header="Workstead-SHA256", description="SHA-256 of the body, hexadecimal; checked when given"),
]
IfNoneMatch = Annotated[str | None, Parameter(header="If-None-Match", description="'*' refuses a name that is taken")]

_CONTAINER = "/{origin:str}/{container:str}"
_FILE = _CONTAINER + "/{path:path}"


@get("/artifacts/{origin:str}", opt=READ, tags=["artifacts"])
async def list_containers(
    db: Database, where: WorkspacePath, origin: Origin, cursor: Cursor = None, limit: Limit = None
) -> Page[Container]:
    """Containers of an origin that hold a file, by name."""
    return await db.read(service.list_containers, where, origin, cursor=cursor, limit=limit)


@get("/artifacts" + _CONTAINER, opt=READ, tags=["artifacts"])
async def list_artifacts(
    db: Database,
    where: WorkspacePath,
    origin: Origin,
    container: str,
    prefix: Prefix = "",
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Artifact]:
    """Files of a container by path; an unknown container is empty."""
    return await db.read(service.list_artifacts, where, origin, container, prefix=prefix, cursor=cursor, limit=limit)


@put("/artifacts" + _FILE, opt=WRITE, tags=["artifacts"], status_code=201, request_max_body_size=None)
async def upload_artifact(
    request: Caller,
    db: Database,
    store: Bytes,
    settings: Settings,
    where: WorkspacePath,
    origin: Origin,
    container: str,
    sha256: Hash = None,
    if_none_match: IfNoneMatch = None,
) -> Artifact:
    """Store the body as a file; in place of an older one unless ``If-None-Match: *`` forbids that."""
    path = tail(request, f"/artifacts/{origin}/{container}/")
    place = await db.read(service.locate, where, origin, container, path)
    return await service.put_file(
        db,
        store,
        place,
        request.stream(),
        overwrite=if_none_match != "*",
        sha256=sha256,
        content_type=request.headers.get("content-type", ""),
        max_bytes=settings.upload_max_bytes,
    )


@post("/artifacts" + _CONTAINER, opt=WRITE, tags=["artifacts"], request_max_body_size=None)
async def upload_batch(
    request: Caller,
    db: Database,
    store: Bytes,
    settings: Settings,
    where: WorkspacePath,
    origin: Origin,
    container: str,
) -> list[Artifact]:
    """Store many small files under free names, all or none: the JSON list of BatchFile, a line end, their bytes."""
    limit = settings.upload_max_bytes
    return await service.put_files(db, store, where, origin, container, request.stream(), max_bytes=limit)


@get("/artifacts" + _FILE, opt=READ, tags=["artifacts"])
async def download_artifact(
    request: Caller,
    db: Database,
    store: Bytes,
    where: WorkspacePath,
    origin: Origin,
    container: str,
    settings: Settings,
    inline: Inline = None,
    direct: Direct = None,
) -> Stream | Response[bytes]:
    """A file's bytes, whole or by one range; with ``?inline`` for showing instead of saving.

    Where the header ``Workstead-Direct`` allows it: status 307 and an address of the object storage.
    """
    path = tail(request, f"/artifacts/{origin}/{container}/")
    blob = Blob.of(await db.read(service.get_stored_at, where, origin, container, path))
    if direct and settings.storage_signed:
        address = await store.sign(blob.key, service.SIGNED_S)
        if address:
            return Response(b"", status_code=307, headers={"Location": address, "Cache-Control": "no-store"})
    return await send(request, store, blob, inline=inline is not None)


@delete("/artifacts" + _FILE, opt=WRITE, tags=["artifacts"])
async def delete_artifact(
    request: Caller, db: Database, store: Bytes, where: WorkspacePath, origin: Origin, container: str
) -> None:
    """Delete a file."""
    path = tail(request, f"/artifacts/{origin}/{container}/")
    await service.delete_file(db, store, await db.read(service.locate, where, origin, container, path))


@get("/artifactinfo" + _FILE, opt=READ, tags=["artifacts"])
async def get_artifact(request: Caller, db: Database, where: WorkspacePath, origin: Origin, container: str) -> Artifact:
    """What is known of a file, without its bytes."""
    path = tail(request, f"/artifactinfo/{origin}/{container}/")
    return await db.read(service.get_artifact, await db.read(service.locate, where, origin, container, path))


@get("/artifactzip" + _CONTAINER, opt=READ, tags=["artifacts"])
async def download_zip(
    db: Database,
    store: Bytes,
    where: WorkspacePath,
    origin: Origin,
    container: str,
    path: Annotated[str, Parameter(query="path", description="a file or folder of the container")] = "",
) -> Stream:
    """A container's files, or those of one folder of it, as one zip archive."""
    found = await db.read(service.list_stored, where, origin, container, path)
    if not found:
        raise ArtifactNotFound(f"there is no file at {path!r} in {origin}/{container}, so nothing to pack")
    entries = [service.Entry(item.file.path, item.key, item.file.size) for item in found]
    name = (path.rpartition("/")[2] or container) + ".zip"
    return await zip_answer(store, entries, name)


async def zip_answer(store: Store, entries: list[service.Entry], name: str) -> Stream:
    """An archive as a download."""
    headers = {"Content-Disposition": attachment(name), "X-Content-Type-Options": "nosniff"}
    return Stream(await begun(service.zipped(store, entries)), headers=headers, media_type="application/zip")


handlers = [
    list_containers,
    list_artifacts,
    upload_artifact,
    upload_batch,
    download_artifact,
    delete_artifact,
    get_artifact,
    download_zip,
]
