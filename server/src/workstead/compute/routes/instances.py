"""Routes of instances."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, patch, post, put
from litestar.params import Dependency, Parameter

from workstead.access.service import Principal
from workstead.compute import service
from workstead.compute import sizes as table
from workstead.compute.reconcile import Compute
from workstead.compute.routes.domains import domain_for
from workstead.foundation.db import Database
from workstead.foundation.http import READ, SELF, WRITE, Cursor, Limit, operation
from workstead.hosts.base import LOG_BYTES
from workstead.settings import Settings
from workstead_wire.base import Page
from workstead_wire.compute import (
    Instance,
    InstanceCreate,
    InstanceLog,
    InstanceUpdate,
    LogName,
    NameCheck,
    Size,
)
from workstead_wire.workspaces import WorkspacePath

Caller = Request[Principal, None, Any]
Computes = Annotated[Compute, Dependency(skip_validation=True)]

WORKSPACE = "/subscriptions/{subscription:str}/resourceGroups/{group:str}/workspaces/{workspace:str}"
COMPUTES = WORKSPACE + "/computes"
COMPUTE = COMPUTES + "/{name:str}"


@get("/sizes", opt=SELF, tags=["compute"])
async def list_sizes() -> list[Size]:
    """Machine sizes."""
    return table.list_sizes()


@get(COMPUTES, opt=READ, tags=["compute"])
async def list_instances(
    request: Caller,
    db: Database,
    where: WorkspacePath,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Instance]:
    """Compute instances of the workspace, by name."""
    page = await db.read(service.list_instances, where, cursor, limit)
    return Page(items=[at_origin(request, item) for item in page.items], next_cursor=page.next_cursor)


@get(WORKSPACE + "/computeNames", opt=READ, tags=["compute"])
async def check_instance_name(
    db: Database, where: WorkspacePath, name: Annotated[str, Parameter(query="name", description="what was typed")]
) -> NameCheck:
    """Whether a new instance may have a name; to be asked while it is typed."""
    return await db.read(service.check_instance_name, where, name)


@put(COMPUTE, opt=WRITE | operation("Create compute instance", "computes/{name}"), tags=["compute"])
async def create_instance(
    request: Caller,
    db: Database,
    computes: Computes,
    settings: Settings,
    where: WorkspacePath,
    name: str,
    data: InstanceCreate,
) -> Instance:
    """Begin to create an instance. Follow its ``state`` and ``steps`` until it is Running or Failed."""
    made = await db.write(service.create_instance, where, request.user, name, data, settings.instances_per_user)
    computes.hint()
    return at_origin(request, made)


@get(COMPUTE, opt=READ, tags=["compute"])
async def get_instance(request: Caller, db: Database, where: WorkspacePath, name: str) -> Instance:
    """One instance."""
    return at_origin(request, await db.read(service.get_instance, where, name))


@patch(COMPUTE, opt=WRITE | operation("Change compute instance", "computes/{name}"), tags=["compute"])
async def update_instance(
    request: Caller, db: Database, where: WorkspacePath, name: str, data: InstanceUpdate
) -> Instance:
    """Change when an instance rests, its description or its tags. What is left out stays as it is."""
    return at_origin(request, await db.write(service.update_instance, where, name, data))


@get(COMPUTE + "/logs/{log:str}", opt=WRITE, tags=["compute"])
async def read_log(
    request: Caller, db: Database, computes: Computes, where: WorkspacePath, name: str, log: LogName
) -> InstanceLog:
    """The end of what Jupyter has said, or of what was said when environments were made. For who may open it."""
    target = await db.read(service.get_target, where, name)
    target.check(request.user)
    data = await computes.host.read_log(service.make_place(computes.home, target), log)
    text = data[-LOG_BYTES:].decode(errors="replace")
    return InstanceLog(name=log, text=text, truncated=len(data) > LOG_BYTES)


@post(
    COMPUTE + "/start",
    opt=WRITE | operation("Start compute instance", "computes/{name}"),
    status_code=200,
    tags=["compute"],
)
async def start_instance(
    request: Caller, db: Database, computes: Computes, where: WorkspacePath, name: str
) -> Instance:
    """Begin to start an instance."""
    changed = await db.write(service.start_instance, where, name)
    computes.hint()
    return at_origin(request, changed)


@post(
    COMPUTE + "/stop",
    opt=WRITE | operation("Stop compute instance", "computes/{name}"),
    status_code=200,
    tags=["compute"],
)
async def stop_instance(request: Caller, db: Database, computes: Computes, where: WorkspacePath, name: str) -> Instance:
    """Begin to stop an instance; its files and environment stay."""
    changed = await db.write(service.stop_instance, where, name)
    computes.hint()
    return at_origin(request, changed)


@post(
    COMPUTE + "/restart",
    opt=WRITE | operation("Restart compute instance", "computes/{name}"),
    status_code=200,
    tags=["compute"],
)
async def restart_instance(
    request: Caller, db: Database, computes: Computes, where: WorkspacePath, name: str
) -> Instance:
    """Begin to restart an instance."""
    changed = await db.write(service.restart_instance, where, name)
    computes.hint()
    return at_origin(request, changed)


@delete(COMPUTE, opt=WRITE | operation("Delete compute instance", "computes/{name}"), status_code=200, tags=["compute"])
async def delete_instance(
    request: Caller,
    db: Database,
    computes: Computes,
    where: WorkspacePath,
    name: str,
    *,
    keep_files: Annotated[bool, Parameter(description="leave the files on the server's disk")] = False,
) -> Instance:
    """Begin to delete an instance; the answer has its last state."""
    changed = await db.write(service.delete_instance, where, name, keep_files=keep_files)
    computes.hint()
    return at_origin(request, changed)


def at_origin(request: Request[Any, Any, Any], instance: Instance) -> Instance:
    """The instance with whole addresses, as the caller knows the server."""
    origin = origin_of(request)
    applications = [msgspec.structs.replace(it, url=origin + it.url) for it in instance.applications]
    host = f"{instance.host}.{domain_for(request)}"
    return msgspec.structs.replace(instance, applications=applications, host=host)


def origin_of(request: Request[Any, Any, Any]) -> str:
    """The server's origin as the caller knows it."""
    return f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"


handlers = [
    list_sizes,
    list_instances,
    check_instance_name,
    create_instance,
    get_instance,
    update_instance,
    read_log,
    start_instance,
    stop_instance,
    restart_instance,
    delete_instance,
]
