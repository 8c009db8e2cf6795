"""``workstead compute``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple, TypeVar

import click

from workstead_cli.environments import Seen, environments
from workstead_cli.output import ask_first, output_option, show_fields, show_list
from workstead_cli.places import Place, find_place, place_options
from workstead_cli.workspaces import read_tags
from workstead_wire.errors import Unavailable

if TYPE_CHECKING:
    from workstead_wire.compute import Day, Instance, Schedule


C = TypeVar("C", bound=Callable[..., Any])

_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@click.group(short_help="Compute instances: create, show, change, start, stop, delete; their environments and logs.")
def compute() -> None:
    """Compute instances, each a Jupyter with files and a Python environment of its own."""


compute.add_command(environments)


def _rest_options(command: C) -> C:
    """Adds what says when an instance rests."""
    for option in (
        click.option("--time-zone", default="UTC", show_default=True, help="Whose clock, like Europe/Berlin."),
        click.option(
            "--day", "days", multiple=True, type=click.Choice(_DAYS, case_sensitive=False),
            help="A day of the schedule; may be repeated. Every day unless given.",
        ),
        click.option("--stop-at", metavar="HH:MM", help="Stop at this time."),
        click.option("--start-at", metavar="HH:MM", help="Start at this time."),
        click.option("--idle", type=int, metavar="MINUTES", help="Stop after so many minutes without activity."),
    ):  # fmt: skip
        command = option(command)
    return command


def _read_schedule(
    start_at: Optional[str], stop_at: Optional[str], days: Tuple[str, ...], time_zone: str
) -> Optional[Schedule]:
    """The schedule that the options describe; None where neither time is given."""
    from workstead_wire.compute import DAYS, Schedule  # noqa: PLC0415  # keeps `workstead --help` quick

    if start_at is None and stop_at is None:
        return None
    chosen: List[Day] = [day for day in DAYS if day in days]
    return Schedule(start=start_at, stop=stop_at, days=chosen or DAYS, time_zone=time_zone)


@compute.command("list")
@place_options
@output_option
def list_instances(workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str) -> None:
    """List the workspace's instances."""
    from workstead_client import compute as client  # noqa: PLC0415  # keeps `workstead --help` quick
    from workstead_client.transport import iterate  # noqa: PLC0415

    every = iterate(client.list_instances, *find_place(workspace, group, subscription))
    head = ("NAME", "STATE", "SIZE", "MADE", "BY")
    show_list(output, every, head, lambda it: (it.name, it.state, it.size.name, it.created_at, it.created_by))


@compute.command("sizes")
@place_options
@output_option
def list_sizes(workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str) -> None:
    """List the sizes that an instance may have."""
    from workstead_client import compute as client  # noqa: PLC0415

    every = client.list_sizes(find_place(workspace, group, subscription).http)
    show_list(output, every, ("NAME", "CORES", "GIB", "GPUS"), lambda it: (it.name, it.cores, it.memory_gib, it.gpus))


@compute.command("create")
@click.argument("name")
@click.option("--size", default="STANDARD_D3_V2", show_default=True, help="See `workstead compute sizes`.")
@click.option("--description", default="", help="What it is for.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A label; may be repeated.")
@_rest_options
@click.option("--no-wait", is_flag=True, help="Return at once.")
@place_options
def create_instance(
    name: str,
    size: str,
    description: str,
    tags: Tuple[str, ...],
    idle: Optional[int],
    start_at: Optional[str],
    stop_at: Optional[str],
    days: Tuple[str, ...],
    time_zone: str,
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    *,
    no_wait: bool,
) -> None:
    """Create the instance NAME: 3 to 24 letters, digits or hyphens."""
    from workstead_client import compute as client  # noqa: PLC0415
    from workstead_wire.compute import InstanceCreate  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    asked = InstanceCreate(
        size=size,
        description=description,
        tags=read_tags(tags),
        idle_minutes=idle,
        schedule=_read_schedule(start_at, stop_at, days, time_zone),
    )
    client.create_instance(*place, name, asked)
    _follow(place, name, wait=not no_wait)


@compute.command("show")
@click.argument("name")
@place_options
@output_option
def show_instance(
    name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str
) -> None:
    """Show an instance with its addresses."""
    from workstead_client import compute as client  # noqa: PLC0415

    _show(output, client.get_instance(*find_place(workspace, group, subscription), name))


