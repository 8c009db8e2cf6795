"""Compute instances and their sizes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Callable, List, Optional
from urllib.parse import quote

from workstead_wire import API
from workstead_wire.base import Page
from workstead_wire.compute import (
    Instance,
    InstanceCreate,
    InstanceEnvironment,
    InstanceEnvironmentCreate,
    InstanceFile,
    InstanceLog,
    InstanceUpdate,
    LogName,
    NameCheck,
    Size,
)
from workstead_wire.errors import ComputeNotFound, NotFound
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead_client.transport import Transport

ON_THE_WAY = ("Creating", "Starting", "Stopping", "Restarting", "Deleting")
"""States that pass by themselves."""
POLL_S = 0.5


def list_sizes(http: Transport) -> List[Size]:
    """Machine sizes."""
    return http.request("GET", f"{API}/sizes", type=List[Size])


def list_instances(
    http: Transport, where: WorkspacePath, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[Instance]:
    """One page of the workspace's instances, by name."""
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", f"{where.url}/computes", params=params, type=Page[Instance])


def check_instance_name(http: Transport, where: WorkspacePath, name: str) -> NameCheck:
    """Whether a new instance may be called ``name``."""
    return http.request("GET", f"{where.url}/computeNames", params={"name": name}, type=NameCheck)


def create_instance(http: Transport, where: WorkspacePath, name: str, asked: InstanceCreate) -> Instance:
    """Begin to create an instance."""
    return http.request("PUT", _path(where, name), body=asked, type=Instance)


def get_instance(http: Transport, where: WorkspacePath, name: str) -> Instance:
    """One instance.

    Raises:
        ComputeNotFound: the workspace has none of that name.
    """
    return http.request("GET", _path(where, name), type=Instance)


def list_files(http: Transport, where: WorkspacePath, name: str, path: str = "") -> List[InstanceFile]:
    """What lies in a folder of an instance, by name; an empty ``path`` is the outermost."""
    return http.request("GET", _path(where, name) + "/files", params={"path": path}, type=List[InstanceFile])


def update_instance(http: Transport, where: WorkspacePath, name: str, change: InstanceUpdate) -> Instance:
    """Change when an instance rests, its description or its tags."""
    return http.request("PATCH", _path(where, name), body=change, type=Instance)


def read_log(http: Transport, where: WorkspacePath, name: str, log: LogName) -> InstanceLog:
    """The end of a log of an instance."""
    return http.request("GET", f"{_path(where, name)}/logs/{log}", type=InstanceLog)


def start_instance(http: Transport, where: WorkspacePath, name: str) -> Instance:
    """Begin to start an instance."""
    return http.request("POST", _path(where, name) + "/start", type=Instance)


def stop_instance(http: Transport, where: WorkspacePath, name: str) -> Instance:
    """Begin to stop an instance."""
    return http.request("POST", _path(where, name) + "/stop", type=Instance)


def restart_instance(http: Transport, where: WorkspacePath, name: str) -> Instance:
    """Begin to restart an instance."""
    return http.request("POST", _path(where, name) + "/restart", type=Instance)


def delete_instance(http: Transport, where: WorkspacePath, name: str, *, keep_files: bool = False) -> Instance:
    """Begin to delete an instance, with its files unless ``keep_files``."""
    params = {"keep_files": "true" if keep_files else "false"}
    return http.request("DELETE", _path(where, name), params=params, type=Instance)


def list_environments(http: Transport, where: WorkspacePath, name: str) -> List[InstanceEnvironment]:
    """The further environments of an instance, by name."""
    return http.request("GET", f"{_path(where, name)}/environments", type=List[InstanceEnvironment])


def create_environment(
    http: Transport, where: WorkspacePath, name: str, environment: str, asked: InstanceEnvironmentCreate
) -> InstanceEnvironment:
    """Begin to make an environment."""
    return http.request("PUT", _environment(where, name, environment), body=asked, type=InstanceEnvironment)


def get_environment(http: Transport, where: WorkspacePath, name: str, environment: str) -> InstanceEnvironment:
    """One environment of an instance."""
    return http.request("GET", _environment(where, name, environment), type=InstanceEnvironment)


def delete_environment(http: Transport, where: WorkspacePath, name: str, environment: str) -> InstanceEnvironment:
    """Begin to remove an environment."""
    return http.request("DELETE", _environment(where, name, environment), type=InstanceEnvironment)


def wait_for_instance(
    http: Transport,
    where: WorkspacePath,
    name: str,
    changed: Callable[[Instance], None] = lambda _: None,
    timeout_s: Optional[float] = None,
) -> Optional[Instance]:
    """The instance once it is between states no more; None once it is deleted.

    ``changed`` is called at first and whenever state or steps have changed. After ``timeout_s`` seconds the instance is
    returned as it is; None waits as long as it takes.
    """
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    before = None
    while True:
        try:
            instance = get_instance(http, where, name)
        except ComputeNotFound:
            return None
        if (instance.state, instance.steps) != before:
            before = (instance.state, instance.steps)
            changed(instance)
        if instance.state not in ON_THE_WAY or (deadline is not None and time.monotonic() > deadline):
            return instance
        time.sleep(POLL_S)


def wait_for_environment(
    http: Transport,
    where: WorkspacePath,
    name: str,
    environment: str,
    changed: Callable[[InstanceEnvironment], None] = lambda _: None,
) -> Optional[InstanceEnvironment]:
    """The environment once it is Ready or Failed; None once it is gone. ``changed`` as in ``wait_for_instance``."""
    before = None
    while True:
        try:
            found = get_environment(http, where, name, environment)
        except NotFound:
            return None
        if (found.state, found.steps) != before:
            before = (found.state, found.steps)
            changed(found)
        if found.state not in ON_THE_WAY:
            return found
        time.sleep(POLL_S)


def _path(where: WorkspacePath, name: str) -> str:
    return f"{where.url}/computes/{quote(name, safe='')}"


def _environment(where: WorkspacePath, name: str, environment: str) -> str:
    return f"{_path(where, name)}/environments/{quote(environment, safe='')}"
