"""Two servers on one PostgreSQL and one folder: what one does, the other knows; one killed, the other serves on."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import live
import postgres
from receiver import receiving
from speaker import Speaker
from workstead_client import runs
from workstead_client.transport import Transport
from workstead_wire.runs import RunCreate, StatusChange
from workstead_wire.workspaces import WorkspacePath

TOLD_S = 1.0
"""Within what time one server must know what another did."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[live.Live, live.Live]]:
    postgres.need_postgres()
    folder = tmp_path_factory.mktemp("pair")
    with postgres.running_postgres(["team"]) as [url]:
        env = {"WORKSTEAD_DATABASE_URL": url, "WORKSTEAD_STORAGE_URL": str(folder / "storage")}
        with ThreadPoolExecutor(2) as pool:  # both at once, on an empty database
            one, two = pool.map(lambda name: live.start(folder / name, env=env), ["one", "two"])
        try:
            yield one, two
        finally:
            one.stop()
            two.stop()


@pytest.fixture
def where(pair: tuple[live.Live, live.Live]) -> WorkspacePath:
    return pair[0].make_workspace(f"w{uuid.uuid4().hex[:8]}")


def test_both_found_the_same_subscription(pair: tuple[live.Live, live.Live]) -> None:
    listed = [server.call("GET", "/subscriptions")["items"] for server in pair]
    assert listed[0] == listed[1]
    assert len(listed[0]) == 1


def test_a_feed_of_one_tells_what_the_other_took(pair: tuple[live.Live, live.Live], where: WorkspacePath) -> None:
    one, two = pair
    here, there = Transport(one.url, one.token), Transport(two.url, two.token)
    runs.create_run(here, where, RunCreate(id="r", experiment="e"))
    feed = runs.follow_run(there, where, "r")
    next(feed)
    time.sleep(0.5)  # past the feed's own pause
    for number in range(3):
        runs.log_batch(here, where, "r", "s", number, b'["loss",0.5,1]')
        began = time.monotonic()
        event = next(feed)
        assert time.monotonic() - began < TOLD_S
        assert [metric.count for metric in event.metrics] == [number + 1]
        time.sleep(0.5)
    runs.change_status(here, where, "r", StatusChange(status="Completed"))
    assert [event.ended for event in feed] == [True]


def test_a_token_revoked_at_one_is_dead_at_the_other(pair: tuple[live.Live, live.Live]) -> None:
    one, two = pair
    made = one.call("POST", "/access/tokens", {"name": "t"})
    me, headers = two.url + "/api/v1/access/me", {"Authorization": f"Bearer {made['secret']}"}
    assert httpx.get(me, headers=headers, trust_env=False).status_code == 200
    one.call("DELETE", f"/access/tokens/{made['token']['id']}")
    time.sleep(TOLD_S / 2)
    assert httpx.get(me, headers=headers, trust_env=False).status_code == 401


def test_a_link_signs_in_once_whichever_server_is_asked(pair: tuple[live.Live, live.Live]) -> None:
    links = [pair[0].call("POST", "/access/links", {"next": "/"})["url"].partition("?")[2] for _ in range(10)]

    def enter(server: live.Live) -> list[int]:
        return [httpx.get(f"{server.url}/signin?{link}", trust_env=False).status_code for link in links]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(enter, pair))
    assert [sorted(both) for both in zip(*answers, strict=True)] == [[303, 401]] * len(links)


def test_wrong_codes_are_counted_at_both_together(pair: tuple[live.Live, live.Live]) -> None:
    made = pair[0].call("POST", "/access/tokens", {"name": "guesser"})
    headers = {"Authorization": f"Bearer {made['secret']}"}

    def guess(number: int) -> str:
        address = f"{pair[number % 2].url}/devicelogin"
        return httpx.post(address, headers=headers, data={"code": f"WRONG{number}"}, trust_env=False).text

    assert all("is not waiting" in guess(number) for number in range(20))
    assert all("wrong codes were typed" in guess(number) for number in range(2))


def test_one_name_written_by_both_is_one_file(pair: tuple[live.Live, live.Live], where: WorkspacePath) -> None:
    url = f"{where.url}/artifacts/LocalUpload/box/same"

    def write(server: live.Live, letter: bytes) -> None:
        for size in range(1, 40):
            server.http.put(url, params={"overwrite": True}, content=letter * size * 1000).raise_for_status()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, pair, [b"a", b"b"]))
    listed = pair[0].http.get(f"{where.url}/artifacts/LocalUpload/box").json()["items"]
    for server in pair:
        assert len(server.http.get(url).content) == listed[0]["size"]


def test_runs_of_one_experiment_are_numbered_once(pair: tuple[live.Live, live.Live], where: WorkspacePath) -> None:
    def make(number: int) -> int:
        server = pair[number % 2]
        made = runs.create_run(Transport(server.url, server.token), where, RunCreate(id=f"r{number}", experiment="e"))
        return made.number

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(make, range(40))) == list(range(1, 41))


def test_a_webhook_hears_once_whichever_server_was_asked(
    pair: tuple[live.Live, live.Live], where: WorkspacePath
) -> None:
    one, two = (Speaker(f"{server.url}/mlflow/v1.0{where.id}", server.token) for server in pair)
    with receiving() as receiver:
        asked = {"name": "h", "url": receiver.url, "events": [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]}
        one.ask("POST", "webhooks", asked)
        names = [f"m{number}" for number in range(20)]
        for number, name in enumerate(names):
            (one, two)[number % 2].ask("POST", "registered-models/create", {"name": name})
        receiver.wait(len(names))
        time.sleep(2 * TOLD_S)
        assert sorted(got.said["data"]["name"] for got in receiver.got) == sorted(names)


def test_one_killed_the_other_serves_on(tmp_path: Path) -> None:
    postgres.need_postgres()
    with postgres.running_postgres(["team"]) as [url]:
        env = {"WORKSTEAD_DATABASE_URL": url, "WORKSTEAD_STORAGE_URL": str(tmp_path / "storage")}
        one, two = (live.start(tmp_path / name, env=env) for name in ("one", "two"))
        where = one.make_workspace("team")
        runs.create_run(Transport(one.url, one.token), where, RunCreate(id="r", experiment="e"))
        taken: list[int] = []

        def log() -> None:
            http = httpx.Client(headers={"Authorization": f"Bearer {one.token}"}, trust_env=False)
            server, number = one, 0
            while number < 600:
                try:
                    path = f"{server.url}{where.url}/runs/r/metrics"
                    reply = http.post(path, params={"source": "s", "first": number}, content=b'["loss",%d,1]' % number)
                    reply.raise_for_status()
                except httpx.TransportError:
                    server = two  # whether the dead one took it is not known: sent again, it changes nothing
                    continue
                taken.append(number)
                number += 1

        logging = threading.Thread(target=log)
        logging.start()
        while len(taken) < 200:
            time.sleep(0.01)
        one.http.put(f"{where.url}/artifacts/LocalUpload/box/a", content=b"a").raise_for_status()
        one.kill()
        logging.join(60)
        assert taken == list(range(600))
        series = two.http.get(f"{where.url}/runs/r/metrics/series", params={"name": "loss"}).json()
        assert series["values"]["loss"] == taken
        url_a = f"{where.url}/artifacts/LocalUpload/box/a"
        assert two.http.get(url_a).content == b"a"
        assert two.http.put(url_a, params={"overwrite": True}, content=b"b").is_success  # no turn is left behind
        two.stop()
