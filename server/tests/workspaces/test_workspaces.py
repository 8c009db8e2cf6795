"""Subscriptions, resource groups and workspaces over the wire."""

from __future__ import annotations

import re
import uuid

import pytest


@pytest.fixture
def group(live_server):
    name = f"g{uuid.uuid4().hex[:8]}"
    path = f"/subscriptions/{live_server.subscription_id}/resourceGroups/{name}"
    live_server.call("PUT", path, {"location": "West Europe", "tags": {"kind": "test"}})
    return path


def refusal(live_server, method, path, body=None):
    reply = live_server.http.request(method, "/api/v1" + path, json=body)
    assert reply.status_code >= 400
    return reply.status_code, reply.json()["error"]["code"], reply.json()["error"]["message"]


def test_a_workspace_brings_its_three_companions(live_server, group):
    made = live_server.call("PUT", group + "/workspaces/aidevcollege", {"location": "West Europe"})
    assert made["location"] == "westeurope"
    assert made["id"].endswith("/providers/Microsoft.MachineLearningServices/workspaces/aidevcollege")
    rows = live_server.call("GET", group + "/resources")["items"]
    assert sorted(row["type"] for row in rows) == [
        "application_insights", "key_vault", "storage_account", "workspace"
    ]  # fmt: skip
    for row in rows:
        assert re.fullmatch(r"aidevcollege(\d{10})?", row["name"])
        assert row["name"] == made.get(row["type"], made["name"])
        assert row["workspace"] == "aidevcollege"


def test_names_are_found_in_any_case(live_server, group):
    live_server.call("PUT", group + "/workspaces/Mixed", {"location": "westeurope"})
    assert live_server.call("GET", group.upper().replace("SUBSCRIPTIONS", "subscriptions").replace(
        "RESOURCEGROUPS", "resourceGroups").replace(live_server.subscription_id.upper(), live_server.subscription_id)
        + "/workspaces/mIXED")["name"] == "Mixed"  # fmt: skip


def test_a_name_taken_is_refused_unless_that_is_fine(live_server, group):
    path = group + "/workspaces/once"
    first = live_server.call("PUT", path, {"location": "westeurope"})
    assert refusal(live_server, "PUT", path, {"location": "westeurope"})[:2] == (409, "already_exists")
    again = live_server.call("PUT", path, {"location": "westeurope", "exist_ok": True})
    assert again["workspace_id"] == first["workspace_id"]


def test_two_groups_may_hold_workspaces_of_one_name(live_server, group):
    other = group + "b"
    live_server.call("PUT", other, {"location": "westeurope"})
    ids = {
        live_server.call("PUT", g + "/workspaces/same", {"location": "eastus"})["workspace_id"] for g in (group, other)
    }
    assert len(ids) == 2


@pytest.mark.parametrize("name", ["a", "-ab", "x" * 34, "sp ace", "ümlaut", "a%2Fb"])
def test_a_bad_workspace_name_is_refused_with_the_rule(live_server, group, name):
    status, code, message = refusal(live_server, "PUT", f"{group}/workspaces/{name}", {"location": "westeurope"})
    assert status in (400, 404)
    if status == 400:
        assert code == "invalid_input"
        assert "2 to 33 letters" in message


def test_an_unknown_location_is_refused(live_server, group):
    status, _, message = refusal(live_server, "PUT", group + "/workspaces/w1", {"location": "Atlantis"})
    assert status == 400
    assert "'Atlantis' is no location" in message


def test_unknown_names_are_told_apart(live_server, group):
    assert refusal(live_server, "GET", group + "/workspaces/none")[1] == "workspace_not_found"
    assert refusal(live_server, "GET", group + "x/workspaces/none")[1] == "resource_group_not_found"
    assert refusal(live_server, "GET", "/subscriptions/nix/resourceGroups")[1] == "subscription_not_found"


def test_an_empty_group_is_deleted(live_server, group):
    live_server.call("DELETE", group)
    assert refusal(live_server, "GET", group)[1] == "resource_group_not_found"


def test_a_group_keeps_its_place_and_takes_new_tags(live_server, group):
    assert live_server.call("PUT", group, {"location": "westeurope", "tags": {"a": "b"}})["tags"] == {"a": "b"}
    assert refusal(live_server, "PUT", group, {"location": "eastus"})[:2] == (409, "already_exists")


def test_lists_are_paged_to_the_last_row(live_server, group):
    names = [f"w{number:02}" for number in range(7)]
    for name in names:
        live_server.call("PUT", f"{group}/workspaces/{name}", {"location": "westeurope"})
    seen, cursor = [], ""
    while True:
        page = live_server.call("GET", f"{group}/workspaces?limit=3{cursor}")
        seen += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == names
    assert refusal(live_server, "GET", group + "/workspaces?limit=0")[0] == 400


def test_a_change_changes_what_is_given_only(live_server, group):
    path = group + "/workspaces/change"
    live_server.call("PUT", path, {"location": "westeurope", "description": "one", "tags": {"a": "1"}})
    after = live_server.call("PATCH", path, {"tags": {"b": "2"}})
    assert (after["description"], after["tags"]) == ("one", {"b": "2"})
