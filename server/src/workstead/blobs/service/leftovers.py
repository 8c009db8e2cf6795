"""Bytes of blobs that nobody will ask for again."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import ColumnElement, Connection, delete, select

from workstead.blobs import tables as t
from workstead.blobs.service.writing import is_used
from workstead.foundation.db import Database
from workstead.storage.base import Store


async def each_unused(db: Database, store: Store) -> AsyncIterator[tuple[str, int]]:
    """Bytes of blobs that no blob and no waiting block has, or those of one on its way: key and size."""
    async for key, size in store.list(""):
        if key.split("/", 2)[1:2] == ["blobs"] and not await db.read(is_used, key):
            yield key, size


def list_waiting(conn: Connection, before: int) -> list[int]:
    """The sizes of the blocks that have waited to be committed since before ``before`` (microseconds)."""
    return list(conn.execute(select(t.pieces.c.size).where(*_waiting(before))).scalars())


def forget_waiting(conn: Connection, before: int) -> None:
    """Delete the rows of those blocks; their bytes are unused from now on."""
    conn.execute(delete(t.pieces).where(*_waiting(before)))


def _waiting(before: int) -> tuple[ColumnElement[bool], ...]:
    return t.pieces.c.position.is_(None), t.pieces.c.created_at < before
