"""Routes of insights: figures, search, one operation, and what comes in just now."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from workstead.foundation.db import Database
from workstead.foundation.events import Bells
from workstead.foundation.http import READ, WRITE, Cursor, Limit, operation
from workstead.insights import service
from workstead.insights.intake import bell_of
from workstead.workspaces.service import get_workspace, get_workspace_id
from workstead_wire.base import Page
from workstead_wire.insights import (
    Insights,
    InsightsConnection,
    InsightsUpdate,
    Kind,
    LiveTelemetry,
    OperationFigures,
    Overview,
    TelemetryItem,
)
from workstead_wire.workspaces import WorkspacePath

Since = Annotated[datetime | None, Parameter(query="since", description="from this moment on")]
Until = Annotated[datetime | None, Parameter(query="until", description="up to this moment, by default now")]
Filter = Annotated[str, Parameter(query="filter", description="kind = 'request' and duration > 500, see the reference")]
_TAGS = ["insights"]
_PAUSE_S = 1.0
_LONGEST_S = 3600.0
"""A live view ends after an hour; who follows it asks again, and is asked again who they are."""
_EVENTS = ResponseSpec(
    LiveTelemetry, generate_examples=False, media_type="text/event-stream", description="each event's data is this"
)


@get("/insights", opt=READ, tags=_TAGS)
async def get_insights(db: Database, where: WorkspacePath) -> Insights:
    """The workspace's Application Insights: limits, and what is kept."""
    return await db.read(service.get_insights, where)


@patch("/insights", opt=WRITE | operation("Change Application Insights"), tags=_TAGS)
async def update_insights(db: Database, where: WorkspacePath, data: InsightsUpdate) -> Insights:
    """Change limits and sources; what is beyond a new limit goes at once."""
    return await db.write(service.update_insights, where, data)


@post("/insights/connection", opt=WRITE, tags=_TAGS, status_code=200)
async def get_connection(
    request: Request[Any, Any, Any], db: Database, where: WorkspacePath
) -> Response[InsightsConnection]:
    """How programs send telemetry here; the key is made when it is first asked for."""
    return await _answer(request, db, where, await db.write(service.get_key, where))


@post("/insights/connection/renew", opt=WRITE | operation("Renew the instrumentation key"), tags=_TAGS, status_code=200)
async def renew_connection(
    request: Request[Any, Any, Any], db: Database, where: WorkspacePath
) -> Response[InsightsConnection]:
    """Make a new instrumentation key; programs with the old one are refused within seconds."""
    return await _answer(request, db, where, await db.write(service.renew_key, where))


@get("/insights/overview", opt=READ, tags=_TAGS)
async def get_overview(db: Database, where: WorkspacePath, since: Since = None, until: Until = None) -> Overview:
    """Requests, failures and percentiles over time, by default of the last hour."""
    return await db.read(service.get_overview, where, since, until)


@get("/insights/operations", opt=READ, tags=_TAGS)
async def list_operations(
    db: Database, where: WorkspacePath, kind: Kind = "request", since: Since = None, until: Until = None
) -> list[OperationFigures]:
    """What operations of a kind (request, dependency or exception) did, those with most failures first."""
    return await db.read(service.list_operations, where, kind, since, until)


@get("/insights/items", opt=READ, tags=_TAGS)
async def list_items(
    db: Database,
    where: WorkspacePath,
    text: Filter = "",
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[TelemetryItem]:
    """Telemetry that a filter lets through, newest first; a short page with a cursor means that the search goes on."""
    return await db.read(service.list_items, where, text, since, until, cursor, limit)


@get("/insights/operations/{operation_id:str}", opt=READ, tags=_TAGS)
async def get_operation(db: Database, where: WorkspacePath, operation_id: str) -> list[TelemetryItem]:
    """One operation end to end, in the order in which things began."""
    return await db.read(service.get_operation, where, operation_id)


@get("/insights/live", opt=READ, tags=_TAGS, responses={200: _EVENTS})
async def follow_live(db: Database, where: WorkspacePath, bells: Bells) -> ServerSentEvent:
    """A stream of LiveTelemetry: each second what came in it."""
    bell = bell_of(await db.read(get_workspace_id, where))
    seen = await db.read(service.find_end, where)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return ServerSentEvent(_follow(db, where, bells, bell, seen), headers=headers)


async def _follow(
    db: Database, where: WorkspacePath, bells: Bells, name: str, seen: service.Seen
) -> AsyncGenerator[ServerSentEventMessage]:
    until = time.monotonic() + _LONGEST_S
    with bells.listen(name) as bell:
        while not bells.closed and time.monotonic() < until:
            news, seen = await db.read(service.read_news, where, seen)
            yield ServerSentEventMessage(data=msgspec.json.encode(news))
            await asyncio.sleep(_PAUSE_S)
            bell.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_S):
                    await bell.wait()


async def _answer(
    request: Request[Any, Any, Any], db: Database, where: WorkspacePath, key: str
) -> Response[InsightsConnection]:
    name = (await db.read(get_workspace, where)).application_insights
    address = f"{request.url.scheme}://{request.headers['host']}/insights"
    made = InsightsConnection(
        instrumentation_key=key,
        connection_string=f"InstrumentationKey={key};IngestionEndpoint={address}",
        otlp_endpoint=f"{address}/{name}",
        otlp_headers=f"x-instrumentation-key={key}",
    )
    return Response(made, headers={"cache-control": "no-store"})


router = Router(
    "/subscriptions/{subscription:str}/resourceGroups/{group:str}/workspaces/{workspace:str}",
    route_handlers=[
        get_insights,
        update_insights,
        get_connection,
        renew_connection,
        get_overview,
        list_operations,
        list_items,
        get_operation,
        follow_live,
    ],
)
