"""The queue in front of the writer: bounded, sampled when it fills up, written a few times a second.

Telemetry is acknowledged before it is written: what a killed server had not written yet, half a second's worth at
most, is lost. What the queue cannot hold is counted, and never waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import zlib
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from workstead.foundation import clock
from workstead.foundation.db import Database
from workstead.foundation.events import Bells
from workstead.insights import service
from workstead.insights.service import Item

_log = logging.getLogger("workstead")

QUEUE_MAX = 60_000
"""Most items that wait to be written."""
PAUSE_S = 0.4
"""How long they wait at most while the writer keeps up."""
_GATHER_S = 1.0
_TRIM_S = 300
_REMEMBER_S = 5.0


class Waiting:
    """What of one workspace waits."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.received = 0
        self.dropped = 0


class Intake:
    """Takes telemetry in. To be used on the event loop only."""

    def __init__(self, db: Database, bells: Bells) -> None:
        self._db = db
        self._bells = bells
        self._waiting: dict[str, Waiting] = {}
        self._queued = 0
        self._full = asyncio.Event()
        self._keys: dict[str, tuple[float, str | None]] = {}

    async def find_workspace(self, key: str) -> str | None:
        """The workspace that an instrumentation key belongs to; None if to none."""
        until, found = self._keys.get(key, (0.0, None))
        if until < time.monotonic():
            found = await self._db.read(service.find_by_key, key)
            if len(self._keys) > 1000:  # noqa: PLR2004
                self._keys.clear()
            self._keys[key] = (time.monotonic() + _REMEMBER_S, found)
        return found

    def offer(self, workspace_id: str, items: Iterable[Item]) -> None:
        """Let items wait to be written; above half of the queue ever fewer operations are kept, each one whole."""
        waiting = self._waiting.setdefault(workspace_id, Waiting())
        now = clock.now()
        for item in items:
            waiting.received += 1
            share = min(1.0, 2 * (1 - self._queued / QUEUE_MAX))
            if not service.acceptable(item.at, now) or not _is_kept(item, share):
                waiting.dropped += 1
                continue
            if share < 1:
                item.weight /= share
            waiting.items.append(item)
            self._queued += 1
        if self._queued >= service.BLOCK:
            self._full.set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Write what waits, as long as the block lasts; at its end all is written."""
        works = (self._write_on(), self._gather_on(), self._trim_on())
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._write()

    async def _write_on(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAUSE_S):
                    await self._full.wait()
            self._full.clear()
            await asyncio.shield(self._write())

    async def _gather_on(self) -> None:
        while True:
            await asyncio.sleep(_GATHER_S)
            try:
                await asyncio.shield(self._gather())
            except Exception:  # noqa: BLE001 - a database that is away comes back, and the notes are in it
                _log.exception("notes could not be made telemetry")

    async def _gather(self) -> None:
        while await self._db.read(service.has_notes):
            for workspace_id in await self._db.write(service.keep_notes):
                self._bells.ring(bell_of(workspace_id))

    async def _trim_on(self) -> None:
        while True:
            await asyncio.sleep(_TRIM_S)
            try:
                await self._db.write(service.trim_all)
            except Exception:  # noqa: BLE001 - a database that is away comes back
                _log.exception("telemetry could not be trimmed")

    async def _write(self) -> None:
        every, self._waiting = self._waiting, {}
        for workspace_id, waiting in every.items():
            while waiting.items or waiting.received:
                await self._write_some(workspace_id, waiting)
            self._bells.ring(bell_of(workspace_id))

    async def _write_some(self, workspace_id: str, waiting: Waiting) -> None:
        some, waiting.items = waiting.items[: service.BLOCK], waiting.items[service.BLOCK :]
        received, dropped = waiting.received, waiting.dropped
        waiting.received = waiting.dropped = 0
        try:
            batch = await asyncio.to_thread(service.prepare, some) if some else None
            await self._db.write(service.keep_batch, workspace_id, batch, received, dropped)
        except Exception:  # noqa: BLE001 - a full disk, a database away: the next telemetry is taken in again
            _log.exception("%d items of telemetry could not be written", len(some))
            lost = self._waiting.setdefault(workspace_id, Waiting())
            lost.received += received
            lost.dropped += dropped + len(some)
        self._queued -= len(some)


def bell_of(workspace_id: str) -> str:
    """The bell that rings when telemetry of a workspace was written."""
    return f"/insights/{workspace_id}"


def _is_kept(item: Item, share: float) -> bool:
    if share >= 1:
        return True
    known = item.operation or f"{item.name} {item.at}"
    return zlib.crc32(known.encode()) < share * (1 << 32)
