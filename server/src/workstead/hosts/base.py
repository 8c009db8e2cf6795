"""What every kind of host of compute instances can do, and the values that pass between it and the room."""

from __future__ import annotations

import hmac
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

import msgspec

from workstead.settings import Settings
from workstead_wire.compute import LogName, Size, Step
from workstead_wire.errors import InvalidInput

KINDS = "workstead.hosts"
"""Entry point group; a kind is a callable from Settings to Host."""
LOG_BYTES = 256 * 1024
"""Most bytes of a log that are shown."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An instance, as far as its host needs to know it.

    ``workspace`` is the workspace's resource id; ``owner`` the user who made the instance.
    """

    id: str
    name: str
    owner: str
    folder: Path
    size: Size
    workspace: str


class Identity(msgspec.Struct, frozen=True):
    """By what the instance signs in: the server's address and a token of its own."""

    url: str
    token: str


class Door(msgspec.Struct, frozen=True):
    """Where an instance's Jupyter listens, a unix socket or an address, and the token that it asks for."""

    secret: str
    socket: str | None = None
    address: str = "http://localhost"
    """Scheme, host and port; of no weight where there is a socket."""
    prefix: str = ""
    """The path below which it serves everything, like ``/user/ada/lab``; empty is all of the address."""


def identity_key(secret: str) -> str:
    """What a program on an instance shows to be told the instance's token: made of Jupyter's secret, which it hides."""
    return hmac.new(secret.encode(), b"identity", "sha256").hexdigest()


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """An application of an instance: ``app`` names it in addresses, ``path`` is where its origin serves it.

    ``why`` says what to install where the host lacks it.
    """

    name: str
    app: str
    path: str
    why: str | None = None


PROGRAMS = (
    Program(name="JupyterLab", app="lab", path="lab"),
    Program(name="Jupyter", app="tree", path="tree"),
    # Jupyter starts the terminal of a name that it does not know yet.
    Program(name="Terminal", app="terminal", path="terminals/1"),
)
"""What every Jupyter brings."""


class Made(msgspec.Struct, frozen=True):
    """What ``create`` has made: the kernel's display name, and a sentence where the host could not give all.

    ``enforced_by`` says what holds the instance to its size: ``systemd``, ``cgroup``, ``limits``; None for nothing.
    """

    kernel: str
    note: str | None = None
    enforced_by: str | None = None
    programs: tuple[Program, ...] = PROGRAMS


class Packages(msgspec.Struct, frozen=True, kw_only=True):
    """A further environment of an instance. Without ``requirements`` it gets those of the first one."""

    name: str
    python: str
    kernel: str
    requirements: list[str]


class Progress:
    """The steps of one piece of work; ``tell`` hears of each beginning and end."""

    def __init__(self, tell: Callable[[list[Step]], Awaitable[None]]) -> None:
        self.steps: list[Step] = []
        self._tell = tell

    @asynccontextmanager
    async def step(self, name: str) -> AsyncGenerator[None]:
        """Time what happens inside as the step ``name``."""
        step = Step(name=name, started_at=datetime.now(UTC))
        began = time.perf_counter()
        self.steps.append(step)
        await self._tell(self.steps)
        yield
        step.seconds = round(time.perf_counter() - began, 3)
        await self._tell(self.steps)


class Host(Protocol):
    """Makes, starts, stops and finds instances. Every verb may be called again after a crash in its middle."""

    async def create(self, place: Place, progress: Progress) -> Made:
        """Make or complete folder and kernel environment. While it does not run; quick if all is there."""
        ...

    async def start(self, place: Place, identity: Identity, progress: Progress) -> None:
        """Start Jupyter and return when it answers. After ``create``; if it runs already, it is left running."""
        ...

    async def stop(self, place: Place) -> None:
        """End Jupyter and all its kernels. Any time; nothing to do when it does not run."""
        ...

    async def delete(self, place: Place, *, keep_files: bool) -> None:
        """Remove all that ``create`` made. Any time after ``stop``; nothing to do when there is nothing."""
        ...

    async def renew(self, place: Place, identity: Identity) -> None:
        """Give a running instance a fresh identity. Any time after ``create``."""
        ...

    async def read_token(self, place: Place) -> str | None:
        """The token by which the instance signs in now; None where it has none, or keeps it where this host is not.

        Any time; cheap.
        """
        ...

    async def look(self, place: Place) -> bool:
        """Whether Jupyter runs, also one that an earlier server process started. Any time; cheap."""
        ...

    async def explain(self, place: Place) -> str:
        """Why Jupyter ended, in one sentence, as far as its log tells. Any time."""
        ...

    async def read_log(self, place: Place, name: LogName) -> bytes:
        """The end of a log, at most ``LOG_BYTES``; nothing where there is none. Any time."""
        ...

    async def make_environment(self, place: Place, packages: Packages, progress: Progress) -> None:
        """Make a Python environment with a Jupyter kernel of its own. After ``create``, whether it runs or not.

        Raises:
            InvalidInput: this kind of host has no such thing, or there is no such Python; the sentence says which.
            Unavailable: the packages could not be installed.
        """
        ...

    async def delete_environment(self, place: Place, name: str) -> None:
        """Remove such an environment. Any time; nothing to do when there is none."""
        ...

    def find_door(self, place: Place) -> Door | None:
        """How to reach Jupyter; None while it does not run. Any time; cheap, as it is asked for every request."""
        ...


def load_host(settings: Settings) -> Host:
    """The host of the kind that the settings name.

    Raises:
        InvalidInput: no installed package brings that kind.
    """
    kind = settings.compute_host
    found = {entry.name: entry for entry in entry_points(group=KINDS)}
    if kind not in found:
        raise InvalidInput(f"WORKSTEAD_COMPUTE_HOST is {kind!r}, but there is only {', '.join(sorted(found))}")
    return found[kind].load()(settings)
