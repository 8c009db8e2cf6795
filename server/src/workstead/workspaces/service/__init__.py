"""What can be done with subscriptions, resource groups and workspaces."""

from workstead.workspaces.service.groups import (
    create_subscription,
    ensure_subscription,
    get_resource_group,
    get_subscription,
    list_resource_groups,
    list_resources,
    list_subscriptions,
    put_resource_group,
)
from workstead.workspaces.service.removal import (
    Removal,
    delete_resource_group,
    delete_workspace,
    drop_leases,
    extend_removal,
    finish_removal,
    lease_removal,
    load_removals,
)
from workstead.workspaces.service.throwaway import find_oldest_workspace, make_throwaway
from workstead.workspaces.service.workspaces import (
    create_workspace,
    get_storage,
    get_workspace,
    get_workspace_by_id,
    get_workspace_id,
    get_workspace_of_resource,
    list_storage_accounts,
    list_workspaces,
    update_workspace,
)

__all__ = [
    "Removal",
    "create_subscription",
    "create_workspace",
    "delete_resource_group",
    "delete_workspace",
    "drop_leases",
    "ensure_subscription",
    "extend_removal",
    "find_oldest_workspace",
    "finish_removal",
    "get_resource_group",
    "get_storage",
    "get_subscription",
    "get_workspace",
    "get_workspace_by_id",
    "get_workspace_id",
    "get_workspace_of_resource",
    "lease_removal",
    "list_resource_groups",
    "list_resources",
    "list_storage_accounts",
    "list_subscriptions",
    "list_workspaces",
    "load_removals",
    "make_throwaway",
    "put_resource_group",
    "update_workspace",
]
