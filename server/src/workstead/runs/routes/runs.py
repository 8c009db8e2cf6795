"""Routes of runs."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, delete, get, patch, post
from litestar.params import Parameter

from workstead.access.service import Principal
from workstead.foundation.db import Database
from workstead.foundation.events import Bells
from workstead.foundation.http import READ, WRITE, Cursor, Limit
from workstead.runs import service
from workstead_wire.base import Page
from workstead_wire.runs import Run, RunCreate, RunUpdate, Status, StatusChange
from workstead_wire.workspaces import WorkspacePath

Statuses = Annotated[list[Status] | None, Parameter(query="status", description="any of these statuses")]
Types = Annotated[list[str] | None, Parameter(query="type", description="any of these types")]
TagFilter = Annotated[list[str] | None, Parameter(query="tag", description="key or key=value; all must hold")]
PropertyFilter = Annotated[list[str] | None, Parameter(query="property", description="key or key=value; all must hold")]
Order = Annotated[
    str,
    Parameter(
        query="order_by",
        description="created_at, started_at, ended_at, number, display_name, status, type, id or metric:<name>, "
        "then asc or desc; runs without a value come last",
    ),
]

_RUN = "/runs/{run_id:str}"


@post("/runs", opt=WRITE, tags=["runs"])
async def create_run(
    request: Request[Principal, None, Any], db: Database, where: WorkspacePath, data: RunCreate
) -> Run:
    """Create a run, and its experiment on the way; asking again with the same id returns the run."""
    return await db.write(service.create_run, where, request.user.user, data)


@get("/runs", opt=READ, tags=["runs"])
async def list_runs(
    db: Database,
    where: WorkspacePath,
    experiment: str | None = None,
    parent: str | None = None,
    root: str | None = None,
    include_children: bool = False,  # noqa: FBT001, FBT002 - a query parameter
    status: Statuses = None,
    type_: Types = None,
    tag: TagFilter = None,
    property_: PropertyFilter = None,
    order_by: Order = "created_at desc",
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Run]:
    """Runs of a workspace, newest first unless told; without their children unless asked."""
    asked = service.RunFilter(
        experiment=experiment,
        parent=parent,
        root=root,
        include_children=include_children,
        statuses=status or [],
        types=type_ or [],
        tags=tag or [],
        properties=property_ or [],
    )
    return await db.read(service.list_runs, where, asked, order_by, cursor, limit)


@get(_RUN, opt=READ, tags=["runs"])
async def get_run(db: Database, where: WorkspacePath, run_id: str) -> Run:
    """One run with its tags, properties and last metrics."""
    return await db.read(service.get_run, where, run_id)


@patch(_RUN, opt=WRITE, tags=["runs"])
async def update_run(db: Database, bells: Bells, where: WorkspacePath, run_id: str, data: RunUpdate) -> Run:
    """Change a run's names and tags; add properties."""
    run = await db.write(service.update_run, where, run_id, data)
    bells.ring(run_id)
    return run


@delete(_RUN, opt=WRITE, tags=["runs"])
async def delete_run(db: Database, where: WorkspacePath, run_id: str) -> None:
    """Delete an ended run with its children and everything logged to them."""
    await db.write(service.delete_run, where, run_id)


@post(_RUN + "/status", opt=WRITE, status_code=200, tags=["runs"])
async def change_status(db: Database, bells: Bells, where: WorkspacePath, run_id: str, data: StatusChange) -> Run:
    """Move a run to another status; one that has ended keeps its own."""
    run = await db.write(service.change_status, where, run_id, data)
    bells.ring(run_id)
    return run


@get(_RUN + "/children", opt=READ, tags=["runs"])
async def list_children(
    db: Database,
    where: WorkspacePath,
    run_id: str,
    recursive: bool = False,  # noqa: FBT001, FBT002 - a query parameter
    order_by: Order = "created_at desc",
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Run]:
    """The runs below a run, newest first unless told; with ``recursive`` at any depth."""
    return await db.read(service.list_children, where, run_id, order_by, cursor, limit, recursive=recursive)


handlers = [
    create_run,
    list_runs,
    get_run,
    update_run,
    delete_run,
    change_status,
    list_children,
]
