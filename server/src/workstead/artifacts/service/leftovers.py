"""Files, snapshots and bytes that may be of no use to anybody, for those to judge who know who uses them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, select, tuple_

from workstead.artifacts import tables as t
from workstead.artifacts.service.contents import find_held_keys
from workstead.foundation.db import Database
from workstead.storage.base import Store
from workstead.workspaces import service as workspaces

_RUN_FILES = "dcid."
_PARTS = "uploads"
_FOLDERS = {"contents", _PARTS, "snapshots", "azureml"}
"""Folders of a storage account that hold our bytes; the last two have those from before contents were shared."""
_AT_ONCE = 500
"""Containers, snapshots or keys in one question to the database."""


class RunFiles(msgspec.Struct, frozen=True):
    """All files of one run; how many."""

    workspace_id: str
    container: str
    count: int

    @property
    def run_id(self) -> str:
        """Whose they are."""
        return self.container.removeprefix(_RUN_FILES)


async def each_runs_files(db: Database, before: int) -> AsyncIterator[RunFiles]:
    """Runs' files of which none came after ``before`` (microseconds), run by run."""
    after = ("", "")
    while page := await db.read(_read_run_files, after):
        for files, newest in page:
            if newest < before:
                yield files
        after = (page[-1][0].workspace_id, page[-1][0].container)


class Holding(msgspec.Struct, frozen=True):
    """What some files hold: how many of them hold each key, and the sizes of what nobody else does, by key."""

    held: Counter[str]
    alone: dict[str, int]


def find_holding(conn: Connection, files: RunFiles, gone: Counter[str]) -> Holding:
    """What a run's files hold. ``gone`` has files that are as good as deleted: how many of them hold each key."""
    c, o = t.artifacts.c, t.artifacts.alias().c
    holders = select(func.count()).where(o.key == c.key).scalar_subquery()
    of_snapshots = select(t.contents.c.key).where(t.contents.c.key == c.key).exists()
    query = select(c.key, func.count(), func.max(c.size), holders, of_snapshots).where(*_in(files)).group_by(c.key)
    held: Counter[str] = Counter()
    alone: dict[str, int] = {}
    for key, count, size, total, kept in conn.execute(query):
        held[key] = count
        if not kept and total == count + gone[key]:
            alone[key] = size
    return Holding(held, alone)


def forget_container(conn: Connection, files: RunFiles) -> None:
    """Delete the rows of a run's files; their bytes are unknown from now on."""
    conn.execute(delete(t.artifacts).where(*_in(files)))


def list_old_snapshots(conn: Connection, before: int) -> dict[str, list[str]]:
    """Ids of the snapshots that were made, or made again, before ``before``, by workspace."""
    c = t.snapshots.c
    found: dict[str, list[str]] = {}
    for row in conn.execute(select(c.workspace_id, c.id).where(c.created_at < before)):
        found.setdefault(row.workspace_id, []).append(row.id)
    return found


def find_held(conn: Connection, workspace_id: str, snapshots: Iterable[str]) -> dict[str, int]:
    """The contents that these snapshots hold and no other one: keys, and the bytes that this frees."""
    ours, c = set(snapshots), t.snapshots.c
    held: dict[str, int] = {}
    others: set[str] = set()
    if ours:
        for row in conn.execute(select(c.id, c.files).where(c.workspace_id == workspace_id)):
            for file in row.files.values():
                if row.id in ours:
                    held[file["sha256"]] = file["size"]
                else:
                    others.add(file["sha256"])
    c = t.contents.c
    of_files = select(t.artifacts.c.key).where(t.artifacts.c.key == c.key).exists()
    query = select(c.sha256, c.key, of_files.label("used")).where(c.workspace_id == workspace_id)
    found: dict[str, int] = {}
    only = [sha256 for sha256 in held if sha256 not in others]
    for start in range(0, len(only), _AT_ONCE):
        for row in conn.execute(query.where(c.sha256.in_(only[start : start + _AT_ONCE]))):
            found[row.key] = 0 if row.used else held[row.sha256]
    return found


def forget_snapshots(conn: Connection, workspace_id: str, snapshots: Sequence[str], keys: Iterable[str]) -> None:
    """Delete rows of snapshots, and of the contents with these keys; their bytes are unknown from now on.

    Contents that were sent and never came into a snapshot stay: their snapshot may be on its way.
    """
    hashes = [key.rpartition("/")[2] for key in keys]
    for column, values in ((t.snapshots.c.id, snapshots), (t.contents.c.sha256, hashes)):
        ours = column.table.c.workspace_id == workspace_id
        for start in range(0, len(values), _AT_ONCE):
            conn.execute(delete(column.table).where(ours, column.in_(values[start : start + _AT_ONCE])))


async def each_unknown_blob(db: Database, store: Store, before: int) -> AsyncIterator[tuple[str, int]]:
    """Bytes in the store that no row is known for, or those of a file on its way: key and size.

    What other rooms keep in a workspace's storage account is left out, and so are parts of uploads that came after
    ``before`` (microseconds): somebody may go on with them.
    """
    async for key, size in _each_unheld(db, store):
        if key.split("/", 2)[1:2] == [_PARTS]:
            modified = await store.find_modified(key)
            if modified is None or modified >= before:
                continue
        yield key, size


async def _each_unheld(db: Database, store: Store) -> AsyncIterator[tuple[str, int]]:
    waiting: dict[str, int] = {}
    async for key, size in store.list(""):
        waiting[key] = size
        if len(waiting) == _AT_ONCE:
            for unknown in await db.read(_find_unknown, waiting):
                yield unknown, waiting[unknown]
            waiting.clear()
    for unknown in await db.read(_find_unknown, waiting):
        yield unknown, waiting[unknown]


def _read_run_files(conn: Connection, after: tuple[str, str]) -> list[tuple[RunFiles, int]]:
    c = t.artifacts.c
    key = tuple_(c.workspace_id, c.container)
    query = (
        select(c.workspace_id, c.container, func.count(), func.max(c.created_at))
        .where(c.origin == "ExperimentRun", func.substr(c.container, 1, len(_RUN_FILES)) == _RUN_FILES, key > after)
        .group_by(c.workspace_id, c.container)
        .order_by(c.workspace_id, c.container)
        .limit(_AT_ONCE)
    )
    rows = conn.execute(query).all()
    return [(RunFiles(of, container, count), newest) for of, container, count, newest in rows]


def _in(files: RunFiles) -> tuple[ColumnElement[bool], ...]:
    c = t.artifacts.c
    return c.workspace_id == files.workspace_id, c.origin == "ExperimentRun", c.container == files.container


def _find_unknown(conn: Connection, keys: Iterable[str]) -> list[str]:
    """Those of the keys that are no other room's, and that no row holds."""
    accounts = set(workspaces.list_storage_accounts(conn).values())
    ours = [key for key in keys if key.partition("/")[0] not in accounts or key.split("/", 2)[1] in _FOLDERS]
    held = find_held_keys(conn, ours)
    return [key for key in ours if key not in held]
