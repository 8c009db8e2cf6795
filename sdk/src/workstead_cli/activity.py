"""``workstead activity``."""

from __future__ import annotations

from itertools import islice
from typing import Optional

import click

from workstead_cli.output import connect, output_option, show_list
from workstead_cli.places import find_place, find_subscription


@click.command(short_help="Who did what, and when.")
@click.option("-w", "--workspace", help="Only what was done in this workspace.")
@click.option("-g", "--resource-group", "group", help="Only what was done in this resource group.")
@click.option("-s", "--subscription", help="Id of the subscription.")
@click.option("-n", "--last", default=50, show_default=True, help="How many entries.")
@output_option
def activity(
    workspace: Optional[str], group: Optional[str], subscription: Optional[str], last: int, output: str
) -> None:
    """List who did what in a subscription, a resource group or a workspace, newest first.

    What has been deleted since is still told, by the name that it had.
    """
    from workstead_client.activity import list_activities  # noqa: PLC0415  # keeps `workstead --help` quick
    from workstead_client.transport import iterate  # noqa: PLC0415
    from workstead_wire import API  # noqa: PLC0415

    if workspace:
        http, where = find_place(workspace, group, subscription)
        place = where.url[len(API) :]
    else:
        http = connect()
        place = f"/subscriptions/{find_subscription(http, subscription)}"
        place += f"/resourceGroups/{group}" if group else ""
    every = islice(iterate(list_activities, http, place), last)
    show_list(output, every, ("WHEN", "WHO", "WHAT", "TO"), lambda a: (a.at, a.user, a.operation, a.resource))
