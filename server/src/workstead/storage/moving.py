"""Moves all bytes of one store to another, each compared by its hash on the way and again where it arrived."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable

from workstead.storage.base import Store
from workstead_wire.errors import Conflict

AT_ONCE = 8
"""Keys under way."""

Tell = Callable[[str, int], None]
"""Hears of a key that is done, and its size."""


async def move_bytes(source: Store, target: Store, tell: Tell) -> int:
    """Bring every key of ``source`` to ``target``; what is there already, from a move that broke off, is compared.

    Returns how many keys there are.

    Raises:
        Conflict: the target holds a key that the source lacks, or bytes did not arrive as they were.
    """
    keys = {key: size async for key, size in source.list("")}
    there = {key: size async for key, size in target.list("")}
    foreign = next((key for key in there if key not in keys), None)
    if foreign is not None:
        raise Conflict(f"the target is not empty: it has {foreign!r}, which the source lacks; give a new place")
    free = asyncio.Semaphore(AT_ONCE)

    async def one(key: str) -> None:
        async with free:
            await _move(source, target, key, there=there.get(key) == keys[key])
            tell(key, keys[key])

    async with asyncio.TaskGroup() as group:
        for key in sorted(keys):
            group.create_task(one(key))
    return len(keys)


async def _move(source: Store, target: Store, key: str, *, there: bool) -> None:
    if there and await _hash(target.read(key)) == await _hash(source.read(key)):
        return
    staged = await target.receive(source.read(key))
    try:
        await target.keep(staged, key, replace=True)
    finally:
        await target.discard(staged)
    if await _hash(target.read(key)) != staged.sha256:
        raise Conflict(f"the bytes of {key!r} did not arrive as they were sent; move again")


async def _hash(pieces: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    async for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
