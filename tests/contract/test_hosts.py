"""One suite for every kind of host of compute instances: processes here, and named servers of a real JupyterHub."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpcore
import msgspec
import pytest
from websockets.sync.client import connect

import hub
import live
from workstead.hosts.base import Door, Host, Identity, Place, Progress, load_host
from workstead.settings import Settings
from workstead_wire.compute import Size, Step

SIZE = Size(name="STANDARD_D1", cores=1, memory_gib=3.5)
WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
IDENTITY = Identity(url="http://127.0.0.1:9", token="wst_first")
_numbers = itertools.count(1)


class Ground:
    """A kind of host with what a test needs to look behind it."""

    def __init__(self, home: Path, settings: Settings, outside: hub.JupyterHub | None) -> None:
        self.home = home
        self.settings = settings
        self.outside = outside
        self.host: Host = load_host(settings)

    def place(self) -> Place:
        """An instance that nobody has had yet."""
        number = next(_numbers)
        folder = self.home / "instances" / "w" / f"one{number}"
        return Place(
            id=f"{number:08}-x", name=f"one{number}", owner="ada", folder=folder, size=SIZE, workspace=WORKSPACE
        )

    def token(self, place: Place) -> str:
        """What the instance signs in with, as its own files have it."""
        if self.outside is None:
            return (place.folder / "client" / "token").read_text().strip()
        return (self.outside.homes / "ada" / ".workstead" / place.name / "token").read_text().strip()

    def end(self, place: Place) -> None:
        """End Jupyter behind the host's back."""
        if self.outside is None:
            os.kill(msgspec.json.decode((place.folder / "run" / "process.json").read_bytes())["pid"], signal.SIGKILL)
            return
        server = f"/users/ada/servers/{place.name}-{place.id[:8]}"
        assert self.outside.http.request("DELETE", server, json={"remove": True}).status_code in (202, 204)


@pytest.fixture(scope="module", params=["process", pytest.param("jupyterhub", marks=pytest.mark.long)])
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    home = tmp_path_factory.mktemp("g")
    if request.param == "process":
        yield Ground(home, Settings(home=home), None)
        return
    with hub.running(home / "hub") as outside:
        settings = Settings(
            home=home, compute_host="jupyterhub", jupyterhub_url=outside.url, jupyterhub_token=outside.token
        )
        yield Ground(home, settings, outside)


async def tell(_: list[Step]) -> None:
    """Nobody listens."""


def ask(door: Door, method: str, path: str, body: object = None, *, secret: str | None = None) -> httpcore.Response:
    """What Jupyter answers behind a door."""
    with httpcore.ConnectionPool(uds=door.socket) as pool:
        headers = {"Authorization": f"token {door.secret if secret is None else secret}", "Accept": "application/json"}
        return pool.request(
            method, f"{door.address}{door.prefix}{path}", headers=headers, content=msgspec.json.encode(body)
        )


async def bring_up(ground: Ground, place: Place) -> Door:
    progress = Progress(tell)
    await ground.host.create(place, progress)
    await ground.host.start(place, IDENTITY, progress)
    assert [step.name for step in progress.steps if step.seconds is None] == []
    door = ground.host.find_door(place)
    assert door is not None
    return door


async def test_an_instance_from_its_creation_to_its_end(ground: Ground) -> None:
    host, place = ground.host, ground.place()
    assert (await host.look(place), host.find_door(place)) == (False, None)
    made = await host.create(place, Progress(tell))
    assert made.kernel.startswith("Python 3")
    assert not await host.look(place)
    door = await bring_up(ground, place)
    assert await host.look(place)
    assert ask(door, "GET", "/api/status").status == 200
    note = {"type": "file", "format": "text", "content": "kept"}
    assert ask(door, "PUT", f"/api/contents/{place.name}.txt", note).status == 201
    began = msgspec.json.decode(ask(door, "GET", "/api/status").content)["started"]
    again = await bring_up(ground, place)
    assert msgspec.json.decode(ask(again, "GET", "/api/status").content)["started"] == began
    await host.stop(place)
    assert (await host.look(place), host.find_door(place)) == (False, None)
    await host.stop(place)
    door = await bring_up(ground, place)
    assert msgspec.json.decode(ask(door, "GET", f"/api/contents/{place.name}.txt").content)["content"] == "kept"
    await host.stop(place)
    await host.delete(place, keep_files=False)
    await host.delete(place, keep_files=False)
    assert not place.folder.exists()


async def test_only_the_doors_secret_opens_it(ground: Ground) -> None:
    place = ground.place()
    door = await bring_up(ground, place)
    for secret in ("x", IDENTITY.token):
        assert ask(door, "GET", "/api/contents", secret=secret).status in (302, 403)
    (kept,) = (file for file in (place.folder / "run").glob("*.json") if door.secret in file.read_text())
    assert [file.stat().st_mode & 0o777 for file in (place.folder, kept.parent, kept)] == [0o700, 0o700, 0o600]
    await ground.host.stop(place)
    await ground.host.delete(place, keep_files=False)


