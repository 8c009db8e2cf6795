"""Snapshots: a folder's contents by hash, each content kept once a workspace."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from workstead.artifacts import tables as t
from workstead.artifacts.service.contents import Shelf, kept
from workstead.artifacts.service.files import check_hash
from workstead.artifacts.service.names import check_path, check_sha256
from workstead.foundation import clock
from workstead.foundation.db import Database
from workstead.storage.base import Store
from workstead.workspaces import service as workspaces
from workstead_wire.artifacts import Snapshot, SnapshotCreate, SnapshotFile, SnapshotHashes
from workstead_wire.errors import InvalidInput, SnapshotNotFound, TooLarge
from workstead_wire.workspaces import WorkspacePath

_MIB = 1024 * 1024
_YOUNG = 3600 * 1_000_000
"""Microseconds in which a snapshot that is made again need not be told so."""
_AT_ONCE = 500
"""Hashes in one question to the database."""


def find_missing(conn: Connection, where: WorkspacePath, asked: SnapshotHashes) -> SnapshotHashes:
    """Those of the contents asked about that the workspace lacks, in the order asked."""
    hashes = list(dict.fromkeys(check_sha256(text) for text in asked.sha256))
    known = _sizes(conn, workspaces.get_workspace_id(conn, where), hashes)
    return SnapshotHashes(sha256=[text for text in hashes if text not in known])


def get_shelf(conn: Connection, where: WorkspacePath) -> Shelf:
    """Where the workspace's contents lie."""
    return Shelf(*workspaces.get_storage(conn, where))


def find_keys(conn: Connection, where: WorkspacePath, hashes: Iterable[str]) -> dict[str, str]:
    """The contents' keys in the store, by hash; those that the workspace lacks are left out."""
    c = t.contents.c
    query = select(c.sha256, c.key).where(c.workspace_id == workspaces.get_workspace_id(conn, where))
    found: dict[str, str] = {}
    for some in _some(hashes):
        found.update({row.sha256: row.key for row in conn.execute(query.where(c.sha256.in_(some)))})
    return found


async def put_content(
    db: Database,
    store: Store,
    where: WorkspacePath,
    sha256: str,
    chunks: AsyncIterator[bytes],
    *,
    max_bytes: int,
) -> None:
    """Keep one content; sending it again changes nothing."""
    shelf = await db.read(get_shelf, where)
    check_sha256(sha256)
    staged = await store.receive(chunks, max_bytes=max_bytes)
    try:
        check_hash(staged, sha256)
    except InvalidInput:
        await store.discard(staged)
        raise
    async with kept(db, store, shelf, [staged]):
        await db.write(save_contents, shelf, {sha256: staged.size})


def save_contents(conn: Connection, shelf: Shelf, sizes: dict[str, int]) -> None:
    """Write the rows of contents, by hash; those that have one keep it."""
    known = _sizes(conn, shelf.workspace_id, sizes)
    rows = [
        {"workspace_id": shelf.workspace_id, "sha256": sha256, "size": size, "key": shelf.key(sha256)}
        for sha256, size in sizes.items()
        if sha256 not in known
    ]
    if rows:
        conn.execute(insert(t.contents), rows)


def create_snapshot(
    conn: Connection, where: WorkspacePath, asked: SnapshotCreate, *, max_bytes: int, max_files: int
) -> Snapshot:
    """Keep a folder's list of contents; the same list has the same id and is kept once.

    Raises:
        TooLarge: more files or bytes than the limits; the sentence names the largest culprits.
        InvalidInput: a content was not sent before.
    """
    for path in asked.files:
        check_path(path)
    _check_size(asked.files, max_bytes, max_files)
    workspace_id = workspaces.get_workspace_id(conn, where)
    _check_contents(conn, workspace_id, asked.files)
    snapshot_id = _derive_id(asked.files)
    if _find(conn, workspace_id, snapshot_id) is None:
        values = {
            "workspace_id": workspace_id,
            "id": snapshot_id,
            "files": msgspec.to_builtins(asked.files),
            "created_at": clock.now(),
        }
        conn.execute(insert(t.snapshots).values(values))
    else:
        _renew(conn, workspace_id, snapshot_id)  # for who looks for snapshots that no run has: one is on its way
    return get_snapshot(conn, where, snapshot_id)


