"""Makes, starts and stops instances in JupyterHub, and keeps what is needed to reach them.

::

    <home>/instances/<workspace GUID>/<name>/
      run/hub.json        how to reach it: address, path, a token for this one server
      logs/jupyter.log    what JupyterHub told of its starts

All else is where JupyterHub's spawner puts it. The user there has the name of the one who made the instance. What the
instance must know and may be seen goes to the spawner as user options; its token is written into its files through
Jupyter, as JupyterHub keeps options and shows them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from workstead.foundation.home import write_private
from workstead.hosts.base import LOG_BYTES, Door, Identity, Made, Packages, Place, Progress
from workstead.hosts.jupyterhub.hub import Hub
from workstead.settings import Settings
from workstead_wire.compute import LogName
from workstead_wire.errors import InvalidInput, Unavailable

KERNEL = "Python 3 (ipykernel)"
"""The kernel of an image that has changed nothing."""
START_S = 600
"""How long a start may take: an image may have to be fetched, a machine to be found."""
STOP_S = 120
POLL_S = 0.25
TOKEN_S = 2 * 3600
"""How long a door's token holds; the reconciler renews well before."""


class Way(msgspec.Struct, frozen=True):
    """What ``run/hub.json`` keeps."""

    address: str
    prefix: str
    secret: str
    token_id: str


def open_host(settings: Settings) -> JupyterHubHost:
    """The JupyterHub that the settings name.

    Raises:
        InvalidInput: they name none, or no token for it.
    """
    url, token, file = settings.jupyterhub_url, settings.jupyterhub_token, settings.jupyterhub_token_file
    if file and not token:
        try:
            token = Path(file).expanduser().read_text().strip()
        except OSError as error:
            raise InvalidInput(f"WORKSTEAD_JUPYTERHUB_TOKEN_FILE {file!r} cannot be read: {error.strerror}") from error
    if not url.startswith(("http://", "https://")) or not token:
        raise InvalidInput(
            "compute host 'jupyterhub' needs WORKSTEAD_JUPYTERHUB_URL, like https://hub.example.org, and "
            "WORKSTEAD_JUPYTERHUB_TOKEN or WORKSTEAD_JUPYTERHUB_TOKEN_FILE"
        )
    return JupyterHubHost(Hub(url, token), settings.instances_url)


