"""Hosts that answer late, never or wrongly: no other instance waits, and each says why it failed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from puppet import Puppet, World
from workstead.compute import service
from workstead.compute.reconcile import Instances
from workstead.foundation import reconcile
from workstead.foundation.reconcile import Reconciler
from workstead.hosts.base import Identity, Made, Place, Progress
from workstead.hosts.jupyterhub import hub as hubs
from workstead.hosts.jupyterhub.hub import Hub
from workstead_wire.compute import Instance, State
from workstead_wire.errors import Unavailable

PATIENCE_S: dict[State, float] = dict.fromkeys(
    ("Creating", "Starting", "Stopping", "Restarting", "Deleting", "Running"), 1.0
)


async def slow(_verb: str) -> None:
    """Answer late, but in time."""
    await asyncio.sleep(0.1)


async def never(_verb: str) -> None:
    """Answer not at all."""
    await asyncio.Event().wait()


async def bad(verb: str) -> None:
    """Answer what nobody expects."""
    raise ValueError(f"cannot {verb}")


class Sickly(Puppet):
    """A puppet whose instance ``sick`` suffers a fault in every verb, as long as ``fault`` is one."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: Callable[[str], Awaitable[None]] | None = None

    async def _suffer(self, place: Place, verb: str) -> None:
        if self.fault is not None and place.name == "sick":
            await self.fault(verb)

    async def create(self, place: Place, progress: Progress) -> Made:
        await self._suffer(place, "create")
        return await super().create(place, progress)

    async def start(self, place: Place, identity: Identity, progress: Progress) -> None:
        await self._suffer(place, "start")
        await super().start(place, identity, progress)

    async def stop(self, place: Place) -> None:
        await self._suffer(place, "stop")
        await super().stop(place)

    async def look(self, place: Place) -> bool:
        await self._suffer(place, "look")
        return await super().look(place)


class Ward(World):
    """A world whose puppet falls ill."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.sickly = Sickly()
        self.instances = Instances(self.db, self.sickly, folder, lambda: self.url, PATIENCE_S)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Reconciler]:
        reconciler = Reconciler(self.db, self.instances, period_s=0.05)
        reconciler.start()
        yield reconciler
        await reconciler.stop()

    async def reach(self, name: str, state: State) -> Instance:
        async with asyncio.timeout(10):
            while self.state(name) != state:  # noqa: ASYNC110 - a row can only be asked
                await asyncio.sleep(0.01)
        return self.db.read_now(service.get_instance, self.where, name)


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reconcile, "LOOK_S", 0.3)
    made = Ward(tmp_path)
    yield made
    made.db.close()


async def test_a_slow_host_gets_there(ward: Ward) -> None:
    ward.sickly.fault = slow
    async with ward.running():
        ward.create("sick")
        await ward.reach("sick", "Running")
        ward.db.write_now(service.stop_instance, ward.where, "sick")
        await ward.reach("sick", "Stopped")


async def test_a_host_that_never_answers_fails_in_words_and_holds_nobody_up(ward: Ward) -> None:
    ward.sickly.fault = never
    async with ward.running():
        ward.create("sick")
        ward.create("well")
        await ward.reach("well", "Running")
        assert ward.state("sick") == "Creating"
        failed = await ward.reach("sick", "Failed")
        assert failed.reason == (
            "the compute host was not done with creating 'sick' within 1 s; look at it, and ask again"
        )
        ward.sickly.fault = None
        ward.db.write_now(service.start_instance, ward.where, "sick")
        await ward.reach("sick", "Running")


async def test_a_host_that_answers_wrongly_fails_in_words(ward: Ward) -> None:
    ward.sickly.fault = bad
    async with ward.running():
        ward.create("sick")
        failed = await ward.reach("sick", "Failed")
        assert failed.reason == "the host failed: ValueError: cannot create"


@pytest.mark.parametrize("fault", [never, bad])
async def test_what_cannot_be_seen_is_left_as_it_is(ward: Ward, fault: Callable[[str], Awaitable[None]]) -> None:
    async with ward.running():
        ward.create("sick")
        ward.create("well")
        await ward.reach("sick", "Running")
        await ward.reach("well", "Running")
        ward.sickly.fault = fault
        ward.sickly.up.pop("well")
        starts = ward.sickly.starts
        async with asyncio.timeout(5):
            while "well" not in ward.sickly.up:  # noqa: ASYNC110 - the puppet says nothing by itself
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        assert ward.state("sick") == "Running"
        assert ward.sickly.starts == starts + 1


async def test_a_stop_is_heard_while_a_start_hangs(ward: Ward) -> None:
    ward.sickly.fault = never
    async with ward.running() as reconciler:
        ward.create("sick")
        await asyncio.sleep(0.2)
        ward.sickly.fault = None
        await ward.db.write(service.stop_instance, ward.where, "sick")
        reconciler.hint()
        await ward.reach("sick", "Stopped")


class FalseHub:
    """A server that says to every request what the test wants it to."""

    def __init__(self) -> None:
        self.status = 200
        self.body: object = {}
        self.asked = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        if self.status == 0:
            await asyncio.sleep(5)
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        head = f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def false_hub(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hubs, "ANSWER_S", 0.2)
    monkeypatch.setattr(hubs, "PAUSE_S", 0.01)
    answers = FalseHub()
    server = await asyncio.start_server(answers.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield answers, Hub(f"http://127.0.0.1:{port}", "secret-token")
    server.close()


@pytest.mark.parametrize(
    ("status", "body", "asked", "words"),
    [
        (503, {"message": "full"}, 3, "answered GET /users/ada with 503 full"),
        (0, {}, 3, "does not answer: no answer within 0.2 s"),
        (500, b"<html>", 1, "with 500"),
        (403, {}, 1, "WORKSTEAD_JUPYTERHUB_TOKEN is wrong or lacks one of the scopes"),
        (302, {}, 1, "with 302"),
        (200, b"<html>", 1, "does not speak as JupyterHub does"),
        (200, {"servers": []}, 1, "does not speak as JupyterHub does"),
    ],
)
async def test_a_jupyterhub_that_is_none_is_told_in_words(false_hub, status, body, asked, words) -> None:
    answers, hub = false_hub
    answers.status, answers.body = status, body
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await hub.find_server("ada", "one")
    assert words in caught.value.message
    assert "secret-token" not in caught.value.message
    assert answers.asked == asked
    assert time.monotonic() - began < 5


async def test_nobody_at_the_address_is_told_in_words() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await Hub("http://127.0.0.1:9", "t").find_server("ada", "one")