async def test_its_identity_comes_in_and_is_renewed(ground: Ground) -> None:
    place = ground.place()
    await bring_up(ground, place)
    assert ground.token(place) == "wst_first"
    await ground.host.renew(place, Identity(url=IDENTITY.url, token="wst_second"))
    assert ground.token(place) == "wst_second"
    door = ground.host.find_door(place)
    assert door is not None
    assert ask(door, "GET", "/api/status").status == 200
    if ground.outside is not None:
        shown = ground.outside.http.get("/users/ada", params={"include_stopped_servers": True}).text
        for secret in ("wst_first", "wst_second", door.secret, ground.outside.token):
            assert secret not in shown + ground.outside.log.read_text()
    await ground.host.stop(place)
    await ground.host.delete(place, keep_files=False)


async def test_a_later_host_finds_what_an_earlier_one_started(ground: Ground) -> None:
    place = ground.place()
    door = await bring_up(ground, place)
    later = load_host(ground.settings)
    assert await later.look(place)
    assert later.find_door(place) == door
    await later.stop(place)
    assert not await ground.host.look(place)
    await later.delete(place, keep_files=False)


async def test_an_end_behind_its_back_is_seen_and_mended(ground: Ground) -> None:
    place = ground.place()
    await bring_up(ground, place)
    ground.end(place)
    deadline = time.monotonic() + 20
    while await ground.host.look(place):
        assert time.monotonic() < deadline
    assert "ended" in await ground.host.explain(place)
    door = await bring_up(ground, place)
    assert ask(door, "GET", "/api/status").status == 200
    await ground.host.stop(place)
    await ground.host.delete(place, keep_files=False)


async def test_what_is_still_on_its_way_out_is_started_once_it_has_gone(ground: Ground) -> None:
    place = ground.place()
    await bring_up(ground, place)
    with ThreadPoolExecutor(1) as aside:
        ending = aside.submit(ground.end, place)
        deadline = time.monotonic() + 20
        while await ground.host.look(place):
            assert time.monotonic() < deadline
        door = await bring_up(ground, place)
        ending.result(20)
    assert ask(door, "GET", "/api/status").status == 200
    await ground.host.stop(place)
    await ground.host.delete(place, keep_files=False)


@pytest.mark.long
def test_a_server_whose_instances_are_in_jupyterhub(tmp_path: Path) -> None:
    with hub.running(tmp_path / "hub") as outside, live.running(tmp_path / "home", env=outside.settings()) as server:
        computes = server.make_workspace("team").url + "/computes/college"

        def wait_for(state: str) -> dict:
            deadline = time.monotonic() + 60
            while (instance := server.http.get(computes).json()).get("state") != state:
                assert time.monotonic() < deadline, (instance, server.log_text()[-2000:])
                time.sleep(0.1)
            return instance

        server.http.put(computes, json={"size": "STANDARD_D1"}).raise_for_status()
        instance = wait_for("Running")
        assert "Spawning server..." in [step["name"] for step in instance["steps"]]
        (name,) = outside.http.get("/users/owner").json()["servers"]
        prefix = f"/base/user/owner/{name}"
        headers = {"Host": f"{instance['host']}:{urlsplit(server.url).port}"}

        page = server.http.get("/lab", headers={**headers, "Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (307, f"{prefix}/lab")
        page = server.http.get(f"{prefix}/lab", headers={**headers, "Accept": "text/html"})
        assert "JupyterLab" in page.text
        made = server.http.post("/api/kernels", headers=headers, json={})
        assert made.status_code == 201
        stranger = server.http.get("/base/user/owner/other/api/status", headers=headers)
        assert stranger.status_code == 404
        climbing = server.http.get(f"{prefix}/%2e%2e/%2e%2e/%2e%2e/hub/api/users", headers=headers)
        assert climbing.status_code == 400
        address = f"ws://{headers['Host']}{prefix}/api/kernels/{made.json()['id']}/channels"
        port = urlsplit(server.url).port
        with connect(
            address,
            sock=socket.create_connection(("127.0.0.1", port)),
            additional_headers={"Authorization": f"Bearer {server.token}"},
            origin=f"http://{headers['Host']}",  # type: ignore[arg-type]
            proxy=None,
        ) as kernel:
            header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "s", "version": "5.3"}
            content = {"code": "import os; print(os.environ['WORKSTEAD_WORKSPACE'])", "silent": False}
            message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
            kernel.send(msgspec.json.encode(message).decode())
            said = ""
            while "/workspaces/team" not in said:
                heard = msgspec.json.decode(kernel.recv(timeout=20))
                said += heard["content"].get("text", "") if heard["msg_type"] == "stream" else ""

        assert outside.http.request("DELETE", f"/users/owner/servers/{name}", json={"remove": True}).is_success
        deadline = time.monotonic() + 60
        while not outside.http.get("/users/owner").json()["servers"].get(name, {}).get("ready"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        wait_for("Running")
        server.http.post(f"{computes}/stop").raise_for_status()
        wait_for("Stopped")
        assert outside.http.get("/users/owner").json()["servers"] == {}
        assert outside.token not in server.log_text() + (server.home / "logs" / "server.log").read_text()
        server.http.delete(computes).raise_for_status()
