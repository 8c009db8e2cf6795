"""MLflow's addresses: below a workspace's tracking URI, and at the server's root for the default workspace."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, Router, get, post, route
from litestar.params import Dependency
from sqlalchemy import Connection

from workstead.access.service import Principal
from workstead.artifacts.routes.answers import tail
from workstead.dialects.mlflow import (
    assessments,
    datasets,
    experiments,
    files,
    folders,
    graph,
    inputs,
    logged_models,
    metrics,
    models,
    runs,
    scorers,
    search,
    spans,
    trace_files,
    trace_metrics,
    traces,
    versions,
    webhooks,
)
from workstead.dialects.mlflow.calls import Call, Errand
from workstead.dialects.mlflow.endpoints import Address, Finder, Here, Verb
from workstead.dialects.mlflow.errors import Refused, answer_error
from workstead.dialects.mlflow.reading import read_json, read_query
from workstead.dialects.mlflow.workplaces import Workplaces
from workstead.foundation.http import PUBLIC, SELF
from workstead.foundation.inflating import inflate
from workstead.webhooks.reconcile import Postman
from workstead_wire.errors import WorkspaceNotFound
from workstead_wire.workspaces import WorkspacePath

Caller = Request[Principal, Any, Any]
Places = Annotated[Workplaces, Dependency(skip_validation=True)]

WORKSPACE = (
    "/mlflow/{dialect:str}/subscriptions/{subscription:str}/resourceGroups/{group:str}"
    "/providers/Microsoft.MachineLearningServices/workspaces/{workspace:str}"
)
"""What ``ws.get_mlflow_tracking_uri()`` returns; ``dialect`` is ``v1.0``."""

SPOKEN = "3.17.2"
"""The MLflow version that clients are told: since 3.4 they send spans by OpenTelemetry."""

JSON_MAX_BYTES = 64 * 1024 * 1024

ENDPOINTS = [
    *experiments.endpoints,
    *runs.endpoints,
    *metrics.endpoints,
    *search.endpoints,
    *inputs.endpoints,
    *models.endpoints,
    *versions.endpoints,
    *logged_models.endpoints,
    *folders.endpoints,
]
TRACING = [*traces.endpoints, *trace_metrics.endpoints, *assessments.endpoints]
JUDGING = [*scorers.endpoints, *datasets.endpoints]
WEBHOOKS = webhooks.errands
_finder = Finder([*ENDPOINTS, *TRACING, *JUDGING])
_errands = Finder(WEBHOOKS)
_graph = graph.Graph(_finder)

_PARTS: dict[str, Callable[[Call, str], Awaitable[files.Answer]]] = {
    "create": files.create_parts,
    "complete": files.complete_parts,
    "abort": files.abort_parts,
}
_BYTES: dict[str, tuple[Verb, Callable[[Call, str], Awaitable[files.Answer]]]] = {
    "GET": ("read", files.download),
    "PUT": ("write", files.upload),
    "DELETE": ("write", files.delete),
}
_PAGES: dict[str, tuple[Verb, Callable[[Call], Awaitable[files.Answer]]]] = {
    "get-artifact": ("read", files.get_artifact),
    "model-versions/get-artifact": ("read", files.get_version_artifact),
    "mlflow/get-artifact": ("read", files.get_artifact),
    "mlflow/get-trace-artifact": ("read", trace_files.get_trace_artifact),
    "mlflow/upload-artifact": ("write", files.upload_artifact),
}
_PROTOBUF = "application/x-protobuf"
_LOGGED_FILE = re.compile(r"mlflow/logged-models/([^/]+)/artifacts/files")
_INFO: dict[str, object] = {
    "store_type": "SqlStore",
    "workspaces_enabled": False,
    "trace_archival_enabled": False,
    "multipart_uploads_enabled": False,
    "multipart_downloads_enabled": False,
    "features_enabled": {},
}
"""What clients want to know of a server before all else.

