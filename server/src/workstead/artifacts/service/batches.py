"""Batches: many small files in one request, their list as a JSON line first, then their bytes one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

import msgspec

from workstead.artifacts.service import files, snapshots
from workstead.artifacts.service.contents import discard_all, kept
from workstead.artifacts.service.names import check_sha256
from workstead.foundation.db import Database
from workstead.storage.base import Staged, Store
from workstead_wire.artifacts import BATCH_BYTES, BATCH_FILES, Artifact, BatchFile, Origin, SnapshotFile
from workstead_wire.errors import InvalidInput, TooLarge
from workstead_wire.workspaces import WorkspacePath

_LIST_BYTES = 8 << 20
_ROUND_BYTES = 1 << 20
"""Bytes that are gathered for one trip to the store."""

F = TypeVar("F", BatchFile, SnapshotFile)


async def put_contents(
    db: Database, store: Store, where: WorkspacePath, chunks: AsyncIterator[bytes], *, max_bytes: int
) -> None:
    """Keep many contents; sending them again changes nothing.

    Raises:
        InvalidInput: the request is not of its form, or bytes do not have the hash said; nothing is kept.
        TooLarge: more files or bytes than a batch may have; nothing is kept.
    """
    body = _Body(chunks)
    asked = await _read_list(body, SnapshotFile, max_bytes)
    shelf = await db.read(snapshots.get_shelf, where)
    staged = await _stage(store, body, asked)
    async with kept(db, store, shelf, staged):
        await db.write(snapshots.save_contents, shelf, {item.sha256: item.size for item in staged})


async def put_files(
    db: Database,
    store: Store,
    where: WorkspacePath,
    origin: Origin,
    container: str,
    chunks: AsyncIterator[bytes],
    *,
    max_bytes: int,
) -> list[Artifact]:
    """Store many files under names that must be free: all of them, or none.

    Raises:
        AlreadyExists: a name is taken; the sentence has the first.
        InvalidInput: the request is not of its form, or bytes do not have the hash said.
        TooLarge: more files or bytes than a batch may have.
    """
    body = _Body(chunks)
    asked = await _read_list(body, BatchFile, max_bytes)
    places = await db.read(files.locate_all, where, origin, container, [file.path for file in asked])
    await db.read(files.refuse_taken, places)
    staged = await _stage(store, body, asked)
    if not places:
        return []
    async with kept(db, store, places[0].shelf, staged):
        return await db.write(files.save_all, places, staged)


class _Body:
    """A request's body, to be read by line and by length. Holds one chunk more than is asked for."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._waiting = bytearray()

    async def line(self, limit: int) -> bytes:
        """The bytes up to the first line's end, which is left out."""
        seen = 0
        while (end := self._waiting.find(b"\n", seen)) < 0:
            seen = len(self._waiting)
            if seen > limit:
                raise InvalidInput(f"the first line of a batch has its list, in at most {limit} bytes")
            await self._more("the first line, which has the list, did not end")
        return self._take(end + 1)[:-1]

    async def exactly(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        while len(self._waiting) < size:
            await self._more(f"{size - len(self._waiting)} bytes of a file are lacking; send the batch again")
        return self._take(size)

    async def end(self) -> None:
        """Make sure that nothing follows."""
        while not self._waiting:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                return
            self._waiting += chunk
        raise InvalidInput("the batch goes on after the last file of its list")

    async def _more(self, otherwise: str) -> None:
        chunk = await anext(self._chunks, None)
        if chunk is None:
            raise InvalidInput(f"the batch ended early: {otherwise}")
        self._waiting += chunk

    def _take(self, size: int) -> bytes:
        taken = bytes(memoryview(self._waiting)[:size])
        del self._waiting[:size]
        return taken


async def _read_list(body: _Body, kind: type[F], max_bytes: int) -> list[F]:
    try:
        asked = msgspec.json.decode(await body.line(_LIST_BYTES), type=list[kind])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the first line of a batch must be the JSON list of its files: {error}") from error
    limit = min(max_bytes, BATCH_BYTES) if max_bytes else BATCH_BYTES
    if len(asked) > BATCH_FILES:
        raise TooLarge(f"the batch has {len(asked)} files, but may have {BATCH_FILES}; send them in several")
    for file in asked:
        check_sha256(file.sha256)
        if file.size < 0:
            raise InvalidInput(f"a file of the batch is said to have {file.size} bytes")
        if file.size > limit:
            raise TooLarge(f"a file of the batch has {file.size} bytes, but may have {limit}; send it by itself")
    return asked


async def _stage(store: Store, body: _Body, asked: Sequence[F]) -> list[Staged]:
    """All the files staged and checked, in their order; or none."""
    staged: list[Staged] = []
    try:
        async for contents in _rounds(body, asked):
            staged += await store.stage(contents)
            for file, item in zip(asked[len(staged) - len(contents) :], staged[-len(contents) :], strict=False):
                files.check_hash(item, file.sha256)
        await body.end()
    except BaseException:
        await discard_all(store, staged)
        raise
    return staged


async def _rounds(body: _Body, asked: Sequence[F]) -> AsyncIterator[list[bytes]]:
    """The files' contents, gathered so that a trip to the store is worth it and memory stays bounded."""
    waiting: list[bytes] = []
    size = 0
    for file in asked:
        waiting.append(await body.exactly(file.size))
        size += file.size
        if size >= _ROUND_BYTES:
            yield waiting
            waiting, size = [], 0
    if waiting:
        yield waiting
