"""A host of compute instances without a machine, and a database and a reconciler around it, for tests."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import Connection, select

from workstead.access.service import Principal
from workstead.compute import service
from workstead.compute.reconcile import Environments, Instances
from workstead.compute.service import Work
from workstead.compute.tables import environments, instances
from workstead.foundation.db import Database
from workstead.foundation.reconcile import Reconciler
from workstead.foundation.schema import ensure_schema
from workstead.hosts.base import Door, Identity, Made, Packages, Place, Progress
from workstead.workspaces.service import create_workspace, ensure_subscription
from workstead_wire.compute import InstanceCreate, LogName
from workstead_wire.errors import ComputeNotFound, Unavailable
from workstead_wire.workspaces import WorkspaceCreate, WorkspacePath

OWNER = Principal(user="owner", role="Owner")


class Puppet:
    """A host without a machine. ``broken`` makes the next starts fail; ``pause`` holds up whatever makes or starts."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.up: dict[str, Identity] = {}
        self.broken = False
        self.pause: asyncio.Event | None = None
        self.starts = 0
        self.environments: set[tuple[str, str]] = set()

    async def create(self, place: Place, progress: Progress) -> Made:
        async with progress.step("Make"):
            await self._wait()
        assert place.name not in self.up
        self.made.add(place.name)
        return Made(kernel="Python 3.x - AzureML")

    async def start(self, place: Place, identity: Identity, progress: Progress) -> None:
        assert place.name in self.made
        self.starts += 1
        async with progress.step("Start"):
            await self._wait()
        if self.broken:
            raise Unavailable("the puppet is broken")
        self.up[place.name] = identity

    async def stop(self, place: Place) -> None:
        await asyncio.sleep(0)
        self.up.pop(place.name, None)

    async def delete(self, place: Place, *, keep_files: bool) -> None:  # noqa: ARG002 - the Protocol's
        assert place.name not in self.up
        self.made.discard(place.name)

    async def renew(self, place: Place, identity: Identity) -> None:
        self.up[place.name] = identity

    async def read_token(self, place: Place) -> str | None:
        return self.up[place.name].token if place.name in self.up else None

    async def look(self, place: Place) -> bool:
        return place.name in self.up

    async def explain(self, _place: Place) -> str:
        return "it fell over"

    async def read_log(self, _place: Place, name: LogName) -> bytes:
        return name.encode()

    async def make_environment(self, place: Place, packages: Packages, progress: Progress) -> None:
        async with progress.step("Make"):
            await self._wait()
        if self.broken:
            raise Unavailable("the puppet is broken")
        self.environments.add((place.name, packages.name))

    async def delete_environment(self, place: Place, name: str) -> None:
        self.environments.discard((place.name, name))

    def find_door(self, _place: Place) -> Door | None:
        return None

    async def _wait(self) -> None:
        await asyncio.sleep(0)
        if self.pause is not None:
            await self.pause.wait()


class World:
    """A database with a workspace, a puppet, and the reconciler between them."""

    def __init__(self, folder: Path) -> None:
        self.db = Database(f"sqlite:///{folder / 'w.db'}")
        ensure_schema(self.db.engine)
        subscription = self.db.write_now(ensure_subscription, "s").id
        self.where = WorkspacePath(subscription_id=subscription, resource_group="g", workspace="work")
        asked = WorkspaceCreate(location="westeurope", create_resource_group=True)
        self.db.write_now(create_workspace, self.where, "owner", asked)
        self.puppet = Puppet()
        self.url = "http://127.0.0.1:1"
        self.instances = Instances(self.db, self.puppet, folder, lambda: self.url)
        self.environments = Environments(self.db, self.puppet, folder)

    def create(self, name: str, asked: InstanceCreate | None = None) -> None:
        self.db.write_now(service.create_instance, self.where, OWNER, name, asked or InstanceCreate())

    def state(self, name: str) -> str | None:
        try:
            return self.db.read_now(service.get_instance, self.where, name).state
        except ComputeNotFound:
            return None

    async def settle(self) -> None:
        """Reconcile until nothing is to be done."""
        reconciler = Reconciler(self.db, self.instances, period_s=0.01)
        further = Reconciler(self.db, self.environments, period_s=0.01)
        reconciler.start()
        further.start()
        for _ in range(2000):
            await asyncio.sleep(0.005)
            idle, work = await self.db.read(look)
            if idle and all([await self.instances.is_settled(it) for it in work]):
                break
        else:
            raise AssertionError("it never settles")
        await reconciler.stop()
        await further.stop()


def look(conn: Connection) -> tuple[bool, list[Work]]:
    """Whether nobody works on a row and no environment waits, and the instances to look at, all at one moment."""
    return count_held(conn) == 0 and not service.load_environment_work(conn), service.load_work(conn)


def count_held(conn: Connection) -> int:
    """How many rows somebody works on."""
    return sum(
        len(conn.execute(select(table.c.id).where(table.c.lease.is_not(None))).all())
        for table in (instances, environments)
    )
