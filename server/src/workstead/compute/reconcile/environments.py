"""Makes and removes the further environments of instances."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection

from workstead.compute import service
from workstead.compute.reconcile.instances import single
from workstead.compute.service import EnvironmentOutcome, EnvironmentWork
from workstead.foundation.db import Database
from workstead.hosts.base import Host, Progress
from workstead_wire.compute import Step
from workstead_wire.errors import WorksteadError

_log = logging.getLogger("workstead")


class Environments:
    """What the reconciler asks about environments."""

    def __init__(self, db: Database, host: Host, home: Path) -> None:
        self._db = db
        self._host = host
        self._home = home

    def load(self, conn: Connection) -> list[EnvironmentWork]:
        """Environments that are to be made or removed."""
        return service.load_environment_work(conn)

    async def is_settled(self, work: EnvironmentWork) -> bool:  # noqa: ARG002 - the Protocol's
        """What is loaded is to be done."""
        return False

    def lease(self, conn: Connection, work: EnvironmentWork, lease: str, until: int) -> EnvironmentWork | None:
        """Take the environment."""
        return service.lease_environment(conn, work, lease, until)

    def extend(self, conn: Connection, work: EnvironmentWork, until: int) -> bool:
        """Keep it for longer, unless it is to be removed by now."""
        return service.extend_environment(conn, work, until)

    async def act(self, work: EnvironmentWork) -> EnvironmentOutcome:
        """Make it or remove it."""
        place = service.make_place(self._home, work.instance)
        if work.state == "Deleting":
            await self._host.delete_environment(place, work.packages.name)
            return EnvironmentOutcome(state="Gone")

        async def tell(steps: list[Step]) -> None:
            await self._db.write(service.tell_environment_steps, work, steps)

        await self._host.make_environment(place, work.packages, Progress(tell))
        return EnvironmentOutcome(state="Ready")

    def failure(self, work: EnvironmentWork, error: Exception) -> EnvironmentOutcome:
        """Failed, with the reason in words."""
        error = single(error)
        if not isinstance(error, WorksteadError):
            _log.error("environment %s failed", work.packages.name, exc_info=error)
            return EnvironmentOutcome(state="Failed", reason=f"the host failed: {type(error).__name__}: {error}"[:600])
        return EnvironmentOutcome(state="Failed", reason=error.message)

    def apply(self, conn: Connection, work: EnvironmentWork, outcome: EnvironmentOutcome) -> None:
        """Write what came out."""
        service.apply_environment(conn, work, outcome)