class JupyterHubHost:
    """Runs each instance as a named server. ``back`` is where instances reach us, if not at our own address."""

    def __init__(self, hub: Hub, back: str) -> None:
        self._hub = hub
        self._back = back
        self._ways: dict[str, Way] = {}

    async def create(self, place: Place, progress: Progress) -> Made:
        """Make the user, where JupyterHub does not know it yet; the server is made when it starts."""
        async with progress.step("Ask JupyterHub for the user"):
            for folder in (place.folder.parent.parent, place.folder.parent, place.folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("run", "logs"):
                (place.folder / name).mkdir(mode=0o700, exist_ok=True)
            await self._hub.make_user(_user(place))
        note = f"runs as server {_name(place)!r} of user {_user(place)!r} in JupyterHub, whose spawner holds its size"
        return Made(kernel=KERNEL, note=note)

    async def start(self, place: Place, identity: Identity, progress: Progress) -> None:
        """Start the server, tell what JupyterHub tells, and hand the token over."""
        if not await self.look(place):
            try:
                async with asyncio.timeout(START_S):
                    while not await self._has_begun(place):  # noqa: ASYNC110 - it can only be asked
                        await asyncio.sleep(POLL_S)
                    await self._follow(place, progress)
            except TimeoutError:
                raise Unavailable(f"JupyterHub did not start {_name(place)!r} within {START_S} s") from None
        async with progress.step("Sign the instance in"):
            await self.renew(place, identity)

    async def stop(self, place: Place) -> None:
        """Stop the server and wait until it has; its token there holds no more."""
        try:
            async with asyncio.timeout(STOP_S):
                while not await self._has_stopped(place):  # noqa: ASYNC110 - it can only be asked
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise Unavailable(f"JupyterHub did not stop {_name(place)!r} within {STOP_S} s") from None
        await self._forget(place)

    async def delete(self, place: Place, *, keep_files: bool) -> None:
        """Let JupyterHub forget the server, and its spawner what it kept for it; with ``keep_files`` leave it there."""
        if not keep_files:
            await self._hub.stop_server(_user(place), _name(place), remove=True)
        await asyncio.to_thread(shutil.rmtree, place.folder, ignore_errors=True)

    async def renew(self, place: Place, identity: Identity) -> None:
        """Make the door's token anew, and write the instance's own into its files."""
        before = self._find_way(place)
        made = await self._hub.make_token(_user(place), _name(place), TOKEN_S)
        prefix = f"{self._hub.base}/user/{quote(_user(place))}/{quote(_name(place))}"
        way = Way(address=self._hub.address, prefix=prefix, secret=made.token, token_id=made.id)
        await asyncio.to_thread(write_private, place.folder / "run" / "hub.json", msgspec.json.encode(way).decode())
        self._ways[place.id] = way
        if before is not None:
            await self._hub.delete_token(_user(place), before.token_id)
        own = f".workstead/{place.name}"
        server = msgspec.json.encode({"url": self._back or identity.url}).decode()
        await self._hub.write_file(prefix, way.secret, f"{own}/server.json", server + "\n")
        await self._hub.write_file(prefix, way.secret, f"{own}/token", identity.token + "\n")

    async def read_token(self, place: Place) -> str | None:  # noqa: ARG002 - the Protocol's
        """It lies in the user's files, where the instance reads it by itself."""
        return None

    async def look(self, place: Place) -> bool:
        """Whether JupyterHub says that the server is ready."""
        server = await self._hub.find_server(_user(place), _name(place))
        return server is not None and server.is_up

    async def explain(self, place: Place) -> str:
        """What can be known from outside."""
        return (
            f"server {_name(place)!r} of user {_user(place)!r} ended or was stopped in JupyterHub, whose log says more"
        )

    async def read_log(self, place: Place, name: LogName) -> bytes:
        """What JupyterHub told of the starts; of environments there is nothing to tell."""
        log = place.folder / "logs" / "jupyter.log"
        if name != "jupyter" or not log.exists():
            return b""
        return (await asyncio.to_thread(log.read_bytes))[-LOG_BYTES - 1 :]

    async def make_environment(self, _place: Place, packages: Packages, _progress: Progress) -> None:
        """Not here."""
        raise InvalidInput(
            f"environment {packages.name!r} cannot be made: instances of JupyterHub have those of their image; "
            "run `pip install` or `uv venv` in a terminal of the instance"
        )

    async def delete_environment(self, place: Place, name: str) -> None:
        """There are none."""

    def find_door(self, place: Place) -> Door | None:
        """The way that ``renew`` has made, remembered until ``stop``."""
        way = self._find_way(place)
        return None if way is None else Door(secret=way.secret, address=way.address, prefix=way.prefix)

    async def _follow(self, place: Place, progress: Progress) -> None:
        """Each of JupyterHub's words is a step, until the server is ready."""
        last = "it said nothing"
        async with AsyncExitStack() as steps:
            async for event in self._hub.follow_start(_user(place), _name(place)):
                last = event.message
                await asyncio.to_thread(_note, place, event.message)
                if event.failed:
                    raise Unavailable(f"JupyterHub could not start {_name(place)!r}: {event.message[:300]}")
                if event.ready:
                    return
                await steps.aclose()
                await steps.enter_async_context(progress.step(event.message[:120]))
        server = await self._hub.find_server(_user(place), _name(place))
        if server is None or not server.ready:
            raise Unavailable(f"JupyterHub gave up on {_name(place)!r}; its last word: {last[:300]}")

    async def _has_begun(self, place: Place) -> bool:
        """Ask for its start; whether that is under way, as it is not while an earlier one is on its way out."""
        return await self._hub.start_server(_user(place), _name(place), _options(place))

    async def _has_stopped(self, place: Place) -> bool:
        """Ask for its end, again where JupyterHub was too busy with its start; whether it has come."""
        user, name = _user(place), _name(place)
        return await self._hub.stop_server(user, name) and await self._hub.find_server(user, name) is None

    async def _forget(self, place: Place) -> None:
        way = self._find_way(place)
        self._ways.pop(place.id, None)
        (place.folder / "run" / "hub.json").unlink(missing_ok=True)
        if way is not None:
            await self._hub.delete_token(_user(place), way.token_id)

    def _find_way(self, place: Place) -> Way | None:
        if place.id not in self._ways:
            with contextlib.suppress(FileNotFoundError, msgspec.MsgspecError):
                text = (place.folder / "run" / "hub.json").read_bytes()
                self._ways[place.id] = msgspec.json.decode(text, type=Way)
        return self._ways.get(place.id)


def _user(place: Place) -> str:
    # JupyterHub writes names of users in lower case.
    return place.owner.lower()


def _name(place: Place) -> str:
    """The server's name: a user may have instances of one name in several locations."""
    return f"{place.name.lower()}-{place.id[:8]}"


def _options(place: Place) -> dict[str, dict[str, str | int | float]]:
    """What the spawner's hook is told."""
    told: dict[str, str | int | float] = {
        "instance": place.name,
        "workspace": place.workspace,
        "cores": place.size.cores,
        "memory_gib": place.size.memory_gib,
    }
    return {"workstead": told}


def _note(place: Place, words: str) -> None:
    log = place.folder / "logs" / "jupyter.log"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a") as stream:
        stream.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {words}\n")
