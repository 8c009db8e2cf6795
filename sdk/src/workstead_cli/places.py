"""Which workspace a command means: options, the instance's own, a config.json upwards, or the only one there is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, List, NamedTuple, Optional, TypeVar

import click
import msgspec

from workstead_cli.output import connect
from workstead_wire.errors import InvalidInput, WorkspaceNotFound
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead_client.transport import Transport
    from workstead_wire.workspaces import Workspace

C = TypeVar("C", bound=Callable[..., Any])
_FOLDERS = (".azureml", "", "aml_config")


class Place(NamedTuple):
    """The connection and the workspace, in the order in which the client's functions take them."""

    http: Transport
    where: WorkspacePath


class _ConfigFile(msgspec.Struct):
    subscription_id: str
    resource_group: str
    workspace_name: str


def place_options(command: C) -> C:
    """Adds ``-w``, ``-g`` and ``-s``, passed as ``workspace``, ``group`` and ``subscription`` (see ``find_place``)."""
    for option in (
        click.option("-s", "--subscription", help="Id of its subscription."),
        click.option("-g", "--resource-group", "group", help="Its resource group."),
        click.option(
            "-w", "--workspace", help="Name of the workspace. [default: the one of config.json, or the only one]"
        ),
    ):
        command = option(command)
    return command


def find_place(workspace: Optional[str], group: Optional[str], subscription: Optional[str]) -> Place:
    """The workspace that the three options mean.

    Raises:
        WorkspaceNotFound: none fits, or several do; the sentence says which there are.
    """
    if workspace and group and subscription:
        return Place(connect(), WorkspacePath(subscription_id=subscription, resource_group=group, workspace=workspace))
    if not (workspace or group or subscription):
        named = _of_instance() or _of_config_file(Path.cwd())
        if named is not None:
            return Place(connect(), named)
    http = connect()
    every = _list(http, subscription)
    fitting = [w for w in every if workspace in (None, w.name) and group in (None, w.resource_group)]
    if len(fitting) != 1:
        known = ", ".join(f"{w.name!r} (group {w.resource_group!r})" for w in every) or "none yet"
        what = repr(workspace) if workspace else "is meant"
        raise WorkspaceNotFound(
            f"say which workspace {what}, with -w, -g and -s; the server at {http.url} has: {known}"
        )
    return Place(http, fitting[0].path)


def find_subscription(http: Transport, given: Optional[str]) -> str:
    """The id of the subscription that is given, chosen by ``account set``, or the only one."""
    from workstead_client import config, workspaces  # noqa: PLC0415  # keeps `workstead --help` quick
    from workstead_client.transport import iterate  # noqa: PLC0415

    chosen = given or config.current_subscription()
    if chosen:
        return chosen
    every = list(iterate(workspaces.list_subscriptions, http))
    if len(every) != 1:
        known = ", ".join(f"{found.id} ({found.name})" for found in every)
        raise InvalidInput(f"say which subscription, with -s or `workstead account set -s`; there are: {known}")
    return every[0].id


def _of_instance() -> Optional[WorkspacePath]:
    resource_id = os.environ.get("WORKSTEAD_WORKSPACE")
    return WorkspacePath.parse(resource_id) if resource_id else None


def _of_config_file(start: Path) -> Optional[WorkspacePath]:
    for folder in (start, *start.parents):
        for below in _FOLDERS:
            try:
                found = msgspec.json.decode((folder / below / "config.json").read_bytes(), type=_ConfigFile)
            except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
                continue  # other programs too call their files config.json
            return WorkspacePath(
                subscription_id=found.subscription_id,
                resource_group=found.resource_group,
                workspace=found.workspace_name,
            )
    return None


def _list(http: Transport, subscription: Optional[str]) -> List[Workspace]:
    from workstead_client import config, workspaces  # noqa: PLC0415
    from workstead_client.transport import iterate  # noqa: PLC0415

    given = subscription or config.current_subscription()
    every = [given] if given else [found.id for found in iterate(workspaces.list_subscriptions, http)]
    return [workspace for one in every for workspace in iterate(workspaces.list_workspaces, http, one)]
