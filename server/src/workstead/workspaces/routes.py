"""Routes of workspaces."""

from __future__ import annotations

from typing import Any

from litestar import Request, Router, delete, get, patch, post, put

from workstead.access.guard import Doorman
from workstead.access.service import Principal
from workstead.foundation.db import Database
from workstead.foundation.http import MANAGE, READ, SELF, WRITE, Cursor, Limit, operation
from workstead.foundation.reconcile import Reconciler
from workstead.workspaces import service
from workstead.workspaces.locations import LOCATIONS
from workstead_wire.base import Page
from workstead_wire.workspaces import (
    Location,
    Resource,
    ResourceGroup,
    ResourceGroupCreate,
    Subscription,
    SubscriptionCreate,
    Workspace,
    WorkspaceCreate,
    WorkspacePath,
    WorkspaceUpdate,
)

Removing = Reconciler[service.Removal, bool]

_GROUPS = "/subscriptions/{subscription:str}/resourceGroups"
_GROUP = _GROUPS + "/{group:str}"
_WORKSPACE = _GROUP + "/workspaces/{workspace:str}"


@get("/locations", opt=SELF, tags=["workspaces"])
async def list_locations() -> list[Location]:
    """Azure's regions; labels here."""
    return LOCATIONS


@get("/subscriptions", opt=READ, tags=["workspaces"])
async def list_subscriptions(db: Database, cursor: Cursor = None, limit: Limit = None) -> Page[Subscription]:
    """Subscriptions, oldest first."""
    return await db.read(service.list_subscriptions, cursor, limit)


@post("/subscriptions", opt=MANAGE | operation("Create subscription"), tags=["workspaces"])
async def create_subscription(db: Database, data: SubscriptionCreate) -> Subscription:
    """Make a subscription."""
    return await db.write(service.create_subscription, data)


@get("/subscriptions/{subscription:str}", opt=READ, tags=["workspaces"])
async def get_subscription(db: Database, subscription: str) -> Subscription:
    """One subscription."""
    return await db.read(service.get_subscription, subscription)


@get(_GROUPS, opt=READ, tags=["workspaces"])
async def list_resource_groups(
    db: Database, subscription: str, cursor: Cursor = None, limit: Limit = None
) -> Page[ResourceGroup]:
    """Resource groups by name."""
    return await db.read(service.list_resource_groups, subscription, cursor, limit)


@put(_GROUP, opt=WRITE | operation("Create or update resource group"), tags=["workspaces"])
async def put_resource_group(db: Database, subscription: str, group: str, data: ResourceGroupCreate) -> ResourceGroup:
    """Create a resource group, or set the tags of the one that is there."""
    return await db.write(service.put_resource_group, subscription, group, data)


@get(_GROUP, opt=READ, tags=["workspaces"])
async def get_resource_group(db: Database, subscription: str, group: str) -> ResourceGroup:
    """One resource group."""
    return await db.read(service.get_resource_group, subscription, group)


@delete(_GROUP, opt=MANAGE | operation("Delete resource group"), tags=["workspaces"])
async def delete_resource_group(
    db: Database, doorman: Doorman, removals: Removing, subscription: str, group: str
) -> None:
    """Delete a resource group with all that is in it. Nobody finds it from now on; it is cleared away afterwards."""
    await db.write(service.delete_resource_group, subscription, group)
    doorman.forget()
    removals.hint()


@get(_GROUP + "/resources", opt=READ, tags=["workspaces"])
async def list_resources(
    db: Database, subscription: str, group: str, cursor: Cursor = None, limit: Limit = None
) -> Page[Resource]:
    """All that lies in a resource group, by name."""
    return await db.read(service.list_resources, subscription, group, cursor, limit)


@get("/subscriptions/{subscription:str}/workspaces", opt=READ, tags=["workspaces"])
async def list_workspaces(
    db: Database, subscription: str, cursor: Cursor = None, limit: Limit = None
) -> Page[Workspace]:
    """Workspaces of a subscription, by name."""
    return await db.read(service.list_workspaces, subscription, None, cursor, limit)


@get(_GROUP + "/workspaces", opt=READ, tags=["workspaces"])
async def list_group_workspaces(
    db: Database, subscription: str, group: str, cursor: Cursor = None, limit: Limit = None
) -> Page[Workspace]:
    """Workspaces of a resource group, by name."""
    return await db.read(service.list_workspaces, subscription, group, cursor, limit)


@put(_WORKSPACE, opt=WRITE | operation("Create workspace"), tags=["workspaces"])
async def create_workspace(
    request: Request[Principal, None, Any], db: Database, where: WorkspacePath, data: WorkspaceCreate
) -> Workspace:
    """Create a workspace with its storage account, key vault and application insights."""
    return await db.write(service.create_workspace, where, request.user.user, data)


@get(_WORKSPACE, opt=READ, tags=["workspaces"])
async def get_workspace(db: Database, where: WorkspacePath) -> Workspace:
    """One workspace."""
    return await db.read(service.get_workspace, where)


@patch(_WORKSPACE, opt=WRITE | operation("Update workspace"), tags=["workspaces"])
async def update_workspace(db: Database, where: WorkspacePath, data: WorkspaceUpdate) -> Workspace:
    """Change a workspace's friendly name, description or tags."""
    return await db.write(service.update_workspace, where, data)


@delete(_WORKSPACE, opt=MANAGE | operation("Delete workspace"), tags=["workspaces"])
async def delete_workspace(db: Database, doorman: Doorman, removals: Removing, where: WorkspacePath) -> None:
    """Delete a workspace with all that is in it. Nobody finds it from now on; it is cleared away afterwards."""
    await db.write(service.delete_workspace, where)
    doorman.forget()
    removals.hint()


router = Router(
    "",
    route_handlers=[
        list_locations,
        list_subscriptions,
        create_subscription,
        get_subscription,
        list_resource_groups,
        put_resource_group,
        get_resource_group,
        delete_resource_group,
        list_resources,
        list_workspaces,
        list_group_workspaces,
        create_workspace,
        get_workspace,
        update_workspace,
        delete_workspace,
    ],
)
