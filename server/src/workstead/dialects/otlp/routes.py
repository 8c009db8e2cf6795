"""Where OpenTelemetry's exporters post: ``/insights/<name>/v1/traces``, ``/v1/metrics`` and ``/v1/logs``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, post
from litestar.params import Dependency

from workstead.access.guard import Doorman
from workstead.dialects.otlp import words
from workstead.dialects.otlp.reading import read_logs, read_metrics, read_traces
from workstead.foundation.db import Database
from workstead.foundation.http import PUBLIC
from workstead.foundation.inflating import inflate
from workstead.insights.intake import Intake
from workstead.insights.service import Item, get_key
from workstead.workspaces.service import get_workspace_of_resource
from workstead_wire.errors import Forbidden, InvalidInput, NotSignedIn

_PROTOBUF = "application/x-protobuf"
_Reader = Callable[[Any], Iterator[Item]]
IntakeDep = Annotated[Intake, Dependency(skip_validation=True)]


@post("/v1/traces", opt=PUBLIC, status_code=200)
async def take_traces(
    request: Request[Any, Any, Any], db: Database, doorman: Doorman, intake: IntakeDep, name: str
) -> Response[bytes]:
    """Take spans."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (  # noqa: PLC0415 - keeps start-up quick
        ExportTraceServiceRequest,
    )

    where = await _find_workspace(request, db, doorman, intake, name)
    return await _take(request, intake, where, (ExportTraceServiceRequest, words.Traces), read_traces)


@post("/v1/metrics", opt=PUBLIC, status_code=200)
async def take_metrics(
    request: Request[Any, Any, Any], db: Database, doorman: Doorman, intake: IntakeDep, name: str
) -> Response[bytes]:
    """Take points of metrics."""
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (  # noqa: PLC0415
        ExportMetricsServiceRequest,
    )

    where = await _find_workspace(request, db, doorman, intake, name)
    return await _take(request, intake, where, (ExportMetricsServiceRequest, words.Metrics), read_metrics)


@post("/v1/logs", opt=PUBLIC, status_code=200)
async def take_logs(
    request: Request[Any, Any, Any], db: Database, doorman: Doorman, intake: IntakeDep, name: str
) -> Response[bytes]:
    """Take lines of logs."""
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest  # noqa: PLC0415

    where = await _find_workspace(request, db, doorman, intake, name)
    return await _take(request, intake, where, (ExportLogsServiceRequest, words.Logs), read_logs)


async def _find_workspace(
    request: Request[Any, Any, Any], db: Database, doorman: Doorman, intake: Intake, name: str
) -> str:
    """The workspace that the caller may send to: by its instrumentation key, or by a token that may write there.

    The guard lets everybody in as far as here, since it knows neither the key nor the workspace.
    """
    key = request.headers.get("x-instrumentation-key")
    if key is not None:
        found = await intake.find_workspace(key.lower())
        if found is None:
            raise NotSignedIn("the instrumentation key is not (or no longer) known here; ask for the connection again")
        return found
    if "authorization" not in request.headers:
        raise NotSignedIn("send the header x-instrumentation-key, or Authorization with a token")
    caller = await doorman.find(request)
    where = await db.read(get_workspace_of_resource, "application_insights", name)
    caller.check("write", where.id)
    found = await intake.find_workspace(await db.write(get_key, where))
    if found is None:
        raise Forbidden(f"{name!r} is being removed")
    return found


async def _take(
    request: Request[Any, Any, Any], intake: Intake, workspace_id: str, forms: tuple[Any, Any], read: _Reader
) -> Response[bytes]:
    body = inflate(await request.body(), request.headers.get("content-encoding", ""))
    binary = request.headers.get("content-type", "").partition(";")[0].strip() == _PROTOBUF
    work = (body, forms[0] if binary else None, forms[1], read)
    items = await asyncio.to_thread(_read, *work) if len(body) > 100_000 else _read(*work)  # noqa: PLR2004
    intake.offer(workspace_id, items)
    # An empty message says that all was taken.
    return Response(b"" if binary else b"{}", media_type=_PROTOBUF if binary else "application/json")


def _read(body: bytes, message: Any, struct: Any, read: _Reader) -> list[Item]:
    try:
        if message is None:
            return list(read(msgspec.json.decode(body, type=struct)))
        return list(read(message.FromString(body)))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InvalidInput(f"the body is not of OTLP's form: {error}") from error
    except Exception as error:
        # protobuf's own error, which cannot be named without importing it
        if type(error).__name__ == "DecodeError":
            raise InvalidInput("the body is not of OTLP's form: protobuf does not read it") from error
        raise


router = Router("/insights/{name:str}", route_handlers=[take_traces, take_metrics, take_logs], include_in_schema=False)
