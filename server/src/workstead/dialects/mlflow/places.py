"""Where MLflow's clients put files: ``mlflow-artifacts:`` addresses and the containers that they stand for."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import cast
from urllib.parse import urlparse

import msgspec

from workstead_wire.artifacts import Origin

SCHEME = "mlflow-artifacts:"
OTHER = "mlflow-artifacts"
"""The container of files that belong to no run and no logged model."""

_RUN = re.compile(r"(?P<experiment>[\w-]+)/(?P<run>[A-Za-z0-9_][\w.-]*)/artifacts(?:/(?P<path>.*))?")
_MODEL = re.compile(r"(?P<experiment>[\w-]+)/models/(?P<model>m-\w+)/artifacts(?:/(?P<path>.*))?")
_OURS = re.compile(r"(?P<origin>ExperimentRun|LocalUpload)/(?P<container>[A-Za-z0-9_][\w.-]*)(?:/(?P<path>.*))?")
_ADDRESS = re.compile(r"(?:mlflow-artifacts:(?://[^/]*)?|https?://.*?/mlflow-artifacts/artifacts)/+(.*)")


class Spot(msgspec.Struct, frozen=True):
    """A file or folder of a container; an empty path is all of it."""

    origin: Origin
    container: str
    path: str


def find_spot(path: str) -> Spot:
    """What a path below the proxy's root stands for."""
    path = path.strip("/")
    if found := _MODEL.fullmatch(path):
        return Spot("LocalUpload", found["model"], found["path"] or "")
    if found := _RUN.fullmatch(path):
        return Spot("ExperimentRun", f"dcid.{found['run']}", found["path"] or "")
    if found := _OURS.fullmatch(path):
        return Spot(cast("Origin", found["origin"]), found["container"], found["path"] or "")
    return Spot("LocalUpload", OTHER, path)


def spot_of(address: str) -> Spot | None:
    """What an ``mlflow-artifacts:`` address stands for; None for every other address."""
    found = _ADDRESS.fullmatch(address)
    return None if found is None else find_spot(found[1])


def address_of(origin: str, container: str, path: str) -> str:
    """The address of a file or folder of ours."""
    return f"{SCHEME}/{origin}/{container}/{path}".rstrip("/")


def below(root: str, path: str) -> str:
    """The address of what lies below another one, which may end in a query; a plain path has none."""
    place, mark, query = root.partition("?") if urlparse(root).scheme else (root, "", "")
    return f"{place.rstrip('/')}/{path}".rstrip("/") + mark + query


def absolute(location: str) -> str:
    """An address as MLflow's server keeps it: a path below its own folder becomes a whole one."""
    found = urlparse(location)
    if found.scheme not in ("", "file") or found.path.startswith("/") or location.startswith(("~", "\\")):
        return location
    whole = posixpath.join(Path.cwd().as_posix(), found.path if found.scheme else location)
    return f"file://{whole}" if found.scheme else whole


def is_local(address: str) -> bool:
    """Whether an address is of the server's own disk, which no client may name; a relative path is but a word."""
    found = urlparse(address)
    if found.scheme == "file":
        return found.hostname in (None, "localhost", "127.0.0.1", "::1")
    return found.scheme == "" and address.startswith(("/", "\\", "~"))
