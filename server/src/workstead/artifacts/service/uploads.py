"""Uploads in parts, to be gone on with by anybody after any break: parts are found by their content's hash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from workstead.artifacts.service.contents import Shelf, drop_unheld, find_held_keys, turns_at
from workstead.artifacts.service.files import Place, check_hash, hold_file, keep_file, refuse_taken
from workstead.artifacts.service.names import check_sha256
from workstead.foundation.db import Database
from workstead.storage.base import Staged, Store
from workstead_wire.artifacts import PART_BYTES, Artifact, PartAddress, UploadComplete, UploadParts
from workstead_wire.errors import InvalidInput, TooLarge

SIGNED_S = 600
"""Seconds for which an address of the object storage is good."""
_MAX_NUMBER = 1 << 20


async def list_parts(db: Database, store: Store, shelf: Shelf, sha256: str) -> UploadParts:
    """What of a content is there."""
    if await db.read(find_held_keys, [shelf.key(check_sha256(sha256))]):
        return UploadParts(parts=[], whole=True)
    folder = _folder(shelf, sha256)
    return UploadParts(parts=sorted([int(key.rpartition("/")[2]) async for key, _ in store.list(folder)]))


async def put_part(
    store: Store, shelf: Shelf, sha256: str, number: int, chunks: AsyncIterator[bytes], part_sha256: str | None
) -> None:
    """Keep one part; sending it again changes nothing. ``part_sha256`` is its own hash, checked when given."""
    key = _part(shelf, check_sha256(sha256), _check_number(number))
    staged = await store.receive(chunks, max_bytes=PART_BYTES)
    try:
        check_hash(staged, part_sha256)
        await store.keep(staged, key, replace=True)
    finally:
        await store.discard(staged)


async def find_address(store: Store, shelf: Shelf, sha256: str, number: int) -> PartAddress:
    """Where a part goes straight to the store; the hash of the whole is looked at when it is completed."""
    signed = await store.sign_put(_part(shelf, check_sha256(sha256), _check_number(number)), SIGNED_S)
    return PartAddress(url=signed.url, headers=signed.headers) if signed else PartAddress()


async def complete_upload(
    db: Database, store: Store, place: Place, sha256: str, asked: UploadComplete, *, max_bytes: int
) -> Artifact:
    """Make a file of the parts, which go; their hash is checked.

    Raises:
        InvalidInput: parts are lacking, or together they are other bytes; then they are thrown away.
        AlreadyExists: the name is taken.
        TooLarge: more than ``max_bytes`` (0 is no limit).
    """
    if max_bytes and asked.size > max_bytes:
        raise TooLarge(f"the file has {asked.size} bytes; this server takes {max_bytes}")
    if not asked.overwrite:
        await db.read(refuse_taken, [place])
    held = await _hold(db, store, place, Staged("", asked.size, check_sha256(sha256)), asked)
    if held is not None:
        return held
    sizes = {key: size async for key, size in store.list(_folder(place.shelf, sha256))}
    parts = [_part(place.shelf, sha256, number) for number in range(-(-asked.size // PART_BYTES))]
    lacking = [
        key for number, key in enumerate(parts) if sizes.get(key) != min(PART_BYTES, asked.size - number * PART_BYTES)
    ]
    if lacking:
        raise InvalidInput(f"{len(lacking)} of {len(parts)} parts are lacking, first {lacking[0].rpartition('/')[2]}")
    staged = await store.receive(_joined(store, parts))
    try:
        return await keep_file(
            db, store, place, staged, overwrite=asked.overwrite, sha256=sha256, content_type=asked.content_type
        )
    finally:
        await asyncio.gather(*(store.delete(key) for key in sizes))


async def _hold(db: Database, store: Store, place: Place, content: Staged, asked: UploadComplete) -> Artifact | None:
    """Make the file of bytes that the workspace has; None if it lacks them."""
    key = place.shelf.key(content.sha256)
    async with turns_at(db, [key]):
        if not await db.read(find_held_keys, [key]):
            return None
        if await store.find_size(key) != content.size:
            raise InvalidInput(f"the content {content.sha256} has not {content.size} bytes")
        made, freed = await db.write(hold_file, place, content, asked.content_type, overwrite=asked.overwrite)
    await drop_unheld(db, store, freed)
    return made


def _check_number(number: int) -> int:
    if not 0 <= number < _MAX_NUMBER:
        raise InvalidInput(f"{number} is no number of a part: they go from 0 to {_MAX_NUMBER - 1}")
    return number


async def _joined(store: Store, keys: list[str]) -> AsyncIterator[bytes]:
    for key in keys:
        async for piece in store.read(key):
            yield piece


def _folder(shelf: Shelf, sha256: str) -> str:
    return f"{shelf.storage_account}/uploads/{sha256}"


def _part(shelf: Shelf, sha256: str, number: int) -> str:
    return f"{_folder(shelf, sha256)}/{number:07}"
