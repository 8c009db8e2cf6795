"""Routes of uploads in parts."""

from __future__ import annotations

from litestar import get, post, put

from workstead.artifacts import service
from workstead.artifacts.routes.files import Bytes, Caller, Hash
from workstead.foundation.db import Database
from workstead.foundation.http import READ, WRITE
from workstead.settings import Settings
from workstead_wire.artifacts import PART_BYTES, Artifact, PartAddress, UploadComplete, UploadParts
from workstead_wire.workspaces import WorkspacePath


@get("/uploads/{content:str}", opt=READ, tags=["artifacts"])
async def list_parts(db: Database, store: Bytes, where: WorkspacePath, content: str) -> UploadParts:
    """What of a content, named by its SHA-256, has arrived."""
    return await service.list_parts(db, store, await db.read(service.get_shelf, where), content)


@get("/uploads/{content:str}/{number:int}", opt=WRITE, tags=["artifacts"])
async def find_part_address(
    db: Database, store: Bytes, settings: Settings, where: WorkspacePath, content: str, number: int
) -> PartAddress:
    """Where a part of a content may be put in the object storage itself, if it may."""
    if not settings.storage_signed:
        return PartAddress()
    return await service.find_address(store, await db.read(service.get_shelf, where), content, number)


@put("/uploads/{content:str}/{number:int}", opt=WRITE, tags=["artifacts"], request_max_body_size=PART_BYTES)
async def upload_part(
    request: Caller, db: Database, store: Bytes, where: WorkspacePath, content: str, number: int, sha256: Hash = None
) -> None:
    """Keep the body as a part of a content: all have 16 MiB, but for the last; sending it again changes nothing."""
    shelf = await db.read(service.get_shelf, where)
    await service.put_part(store, shelf, content, number, request.stream(), sha256)


@post("/uploads/{content:str}", opt=WRITE, tags=["artifacts"])
async def complete_upload(
    db: Database, store: Bytes, settings: Settings, where: WorkspacePath, content: str, data: UploadComplete
) -> Artifact:
    """Make a file of a content whose parts have arrived, or that the workspace has already; its hash is checked."""
    place = await db.read(service.locate, where, data.origin, data.container, data.path)
    return await service.complete_upload(db, store, place, content, data, max_bytes=settings.upload_max_bytes)


handlers = [list_parts, find_part_address, upload_part, complete_upload]
