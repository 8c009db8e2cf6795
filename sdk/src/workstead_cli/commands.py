"""The tree of commands: our own by name, those of other packages by entry point ``workstead.commands``."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Dict, List, Optional

import click

from workstead_wire import VERSION

GROUP = "workstead.commands"
"""The entry point; it gives a dict from command name to click command, or to ``module:attribute``."""

OWN = {
    "account": "workstead_cli.accounts:account",
    "activity": "workstead_cli.activity:activity",
    "compute": "workstead_cli.compute:compute",
    "datasets": "workstead_cli.datasets:datasets",
    "gc": "workstead_cli.leftovers:gc",
    "group": "workstead_cli.workspaces:group",
    "insights": "workstead_cli.insights:insights",
    "login": "workstead_cli.access:login",
    "logout": "workstead_cli.access:logout",
    "model": "workstead_cli.models:model",
    "open": "workstead_cli.access:open_studio",
    "run": "workstead_cli.runs:run",
    "secrets": "workstead_cli.secrets:secrets",
    "status": "workstead_cli.access:status",
    "storage": "workstead_cli.blobs:storage",
    "sync": "workstead_cli.runs:sync",
    "token": "workstead_cli.access:token",
    "workspace": "workstead_cli.workspaces:workspace",
}
"""Command name to where it lives."""


class Commands(click.Group):
    """Commands that are loaded when they are called, or listed."""

    def list_commands(self, ctx: click.Context) -> List[str]:  # noqa: ARG002
        """Names of all commands."""
        return sorted({**_plugged_in(), **OWN})

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:  # noqa: ARG002
        """The command of a name; None if there is none."""
        place = OWN.get(cmd_name) or _plugged_in().get(cmd_name)
        if not isinstance(place, str):
            return place
        module, _, name = place.partition(":")
        return getattr(import_module(module), name)


@lru_cache(maxsize=1)
def _plugged_in() -> Dict[str, Any]:
    """Commands of other packages: a click command, or where it lives."""
    found: Dict[str, Any] = {}
    every: Any = entry_points()
    # Python 3.9 gives a dict of groups, later ones a list to select from.
    points = every.select(group=GROUP) if hasattr(every, "select") else every.get(GROUP, ())
    for point in points:
        try:
            found.update(point.load())
        except ImportError as error:  # half an installation must not take our own commands away
            click.echo(f"Warning: the commands of {point.value} cannot be loaded: {error}", err=True)
    return found


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message="workstead %(version)s")
def workstead() -> None:
    """A self-hosted machine learning workspace for code written for Azure ML SDK v1."""
