"""Starts and stops instances by their schedules, and stops those that nobody uses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from workstead.compute import service
from workstead.compute.service import Work
from workstead.foundation.db import Database
from workstead.hosts.base import Door, Host

_log = logging.getLogger("workstead")

PERIOD_S = 15.0
ANSWER_S = 5.0


class _Status(msgspec.Struct):
    """Of Jupyter's ``/api/status``. Looking at it is no activity."""

    last_activity: datetime


class _Kernel(msgspec.Struct):
    execution_state: str


class Timers:
    """Looks every ``PERIOD_S`` seconds at what is due. ``changed`` is called when rows have changed."""

    def __init__(
        self, db: Database, host: Host, home: Path, changed: Callable[[], None], *, period_s: float = PERIOD_S
    ) -> None:
        self._db = db
        self._host = host
        self._home = home
        self._changed = changed
        self._period_s = period_s

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - a round that fails must not be the last one
                _log.exception("a look at schedules and idle instances failed")
            await asyncio.sleep(self._period_s)

    async def look(self) -> None:
        """Do what is due now."""
        changed = await self._db.write(service.run_schedules) > 0
        resting = await self._db.read(service.list_resting)
        seen = await asyncio.gather(*(self._find_activity(work) for work in resting))
        for work, moment in zip(resting, seen, strict=True):
            if moment is not None:
                changed |= await self._db.write(service.see_activity, work.id, moment)
        if changed:
            self._changed()

    async def _find_activity(self, work: Work) -> datetime | None:
        door = self._host.find_door(service.make_place(self._home, work))
        if door is None:
            return None
        try:
            return await ask_activity(door)
        except (httpx.HTTPError, msgspec.MsgspecError):
            return None  # a Jupyter that does not answer is the reconciler's


async def ask_activity(door: Door) -> datetime:
    """When an instance was last used, by its Jupyter: now while a kernel computes, else its last request or output.

    A page that is merely open is no use: JupyterLab's own questions do not count.
    """
    transport = httpx.AsyncHTTPTransport(uds=door.socket)
    headers = {"Authorization": f"token {door.secret}"}
    base = door.address + door.prefix
    async with httpx.AsyncClient(transport=transport, headers=headers, base_url=base, timeout=ANSWER_S) as http:
        kernels = await http.get("/api/kernels", params={"no_track_activity": "1"})
        status = await http.get("/api/status")
    if any(it.execution_state == "busy" for it in msgspec.json.decode(kernels.content, type=list[_Kernel])):
        return datetime.now(UTC)
    return msgspec.json.decode(status.content, type=_Status).last_activity