Parts are taken in from who sends them all the same; but a file in one piece is written once, and parts twice.
"""
BYTES = [
    ("PUT", "mlflow-artifacts/artifacts/{path}", "Keep the body as a file."),
    ("GET", "mlflow-artifacts/artifacts/{path}", "A file's bytes, whole or by range."),
    ("DELETE", "mlflow-artifacts/artifacts/{path}", "Delete a file, or a folder."),
    ("POST", "mlflow-artifacts/mpu/create/{path}", "Begin an upload in parts."),
    ("POST", "mlflow-artifacts/mpu/complete/{path}", "Make one file of the parts."),
    ("POST", "mlflow-artifacts/mpu/abort/{path}", "Throw the parts away."),
    ("GET", "mlflow/get-artifact", "A file of a run, for a browser; also at `/get-artifact`."),
    ("GET", "model-versions/get-artifact", "A file of a version, for a browser; also at the root."),
    ("GET", "mlflow/logged-models/{model_id}/artifacts/files", "A file of a logged model, for a browser."),
    ("GET", "mlflow/get-trace-artifact", "The spans of a trace, or a file that was attached to it, for a browser."),
    ("POST", "v1/traces", "Spans from OpenTelemetry's exporters; below the tracking address itself."),
    ("POST", "mlflow/upload-artifact", "Keep the body as a file of a run."),
    ("POST", "graphql", "What MLflow's own page asks beside the REST API; at the tracking address itself."),
    ("GET", "mlflow/server-info", "What clients want to know of a server before all else."),
]
"""What is asked beside ``ENDPOINTS``, for the reference."""
_APIS = ("/api/2.0", "/api/3.0", "/ajax-api/2.0", "/ajax-api/3.0")


def _paths(*ends: str) -> list[str]:
    return [root + end for root in ("", WORKSPACE) for end in ends]


@route(
    _paths(*(f"{api}/{{rest:path}}" for api in _APIS)),
    http_method=["GET", "POST", "PUT", "PATCH", "DELETE"],
    opt=SELF,
    status_code=200,
    request_max_body_size=None,
    include_in_schema=False,
)
async def answer(request: Caller, workplaces: Places) -> files.Answer:
    """Whatever a client asks of MLflow's API."""
    path = request.path_params["rest"].strip("/")
    if path.startswith("mlflow-artifacts/") and path != "mlflow-artifacts/artifacts":
        return await _answer_bytes(request, workplaces, path)
    if path in _PAGES:
        return await _answer_page(request, workplaces, path)
    if path == "mlflow/server-info":
        return Response(msgspec.json.encode(_INFO), status_code=200, media_type=MediaType.JSON)
    if (one := _LOGGED_FILE.fullmatch(path)) and request.method == "GET":
        call = await _call(request, workplaces, "read")
        return await files.get_logged_artifact(call, one[1])
    found = _finder.find(request.method, path)
    if found is None and (errand := _errands.find(request.method, path)):
        call = await _call(request, workplaces, errand[0].verb)
        return await _run(call, workplaces.postman, *errand)
    if found is None:
        raise Refused("NOT_IMPLEMENTED", f"{request.method} {path[:200]} of MLflow's API is not done by this server")
    endpoint, given = found
    where = await workplaces.find(request, endpoint.verb)
    asked = await _read_asked(request, endpoint, given)
    run = workplaces.db.read if endpoint.verb == "read" else workplaces.db.write
    try:
        reply = await run(endpoint.run, where, request.user.user, asked)
    except WorkspaceNotFound:
        workplaces.forget(where)
        raise
    return Response(msgspec.json.encode(reply), status_code=200, media_type=MediaType.JSON)


async def _run(call: Call, postman: Postman, errand: Errand, given: dict[str, str]) -> Response[bytes]:
    return call.reply(await errand.run(call, postman, await _read_asked(call.request, errand, given)))


async def _read_asked(request: Caller, endpoint: Address, given: dict[str, str]) -> Any:
    if request.method == "GET":
        return read_query(endpoint.asked, request.query_params, given)
    return read_json(endpoint.asked, await _read_body(request), given)


@get(_paths("/get-artifact", "/model-versions/get-artifact"), opt=SELF, include_in_schema=False)
async def answer_page(request: Caller, workplaces: Places) -> files.Answer:
    """A file for a browser."""
    path = "model-versions/get-artifact" if "model-versions" in request.url.path else "get-artifact"
    return await _answer_page(request, workplaces, path)


