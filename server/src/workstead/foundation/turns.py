"""Turns: who changes something outside the database keeps all others from it meanwhile, on other servers too."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from weakref import WeakValueDictionary

from workstead.foundation.peers import Line
from workstead_wire.errors import Unavailable

PATIENCE_S = 30.0
"""How long somebody waits for a turn that another server has."""
_FEW = 16
"""Names up to which each is locked by itself; for more, their whole group is: PostgreSQL's table of locks is small."""
_AGAIN_S = 0.02


class Turns:
    """Turns by name. Each name is of a group, and always of the same one."""

    def __init__(self, line: Line | None) -> None:
        """``line`` leads to the database that other servers use too; None: there are none."""
        self._line = line
        self._here: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, group: str, names: Iterable[str]) -> AsyncGenerator[None]:
        """Wait for the turn of all the names, and have it within the block.

        Raises:
            Unavailable: another server had it for too long.
        """
        async with AsyncExitStack() as held:
            wanted = sorted(set(names))  # in one order for all, or two could wait for each other
            for name in wanted:
                await held.enter_async_context(self._here.setdefault(name, asyncio.Lock()))
            if self._line is not None:
                locks = [("", group)] if len(wanted) > _FEW else [("_shared", group), *(("", name) for name in wanted)]
                await held.enter_async_context(_everywhere(self._line, [(how, _number(name)) for how, name in locks]))
            yield


@asynccontextmanager
async def _everywhere(line: Line, locks: list[tuple[str, int]]) -> AsyncGenerator[None]:
    # Locks are asked for and never waited for: one connection serves all turns of this server.
    deadline = time.monotonic() + PATIENCE_S
    while not await _try(line, locks):
        if time.monotonic() > deadline:
            raise Unavailable("another server is writing the same file; try again in a moment")
        await asyncio.sleep(_AGAIN_S * (0.5 + random.random()))  # noqa: S311 - no secret
    try:
        yield
    finally:
        await _release(line, locks)


async def _try(line: Line, locks: list[tuple[str, int]]) -> bool:
    from psycopg import Error  # noqa: PLC0415 - only who uses PostgreSQL has it

    try:
        got = await line.ask(*_call("pg_try_advisory_lock", locks))
    except Error:
        return False  # the database is away, and nothing is held
    if all(got):
        return True
    await _release(line, [lock for lock, taken in zip(locks, got, strict=True) if taken])
    return False


async def _release(line: Line, locks: list[tuple[str, int]]) -> None:
    from psycopg import Error  # noqa: PLC0415

    if locks:
        with suppress(Error):  # who lost the connection holds nothing
            await line.ask(*_call("pg_advisory_unlock", locks))


def _call(function: str, locks: list[tuple[str, int]]) -> tuple[str, tuple[Any, ...]]:
    calls = ", ".join(f"{function}{how}(%s::bigint)" for how, _ in locks)
    return f"SELECT {calls}", tuple(number for _, number in locks)


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
