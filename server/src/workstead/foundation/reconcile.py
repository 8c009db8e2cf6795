"""Brings things in the world to what their rows want: load → lease → act → apply, where only a lease's holder applies.

``act`` runs outside every transaction; it takes values and returns values. A server that dies while acting leaves a
lease that runs out, and the row is taken up again by whoever looks next.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection

from workstead.foundation import clock, ids
from workstead.foundation.db import Database
from workstead_wire.errors import Conflict

_log = logging.getLogger("workstead")

LEASE_S = 60
"""How long a lease holds unless it is kept up."""
LOOK_S = 10
"""How long a look at the world may take."""


class Work(Protocol):
    """What is to be done for one row."""

    @property
    def id(self) -> str:
        """The row."""
        ...


W = TypeVar("W", bound=Work)
O = TypeVar("O")  # noqa: E741 - the outcome


class Reconcilable(Protocol[W, O]):
    """What a room hands to its reconciler. Those with a Connection are service functions."""

    def load(self, conn: Connection, /) -> Sequence[W]:
        """Rows that may need something and that nobody holds."""
        ...

    async def is_settled(self, work: W, /) -> bool:
        """Whether a look at the world shows that nothing is to be done. Asked without a lease; must be cheap.

        Where it raises, or takes longer than ``LOOK_S`` seconds, nothing is known, and nothing is done.
        """
        ...

    def lease(self, conn: Connection, work: W, lease: str, until: int, /) -> W | None:
        """Take the row until ``until`` and return it as it is now; None when somebody else was first."""
        ...

    def extend(self, conn: Connection, work: W, until: int, /) -> bool:
        """Keep the lease for longer; whether the work is still wanted. Asked after every hint, too."""
        ...

    async def act(self, work: W, /) -> O:
        """Do it. May take long, and may be cancelled: to be done again, or because it is wanted no more."""
        ...

    def failure(self, work: W, error: Exception, /) -> O:
        """The outcome of an ``act`` that raised."""
        ...

    def apply(self, conn: Connection, work: W, outcome: O, /) -> None:
        """Write the outcome if the lease still holds, and let the row go."""
        ...


class Reconciler(Generic[W, O]):
    """Runs one room's reconciliation in this process until ``stop``."""

    def __init__(self, db: Database, room: Reconcilable[W, O], *, period_s: float = 2.0) -> None:
        self._db = db
        self._room = room
        self._period_s = period_s
        self._hint = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._acting: dict[str, asyncio.Task[bool]] = {}
        self._unseen: set[str] = set()
        self._nudges: dict[str, asyncio.Event] = {}
        self._given_up: set[str] = set()

    def hint(self) -> None:
        """Look now: a row has changed."""
        self._hint.set()
        for nudge in self._nudges.values():
            nudge.set()

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._loop = asyncio.create_task(self._run(), name="reconcile")

    async def stop(self) -> None:
        """End what is under way; it is taken up again at the next start."""
        tasks: list[asyncio.Task[Any]] = [task for task in (self._loop, *self._acting.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._hint.clear()
            try:
                for work in await self._db.read(self._room.load):
                    if work.id not in self._acting:
                        self._begin(work)
            except Exception:  # noqa: BLE001 - a round that fails must not be the last one
                _log.exception("a round of reconciliation failed")
            # Not wait_for: up to Python 3.11 it loses a cancellation that comes together with the hint.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._period_s):
                    await self._hint.wait()

    async def _is_settled(self, work: W) -> bool:
        """Look, in bounded time; a world that cannot be seen is left as it is."""
        try:
            async with asyncio.timeout(LOOK_S):
                settled = await self._room.is_settled(work)
        except Exception as error:  # noqa: BLE001 - as in a round: whatever an adapter raises
            if work.id not in self._unseen:
                _log.warning("cannot see how %s is, and leave it so: %s", work.id, str(error) or type(error).__name__)
            self._unseen.add(work.id)
            return True
        self._unseen.discard(work.id)
        return settled

    def _begin(self, work: W) -> None:
        task = asyncio.create_task(self._one(work), name=f"reconcile {work.id}")
        self._acting[work.id] = task
        task.add_done_callback(lambda task: self._end(work.id, task))

    def _end(self, row: str, task: asyncio.Task[bool]) -> None:
        self._acting.pop(row, None)
        # A row that was found settled gives no reason to look at all of them again.
        if task.cancelled() or task.exception() is not None or task.result():
            self.hint()

    async def _one(self, work: W) -> bool:
        """See to one row; whether there was anything to do."""
        if await self._is_settled(work):
            return False
        held = await self._db.write(self._room.lease, work, ids.new_id(), _deadline())
        if held is None:
            return False
        acting = asyncio.ensure_future(self._room.act(held))
        keeper = asyncio.create_task(self._keep(held, acting))
        try:
            outcome = await acting
        except asyncio.CancelledError:
            if held.id not in self._given_up:
                raise
            outcome = self._room.failure(held, Conflict("given up, since something else is wanted"))
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises is the row's outcome
            outcome = self._room.failure(held, error)
        finally:
            acting.cancel()
            keeper.cancel()
            self._given_up.discard(held.id)
        await self._db.write(self._room.apply, held, outcome)
        return True

    async def _keep(self, held: W, acting: asyncio.Future[O]) -> None:
        """Keep the lease while somebody acts, and end that once it is wanted no more."""
        nudge = self._nudges[held.id] = asyncio.Event()
        try:
            while await self._db.write(self._room.extend, held, _deadline()):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LEASE_S / 3):
                        await nudge.wait()
                nudge.clear()
        finally:
            del self._nudges[held.id]
        self._given_up.add(held.id)
        acting.cancel()


def _deadline() -> int:
    return clock.now() + LEASE_S * 1_000_000
