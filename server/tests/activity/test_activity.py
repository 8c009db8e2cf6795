"""The activity log: what was done is there, by whom and to what; what was refused is not."""

from __future__ import annotations

import uuid

import pytest

import live
from workstead_wire import API


@pytest.fixture
def group(live_server: live.Live) -> str:
    """A new resource group."""
    path = f"/subscriptions/{live_server.subscription_id}/resourceGroups/g{uuid.uuid4().hex[:8]}"
    live_server.call("PUT", path, {"location": "westeurope"})
    return path


def operations(server: live.Live, place: str) -> list[str]:
    """What was done at a place, newest first."""
    return [item["operation"] for item in server.call("GET", place + "/activity")["items"]]


def test_what_was_done_is_told_at_every_height(live_server: live.Live, group: str) -> None:
    workspace = group + "/workspaces/logged"
    live_server.call("PUT", workspace, {"location": "westeurope"})
    live_server.call("PATCH", workspace, {"tags": {"a": "b"}})
    assert operations(live_server, workspace) == ["Update workspace", "Create workspace"]
    assert operations(live_server, group) == ["Update workspace", "Create workspace", "Create or update resource group"]
    newest = live_server.call("GET", f"/subscriptions/{live_server.subscription_id}/activity")["items"][0]
    assert newest["user"] == "owner"
    assert newest["resource"].endswith("/providers/Microsoft.MachineLearningServices/workspaces/logged")
    assert live_server.call("GET", "/activity?limit=1")["items"] == [newest]


def test_a_deletion_outlives_what_it_deleted(live_server: live.Live, group: str) -> None:
    live_server.call("PUT", group + "/workspaces/short", {"location": "westeurope"})
    live_server.call("DELETE", group + "/workspaces/short")
    live_server.call("DELETE", group)
    assert operations(live_server, group)[:2] == ["Delete resource group", "Delete workspace"]


def test_what_was_refused_is_not_logged(live_server: live.Live, group: str) -> None:
    reply = live_server.http.put(API + group + "/workspaces/x", json={"location": "Atlantis"})
    assert reply.status_code == 400
    assert operations(live_server, group) == ["Create or update resource group"]


def test_a_name_that_begins_alike_is_another(live_server: live.Live, group: str) -> None:
    live_server.call("PUT", group + "_2", {"location": "westeurope"})
    assert operations(live_server, group) == ["Create or update resource group"]


def test_the_log_is_paged_to_its_beginning(live_server: live.Live, group: str) -> None:
    for number in range(5):
        live_server.call("PUT", group, {"location": "westeurope", "tags": {"n": str(number)}})
    seen, cursor = 0, ""
    while True:
        page = live_server.call("GET", f"{group}/activity?limit=2{cursor}")
        seen += len(page["items"])
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == 6


def test_readers_of_one_workspace_see_its_log_alone(live_server: live.Live, group: str) -> None:
    live_server.call("PUT", group + "/workspaces/mine", {"location": "westeurope"})
    scope = f"{group}/providers/Microsoft.MachineLearningServices/workspaces/mine"
    asked = {"name": "r", "role": "Reader", "scope": scope}
    headers = {"Authorization": f"Bearer {live_server.call('POST', '/access/tokens', asked)['secret']}"}
    get = live_server.http.get
    assert get(f"{API}{group}/workspaces/mine/activity", headers=headers).status_code == 200
    assert get(f"{API}{group}/activity", headers=headers).status_code == 403
    assert get(f"{API}/activity", headers=headers).status_code == 403
