"""Finds leftovers room by room and deletes them: rows first, then the bytes that no row is left for."""

from __future__ import annotations

from sqlalchemy import Connection

from workstead.artifacts import service as artifacts
from workstead.artifacts.service import RunFiles
from workstead.foundation import clock
from workstead.foundation.db import Database
from workstead.models import service as models
from workstead.runs import service as runs
from workstead.storage.base import Store
from workstead_wire.leftovers import Leftovers

GRACE_S = 24 * 3600
"""What was made in this time is let be: its run may still come."""


async def sweep(db: Database, store: Store, *, delete: bool) -> Leftovers:
    """What is left over; deleted if told so. Who deletes looks again, in the same transaction or turn."""
    found = Leftovers(deleted=delete)
    before = clock.now() - GRACE_S * 1_000_000
    told: set[str] = set()
    async for files in artifacts.each_runs_files(db, before):
        if not await (db.write(_drop_files, files) if delete else db.read(_are_unused, files)):
            continue
        found.files += files.count
        found.file_bytes += files.size
        told.add(files.prefix)
    for workspace_id, ids in (await db.read(artifacts.list_old_snapshots, before)).items():
        unused, contents = await (db.write if delete else db.read)(_sweep_snapshots, workspace_id, ids, delete=delete)
        found.snapshots += unused
        found.contents += len(contents)
        found.content_bytes += sum(contents.values())
        told.update(contents)
    async for key, size in artifacts.each_unknown_blob(db, store):
        if told.isdisjoint((key, artifacts.container_prefix(key))):
            found.blobs += 1
            found.blob_bytes += size
        if delete:
            await artifacts.delete_unknown_blob(db, store, key)
    return found


def _are_unused(conn: Connection, files: RunFiles) -> bool:
    run = runs.has_run(conn, files.workspace_id, files.run_id)
    return not run and not models.has_models_of(conn, files.workspace_id, files.container)


def _drop_files(conn: Connection, files: RunFiles) -> bool:
    """Whether they were of no use, and are gone."""
    unused = _are_unused(conn, files)
    if unused:
        artifacts.forget_container(conn, files)
    return unused


def _sweep_snapshots(
    conn: Connection, workspace_id: str, ids: list[str], *, delete: bool
) -> tuple[int, dict[str, int]]:
    """How many of the snapshots no run has, and what only they hold."""
    used = runs.list_snapshot_ids(conn, workspace_id)
    unused = [snapshot for snapshot in ids if snapshot not in used]
    contents = artifacts.find_held(conn, workspace_id, unused)
    if delete:
        artifacts.forget_snapshots(conn, workspace_id, unused, contents)
    return len(unused), contents
