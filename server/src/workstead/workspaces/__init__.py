"""Subscriptions, resource groups, workspaces and the resources that come with them."""
