"""Subscriptions, resource groups and workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional
from urllib.parse import quote

from workstead_wire import API
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
    group_url,
)

if TYPE_CHECKING:
    from workstead_client.transport import Transport


def list_locations(http: Transport) -> List[Location]:
    """Azure's regions; labels here."""
    return http.request("GET", f"{API}/locations", type=List[Location])


def list_subscriptions(
    http: Transport, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[Subscription]:
    """One page of subscriptions, oldest first."""
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", f"{API}/subscriptions", params=params, type=Page[Subscription])


def create_subscription(http: Transport, asked: SubscriptionCreate) -> Subscription:
    """Make a subscription."""
    return http.request("POST", f"{API}/subscriptions", body=asked, type=Subscription)


def get_subscription(http: Transport, subscription_id: str) -> Subscription:
    """One subscription."""
    return http.request("GET", _subscription(subscription_id), type=Subscription)


def list_resource_groups(
    http: Transport, subscription_id: str, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[ResourceGroup]:
    """One page of resource groups, by name."""
    params = {"cursor": cursor, "limit": limit}
    path = f"{_subscription(subscription_id)}/resourceGroups"
    return http.request("GET", path, params=params, type=Page[ResourceGroup])


def put_resource_group(http: Transport, subscription_id: str, group: str, asked: ResourceGroupCreate) -> ResourceGroup:
    """Create a resource group, or set the tags of the one that is there."""
    return http.request("PUT", group_url(subscription_id, group), body=asked, type=ResourceGroup)


def get_resource_group(http: Transport, subscription_id: str, group: str) -> ResourceGroup:
    """One resource group."""
    return http.request("GET", group_url(subscription_id, group), type=ResourceGroup)


def delete_resource_group(http: Transport, subscription_id: str, group: str) -> None:
    """Delete a resource group with all that is in it."""
    http.request("DELETE", group_url(subscription_id, group))


def list_resources(
    http: Transport, subscription_id: str, group: str, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[Resource]:
    """One page of all that lies in a resource group, by name."""
    params = {"cursor": cursor, "limit": limit}
    path = f"{group_url(subscription_id, group)}/resources"
    return http.request("GET", path, params=params, type=Page[Resource])


def list_workspaces(
    http: Transport, subscription_id: str, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[Workspace]:
    """One page of a subscription's workspaces, by name."""
    params = {"cursor": cursor, "limit": limit}
    path = f"{_subscription(subscription_id)}/workspaces"
    return http.request("GET", path, params=params, type=Page[Workspace])


def list_group_workspaces(
    http: Transport, subscription_id: str, group: str, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[Workspace]:
    """One page of a resource group's workspaces, by name."""
    params = {"cursor": cursor, "limit": limit}
    path = f"{group_url(subscription_id, group)}/workspaces"
    return http.request("GET", path, params=params, type=Page[Workspace])


def create_workspace(http: Transport, where: WorkspacePath, asked: WorkspaceCreate) -> Workspace:
    """Create a workspace with its storage account, key vault and application insights."""
    return http.request("PUT", where.url, body=asked, type=Workspace)


def get_workspace(http: Transport, where: WorkspacePath) -> Workspace:
    """One workspace."""
    return http.request("GET", where.url, type=Workspace)


def update_workspace(http: Transport, where: WorkspacePath, change: WorkspaceUpdate) -> Workspace:
    """Change a workspace's friendly name, description or tags."""
    return http.request("PATCH", where.url, body=change, type=Workspace)


def delete_workspace(http: Transport, where: WorkspacePath) -> None:
    """Delete a workspace with all that is in it."""
    http.request("DELETE", where.url)


def _subscription(subscription_id: str) -> str:
    return f"{API}/subscriptions/{quote(subscription_id, safe='')}"
