"""Routes of runs."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, delete, get, patch, post, put
from litestar.di import Provide
from litestar.params import Dependency, Parameter

from workstead.access.service import Principal
from workstead.foundation.db import Database
from workstead.foundation.events import Bells
from workstead.foundation.http import READ, WRITE, Cursor, Limit
from workstead.runs import service
from workstead_wire.base import Page
from workstead_wire.runs import Run, RunCounts, RunCreate, RunInput, RunUpdate, Status, StatusChange
from workstead_wire.workspaces import WorkspacePath

Statuses = Annotated[list[Status] | None, Parameter(query="status", description="any of these statuses")]
Types = Annotated[list[str] | None, Parameter(query="type", description="any of these types")]
TagFilter = Annotated[list[str] | None, Parameter(query="tag", description="key or key=value; all must hold")]
PropertyFilter = Annotated[list[str] | None, Parameter(query="property", description="key or key=value; all must hold")]
Order = Annotated[
    str,
    Parameter(
        query="order_by",
        description="created_at, started_at, ended_at, duration, number, display_name, status, type, id, "
        "compute_target, created_by, metric:<name>, param:<name> or tag:<name>, then asc or desc; "
        "runs without a value come last",
    ),
]
Filter = Annotated[
    str,
    Parameter(
        query="filter",
        description="an expression like: accuracy > 0.9 and tags.kind = 'base' and status = Completed; see the docs",
    ),
]
Search = Annotated[str, Parameter(query="search", description="a part of the display name or id, in any case")]
Mine = Annotated[bool, Parameter(query="mine", description="only those that the caller created")]
Starred = Annotated[bool, Parameter(query="starred", description="only those that the caller starred")]
IncludeChildren = Annotated[bool, Parameter(query="include_children", description="the runs of runs too")]

Asked = Annotated[service.RunFilter, Dependency(skip_validation=True)]
Caller = Request[Principal, None, Any]

_RUN = "/runs/{run_id:str}"


@post("/runs", opt=WRITE, tags=["runs"])
async def create_run(request: Caller, db: Database, where: WorkspacePath, data: RunCreate) -> Run:
    """Create a run, and its experiment on the way; asking again with the same id returns the run."""
    return await db.write(service.create_run, where, request.user.user, data)


def provide_asked(
    request: Caller,
    experiment: str | None = None,
    parent: str | None = None,
    root: str | None = None,
    include_children: IncludeChildren = False,  # noqa: FBT002 - a query parameter
    status: Statuses = None,
    type_: Types = None,
    tag: TagFilter = None,
    property_: PropertyFilter = None,
    filter_: Filter = "",
    search: Search = "",
    mine: Mine = False,  # noqa: FBT002
    starred: Starred = False,  # noqa: FBT002
) -> service.RunFilter:
    """What a list of runs is narrowed to, by its query parameters."""
    return service.RunFilter(
        user=request.user.user,
        experiments=None if experiment is None else [experiment],
        parent=parent,
        root=root,
        include_children=include_children,
        statuses=status or [],
        types=type_ or [],
        tags=tag or [],
        properties=property_ or [],
        clauses=service.parse_run_filter(filter_),
        search=search,
        mine=mine,
        starred=starred,
    )


_ASKED = {"asked": Provide(provide_asked, sync_to_thread=False)}


@get("/runs", opt=READ, tags=["runs"], dependencies=_ASKED)
async def list_runs(
    db: Database,
    where: WorkspacePath,
    asked: Asked,
    order_by: Order = "created_at desc",
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Run]:
    """Runs of a workspace, newest first unless told; without their children unless asked."""
    return await db.read(service.list_runs, where, asked, order_by, cursor, limit)


@get("/runs/counts", opt=READ, tags=["runs"], dependencies=_ASKED)
async def count_runs(db: Database, where: WorkspacePath, asked: Asked) -> RunCounts:
    """How many runs ``list_runs`` would show, by status."""
    return await db.read(service.count_runs, where, asked)


@get(_RUN, opt=READ, tags=["runs"])
async def get_run(request: Caller, db: Database, where: WorkspacePath, run_id: str) -> Run:
    """One run with its tags, properties, parameters and last metrics."""
    return await db.read(service.get_run, where, run_id, request.user.user)


@patch(_RUN, opt=WRITE, tags=["runs"])
async def update_run(
    request: Caller, db: Database, bells: Bells, where: WorkspacePath, run_id: str, data: RunUpdate
) -> Run:
    """Change a run's names and tags; add properties and parameters."""
    run = await db.write(service.update_run, where, run_id, data, request.user.user)
    bells.ring(run_id)
    return run


@delete(_RUN, opt=WRITE, tags=["runs"])
async def delete_run(db: Database, where: WorkspacePath, run_id: str) -> None:
    """Delete an ended run with its children and everything logged to them."""
    await db.write(service.delete_run, where, run_id)


@post(_RUN + "/status", opt=WRITE, status_code=200, tags=["runs"])
async def change_status(
    request: Caller, db: Database, bells: Bells, where: WorkspacePath, run_id: str, data: StatusChange
) -> Run:
    """Move a run to another status; one that has ended keeps its own."""
    run = await db.write(service.change_status, where, run_id, data, request.user.user)
    bells.ring(run_id)
    return run


@put(_RUN + "/star", opt=READ, tags=["runs"], status_code=204)
async def star_run(request: Caller, db: Database, where: WorkspacePath, run_id: str) -> None:
    """Mark a run with the caller's own star, which nobody else sees: readers have theirs too."""
    await db.write(service.star_run, where, request.user.user, run_id)


@delete(_RUN + "/star", opt=READ, tags=["runs"])
async def unstar_run(request: Caller, db: Database, where: WorkspacePath, run_id: str) -> None:
    """Take the caller's star away."""
    await db.write(service.unstar_run, where, request.user.user, run_id)


@get(_RUN + "/children", opt=READ, tags=["runs"])
async def list_children(
    request: Caller,
    db: Database,
    where: WorkspacePath,
    run_id: str,
    recursive: bool = False,  # noqa: FBT001, FBT002 - a query parameter
    order_by: Order = "created_at desc",
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Run]:
    """The runs below a run, newest first unless told; with ``recursive`` at any depth."""
    return await db.read(
        service.list_children, where, run_id, order_by, cursor, limit, recursive=recursive, user=request.user.user
    )


@get(_RUN + "/inputs", opt=READ, tags=["runs"])
async def list_inputs(db: Database, where: WorkspacePath, run_id: str) -> list[RunInput]:
    """The data sets that a run said it used, by name."""
    return await db.read(service.list_inputs, where, run_id)


handlers = [
    create_run,
    list_runs,
    count_runs,
    get_run,
    update_run,
    delete_run,
    change_status,
    star_run,
    unstar_run,
    list_children,
    list_inputs,
]
