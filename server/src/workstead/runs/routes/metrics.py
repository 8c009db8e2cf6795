"""Routes of metrics."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import Parameter

from workstead.access.service import Principal
from workstead.foundation.db import Database
from workstead.foundation.events import Bells
from workstead.foundation.http import READ, WRITE, Cursor, Limit
from workstead.runs import service
from workstead_wire.base import Page
from workstead_wire.runs import BatchReceipt, Metric, Series
from workstead_wire.workspaces import WorkspacePath

BATCH_MAX_BYTES = 64 * 1024 * 1024

Source = Annotated[str, Parameter(query="source", description="id of the client's spool")]
First = Annotated[
    int, Parameter(query="first", ge=0, le=2**62, description="index of the first line within the source")
]
Name = Annotated[str, Parameter(query="name", description="the metric's name, whatever characters it has")]
After = Annotated[int | None, Parameter(query="after", description="only points behind this index")]
Before = Annotated[int | None, Parameter(query="before", description="only points before this index")]
Window = Annotated[int | None, Parameter(query="limit", description="points, 10,000 unless told, at most 100,000")]
Points = Annotated[int | None, Parameter(query="points", description="thin to about so many points")]

_METRICS = "/runs/{run_id:str}/metrics"


@post(_METRICS, opt=WRITE, status_code=200, tags=["runs"], request_max_body_size=BATCH_MAX_BYTES)
async def log_batch(
    request: Request[Principal, None, Any],
    db: Database,
    where: WorkspacePath,
    run_id: str,
    source: Source,
    first: First,
    bells: Bells,
) -> BatchReceipt:
    """Take a batch of points, one JSON array a line; the answer goes out when they are on the disk."""
    points = service.decode_batch(await request.body())
    receipt = await db.write(service.log_batch, where, run_id, source, first, points)
    bells.ring(run_id)
    return receipt


@get(_METRICS, opt=READ, tags=["runs"])
async def list_metrics(
    db: Database, where: WorkspacePath, run_id: str, cursor: Cursor = None, limit: Limit = None
) -> Page[Metric]:
    """What is known of a run's metrics, by name."""
    return await db.read(service.list_metrics, where, run_id, cursor, limit)


@get(_METRICS + "/all", opt=READ, tags=["runs"])
async def read_metrics(
    db: Database, where: WorkspacePath, run_id: str, cursor: Cursor = None, limit: Limit = None
) -> Page[Series]:
    """A run's metrics with their points, by name: of each up to 10,000; its ``next_cursor`` tells that more follow."""
    return await db.read(service.read_metrics, where, run_id, cursor, limit)


@get(_METRICS + "/series", opt=READ, tags=["runs"])
async def read_series(
    db: Database,
    where: WorkspacePath,
    run_id: str,
    name: Name,
    after: After = None,
    limit: Window = None,
    points: Points = None,
    before: Before = None,
) -> Series:
    """Points of one metric between ``after`` and ``before``; ``next_cursor`` is the ``after`` of the next window."""
    return await db.read(service.read_series, where, run_id, name, after, limit, points, before)


handlers = [log_batch, list_metrics, read_metrics, read_series]
