"""Compute instances, their sizes, and the Python environments in them."""

from __future__ import annotations

from datetime import datetime
from typing import List, Literal, Optional, Union

import msgspec

from workstead_wire.base import Tags, Wire

State = Literal["Creating", "Running", "Stopping", "Stopped", "Starting", "Restarting", "Deleting", "Failed"]
EnvironmentState = Literal["Creating", "Ready", "Failed", "Deleting"]
Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
LogName = Literal["jupyter", "environment"]

DAYS: List[Day] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Size(Wire):
    """A machine size of Azure's table."""

    name: str
    cores: int
    memory_gib: float
    gpus: int = 0


class Application(Wire):
    """A program of an instance and the address that opens it, through the server's sign-in.

    Where the host lacks the program, ``available`` is False, ``why`` says what to install, and ``url`` leads to a page
    that says the same.
    """

    name: str
    url: str
    available: bool = True
    why: Optional[str] = None


class Step(Wire):
    """One step of making an instance. ``seconds`` None while it runs."""

    name: str
    started_at: datetime
    seconds: Optional[float] = None


class Schedule(Wire):
    """When an instance starts and stops by itself: ``start`` and ``stop`` like ``08:00``, None for never.

    Both are on the clock of ``time_zone``, an IANA name like ``Europe/Berlin``, on each of ``days``.
    """

    start: Optional[str] = None
    stop: Optional[str] = None
    days: List[Day] = msgspec.field(default_factory=lambda: list(DAYS))
    time_zone: str = "UTC"


class Instance(Wire):
    """A compute instance.

    ``kernel`` is the display name of its Jupyter kernel; ``reason`` says why it failed, or why it stopped by itself;
    ``note`` what differs from what was asked, such as a size that is larger than the host; ``enforced_by`` what holds
    it to its size: ``systemd``, ``cgroup`` or ``limits`` (cores by affinity, memory by a limit for each process).
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
    enforced_by: Optional[str] = None
    idle_minutes: Optional[int] = None
    """It stops by itself after so many minutes without activity; None for never."""
    schedule: Optional[Schedule] = None
    next_change: Optional[datetime] = None
    """When the schedule starts or stops it next."""
    last_active_at: Optional[datetime] = None
    """When something was last seen to happen in it; known only where ``idle_minutes`` is set."""


class InstanceCreate(Wire):
    """Create an instance: ``name`` in the address, ``size`` like ``STANDARD_D3_V2`` in any case."""

    size: str = "STANDARD_D3_V2"
    description: str = ""
    tags: Tags = {}
    idle_minutes: Optional[int] = None
    schedule: Optional[Schedule] = None


class InstanceUpdate(Wire):
    """Change what is given. A JSON null takes idle shutdown or the schedule away."""

    idle_minutes: Union[int, msgspec.UnsetType, None] = msgspec.UNSET
    schedule: Union[Schedule, msgspec.UnsetType, None] = msgspec.UNSET
    description: Union[str, msgspec.UnsetType] = msgspec.UNSET
    tags: Union[Tags, msgspec.UnsetType] = msgspec.UNSET


class NameCheck(Wire):
    """Whether a name can be had for a new instance; if not, ``why`` is a sentence."""

    name: str
    available: bool
    why: Optional[str] = None


class InstanceLog(Wire):
    """The end of a log of an instance. ``truncated`` says that there is more before ``text``."""

    name: LogName
    text: str
    truncated: bool = False


class InstanceFile(Wire):
    """A file or folder of an instance. ``size`` in bytes, 0 for a folder; ``path`` begins in what Jupyter shows."""

    path: str
    folder: bool
    size: int
    modified_at: datetime


class InstanceEnvironment(Wire):
    """A further Python environment of an instance, with a Jupyter kernel called ``kernel``.

    ``python`` is like ``3.12``; ``requirements`` one requirement each; ``reason`` says why it failed; ``note`` what
    was left out of what was asked.
    """

    name: str
    python: str
    kernel: str
    state: EnvironmentState
    requirements: List[str]
    steps: List[Step]
    created_at: datetime
    created_by: str
    reason: Optional[str] = None
    note: Optional[str] = None


class InstanceEnvironmentCreate(Wire):
    """Ask for an environment: ``python`` like ``3.12``, and what goes in as one of two texts.

    ``requirements`` is a requirements file. ``conda`` is a conda environment's YAML, of which the Python version and
    the part for pip are taken. With neither, the packages of the instance's first environment are installed.
    """

    python: Optional[str] = None
    requirements: Optional[str] = None
    conda: Optional[str] = None