@post(_paths("/graphql"), opt=SELF, status_code=200, request_max_body_size=JSON_MAX_BYTES, include_in_schema=False)
async def answer_graphql(request: Caller, workplaces: Places) -> Response[bytes]:
    """What MLflow's page asks by GraphQL."""
    where = await workplaces.find(request, "read")
    asked = read_json(graph.Request, await request.body(), {})
    reply = await workplaces.db.read(_graph.answer, where, request.user.user, asked)
    return Response(msgspec.json.encode(reply), status_code=200, media_type=MediaType.JSON)


@post(_paths("/v1/traces"), opt=SELF, status_code=200, request_max_body_size=None, include_in_schema=False)
async def take_spans(request: Caller, workplaces: Places) -> Response[bytes]:
    """Take spans from OpenTelemetry's exporters, for the experiment that a header names."""
    where = await workplaces.find(request, "write")
    experiment_id = request.headers.get("x-mlflow-experiment-id")
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if experiment_id is None:
        raise Refused("BAD_REQUEST", "the header x-mlflow-experiment-id must name an experiment")
    if kind not in (_PROTOBUF, "application/json"):
        raise Refused("BAD_REQUEST", f"Invalid Content-Type: {kind[:80]}. Expected: {_PROTOBUF} or application/json")
    body = inflate(await _read_body(request), request.headers.get("content-encoding", ""))
    arrived = await asyncio.to_thread(spans.read_message, body, binary=kind == _PROTOBUF)
    run_id = request.headers.get("x-mlflow-run-id")
    await workplaces.db.write(_log_spans, where, request.user.user, experiment_id, arrived, run_id)
    return Response(b"", media_type=_PROTOBUF)


def _log_spans(conn: Connection, where: WorkspacePath, user: str, *told: Any) -> None:
    spans.log_spans(Here(conn, where, user), *told)


@get(_paths("/health"), opt=PUBLIC, include_in_schema=False, media_type=MediaType.TEXT)
async def read_health() -> str:
    """That somebody answers."""
    return "OK"


@get(_paths("/version"), opt=PUBLIC, include_in_schema=False, media_type=MediaType.TEXT)
async def read_version() -> str:
    """The MLflow version that is spoken."""
    return SPOKEN


async def _answer_bytes(request: Caller, workplaces: Workplaces, path: str) -> files.Answer:
    _, kind, *rest = path.split("/", 3 if path.startswith("mlflow-artifacts/mpu/") else 2)
    if kind == "artifacts" and request.method in _BYTES:
        verb, work = _BYTES[request.method]
        below = tail(request, "/mlflow-artifacts/artifacts/")
    elif kind == "mpu" and request.method == "POST" and len(rest) > 1 and rest[0] in _PARTS:
        verb, work, below = "write", _PARTS[rest[0]], tail(request, f"/mpu/{rest[0]}/")
    else:
        raise Refused("NOT_IMPLEMENTED", f"{request.method} {path[:200]} of MLflow's API is not done by this server")
    return await work(await _call(request, workplaces, verb), below)


async def _answer_page(request: Caller, workplaces: Workplaces, path: str) -> files.Answer:
    verb, work = _PAGES[path]
    return await work(await _call(request, workplaces, verb))


async def _call(request: Caller, workplaces: Workplaces, verb: Verb) -> Call:
    where = await workplaces.find(request, verb)
    below = request.url.path.partition("/api/")[0].partition("/ajax-api/")[0]
    root = f"{request.url.scheme}://{request.url.netloc}{below}"
    return Call(
        request=request, db=workplaces.db, store=workplaces.store, settings=workplaces.settings, where=where, root=root
    )


async def _read_body(request: Caller) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > JSON_MAX_BYTES:
            raise Refused("INVALID_PARAMETER_VALUE", f"the request is larger than {JSON_MAX_BYTES} bytes")
    return bytes(body)


router = Router(
    "",
    route_handlers=[answer, answer_page, answer_graphql, take_spans, read_health, read_version],
    exception_handlers={Exception: answer_error},
)