def get_snapshot(conn: Connection, where: WorkspacePath, snapshot_id: str) -> Snapshot:
    """One snapshot."""
    row = _find(conn, workspaces.get_workspace_id(conn, where), snapshot_id)
    if row is None:
        raise SnapshotNotFound(f"there is no snapshot {snapshot_id!r} in workspace {where.workspace!r}")
    files = msgspec.convert(row.files, dict[str, SnapshotFile])
    return Snapshot(id=row.id, created_at=clock.to_datetime(row.created_at), files=files)


def _renew(conn: Connection, workspace_id: str, snapshot_id: str) -> None:
    c = t.snapshots.c
    now = clock.now()
    query = update(t.snapshots).where(c.workspace_id == workspace_id, c.id == snapshot_id, c.created_at < now - _YOUNG)
    conn.execute(query.values(created_at=now))


def _find(conn: Connection, workspace_id: str, snapshot_id: str) -> Row[Any] | None:
    c = t.snapshots.c
    return conn.execute(select(t.snapshots).where(c.workspace_id == workspace_id, c.id == snapshot_id)).first()


def _sizes(conn: Connection, workspace_id: str, hashes: Iterable[str]) -> dict[str, int]:
    c = t.contents.c
    found: dict[str, int] = {}
    for some in _some(hashes):
        query = select(c.sha256, c.size).where(c.workspace_id == workspace_id, c.sha256.in_(some))
        found.update({row.sha256: row.size for row in conn.execute(query)})
    return found


def _some(hashes: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(hashes)
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]


def _check_size(files: dict[str, SnapshotFile], max_bytes: int, max_files: int) -> None:
    total = sum(file.size for file in files.values())
    if len(files) <= max_files and total <= max_bytes:
        return
    if len(files) > max_files:
        size, culprits = f"{len(files)} files, more than {max_files}", _fullest(files)
    else:
        size = f"{total / _MIB:.1f} MiB, more than {max_bytes / _MIB:.0f} MiB"
        largest = sorted(files, key=lambda path: -files[path].size)[:5]
        culprits = ", ".join(f"{path} ({files[path].size / _MIB:.1f} MiB)" for path in largest)
    raise TooLarge(
        f"the snapshot has {size}; the largest parts are {culprits}. Leave them out with a line each in "
        ".amlignore, or raise WORKSTEAD_SNAPSHOT_MAX_BYTES and WORKSTEAD_SNAPSHOT_MAX_FILES on the server"
    )


def _fullest(files: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for path in files:
        folder = path.rpartition("/")[0].split("/")[0] or "."
        counts[folder] = counts.get(folder, 0) + 1
    top = sorted(counts, key=lambda folder: -counts[folder])[:5]
    return ", ".join(f"{folder}/ ({counts[folder]} files)" for folder in top)


def _check_contents(conn: Connection, workspace_id: str, files: dict[str, SnapshotFile]) -> None:
    known = _sizes(conn, workspace_id, {check_sha256(file.sha256) for file in files.values()})
    for path, file in files.items():
        size = known.get(file.sha256)
        if size is None:
            raise InvalidInput(
                f"the content of {path!r} (SHA-256 {file.sha256}) was not sent; "
                "PUT it to …/snapshots/contents/<sha256> first"
            )
        if size != file.size:
            raise InvalidInput(f"{path!r} is said to have {file.size} bytes, but its content has {size}")


def _derive_id(files: dict[str, SnapshotFile]) -> str:
    listing = [(path, files[path].sha256) for path in sorted(files)]
    digest = hashlib.sha256(msgspec.json.encode(listing)).digest()
    return str(uuid.UUID(bytes=digest[:16]))
