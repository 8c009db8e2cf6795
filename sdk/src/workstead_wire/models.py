"""Registered models and their versions."""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from workstead_wire.artifacts import Origin
from workstead_wire.base import Tags, Wire


class Model(Wire):
    """One version of a model. ``id`` is ``name:version``; ``path`` is a file or a folder below the container."""

    id: str
    name: str
    version: int
    origin: Origin
    container: str
    path: str
    size: int
    description: str
    tags: Tags
    properties: Tags
    created_at: datetime
    created_by: str
    run_id: Optional[str] = None
    experiment: Optional[str] = None
    framework: str = "Custom"
    framework_version: Optional[str] = None
    archived_at: Optional[datetime] = None


class ModelCreate(Wire):
    """Register the next version of ``name`` from files that are already uploaded."""

    name: str
    origin: Origin
    container: str
    path: str
    description: str = ""
    tags: Tags = {}
    properties: Tags = {}
    run_id: Optional[str] = None
    framework: str = "Custom"
    framework_version: Optional[str] = None


class ModelUpdate(Wire):
    """Change what is given. ``tags`` replaces the map; ``properties`` are only ever added."""

    description: Optional[str] = None
    tags: Optional[Tags] = None
    properties: Optional[Tags] = None
    archived: Optional[bool] = None


class ModelSummary(Wire):
    """A model by name, with its newest version."""

    name: str
    versions: int
    latest: Model
