"""The live feed of a run."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from workstead.access.service import Principal
from workstead.foundation.db import Database
from workstead.foundation.events import Bells
from workstead.foundation.http import READ
from workstead.runs import service
from workstead_wire.runs import RunEvent
from workstead_wire.workspaces import WorkspacePath

PAUSE_S = 0.25
"""Least time between two events: what happens meanwhile is told in one."""
LOOK_S = 2.0
"""How often is looked without a bell: another server may have written."""
HEARTBEAT_S = 15.0
LONGEST_S = 3600.0
"""A feed ends after an hour; who follows it asks again, and is asked again who they are."""

_Look = Callable[[service.Seen], Awaitable[tuple[RunEvent | None, service.Seen]]]
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


_EVENTS = ResponseSpec(
    RunEvent, generate_examples=False, media_type="text/event-stream", description="each event's data is this"
)


@get("/runs/{run_id:str}/events", opt=READ, tags=["runs"], responses={200: _EVENTS})
async def follow_run(
    request: Request[Principal, None, Any], db: Database, where: WorkspacePath, bells: Bells, run_id: str
) -> ServerSentEvent:
    """A stream of RunEvents: first all there is, then what changes, within a quarter second; ``ended`` is the last."""

    async def look(seen: service.Seen) -> tuple[RunEvent | None, service.Seen]:
        return await db.read(service.read_news, where, request.user.user, run_id, seen)

    first, seen = await look(service.Seen())
    return ServerSentEvent(_follow(look, bells, run_id, first, seen), headers=_HEADERS)


async def _follow(
    look: _Look, bells: Bells, run_id: str, news: RunEvent | None, seen: service.Seen
) -> AsyncGenerator[ServerSentEventMessage]:
    until = time.monotonic() + LONGEST_S
    silent_since = time.monotonic()
    with bells.listen(run_id) as bell:
        while True:
            if news is not None:
                yield ServerSentEventMessage(data=msgspec.json.encode(news))
                silent_since = time.monotonic()
                if news.ended:
                    return
                await asyncio.sleep(PAUSE_S)
            elif time.monotonic() - silent_since >= HEARTBEAT_S:
                yield ServerSentEventMessage(data=None, comment="still here")
                silent_since = time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await bell.wait()
            if bells.closed or time.monotonic() >= until:
                return
            bell.clear()
            news, seen = await look(seen)


handlers = [follow_run]
