"""``workstead compute``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional, Set, Tuple

import click

from workstead_cli.output import ask_first, output_option, show_fields, show_list
from workstead_cli.places import Place, find_place, place_options
from workstead_cli.workspaces import read_tags

if TYPE_CHECKING:
    from workstead_client.transport import Transport
    from workstead_wire.compute import Instance
    from workstead_wire.workspaces import WorkspacePath

    Begin = Callable[[Transport, WorkspacePath, str], Instance]

_no_wait = click.option("--no-wait", is_flag=True, help="Return at once.")


@click.group(short_help="Compute instances: list, create, start, stop, delete.")
def compute() -> None:
    """Compute instances, each with a Jupyter of its own."""


@compute.command("list")
@place_options
@output_option
def list_instances(workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str) -> None:
    """List a workspace's compute instances."""
    from workstead_client import compute as client  # noqa: PLC0415  # keeps `workstead --help` quick
    from workstead_client.transport import iterate  # noqa: PLC0415

    every = iterate(client.list_instances, *find_place(workspace, group, subscription))
    head = ("NAME", "STATE", "SIZE", "KERNEL", "MADE", "BY")
    show_list(output, every, head, lambda i: (i.name, i.state, i.size.name, i.kernel, i.created_at, i.created_by))


@compute.command("show")
@click.argument("name")
@place_options
@output_option
def show_instance(
    name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str
) -> None:
    """Show the instance NAME and the addresses of its programs."""
    from workstead_client import compute as client  # noqa: PLC0415

    found = client.get_instance(*find_place(workspace, group, subscription), name)
    names = ("name", "state", "reason", "note", "kernel", "description", "tags", "created_at", "created_by")
    fields = [(field.replace("_", " "), getattr(found, field)) for field in names]
    size = f"{found.size.name} ({found.size.cores} cores, {found.size.memory_gib:g} GiB)"
    programs = [(program.name, program.url) for program in found.applications]
    show_fields(output, found, [*fields, ("size", size), *programs])


@compute.command("create")
@click.argument("name")
@click.option("--size", default="STANDARD_D3_V2", show_default=True, help="A machine size of Azure's.")
@click.option("--description", default="", help="A text about it.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A label; may be repeated.")
@_no_wait
@place_options
def create_instance(
    name: str,
    size: str,
    description: str,
    tags: Tuple[str, ...],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    *,
    no_wait: bool,
) -> None:
    """Create the instance NAME, and wait until its Jupyter runs."""
    from workstead_client import compute as client  # noqa: PLC0415
    from workstead_wire.compute import InstanceCreate  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    asked = InstanceCreate(size=size, description=description, tags=read_tags(tags))
    client.create_instance(*place, name, asked)
    _follow(place, name, no_wait=no_wait)


@compute.command("start")
@click.argument("name")
@_no_wait
@place_options
def start_instance(
    name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], *, no_wait: bool
) -> None:
    """Start the instance NAME."""
    from workstead_client import compute as client  # noqa: PLC0415

    _move(client.start_instance, find_place(workspace, group, subscription), name, no_wait=no_wait)


@compute.command("stop")
@click.argument("name")
@_no_wait
@place_options
def stop_instance(
    name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], *, no_wait: bool
) -> None:
    """Stop the instance NAME; its files and packages stay."""
    from workstead_client import compute as client  # noqa: PLC0415

    _move(client.stop_instance, find_place(workspace, group, subscription), name, no_wait=no_wait)


@compute.command("restart")
@click.argument("name")
@_no_wait
@place_options
def restart_instance(
    name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], *, no_wait: bool
) -> None:
    """Restart the instance NAME."""
    from workstead_client import compute as client  # noqa: PLC0415

    _move(client.restart_instance, find_place(workspace, group, subscription), name, no_wait=no_wait)


@compute.command("delete")
@click.argument("name")
@click.option("--keep-files", is_flag=True, help="Leave its files on the server's disk.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@_no_wait
@place_options
def delete_instance(
    name: str,
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    *,
    keep_files: bool,
    yes: bool,
    no_wait: bool,
) -> None:
    """Delete the instance NAME and its files."""
    from workstead_client import compute as client  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    ask_first(f"Delete compute instance {name!r}{'' if keep_files else ' and all its files'}?", yes=yes)
    client.delete_instance(*place, name, keep_files=keep_files)
    _follow(place, name, no_wait=no_wait)


def _move(begin: Begin, place: Place, name: str, *, no_wait: bool) -> None:
    begin(*place, name)
    _follow(place, name, no_wait=no_wait)


def _follow(place: Place, name: str, *, no_wait: bool) -> None:
    """Print states and steps as they pass; a failure ends the command."""
    from workstead_client import compute as client  # noqa: PLC0415

    told: Set[object] = set()
    state = ""

    def tell(instance: Instance) -> None:
        nonlocal state
        for step in instance.steps:
            if step.seconds is not None and step.started_at not in told:
                told.add(step.started_at)
                click.echo(f"  {step.name:<50} {step.seconds:8.2f} s")
        if instance.state != state:
            state = instance.state
            click.echo(f"{name}: {state}")

    found = client.wait_for_instance(*place, name, changed=tell, timeout_s=0 if no_wait else None)
    if found is None:
        click.echo(f"{name}: Deleted")
    elif found.state == "Failed":
        raise click.ClickException(f"compute instance {name!r} failed: {found.reason}")
