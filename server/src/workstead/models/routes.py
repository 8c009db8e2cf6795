"""Routes of models."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Router, delete, get, patch, post
from litestar.params import Parameter

from workstead.access.service import Principal
from workstead.foundation.db import Database
from workstead.foundation.http import READ, WRITE, Cursor, Limit
from workstead.models import service
from workstead.models.service.search import Archived
from workstead_wire.artifacts import Artifact
from workstead_wire.base import Page
from workstead_wire.models import Model, ModelCreate, ModelSummary, ModelUpdate
from workstead_wire.workspaces import WorkspacePath

Labels = Annotated[list[str] | None, Parameter(description="key or key=value; may be repeated, all must fit")]

_VERSION = "/models/{name:str}/versions/{version:str}"


@post("/models", opt=WRITE, tags=["models"])
async def create_model(
    request: Request[Principal, None, Any], db: Database, where: WorkspacePath, data: ModelCreate
) -> Model:
    """Register the next version of a model from files that are uploaded."""
    return await db.write(service.create_model, where, request.user.user, data)


@get("/models", opt=READ, tags=["models"])
async def list_models(
    db: Database,
    where: WorkspacePath,
    name: str | None = None,
    tag: Labels = None,
    property_: Annotated[list[str] | None, Parameter(query="property", description="as tag")] = None,
    run_id: str | None = None,
    latest: Annotated[bool, Parameter(description="only the newest version of each name")] = False,  # noqa: FBT002
    archived: Archived = "active",
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Model]:
    """Versions of models, newest first."""
    wanted = service.ModelFilter(
        name=name,
        tags=tag or [],
        properties=property_ or [],
        run_id=run_id,
        latest=latest,
        archived=archived,
    )
    return await db.read(service.list_models, where, wanted, cursor, limit)


@get("/modelnames", opt=READ, tags=["models"])
async def list_model_names(
    db: Database, where: WorkspacePath, cursor: Cursor = None, limit: Limit = None
) -> Page[ModelSummary]:
    """Models by name, each with its newest version."""
    return await db.read(service.list_model_names, where, cursor, limit)


@get(_VERSION, opt=READ, tags=["models"])
async def get_model(db: Database, where: WorkspacePath, name: str, version: str) -> Model:
    """One version of a model; ``latest`` is its newest."""
    return await db.read(service.get_model, where, name, version)


@patch(_VERSION, opt=WRITE, tags=["models"])
async def update_model(db: Database, where: WorkspacePath, name: str, version: str, data: ModelUpdate) -> Model:
    """Change description or tags, add properties, archive or bring back."""
    return await db.write(service.update_model, where, name, version, data)


@delete(_VERSION, opt=WRITE, tags=["models"])
async def delete_model(db: Database, where: WorkspacePath, name: str, version: str) -> None:
    """Delete a version; its number is never given again."""
    await db.write(service.delete_model, where, name, version)


@get(_VERSION + "/files", opt=READ, tags=["models"])
async def list_model_files(
    db: Database,
    where: WorkspacePath,
    name: str,
    version: str,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Artifact]:
    """Files of a version by path."""
    return await db.read(service.list_model_files, where, name, version, cursor, limit)


router = Router(
    "/subscriptions/{subscription:str}/resourceGroups/{group:str}/workspaces/{workspace:str}",
    route_handlers=[
        create_model,
        list_models,
        list_model_names,
        get_model,
        update_model,
        delete_model,
        list_model_files,
    ],
)
