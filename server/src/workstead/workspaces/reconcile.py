"""Clears deleted workspaces away: every room forgets what it had of one, then its bytes go, then the workspace."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import Connection

from workstead.foundation.db import Database
from workstead.foundation.reconcile import Reconciler
from workstead.storage.base import Store
from workstead.workspaces import service
from workstead.workspaces.service import Removal

_log = logging.getLogger("workstead")

Forget = Callable[[Connection, str], bool]
"""A room's ``forget_workspace``: deletes some of what it has of a workspace, given by its GUID, few enough not to
keep other writers waiting; returns whether nothing is left."""

PAUSE_S = 0.1
"""Between two questions to a room: other writers have their turn, and what must stop has time for it."""


class Removals:
    """What the reconciler asks of this room. ``rooms`` are asked in their order, the uppermost first."""

    def __init__(self, db: Database, rooms: Sequence[Forget], open_store: Callable[[], Store]) -> None:
        self._db = db
        self._rooms = rooms
        self._open_store = open_store

    def load(self, conn: Connection) -> list[Removal]:
        """Workspaces to be cleared away."""
        return service.load_removals(conn)

    async def is_settled(self, work: Removal) -> bool:  # noqa: ARG002
        """None is, until it is gone."""
        return False

    def lease(self, conn: Connection, work: Removal, lease: str, until: int) -> Removal | None:
        """Take one."""
        return service.lease_removal(conn, work, lease, until)

    def extend(self, conn: Connection, work: Removal, until: int) -> bool:
        """Keep it for longer; a deleted workspace is always to be cleared away."""
        service.extend_removal(conn, work, until)
        return True

    async def act(self, work: Removal) -> bool:
        """Empty the workspace. Whatever is gone already is no hindrance."""
        for forget in self._rooms:
            while not await self._db.write(forget, work.id):  # noqa: ASYNC110 - what it waits for are rows
                await asyncio.sleep(PAUSE_S)
        store = self._open_store()
        async for key, _ in store.list(work.storage_account):
            await store.delete(key)
        return True

    def failure(self, work: Removal, error: Exception) -> bool:
        """Not done. The lease is left to run out, and then it is tried again."""
        _log.error("workspace %s is deleted but could not be cleared away yet", work.name, exc_info=error)
        return False

    def apply(self, conn: Connection, work: Removal, outcome: bool) -> None:  # noqa: FBT001
        """Forget the workspace itself."""
        if outcome:
            service.finish_removal(conn, work)


@asynccontextmanager
async def clearing(db: Database, reconciler: Reconciler[Removal, bool]) -> AsyncGenerator[None]:
    """Clear away while the server runs."""
    if db.is_sqlite:
        await db.write(service.drop_leases)
    reconciler.start()
    try:
        yield
    finally:
        await reconciler.stop()
