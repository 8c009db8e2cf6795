"""What lies in a folder of a run, a logged model or the proxy."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from workstead.artifacts import service as artifacts
from workstead.dialects.mlflow import limits, places, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here
from workstead.dialects.mlflow.reading import Needed
from workstead.dialects.mlflow.runs import find_run
from workstead_wire.artifacts import Artifact

endpoints = Endpoints()


class FileInfo(msgspec.Struct, omit_defaults=True):
    """A file or folder; ``file_size`` in bytes."""

    path: str
    is_dir: bool | None = None
    file_size: int | None = None


class ListArtifacts(msgspec.Struct):
    """Ask for the files in a folder of a run."""

    run_id: Needed
    path: str = ""
    page_token: str | None = None


class ListProxied(msgspec.Struct):
    """Ask for the files in a folder of the proxy."""

    path: str = ""


@endpoints.get("mlflow/artifacts/list")
def list_artifacts(here: Here, asked: ListArtifacts) -> words.Json:
    """Files in a folder of a run."""
    path = limits.check_path(asked.path)
    root = words.artifact_uri(find_run(here, asked.run_id))
    return {"root_uri": root, "files": list_folder(here, root, path)}


@endpoints.get("mlflow-artifacts/artifacts")
def list_proxied(here: Here, asked: ListProxied) -> words.Json:
    """Files in a folder of the proxy; their paths are plain names."""
    spot = places.find_spot(limits.check_path(asked.path))
    files = artifacts.list_all(here.conn, here.where, spot.origin, spot.container, spot.path)
    return {"files": [_named(info, info.path.rpartition("/")[2]) for info in _folder(files, spot.path)]}


def list_folder(here: Here, root: str, path: str) -> list[FileInfo]:
    """Files and folders in folder ``path`` below an address; none of an address that is not ours."""
    spot = places.spot_of(root)
    if spot is None:
        return []
    path = "" if path == "." else path
    files = artifacts.list_all(here.conn, here.where, spot.origin, spot.container, path)
    return _folder(files, path)


def _folder(files: Iterable[Artifact], path: str) -> list[FileInfo]:
    prefix = f"{path}/" if path else ""
    found: dict[str, FileInfo] = {}
    for file in files:
        if not file.path.startswith(prefix):
            continue
        name, slash, _ = file.path.removeprefix(prefix).partition("/")
        full = prefix + name
        found[full] = FileInfo(full, is_dir=True) if slash else FileInfo(full, is_dir=False, file_size=file.size)
    return [found[name] for name in sorted(found)]


def _named(info: FileInfo, name: str) -> FileInfo:
    return msgspec.structs.replace(info, path=name)
