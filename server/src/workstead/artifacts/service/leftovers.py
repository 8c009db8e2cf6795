"""Files, snapshots and bytes that may be of no use to anybody, for those to judge who know who uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, delete, func, select, tuple_

from workstead.artifacts import tables as t
from workstead.artifacts.service.files import turn_at
from workstead.artifacts.service.snapshots import Contents
from workstead.foundation.db import Database
from workstead.storage.base import Store
from workstead.workspaces import service as workspaces

_RUN_FILES = "dcid."
_AT_ONCE = 500
"""Containers, snapshots or keys in one question to the database."""


class RunFiles(msgspec.Struct, frozen=True):
    """All files of one run; ``prefix`` begins their keys in the store, ``size`` is in bytes."""

    workspace_id: str
    container: str
    prefix: str
    count: int
    size: int

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


def container_prefix(key: str) -> str:
    """How the keys of all files in one container begin, given one of them."""
    return "/".join(key.split("/", 4)[:4]) + "/"


def forget_container(conn: Connection, files: RunFiles) -> None:
    """Delete the rows of a run's files; their bytes are unknown from now on."""
    c = t.artifacts.c
    where = (c.workspace_id == files.workspace_id, c.origin == "ExperimentRun", c.container == files.container)
    conn.execute(delete(t.artifacts).where(*where))


def list_old_snapshots(conn: Connection, before: int) -> dict[str, list[str]]:
    """Ids of the snapshots that were made, or made again, before ``before``, by workspace."""
    c = t.snapshots.c
    found: dict[str, list[str]] = {}
    for row in conn.execute(select(c.workspace_id, c.id).where(c.created_at < before)):
        found.setdefault(row.workspace_id, []).append(row.id)
    return found


def find_held(conn: Connection, workspace_id: str, snapshots: Iterable[str]) -> dict[str, int]:
    """The contents that these snapshots hold and no other one: keys in the store, and sizes."""
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
    account = workspaces.list_storage_accounts(conn).get(workspace_id, "")
    place = Contents(workspace_id, account)
    return {place.key(sha256): size for sha256, size in held.items() if sha256 not in others}


def forget_snapshots(conn: Connection, workspace_id: str, snapshots: Sequence[str], keys: Iterable[str]) -> None:
    """Delete rows of snapshots, and of the contents with these keys; their bytes are unknown from now on.

    Contents that were sent and never came into a snapshot stay: their snapshot may be on its way.
    """
    hashes = [key.rpartition("/")[2] for key in keys]
    for column, values in ((t.snapshots.c.id, snapshots), (t.contents.c.sha256, hashes)):
        ours = column.table.c.workspace_id == workspace_id
        for start in range(0, len(values), _AT_ONCE):
            conn.execute(delete(column.table).where(ours, column.in_(values[start : start + _AT_ONCE])))


async def each_unknown_blob(db: Database, store: Store) -> AsyncIterator[tuple[str, int]]:
    """Bytes in the store that no row is known for, or those of a file on its way: key and size."""
    waiting: dict[str, int] = {}
    async for key, size in store.list(""):
        waiting[key] = size
        if len(waiting) == _AT_ONCE:
            for unknown in await db.read(_find_unknown, waiting):
                yield unknown, waiting[unknown]
            waiting.clear()
    for unknown in await db.read(_find_unknown, waiting):
        yield unknown, waiting[unknown]


async def delete_unknown_blob(db: Database, store: Store, key: str) -> None:
    """Delete bytes, if in their name's turn there is still no row for them: whoever writes both has that turn."""
    async with turn_at(db, key):
        if await db.read(_find_unknown, [key]):
            await store.delete(key)


def _read_run_files(conn: Connection, after: tuple[str, str]) -> list[tuple[RunFiles, int]]:
    c = t.artifacts.c
    key = tuple_(c.workspace_id, c.container)
    query = (
        select(c.workspace_id, c.container, func.count(), func.sum(c.size), func.max(c.created_at))
        .where(c.origin == "ExperimentRun", func.substr(c.container, 1, len(_RUN_FILES)) == _RUN_FILES, key > after)
        .group_by(c.workspace_id, c.container)
        .order_by(c.workspace_id, c.container)
        .limit(_AT_ONCE)
    )
    rows = conn.execute(query).all()
    accounts = workspaces.list_storage_accounts(conn)
    return [
        (RunFiles(of, container, f"{accounts.get(of)}/azureml/ExperimentRun/{container}/", count, int(size)), newest)
        for of, container, count, size, newest in rows
    ]


def _find_unknown(conn: Connection, keys: Iterable[str]) -> list[str]:
    """Those of the keys for which there is no row."""
    owners = {account: workspace_id for workspace_id, account in workspaces.list_storage_accounts(conn).items()}
    files: dict[tuple[str, str, str, str], str] = {}
    contents: dict[tuple[str, str], str] = {}
    unknown: list[str] = []
    for key in keys:
        account, _, rest = key.partition("/")
        match owners.get(account), rest.split("/", 3):
            case str(owner), ["azureml", origin, container, path]:
                files[owner, origin, container, path] = key
            case str(owner), ["snapshots", _, sha256]:
                contents[owner, sha256] = key
            case str(_), ["blobs", *_]:
                pass  # room blobs knows them
            case _:
                unknown.append(key)
    a, c = t.artifacts.c, t.contents.c
    unknown += _lacking(conn, files, (a.workspace_id, a.origin, a.container, a.path))
    return unknown + _lacking(conn, contents, (c.workspace_id, c.sha256))


def _lacking(conn: Connection, keys: dict[Any, str], columns: Sequence[Column[str]]) -> list[str]:
    if not keys:
        return []
    there = {tuple(row) for row in conn.execute(select(*columns).where(tuple_(*columns).in_(list(keys))))}
    return [key for place, key in keys.items() if place not in there]
