"""Registered models and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional, Union
from urllib.parse import quote

from workstead_wire.artifacts import Artifact
from workstead_wire.base import Page
from workstead_wire.models import Model, ModelCreate, ModelSummary, ModelUpdate
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead_client.transport import Transport

Version = Union[int, str]


def create_model(http: Transport, where: WorkspacePath, asked: ModelCreate) -> Model:
    """Register the next version of a model from files that are uploaded."""
    return http.request("POST", f"{where.url}/models", body=asked, type=Model)


def list_models(
    http: Transport,
    where: WorkspacePath,
    *,
    name: Optional[str] = None,
    tag: Optional[List[str]] = None,
    property: Optional[List[str]] = None,  # noqa: A002 - the route's own word
    run_id: Optional[str] = None,
    latest: bool = False,
    archived: str = "active",
    cursor: Optional[str] = None,
    limit: Optional[int] = None,
) -> Page[Model]:
    """One page of versions of models, newest first; ``tag`` and ``property`` hold ``key`` or ``key=value``."""
    params = {
        "name": name, "tag": tag, "property": property, "run_id": run_id, "latest": latest, "archived": archived,
        "cursor": cursor, "limit": limit,
    }  # fmt: skip
    return http.request("GET", f"{where.url}/models", params=params, type=Page[Model])


def list_model_names(
    http: Transport, where: WorkspacePath, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[ModelSummary]:
    """One page of models by name, each with its newest version."""
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", f"{where.url}/modelnames", params=params, type=Page[ModelSummary])


def get_model(http: Transport, where: WorkspacePath, name: str, version: Version = "latest") -> Model:
    """One version of a model."""
    return http.request("GET", _version(where, name, version), type=Model)


def update_model(http: Transport, where: WorkspacePath, name: str, version: Version, change: ModelUpdate) -> Model:
    """Change description or tags, add properties, archive or bring back."""
    return http.request("PATCH", _version(where, name, version), body=change, type=Model)


def delete_model(http: Transport, where: WorkspacePath, name: str, version: Version) -> None:
    """Delete a version; its number is never given again."""
    http.request("DELETE", _version(where, name, version))


def list_model_files(
    http: Transport,
    where: WorkspacePath,
    name: str,
    version: Version,
    cursor: Optional[str] = None,
    limit: Optional[int] = None,
) -> Page[Artifact]:
    """One page of a version's files, by path."""
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", _version(where, name, version) + "/files", params=params, type=Page[Artifact])


def _version(where: WorkspacePath, name: str, version: Version) -> str:
    return f"{where.url}/models/{quote(name, safe='')}/versions/{version}"