def _show(output: str, found: Instance) -> None:
    names = (
        "name", "state", "reason", "note", "enforced_by", "kernel", "description", "tags", "created_at", "created_by",
        "idle_minutes", "last_active_at", "next_change",
    )  # fmt: skip
    fields = [(it.replace("_", " "), getattr(found, it)) for it in names]
    links = [(it.name, it.url if it.available else it.why) for it in found.applications]
    show_fields(output, found, [*fields, ("size", found.size.name), *links])


@compute.command("update")
@click.argument("name")
@_rest_options
@click.option("--no-idle", is_flag=True, help="Never stop it for want of activity.")
@click.option("--no-schedule", is_flag=True, help="Take its schedule away.")
@click.option("--description", help="What it is for.")
@place_options
@output_option
def update_instance(
    name: str,
    idle: Optional[int],
    start_at: Optional[str],
    stop_at: Optional[str],
    days: Tuple[str, ...],
    time_zone: str,
    description: Optional[str],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    output: str,
    *,
    no_idle: bool,
    no_schedule: bool,
) -> None:
    """Change when the instance NAME rests. What is not named stays as it is."""
    from workstead_client import compute as client  # noqa: PLC0415
    from workstead_wire.compute import InstanceUpdate  # noqa: PLC0415

    schedule = _read_schedule(start_at, stop_at, days, time_zone)
    change = InstanceUpdate()
    if idle is not None or no_idle:
        change.idle_minutes = None if no_idle else idle
    if schedule is not None or no_schedule:
        change.schedule = None if no_schedule else schedule
    if description is not None:
        change.description = description
    _show(output, client.update_instance(*find_place(workspace, group, subscription), name, change))


@compute.command("log")
@click.argument("name")
@click.option("--of", "log", type=click.Choice(["jupyter", "environment"]), default="jupyter", show_default=True)
@place_options
def read_log(name: str, log: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str]) -> None:
    """Print the end of a log of the instance NAME."""
    from workstead_client import compute as client  # noqa: PLC0415

    click.echo(client.read_log(*find_place(workspace, group, subscription), name, log).text, nl=False)  # pyright: ignore[reportArgumentType]


def _changing(verb: str, does: str) -> Callable[..., None]:
    """The command that asks ``<verb>_instance`` of the client and waits until it is done."""

    @compute.command(verb, help=does)
    @click.argument("name")
    @click.option("--no-wait", is_flag=True, help="Return at once.")
    @place_options
    def change(
        name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], *, no_wait: bool
    ) -> None:
        from workstead_client import compute as client  # noqa: PLC0415

        place = find_place(workspace, group, subscription)
        getattr(client, f"{verb}_instance")(*place, name)
        _follow(place, name, wait=not no_wait)

    return change


start_instance = _changing("start", "Start the instance NAME.")
stop_instance = _changing("stop", "Stop the instance NAME; its files stay.")
restart_instance = _changing("restart", "Stop the instance NAME and start it again.")


@compute.command("delete")
@click.argument("name")
@click.option("--keep-files", is_flag=True, help="Leave its files on the server's disk.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@place_options
def delete_instance(
    name: str,
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    *,
    keep_files: bool,
    yes: bool,
) -> None:
    """Delete the instance NAME, with its files unless --keep-files."""
    from workstead_client import compute as client  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    client.get_instance(*place, name)  # nobody is asked about one that is not there
    what = "but keep its files" if keep_files else "and all its files"
    ask_first(f"Delete instance {name!r} {what}?", yes=yes)
    client.delete_instance(*place, name, keep_files=keep_files)
    _follow(place, name, wait=True)


def _follow(place: Place, name: str, *, wait: bool) -> None:
    """Print states and finished steps as they come, and where the instance is reached in the end."""
    from workstead_client import compute as client  # noqa: PLC0415

    found = client.wait_for_instance(*place, name, changed=Seen(), timeout_s=None if wait else 0)
    if found is None:
        click.echo(f"Deleted instance {name!r}.")
        return
    if found.state == "Failed":
        raise Unavailable(f"instance {name!r} failed: {found.reason}; `workstead compute log {name}` has more")
    if found.state == "Running":
        for application in found.applications:
            if application.available:
                click.echo(f"{application.name}: {application.url}")
