"""Brings each compute instance to the state that is wanted of it, through the host that the settings name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection

from workstead.compute import service
from workstead.compute.service import Outcome, Work
from workstead.foundation import clock
from workstead.foundation.db import Database
from workstead.foundation.reconcile import Reconciler
from workstead.hosts.base import Host, Identity, Place, Progress
from workstead_wire.compute import Step
from workstead_wire.errors import Unavailable, WorksteadError

_log = logging.getLogger("workstead")

SHUTDOWN_S = 25
"""How long the server waits for its instances to stop when it was told to end them."""


class Instances:
    """What the reconciler asks of this room. ``find_url`` gives the server's address, None until it is announced."""

    def __init__(self, db: Database, host: Host, home: Path, find_url: Callable[[], str | None]) -> None:
        self._db = db
        self._host = host
        self._home = home
        self._find_url = find_url

    def load(self, conn: Connection) -> list[Work]:
        """Instances that may need something. None before the server's address is known, which they are to be told."""
        return service.load_work(conn) if self._find_url() else []

    async def is_settled(self, work: Work) -> bool:
        """A running instance with a token that holds for a while needs nothing."""
        return work.state == "Running" and work.renew_at > clock.now() and await self._host.look(self._place(work))

    def lease(self, conn: Connection, work: Work, lease: str, until: int) -> Work | None:
        """Take the instance."""
        return service.lease(conn, work, lease, until)

    def extend(self, conn: Connection, work: Work, until: int) -> None:
        """Keep the instance for longer."""
        service.extend(conn, work, until)

    async def act(self, work: Work) -> Outcome:
        """One step towards what is wanted."""
        place = self._place(work)
        if work.state == "Deleting":
            await self._host.stop(place)
            await self._host.delete(place, keep_files=work.keep_files)
            return Outcome(state="Gone")
        if work.state == "Stopping":
            await self._host.stop(place)
            return Outcome(state="Stopped")
        if work.state == "Restarting":
            await self._host.stop(place)
        if work.state == "Running" and await self._host.look(place):
            await self._host.renew(place, self._identity(work))
            return Outcome(state="Running")
        return await self._bring_up(place, work)

    def failure(self, work: Work, error: Exception) -> Outcome:
        """Failed, with the reason in words."""
        error = _single(error)
        if isinstance(error, WorksteadError):
            return Outcome(state="Failed", reason=error.message)
        _log.error("compute instance %s failed", work.name, exc_info=error)
        return Outcome(state="Failed", reason=f"the host failed: {type(error).__name__}: {error}"[:600])

    def apply(self, conn: Connection, work: Work, outcome: Outcome) -> None:
        """Write what came out."""
        service.apply(conn, work, outcome)

    async def _bring_up(self, place: Place, work: Work) -> Outcome:
        died = work.state == "Running"
        if died and work.deaths >= service.DEATHS_MAX:
            await self._host.stop(place)
            reason = f"{await self._host.explain(place)}; it was started again {work.deaths} times"
            return Outcome(state="Failed", reason=reason)

        async def tell(steps: list[Step]) -> None:
            await self._db.write(service.tell_steps, work, steps)

        progress = Progress(tell)
        made = await self._host.create(place, progress)
        await self._host.start(place, self._identity(work), progress)
        return Outcome(state="Running", kernel=made.kernel, note=made.note, died=died)

    def _place(self, work: Work) -> Place:
        return service.make_place(self._home, work)

    def _identity(self, work: Work) -> Identity:
        url = self._find_url()
        if url is None or work.token is None:
            raise Unavailable("the server's address is not known yet")
        return Identity(url=url, token=work.token)


def _single(error: Exception) -> Exception:
    """The one failure inside a group of tasks, else the error itself."""
    inner: list[Exception] = list(getattr(error, "exceptions", ()))
    return _single(inner[0]) if inner else error


@asynccontextmanager
async def running(db: Database, reconciler: Reconciler[Work, Outcome], *, stop_instances: bool) -> AsyncGenerator[None]:
    """Reconcile while the server runs; at its end stop the instances too if ``stop_instances``."""
    if db.is_sqlite:
        await db.write(service.drop_leases)
    reconciler.start()
    try:
        yield
    finally:
        if stop_instances:
            await _stop_all(db, reconciler)
        await reconciler.stop()


async def _stop_all(db: Database, reconciler: Reconciler[Work, Outcome]) -> None:
    """Stop every instance and return when they have stopped, or after ``SHUTDOWN_S`` seconds."""
    if await db.write(service.stop_all) == 0:
        return
    reconciler.hint()
    try:
        async with asyncio.timeout(SHUTDOWN_S):
            while await db.read(service.count_unsettled):  # noqa: ASYNC110 - what it waits for is a row
                await asyncio.sleep(0.05)
    except TimeoutError:
        _log.warning("some instances did not stop within %s s; they are found again at the next start", SHUTDOWN_S)
