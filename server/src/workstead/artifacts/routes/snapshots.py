"""Routes of snapshots."""

from __future__ import annotations

from litestar import Response, get, post, put
from litestar.response import Stream

from workstead.artifacts import service
from workstead.artifacts.routes.answers import Blob, send, tail
from workstead.artifacts.routes.files import Bytes, Caller, Inline, zip_answer
from workstead.foundation.db import Database
from workstead.foundation.http import READ, WRITE
from workstead.settings import Settings
from workstead_wire.artifacts import Snapshot, SnapshotCreate, SnapshotHashes
from workstead_wire.errors import ArtifactNotFound
from workstead_wire.workspaces import WorkspacePath


@post("/snapshots/missing", opt=READ, tags=["artifacts"], status_code=200)
async def list_missing_contents(db: Database, where: WorkspacePath, data: SnapshotHashes) -> SnapshotHashes:
    """Those of the contents asked about that the workspace lacks."""
    return await db.read(service.find_missing, where, data)


@post("/snapshots/contents", opt=WRITE, tags=["artifacts"], status_code=204, request_max_body_size=None)
async def upload_contents(
    request: Caller, db: Database, store: Bytes, settings: Settings, where: WorkspacePath
) -> None:
    """Keep many small contents: the JSON list of SnapshotFile, a line end, their bytes; hashes are checked."""
    limit = settings.snapshot_max_bytes
    await service.put_contents(db, store, where, request.stream(), max_bytes=limit)


@put("/snapshots/contents/{sha256:str}", opt=WRITE, tags=["artifacts"], request_max_body_size=None)
async def upload_content(
    request: Caller, db: Database, store: Bytes, settings: Settings, where: WorkspacePath, sha256: str
) -> None:
    """Keep the body as a content for snapshots to come; its hash is checked."""
    limit = settings.snapshot_max_bytes
    await service.put_content(db, store, where, sha256, request.stream(), max_bytes=limit)


@post("/snapshots", opt=WRITE, tags=["artifacts"])
async def create_snapshot(db: Database, settings: Settings, where: WorkspacePath, data: SnapshotCreate) -> Snapshot:
    """Keep a folder's list of contents; the same list gives the same snapshot."""
    return await db.write(
        service.create_snapshot,
        where,
        data,
        max_bytes=settings.snapshot_max_bytes,
        max_files=settings.snapshot_max_files,
    )


@get("/snapshots/{snapshot_id:str}", opt=READ, tags=["artifacts"])
async def get_snapshot(db: Database, where: WorkspacePath, snapshot_id: str) -> Snapshot:
    """One snapshot."""
    return await db.read(service.get_snapshot, where, snapshot_id)


@get("/snapshots/{snapshot_id:str}/files/{path:path}", opt=READ, tags=["artifacts"])
async def read_snapshot_file(
    request: Caller,
    db: Database,
    store: Bytes,
    where: WorkspacePath,
    snapshot_id: str,
    inline: Inline = None,
) -> Stream | Response[bytes]:
    """The bytes of one file of a snapshot, whole or by one range."""
    path = tail(request, f"/snapshots/{snapshot_id}/files/")
    snapshot = await db.read(service.get_snapshot, where, snapshot_id)
    file = snapshot.files.get(path)
    if file is None:
        raise ArtifactNotFound(f"there is no file {path!r} in snapshot {snapshot_id!r}")
    keys = await db.read(service.find_keys, where, [file.sha256])
    blob = Blob(keys[file.sha256], path.rpartition("/")[2], file.size, file.sha256, service.guess_type(path))
    return await send(request, store, blob, inline=inline is not None)


@get("/snapshots/{snapshot_id:str}/zip", opt=READ, tags=["artifacts"])
async def download_snapshot(db: Database, store: Bytes, where: WorkspacePath, snapshot_id: str) -> Stream:
    """A snapshot's files as one zip archive."""
    snapshot = await db.read(service.get_snapshot, where, snapshot_id)
    keys = await db.read(service.find_keys, where, {file.sha256 for file in snapshot.files.values()})
    entries = [service.Entry(path, keys[file.sha256], file.size) for path, file in sorted(snapshot.files.items())]
    return await zip_answer(store, entries, f"snapshot-{snapshot_id}.zip")


handlers = [
    list_missing_contents,
    upload_contents,
    upload_content,
    create_snapshot,
    get_snapshot,
    read_snapshot_file,
    download_snapshot,
]
