"""Finds leftovers room by room and deletes them: rows first, then the bytes that no row is left for."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection

from workstead.artifacts import service as artifacts
from workstead.artifacts.service import Holding, RunFiles
from workstead.blobs import service as blobs
from workstead.foundation import clock
from workstead.foundation.db import Database
from workstead.models import service as models
from workstead.runs import service as runs
from workstead.storage.base import Store
from workstead_wire.leftovers import Leftovers

GRACE_S = 24 * 3600
"""What was made in this time is let be: its run may still come."""
WAITING_S = 7 * 24 * 3600
"""How long parts and blocks wait for the rest of their file; as long as blocks do in Azure."""


async def sweep(db: Database, store: Store, *, delete: bool) -> Leftovers:
    """What is left over; deleted if told so. Who deletes looks again, in the same transaction or turn."""
    found = Leftovers(deleted=delete)
    before, expired = (clock.now() - seconds * 1_000_000 for seconds in (GRACE_S, WAITING_S))
    told: set[str] = set()
    gone: Counter[str] = Counter()  # only who just looks needs it: what is deleted holds nothing
    async for files in artifacts.each_runs_files(db, before):
        holding = await (db.write(_drop_files, files) if delete else db.read(_find_unused, files, gone))
        if holding is None:
            continue
        found.files += files.count
        found.file_bytes += sum(holding.alone.values())
        told.update(holding.alone)
        if not delete:
            gone.update(holding.held)
    for workspace_id, ids in (await db.read(artifacts.list_old_snapshots, before)).items():
        unused, contents = await (db.write if delete else db.read)(_sweep_snapshots, workspace_id, ids, delete=delete)
        found.snapshots += unused
        found.contents += len(contents)
        found.content_bytes += sum(contents.values())
        told.update(contents)
    await _sweep_bytes(db, store, found, told, expired)
    return found


async def _sweep_bytes(db: Database, store: Store, found: Leftovers, told: set[str], expired: int) -> None:
    """Count bytes that no row is left for, those that were ``told`` apart; delete them if ``found`` is what was."""
    async for key, size in artifacts.each_unknown_blob(db, store, expired):
        if key not in told:
            found.blobs += 1
            found.blob_bytes += size
        if found.deleted:
            await artifacts.drop_unheld(db, store, [key])
    if found.deleted:
        await db.write(blobs.forget_waiting, expired)
    else:
        waiting = await db.read(blobs.list_waiting, expired)
        found.blobs += len(waiting)
        found.blob_bytes += sum(waiting)
    async for key, size in blobs.each_unused(db, store):
        found.blobs += 1
        found.blob_bytes += size
        if found.deleted:
            await blobs.drop(db, store, [key])


def _find_unused(conn: Connection, files: RunFiles, gone: Counter[str]) -> Holding | None:
    """What a run's files hold, if they are of no use."""
    used = runs.has_run(conn, files.workspace_id, files.run_id)
    if used or models.has_models_of(conn, files.workspace_id, files.container):
        return None
    return artifacts.find_holding(conn, files, gone)


def _drop_files(conn: Connection, files: RunFiles) -> Holding | None:
    """What a run's files held, if they were of no use and are gone."""
    holding = _find_unused(conn, files, Counter())
    if holding is not None:
        artifacts.forget_container(conn, files)
    return holding


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
