"""Brings instances and their environments to what is wanted of them, through the host that the settings name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from workstead.compute import service
from workstead.compute.reconcile.environments import Environments
from workstead.compute.reconcile.instances import Instances
from workstead.compute.reconcile.timers import Timers
from workstead.foundation.db import Database
from workstead.foundation.reconcile import Reconciler
from workstead.hosts.base import Host

__all__ = ["Compute", "Environments", "Instances", "Timers"]

_log = logging.getLogger("workstead")

SHUTDOWN_S = 25
"""How long the server waits for its instances to stop when it was told to end them."""


class Compute:
    """All that works on instances in the background. ``find_url`` gives the server's address, None at first."""

    def __init__(self, db: Database, host: Host, home: Path, find_url: Callable[[], str | None]) -> None:
        self.host = host
        self.home = home
        self._db = db
        self._instances = Reconciler(db, Instances(db, host, home, find_url))
        self._environments = Reconciler(db, Environments(db, host, home))
        self._timers = Timers(db, host, home, self.hint)

    def hint(self) -> None:
        """Look now: a row has changed."""
        self._instances.hint()
        self._environments.hint()

    @asynccontextmanager
    async def running(self, *, stop_instances: bool) -> AsyncGenerator[None]:
        """Work while the server runs; at its end stop the instances too if ``stop_instances``."""
        if self._db.is_sqlite:
            await self._db.write(service.drop_leases)
        self._instances.start()
        self._environments.start()
        timers = asyncio.create_task(self._timers.run(), name="timers")
        try:
            yield
        finally:
            timers.cancel()
            await asyncio.gather(timers, return_exceptions=True)
            await self._environments.stop()
            if stop_instances:
                await self._stop_all()
            await self._instances.stop()

    async def _stop_all(self) -> None:
        """Stop every instance and return when they have stopped, or after ``SHUTDOWN_S`` seconds."""
        if await self._db.write(service.stop_all) == 0:
            return
        self.hint()
        try:
            async with asyncio.timeout(SHUTDOWN_S):
                while await self._db.read(service.count_unsettled):  # noqa: ASYNC110 - what it waits for is a row
                    await asyncio.sleep(0.05)
        except TimeoutError:
            _log.warning("some instances did not stop within %s s; they are found again at the next start", SHUTDOWN_S)
