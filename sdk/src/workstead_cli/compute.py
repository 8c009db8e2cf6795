"""``workstead compute``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional, Tuple

import click

from workstead_cli.output import ask_first, output_option, show_fields, show_list
from workstead_cli.places import Place, find_place, place_options
from workstead_cli.workspaces import read_tags
from workstead_wire.errors import Unavailable

if TYPE_CHECKING:
    from workstead_wire.compute import Instance


@click.group(short_help="Compute instances: list, create, show, start, stop, restart, delete.")
def compute() -> None:
    """Compute instances, each a Jupyter with files and a Python environment of its own."""


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
@click.option("--no-wait", is_flag=True, help="Return at once.")
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
    """Create the instance NAME: 3 to 24 letters, digits or hyphens."""
    from workstead_client import compute as client  # noqa: PLC0415
    from workstead_wire.compute import InstanceCreate  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    asked = InstanceCreate(size=size, description=description, tags=read_tags(tags))
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

    found = client.get_instance(*find_place(workspace, group, subscription), name)
    names = ("name", "state", "reason", "note", "kernel", "description", "tags", "created_at", "created_by")
    fields = [(it.replace("_", " "), getattr(found, it)) for it in names]
    links = [(it.name, it.url) for it in found.applications]
    show_fields(output, found, [*fields, ("size", found.size.name), *links])


def _changing(verb: str, does: str) -> Callable[..., None]:
    """The command that asks ``<verb>_instance`` of the client and waits until it is done."""

    @compute.command(verb, help=f"{does} the instance NAME.")
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


start_instance = _changing("start", "Start")
stop_instance = _changing("stop", "Stop, keeping its files,")
restart_instance = _changing("restart", "Stop and start")


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
    what = "but keep its files" if keep_files else "and all its files"
    ask_first(f"Delete instance {name!r} {what}?", yes=yes)
    client.delete_instance(*place, name, keep_files=keep_files)
    _follow(place, name, wait=True)


def _follow(place: Place, name: str, *, wait: bool) -> None:
    """Print states and finished steps as they come, and where the instance is reached in the end."""
    from workstead_client import compute as client  # noqa: PLC0415

    found = client.wait_for_instance(*place, name, changed=_Seen(), timeout_s=None if wait else 0)
    if found is None:
        click.echo(f"Deleted instance {name!r}.")
        return
    if found.state == "Failed":
        raise Unavailable(f"instance {name!r} failed: {found.reason}")
    if found.state == "Running":
        for application in found.applications:
            click.echo(f"{application.name}: {application.url}")


class _Seen:
    """What of an instance has been printed."""

    def __init__(self) -> None:
        self._printed: Tuple[str, ...] = ()

    def __call__(self, instance: Instance) -> None:
        done = [f"  {step.name}: {step.seconds:.1f} s" for step in instance.steps if step.seconds is not None]
        for line in (*done, instance.state):
            if line not in self._printed:
                self._printed += (line,)
                click.echo(line)
