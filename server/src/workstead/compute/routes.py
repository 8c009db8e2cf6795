"""Routes of compute, and the pages that lead from the server's origin to an instance's."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import msgspec
from litestar import Request, Router, delete, get, post, put
from litestar.params import Parameter
from litestar.response import Redirect

from workstead.access.guard import Doorman
from workstead.access.service import Principal
from workstead.compute import service
from workstead.compute import sizes as table
from workstead.foundation.db import Database
from workstead.foundation.http import PUBLIC, READ, SELF, WRITE, operation
from workstead.foundation.reconcile import Reconciler
from workstead_wire.base import Page
from workstead_wire.compute import Application, Instance, InstanceCreate, Size
from workstead_wire.errors import Conflict, InvalidInput, NotSignedIn
from workstead_wire.workspaces import WorkspacePath

Caller = Request[Principal, None, Any]
Reconciling = Reconciler[service.Work, service.Outcome]

_COMPUTES = "/subscriptions/{subscription:str}/resourceGroups/{group:str}/workspaces/{workspace:str}/computes"
_COMPUTE = _COMPUTES + "/{name:str}"
_OPEN = "/apps/{subscription:str}/{group:str}/{workspace:str}/{name:str}/open"
ENTER = "/_workstead/enter"
"""The path at an instance's origin that takes the code of an entry."""


@get("/sizes", opt=SELF, tags=["compute"])
async def list_sizes() -> list[Size]:
    """Machine sizes."""
    return table.list_sizes()


@get(_COMPUTES, opt=READ, tags=["compute"])
async def list_instances(
    request: Caller,
    db: Database,
    where: WorkspacePath,
    cursor: Annotated[str | None, Parameter(query="cursor")] = None,
    limit: Annotated[int | None, Parameter(query="limit")] = None,
) -> Page[Instance]:
    """Compute instances of the workspace, by name."""
    page = await db.read(service.list_instances, where, cursor, limit)
    return Page(items=[_at_origin(request, item) for item in page.items], next_cursor=page.next_cursor)


@put(_COMPUTE, opt=WRITE | operation("Create compute instance", "computes/{name}"), tags=["compute"])
async def create_instance(
    request: Caller, db: Database, computes: Reconciling, where: WorkspacePath, name: str, data: InstanceCreate
) -> Instance:
    """Begin to create an instance. Follow its ``state`` and ``steps`` until it is Running or Failed."""
    made = await db.write(service.create_instance, where, request.user, name, data)
    computes.hint()
    return _at_origin(request, made)


@get(_COMPUTE, opt=READ, tags=["compute"])
async def get_instance(request: Caller, db: Database, where: WorkspacePath, name: str) -> Instance:
    """One instance."""
    return _at_origin(request, await db.read(service.get_instance, where, name))


@post(
    _COMPUTE + "/start",
    opt=WRITE | operation("Start compute instance", "computes/{name}"),
    status_code=200,
    tags=["compute"],
)
async def start_instance(
    request: Caller, db: Database, computes: Reconciling, where: WorkspacePath, name: str
) -> Instance:
    """Begin to start an instance."""
    changed = await db.write(service.start_instance, where, name)
    computes.hint()
    return _at_origin(request, changed)


@post(
    _COMPUTE + "/stop",
    opt=WRITE | operation("Stop compute instance", "computes/{name}"),
    status_code=200,
    tags=["compute"],
)
async def stop_instance(
    request: Caller, db: Database, computes: Reconciling, where: WorkspacePath, name: str
) -> Instance:
    """Begin to stop an instance; its files and environment stay."""
    changed = await db.write(service.stop_instance, where, name)
    computes.hint()
    return _at_origin(request, changed)


@post(
    _COMPUTE + "/restart",
    opt=WRITE | operation("Restart compute instance", "computes/{name}"),
    status_code=200,
    tags=["compute"],
)
async def restart_instance(
    request: Caller, db: Database, computes: Reconciling, where: WorkspacePath, name: str
) -> Instance:
    """Begin to restart an instance."""
    changed = await db.write(service.restart_instance, where, name)
    computes.hint()
    return _at_origin(request, changed)


@delete(
    _COMPUTE, opt=WRITE | operation("Delete compute instance", "computes/{name}"), status_code=200, tags=["compute"]
)
async def delete_instance(
    request: Caller,
    db: Database,
    computes: Reconciling,
    where: WorkspacePath,
    name: str,
    *,
    keep_files: Annotated[bool, Parameter(description="leave the files on the server's disk")] = False,
) -> Instance:
    """Begin to delete an instance; the answer has its last state."""
    changed = await db.write(service.delete_instance, where, name, keep_files=keep_files)
    computes.hint()
    return _at_origin(request, changed)


@get(_OPEN, opt=PUBLIC, include_in_schema=False)
async def open_application(
    request: Request[None, None, Any],
    db: Database,
    doorman: Doorman,
    where: WorkspacePath,
    name: str,
    app: str = "lab",
) -> Redirect:
    """Hand a signed-in browser over to the instance's own origin, by a code that works once."""
    try:
        caller = await doorman.find(request)
    except NotSignedIn:
        return Redirect("/signin?next=" + quote(f"{request.url.path}?app={app}", safe=""), status_code=303)
    target = await db.read(service.get_target, where, name)
    target.check(caller)
    if app not in service.APPLICATIONS.values():
        raise InvalidInput(f"{app[:80]!r} is no application; there are {', '.join(service.APPLICATIONS.values())}")
    if target.state != "Running":
        raise Conflict(f"instance {target.name!r} is {target.state}; start it, and open it when it is Running")
    link = await db.write(service.create_entry, caller, target, app)
    port = urlsplit(_origin(request)).port
    origin = f"{request.url.scheme}://{target.host}" + (f":{port}" if port else "")
    headers = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return Redirect(f"{origin}{ENTER}?{urlsplit(link.url).query}", status_code=303, headers=headers)


def _at_origin(request: Request[Any, Any, Any], instance: Instance) -> Instance:
    """The instance with whole addresses, at the origin by which the caller knows the server."""
    origin = _origin(request)
    applications = [Application(name=it.name, url=origin + it.url) for it in instance.applications]
    return msgspec.structs.replace(instance, applications=applications)


def _origin(request: Request[Any, Any, Any]) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"


router = Router(
    "",
    route_handlers=[
        list_sizes,
        list_instances,
        create_instance,
        get_instance,
        start_instance,
        stop_instance,
        restart_instance,
        delete_instance,
    ],
)
page_handlers = [open_application]
