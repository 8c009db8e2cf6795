"""Subscriptions, resource groups, workspaces and the resources that come with them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal, Optional
from urllib.parse import quote

import msgspec

from workstead_wire import API
from workstead_wire.base import Tags, Wire
from workstead_wire.errors import InvalidInput

ResourceType = Literal["workspace", "storage_account", "key_vault", "application_insights"]

_ID = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/([^/]+)"
    r"/providers/Microsoft\.MachineLearningServices/workspaces/([^/]+)",
    re.IGNORECASE,
)


def group_url(subscription_id: str, group: str) -> str:
    """A resource group's route, percent-encoded.

    Raises:
        InvalidInput: one of the names cannot be part of an address.
    """
    subscription = _part("subscription", subscription_id)
    return f"{API}/subscriptions/{subscription}/resourceGroups/{_part('resource group', group)}"


def _part(noun: str, name: str) -> str:
    if not name or name in {".", ".."} or "/" in name:
        raise InvalidInput(f"{name!r} is no name of a {noun}; it is a text without '/'")
    return quote(name, safe="")


class WorkspacePath(msgspec.Struct, frozen=True, kw_only=True):
    """The three names that lead to a workspace."""

    subscription_id: str
    resource_group: str
    workspace: str

    @property
    def url(self) -> str:
        """The workspace's route, percent-encoded: ``/api/v1/subscriptions/…/workspaces/w``.

        Raises:
            InvalidInput: one of the names cannot be part of an address.
        """
        return f"{group_url(self.subscription_id, self.resource_group)}/workspaces/{_part('workspace', self.workspace)}"

    @property
    def id(self) -> str:
        """The workspace's Azure resource id, as scripts know it."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.workspace}"
        )

    @classmethod
    def parse(cls, resource_id: str) -> WorkspacePath:
        """The path in an Azure resource id; letters' case in its fixed words does not matter."""
        found = _ID.fullmatch(resource_id)
        if found is None:
            raise InvalidInput(
                f"{resource_id!r} is no workspace id; it reads /subscriptions/<id>/resourceGroups/<name>"
                "/providers/Microsoft.MachineLearningServices/workspaces/<name>"
            )
        return cls(subscription_id=found[1], resource_group=found[2], workspace=found[3])


class Subscription(Wire):
    """The outermost box. A new server has one."""

    id: str
    name: str


class SubscriptionCreate(Wire):
    """Make one more subscription."""

    name: str


class Location(Wire):
    """A place on Azure's map; here a label. ``name`` like ``westeurope``, ``display_name`` like ``West Europe``."""

    name: str
    display_name: str


class ResourceGroup(Wire):
    """A named box of resources."""

    id: str
    subscription_id: str
    name: str
    location: str
    tags: Tags
    created_at: datetime


class ResourceGroupCreate(Wire):
    """Create a resource group. ``location`` takes ``westeurope`` and ``West Europe`` alike."""

    location: str
    tags: Tags = {}


class Resource(Wire):
    """A row of a resource group's list."""

    id: str
    name: str
    type: ResourceType
    location: str
    created_at: datetime
    workspace: Optional[str] = None


class Workspace(Wire):
    """A workspace with the names of the three resources created with it."""

    id: str
    workspace_id: str
    subscription_id: str
    resource_group: str
    name: str
    location: str
    friendly_name: str
    description: str
    tags: Tags
    created_at: datetime
    created_by: str
    storage_account: str
    key_vault: str
    application_insights: str

    @property
    def path(self) -> WorkspacePath:
        """The three names that lead here."""
        return WorkspacePath(
            subscription_id=self.subscription_id, resource_group=self.resource_group, workspace=self.name
        )


class WorkspaceCreate(Wire):
    """Create a workspace. ``create_resource_group`` makes the group on the way if it is missing."""

    location: str
    friendly_name: str = ""
    description: str = ""
    tags: Tags = {}
    create_resource_group: bool = False
    exist_ok: bool = False


class WorkspaceUpdate(Wire):
    """Change what is given; None leaves as is. ``tags`` replaces the whole map."""

    friendly_name: Optional[str] = None
    description: Optional[str] = None
    tags: Optional[Tags] = None
