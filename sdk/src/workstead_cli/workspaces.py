"""``workstead workspace`` and ``workstead group``."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

import click

from workstead_cli.output import ask_first, connect, output_option, show_fields, show_list
from workstead_cli.places import find_place, find_subscription, place_options


@click.group(short_help="Workspaces: list, create, show, delete.")
def workspace() -> None:
    """Workspaces, where experiments, models and compute lie."""


@workspace.command("list")
@click.option("-g", "--resource-group", "group", help="Only those of this resource group.")
@click.option("-s", "--subscription", help="Id of the subscription.")
@output_option
def list_workspaces(group: Optional[str], subscription: Optional[str], output: str) -> None:
    """List the workspaces of a subscription."""
    from workstead_client import workspaces  # noqa: PLC0415  # keeps `workstead --help` quick
    from workstead_client.transport import iterate  # noqa: PLC0415

    http = connect()
    chosen = find_subscription(http, subscription)
    every = (
        iterate(workspaces.list_group_workspaces, http, chosen, group)
        if group
        else iterate(workspaces.list_workspaces, http, chosen)
    )
    head = ("NAME", "RESOURCE GROUP", "LOCATION", "MADE", "BY")
    show_list(output, every, head, lambda w: (w.name, w.resource_group, w.location, w.created_at, w.created_by))


@workspace.command("create")
@click.argument("name")
@click.option("-g", "--resource-group", "group", help="Its resource group, made if missing. [default: NAME]")
@click.option("-l", "--location", default="westeurope", show_default=True, help="A region of Azure's, as a label.")
@click.option("-s", "--subscription", help="Id of the subscription.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A label; may be repeated.")
@click.option("--exist-ok", is_flag=True, help="Be content with the workspace of that name that is there.")
@output_option
def create_workspace(
    name: str,
    group: Optional[str],
    location: str,
    subscription: Optional[str],
    tags: Tuple[str, ...],
    output: str,
    *,
    exist_ok: bool,
) -> None:
    """Create the workspace NAME, with its storage account, key vault and application insights."""
    from workstead_client import workspaces  # noqa: PLC0415
    from workstead_wire.workspaces import WorkspaceCreate, WorkspacePath  # noqa: PLC0415

    http = connect()
    chosen = find_subscription(http, subscription)
    where = WorkspacePath(subscription_id=chosen, resource_group=group or name, workspace=name)
    asked = WorkspaceCreate(location=location, tags=read_tags(tags), create_resource_group=True, exist_ok=exist_ok)
    _show(output, workspaces.create_workspace(http, where, asked))


@workspace.command("show")
@place_options
@output_option
def show_workspace(workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str) -> None:
    """Show one workspace."""
    from workstead_client import workspaces  # noqa: PLC0415

    _show(output, workspaces.get_workspace(*find_place(workspace, group, subscription)))


@workspace.command("delete")
@place_options
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def delete_workspace(workspace: Optional[str], group: Optional[str], subscription: Optional[str], *, yes: bool) -> None:
    """Delete a workspace with all that is in it: runs, models, files, compute instances."""
    from workstead_client import workspaces  # noqa: PLC0415

    http, where = find_place(workspace, group, subscription)
    ask_first(f"Delete workspace {where.workspace!r} with all that is in it?", yes=yes)
    workspaces.delete_workspace(http, where)
    click.echo(f"Deleted workspace {where.workspace!r}.")


@click.group(short_help="Resource groups: list, create, delete.")
def group() -> None:
    """Resource groups, the boxes that workspaces lie in."""


@group.command("list")
@click.option("-s", "--subscription", help="Id of the subscription.")
@output_option
def list_groups(subscription: Optional[str], output: str) -> None:
    """List the resource groups of a subscription."""
    from workstead_client import workspaces  # noqa: PLC0415
    from workstead_client.transport import iterate  # noqa: PLC0415

    http = connect()
    every = iterate(workspaces.list_resource_groups, http, find_subscription(http, subscription))
    show_list(output, every, ("NAME", "LOCATION", "MADE", "TAGS"), lambda g: (g.name, g.location, g.created_at, g.tags))


@group.command("create")
@click.argument("name")
@click.option("-l", "--location", default="westeurope", show_default=True, help="A region of Azure's, as a label.")
@click.option("-s", "--subscription", help="Id of the subscription.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A label; may be repeated.")
def create_group(name: str, location: str, subscription: Optional[str], tags: Tuple[str, ...]) -> None:
    """Create the resource group NAME, or set the tags of the one that is there."""
    from workstead_client import workspaces  # noqa: PLC0415
    from workstead_wire.workspaces import ResourceGroupCreate  # noqa: PLC0415

    http = connect()
    asked = ResourceGroupCreate(location=location, tags=read_tags(tags))
    made = workspaces.put_resource_group(http, find_subscription(http, subscription), name, asked)
    click.echo(f"Resource group {made.name!r} is in {made.location}.")


@group.command("delete")
@click.argument("name")
@click.option("-s", "--subscription", help="Id of the subscription.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def delete_group(name: str, subscription: Optional[str], *, yes: bool) -> None:
    """Delete the resource group NAME with all that is in it."""
    from workstead_client import workspaces  # noqa: PLC0415

    http = connect()
    ask_first(f"Delete resource group {name!r} with all that is in it?", yes=yes)
    workspaces.delete_resource_group(http, find_subscription(http, subscription), name)
    click.echo(f"Deleted resource group {name!r}.")


def read_tags(pairs: Tuple[str, ...]) -> Dict[str, str]:
    """Tags from ``key=value`` texts.

    Raises:
        BadParameter: one has no ``=``.
    """
    for pair in pairs:
        if "=" not in pair:
            raise click.BadParameter(f"{pair!r} is not of the form KEY=VALUE")
    return dict(pair.split("=", 1) for pair in pairs)


def _show(output: str, found: object) -> None:
    names = (
        "name", "friendly_name", "description", "resource_group", "subscription_id", "location", "tags",
        "created_at", "created_by", "storage_account", "key_vault", "application_insights", "id",
    )  # fmt: skip
    show_fields(output, found, [(name.replace("_", " "), getattr(found, name)) for name in names])
