"""Routes of experiments."""

from __future__ import annotations

from typing import Annotated

from litestar import delete, get, patch, put
from litestar.params import Parameter

from workstead.foundation.db import Database
from workstead.foundation.http import READ, WRITE, Cursor, Limit
from workstead.runs import service
from workstead_wire.base import Page
from workstead_wire.runs import Experiment, ExperimentUpdate
from workstead_wire.workspaces import WorkspacePath

Archived = Annotated[service.Archived, Parameter(query="archived", description="which ones: active, archived or all")]
NameContains = Annotated[
    str | None, Parameter(query="name_contains", description="a part of the name, in any case of letters")
]
Order = Annotated[
    str,
    Parameter(query="order_by", description="name, created_at, last_run_at or run_count, then asc or desc"),
]

_EXPERIMENT = "/experiments/{name:str}"


@get("/experiments", opt=READ, tags=["runs"])
async def list_experiments(
    db: Database,
    where: WorkspacePath,
    archived: Archived = "active",
    name_contains: NameContains = None,
    order_by: Order = "created_at desc",
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Experiment]:
    """Experiments of a workspace, newest first unless told."""
    return await db.read(service.list_experiments, where, archived, name_contains, order_by, cursor, limit)


@put(_EXPERIMENT, opt=WRITE, tags=["runs"])
async def put_experiment(db: Database, where: WorkspacePath, name: str) -> Experiment:
    """The experiment of that name; made when there is none."""
    return await db.write(service.put_experiment, where, name)


@get(_EXPERIMENT, opt=READ, tags=["runs"])
async def get_experiment(db: Database, where: WorkspacePath, name: str) -> Experiment:
    """One experiment."""
    return await db.read(service.get_experiment, where, name)


@patch(_EXPERIMENT, opt=WRITE, tags=["runs"])
async def update_experiment(db: Database, where: WorkspacePath, name: str, data: ExperimentUpdate) -> Experiment:
    """Change an experiment's description or tags, archive it or bring it back."""
    return await db.write(service.update_experiment, where, name, data)


@delete(_EXPERIMENT, opt=WRITE, tags=["runs"])
async def delete_experiment(db: Database, where: WorkspacePath, name: str) -> None:
    """Delete an experiment that has no runs."""
    await db.write(service.delete_experiment, where, name)


handlers = [list_experiments, put_experiment, get_experiment, update_experiment, delete_experiment]
