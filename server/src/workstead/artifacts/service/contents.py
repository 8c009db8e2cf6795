"""Bytes by their hash: what several files and snapshots of a workspace have alike lies there once.

Rows hold a content by its key in the store. Bytes come before the first row that holds them, and go after the last.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec
from sqlalchemy import Connection, select

from workstead.artifacts import tables as t
from workstead.foundation.db import Database
from workstead.storage.base import Staged, Store

_AT_ONCE = 500
"""Keys in one question to the database."""


class Shelf(msgspec.Struct, frozen=True):
    """Where a workspace's contents lie."""

    workspace_id: str
    storage_account: str

    def key(self, sha256: str) -> str:
        """A content's key in the store."""
        return f"{self.storage_account}/contents/{sha256[:2]}/{sha256}"


@asynccontextmanager
async def kept(db: Database, store: Store, shelf: Shelf, staged: Sequence[Staged]) -> AsyncGenerator[None]:
    """Keep staged bytes, each content once, while the block writes the rows that hold them.

    Should the block fail, what no row holds goes again. All that was staged is used up either way.
    """
    by_key = {shelf.key(item.sha256): item for item in staged}
    try:
        async with _given(db, store, by_key):
            held = await db.read(find_held_keys, by_key)
            await store.keep_all([(item, key) for key, item in by_key.items() if key not in held])
            yield
    finally:
        await discard_all(store, staged)


@asynccontextmanager
async def kept_whole(db: Database, store: Store, key: str, content: bytes) -> AsyncGenerator[None]:
    """The same of one small content. To write it again costs less than to ask whether it is there."""
    async with _given(db, store, [key]):
        await store.put(content, key)
        yield


@asynccontextmanager
async def _given(db: Database, store: Store, keys: Collection[str]) -> AsyncGenerator[None]:
    # Nobody frees a content in our turn: it stays there between the look at its rows and the block's new one.
    async with turns_at(db, keys):
        try:
            yield
        except BaseException:
            held = await db.read(find_held_keys, keys)
            await asyncio.gather(*(store.delete(key) for key in keys if key not in held))
            raise


async def drop_unheld(db: Database, store: Store, keys: Iterable[str]) -> None:
    """Free those of the keys that no row holds, each in its turn."""
    for key in keys:
        async with turns_at(db, [key]):
            if not await db.read(find_held_keys, [key]):
                await store.delete(key)


async def discard_all(store: Store, staged: Iterable[Staged]) -> None:
    """Throw staged bytes away."""
    await asyncio.gather(*(store.discard(item) for item in staged))


def turns_at(db: Database, keys: Collection[str]) -> AbstractAsyncContextManager[None]:
    """Keep all others from keeping or freeing these keys, all of one workspace, meanwhile."""
    group = next(iter(keys), "").partition("/")[0]
    return db.turns.take(f"{group}/contents", keys)


def find_held_keys(conn: Connection, keys: Iterable[str]) -> set[str]:
    """Those of the keys that a row of a file or of a snapshot's content holds."""
    wanted = list(keys)
    held: set[str] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        for column in (t.artifacts.c.key, t.contents.c.key):
            held.update(conn.execute(select(column).where(column.in_(some))).scalars())
    return held
