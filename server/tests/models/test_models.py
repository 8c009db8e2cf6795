"""Models over HTTP, on a real server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import live
from workstead_wire.workspaces import WorkspacePath

CONTAINER = "dcid.run1"


def upload(server: live.Live, where: WorkspacePath, path: str, content: bytes = b"x") -> None:
    reply = server.http.put(f"{where.url}/artifacts/ExperimentRun/{CONTAINER}/{path}", content=content)
    assert reply.status_code == 201


def register(server: live.Live, where: WorkspacePath, name: str = "m", **more: Any) -> Any:
    body = {"name": name, "origin": "ExperimentRun", "container": CONTAINER, "path": "outputs/m.pkl"} | more
    return server.http.post(f"{where.url}/models", json=body)


@pytest.fixture
def place(live_server: live.Live, workspace: WorkspacePath) -> WorkspacePath:
    upload(live_server, workspace, "outputs/m.pkl", b"12345")
    return workspace


def test_versions_count_and_never_come_back(live_server: live.Live, place: WorkspacePath) -> None:
    assert [register(live_server, place).json()["version"] for _ in range(3)] == [1, 2, 3]
    url = f"{place.url}/models/m/versions"
    assert live_server.http.get(f"{url}/latest").json()["id"] == "m:3"
    assert live_server.http.delete(f"{url}/3").status_code == 204
    assert live_server.http.get(f"{url}/3").status_code == 404
    assert "2, 1" in live_server.http.get(f"{url}/3").json()["error"]["message"]
    assert register(live_server, place).json()["version"] == 4


def test_many_registrations_at_once_get_numbers_of_their_own(live_server: live.Live, place: WorkspacePath) -> None:
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda _: register(live_server, place).json()["version"], range(24)))
    assert sorted(versions) == list(range(1, 25))


def test_the_run_that_made_it(live_server: live.Live, place: WorkspacePath) -> None:
    run = {"id": "run1", "experiment": "lesson"}
    assert live_server.http.post(f"{place.url}/runs", json=run).status_code == 201
    model = register(live_server, place, run_id="run1").json()
    assert (model["run_id"], model["experiment"], model["size"]) == ("run1", "lesson", 5)
    found = live_server.http.get(f"{place.url}/models", params={"run_id": "run1"}).json()["items"]
    assert found == [model]
    assert register(live_server, place, run_id="nobody").json()["error"]["code"] == "run_not_found"


def test_missing_files_are_told(live_server: live.Live, place: WorkspacePath) -> None:
    error = register(live_server, place, path="outputs/modle.pkl").json()["error"]
    assert error["code"] == "artifact_not_found"
    assert "outputs/m.pkl" in error["message"]


def test_a_folder_is_a_model(live_server: live.Live, place: WorkspacePath) -> None:
    upload(live_server, place, "outputs/more/a", b"123")
    upload(live_server, place, "outputs2", b"no part of it")
    model = register(live_server, place, path="outputs/").json()
    assert (model["path"], model["size"]) == ("outputs", 8)
    url = f"{place.url}/models/m/versions/1/files"
    first = live_server.http.get(url, params={"limit": 1}).json()
    rest = live_server.http.get(url, params={"cursor": first["next_cursor"]}).json()
    assert [file["path"] for file in first["items"] + rest["items"]] == ["outputs/m.pkl", "outputs/more/a"]


def test_lists_filter_by_what_is_asked(live_server: live.Live, place: WorkspacePath) -> None:
    register(live_server, place, "a", tags={"stage": "test"}, properties={"p": "1"})
    register(live_server, place, "a", tags={"stage": "live", "owner": "me"})
    register(live_server, place, "b", tags={"stage": "live"})

    def ids(**params: Any) -> list[str]:
        rows = live_server.http.get(f"{place.url}/models", params=params).json()["items"]
        return [row["id"] for row in rows]

    assert ids() == ["b:1", "a:2", "a:1"]
    assert ids(name="a") == ["a:2", "a:1"]
    assert ids(latest="true") == ["b:1", "a:2"]
    assert ids(tag="stage") == ["b:1", "a:2", "a:1"]
    assert ids(tag=["stage=live", "owner"]) == ["a:2"]
    assert ids(property="p=1") == ["a:1"]
    assert live_server.http.patch(f"{place.url}/models/a/versions/2", json={"archived": True}).is_success
    assert ids(latest="true") == ["b:1", "a:1"]
    assert ids(archived="archived") == ["a:2"]
    assert ids(archived="all") == ["b:1", "a:2", "a:1"]
    names = live_server.http.get(f"{place.url}/modelnames").json()["items"]
    assert [(row["name"], row["versions"], row["latest"]["id"]) for row in names] == [
        ("a", 1, "a:1"),
        ("b", 1, "b:1"),
    ]


def test_paging_sees_each_version_once_while_more_come(live_server: live.Live, place: WorkspacePath) -> None:
    for _ in range(5):
        register(live_server, place)
    url, seen, cursor = f"{place.url}/models", list[int](), None
    while True:
        page = live_server.http.get(url, params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [row["version"] for row in page["items"]]
        register(live_server, place)
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == [5, 4, 3, 2, 1]


def test_update(live_server: live.Live, place: WorkspacePath) -> None:
    register(live_server, place, tags={"a": "1", "b": "2"}, properties={"p": "1"})
    url = f"{place.url}/models/m/versions/1"
    change = {"description": "new", "tags": {"b": "3"}, "properties": {"p": "1", "q": "2"}}
    model = live_server.http.patch(url, json=change).json()
    assert (model["description"], model["tags"], model["properties"]) == (
        "new",
        {"b": "3"},
        {"p": "1", "q": "2"},
    )
    refused = live_server.http.patch(url, json={"properties": {"p": "9"}, "description": "never"})
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "property_immutable"
    assert live_server.http.get(url).json() == model


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "a:1", "ü", "x" * 256])
def test_names_that_are_refused(live_server: live.Live, place: WorkspacePath, name: str) -> None:
    assert register(live_server, place, name).status_code == 400


@pytest.mark.parametrize("version", ["0x1", "-1", "first", "9999999999999"])
def test_versions_that_are_refused(live_server: live.Live, place: WorkspacePath, version: str) -> None:
    assert live_server.http.get(f"{place.url}/models/m/versions/{version}").status_code == 400


def test_another_workspace_sees_nothing(live_server: live.Live, place: WorkspacePath) -> None:
    register(live_server, place)
    other = live_server.make_workspace(place.workspace + "other")
    assert live_server.http.get(f"{other.url}/models").json()["items"] == []
    error = live_server.http.get(f"{other.url}/models/m/versions/1").json()["error"]
    assert error["code"] == "model_not_found"
