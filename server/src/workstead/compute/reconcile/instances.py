"""Brings each instance to the state that is wanted of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Connection

from workstead.compute import service
from workstead.compute.service import Outcome, Work
from workstead.foundation import clock
from workstead.foundation.db import Database
from workstead.hosts.base import Host, Identity, Place, Progress
from workstead_wire.compute import State, Step
from workstead_wire.errors import Unavailable, WorksteadError

_log = logging.getLogger("workstead")

PATIENCE_S: Mapping[State, float] = {"Stopping": 180, "Deleting": 600, "Running": 900}
"""How long a host may take, by what is to be done."""
PATIENCE_TO_START_S = 1800
"""For a first start: packages or an image may have to be fetched."""


class Instances:
    """What the reconciler asks of this room. ``find_url`` gives the server's address, None until it is announced."""

    def __init__(
        self,
        db: Database,
        host: Host,
        home: Path,
        find_url: Callable[[], str | None],
        patience_s: Mapping[State, float] = PATIENCE_S,
    ) -> None:
        self._db = db
        self._host = host
        self._home = home
        self._find_url = find_url
        self._patience_s = patience_s
        self._told: dict[str, str] = {}
        """By instance, the address under which it knows this server; a running one finds us at another after a move."""

    def load(self, conn: Connection) -> list[Work]:
        """Instances that may need something. None before the server's address is known, which they are to be told."""
        return service.load_work(conn) if self._find_url() else []

    async def is_settled(self, work: Work) -> bool:
        """A running instance that knows our address and has a token that holds for a while needs nothing."""
        if work.state != "Running" or work.renew_at <= clock.now() or self._told.get(work.id) != self._find_url():
            return False
        return await self._host.look(service.make_place(self._home, work))

    def lease(self, conn: Connection, work: Work, lease: str, until: int) -> Work | None:
        """Take the instance."""
        return service.lease(conn, work, lease, until)

    def extend(self, conn: Connection, work: Work, until: int) -> bool:
        """Keep the instance for longer, unless something else is wanted of it by now."""
        return service.extend(conn, work, until)

    async def act(self, work: Work) -> Outcome:
        """One step towards what is wanted, in bounded time."""
        patience = self._patience_s.get(work.state, PATIENCE_TO_START_S)
        try:
            async with asyncio.timeout(patience):
                return await self._step(service.make_place(self._home, work), work)
        except TimeoutError as error:
            raise Unavailable(
                f"the compute host was not done with {work.state.lower()} {work.name!r} within {patience:g} s; "
                "look at it, and ask again"
            ) from error

    def failure(self, work: Work, error: Exception) -> Outcome:
        """Failed, with the reason in words."""
        error = single(error)
        if isinstance(error, WorksteadError):
            return Outcome(state="Failed", reason=error.message)
        _log.error("compute instance %s failed", work.name, exc_info=error)
        return Outcome(state="Failed", reason=f"the host failed: {type(error).__name__}: {error}"[:600])

    def apply(self, conn: Connection, work: Work, outcome: Outcome) -> None:
        """Write what came out."""
        service.apply(conn, work, outcome)

    async def _step(self, place: Place, work: Work) -> Outcome:
        match work.state:
            case "Deleting":
                await self._host.stop(place)
                await self._host.delete(place, keep_files=work.keep_files)
                return Outcome(state="Gone")
            case "Stopping":
                await self._host.stop(place)
                return Outcome(state="Stopped")
            case "Running":
                return await self._keep_up(place, work)
            case "Restarting":
                await self._host.stop(place)
            case _:
                pass
        return await self._bring_up(place, work)

    async def _keep_up(self, place: Place, work: Work) -> Outcome:
        """Renew what runs, start again what ended, and leave as it is what the host cannot be asked about now."""
        identity = self._identity(work)
        try:
            runs = await self._host.look(place)
            if runs:
                await self._host.renew(place, identity)
        except Unavailable as error:
            _log.warning("compute instance %s could not be renewed, which is tried again: %s", work.name, error)
            runs = True
        if not runs:
            return await self._bring_up(place, work)
        # Also where it could not be told: every try takes a fresh token, and the one that it has holds till the next.
        self._told[work.id] = identity.url
        return Outcome(state="Running")

    async def _bring_up(self, place: Place, work: Work) -> Outcome:
        died = work.state == "Running"
        if died and work.deaths >= service.DEATHS_MAX:
            await self._host.stop(place)
            reason = f"{await self._host.explain(place)}; it was started again {work.deaths} times"
            return Outcome(state="Failed", reason=reason)

        async def tell(steps: list[Step]) -> None:
            await self._db.write(service.tell_steps, work, steps)

        progress = Progress(tell)
        identity = self._identity(work)
        made = await self._host.create(place, progress)
        await self._host.start(place, identity, progress)
        self._told[work.id] = identity.url
        return Outcome(state="Running", made=made, died=died)

    def _identity(self, work: Work) -> Identity:
        url = self._find_url()
        if url is None or work.token is None:
            raise Unavailable("the server's address is not known yet")
        return Identity(url=url, token=work.token)


def single(error: Exception) -> Exception:
    """The one failure inside a group of tasks, else the error itself."""
    inner: list[Exception] = list(getattr(error, "exceptions", ()))
    return single(inner[0]) if inner else error
