"""``workstead compute environments``: further Python environments of an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Set, TextIO, Tuple, Union

import click

from workstead_cli.output import output_option, show_list
from workstead_cli.places import Place, find_place, place_options
from workstead_wire.errors import Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from workstead_wire.compute import Instance, InstanceEnvironment


class Seen:
    """Prints states and finished steps as they come, each once."""

    def __init__(self) -> None:
        self._state = ""
        self._steps: Set[Tuple[str, datetime]] = set()

    def __call__(self, told: Union[Instance, InstanceEnvironment]) -> None:
        """Print what is new."""
        for step in told.steps:
            if step.seconds is not None and (step.name, step.started_at) not in self._steps:
                self._steps.add((step.name, step.started_at))
                click.echo(f"  {step.name}: {step.seconds:.1f} s")
        if told.state != self._state:
            self._state = told.state
            click.echo(told.state)


@click.group(short_help="Further Python environments of an instance, each a kernel.")
def environments() -> None:
    """Further Python environments of an instance, each with a kernel of its own in Jupyter."""


@environments.command("list")
@click.argument("instance")
@place_options
@output_option
def list_environments(
    instance: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str
) -> None:
    """List the environments of INSTANCE."""
    from workstead_client import compute as client  # noqa: PLC0415  # keeps `workstead --help` quick

    every = client.list_environments(*find_place(workspace, group, subscription), instance)
    head = ("NAME", "KERNEL", "STATE", "PACKAGES", "WHY")
    show_list(output, every, head, lambda it: (it.name, it.kernel, it.state, " ".join(it.requirements), it.reason))


@environments.command("create")
@click.argument("instance")
@click.argument("name")
@click.option("--python", help="Its version, 3.9 to 3.13. By default the server's own.")
@click.option("--requirements", type=click.File(), help="A requirements file.")
@click.option("--conda", type=click.File(), help="A conda environment's YAML: its Python, and its part for pip.")
@click.option("--no-wait", is_flag=True, help="Return at once.")
@place_options
def create_environment(
    instance: str,
    name: str,
    python: Optional[str],
    requirements: Optional[TextIO],
    conda: Optional[TextIO],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    *,
    no_wait: bool,
) -> None:
    """Make the environment NAME on INSTANCE: small letters, digits, hyphens or underscores.

    Without a file it gets the packages of the instance's first environment.
    """
    from workstead_client import compute as client  # noqa: PLC0415
    from workstead_wire.compute import InstanceEnvironmentCreate  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    asked = InstanceEnvironmentCreate(
        python=python,
        requirements=requirements.read() if requirements else None,
        conda=conda.read() if conda else None,
    )
    made = client.create_environment(*place, instance, name, asked)
    if no_wait:
        click.echo(made.state)
        return
    _follow(place, instance, name)


@environments.command("delete")
@click.argument("instance")
@click.argument("name")
@place_options
def delete_environment(
    instance: str, name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str]
) -> None:
    """Remove the environment NAME of INSTANCE. Kernels of it that run go on until they end."""
    from workstead_client import compute as client  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    client.delete_environment(*place, instance, name)
    _follow(place, instance, name)


def _follow(place: Place, instance: str, name: str) -> None:
    from workstead_client import compute as client  # noqa: PLC0415

    found = client.wait_for_environment(*place, instance, name, changed=Seen())
    if found is None:
        click.echo(f"Removed environment {name!r}.")
        return
    if found.state == "Failed":
        raise Unavailable(f"environment {name!r} failed: {found.reason}")
    if found.note:
        click.echo(found.note)
    click.echo(f"Its kernel is called {found.kernel!r}.")
