"""Compute instances and their sizes."""

from __future__ import annotations

from datetime import datetime
from typing import List, Literal, Optional

from workstead_wire.base import Tags, Wire

State = Literal["Creating", "Running", "Stopping", "Stopped", "Starting", "Restarting", "Deleting", "Failed"]


class Size(Wire):
    """A machine size of Azure's table."""

    name: str
    cores: int
    memory_gib: float
    gpus: int = 0


class Application(Wire):
    """A program of an instance and the address that opens it, through the server's sign-in."""

    name: str
    url: str


class Step(Wire):
    """One step of making an instance. ``seconds`` None while it runs."""

    name: str
    started_at: datetime
    seconds: Optional[float] = None


class Instance(Wire):
    """A compute instance.

    ``kernel`` is the display name of its Jupyter kernel; ``reason`` says why it failed; ``note`` what differs from
    what was asked, such as a size that is larger than the host.
    """

    name: str
    size: Size
    state: State
    created_at: datetime
    created_by: str
    applications: List[Application]
    steps: List[Step]
    tags: Tags
    host: Optional[str] = None
    """Host name under which the server's port answers as this instance, like ``aidevcollege.localhost``."""
    kernel: Optional[str] = None
    reason: Optional[str] = None
    note: Optional[str] = None
    description: str = ""
    location: str = ""


class InstanceCreate(Wire):
    """Create an instance: ``name`` in the address, ``size`` like ``STANDARD_D3_V2`` in any case."""

    size: str = "STANDARD_D3_V2"
    description: str = ""
    tags: Tags = {}
