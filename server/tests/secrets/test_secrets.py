"""Secrets over HTTP, on a real server."""

from __future__ import annotations

from typing import Any

import live
from workstead_wire.workspaces import WorkspacePath


def put(server: live.Live, where: WorkspacePath, name: str, value: str, **more: Any) -> Any:
    return server.http.put(f"{where.url}/secrets/{name}", json={"value": value, **more})


def read(server: live.Live, where: WorkspacePath, name: str, version: str | None = None) -> Any:
    return server.http.post(f"{where.url}/secrets/{name}/read", params={"version": version} if version else {})


def test_set_and_read(live_server: live.Live, workspace: WorkspacePath) -> None:
    first = put(live_server, workspace, "Db-Password", "one", content_type="text", tags={"team": "red"})
    assert first.status_code == 200
    assert "one" not in first.text
    put(live_server, workspace, "db-password", "two")
    newest = read(live_server, workspace, "DB-PASSWORD")
    assert (newest.json()["value"], newest.headers["cache-control"]) == ("two", "no-store")
    assert read(live_server, workspace, "db-password", first.json()["version"]).json()["value"] == "one"
    listed = live_server.http.get(f"{workspace.url}/secrets").json()["items"]
    assert [(item["name"], "value" in item) for item in listed] == [("Db-Password", False)]
    versions = live_server.http.get(f"{workspace.url}/secrets/db-password/versions", params={"limit": 1}).json()
    assert [item["version"] for item in versions["items"]] == [newest.json()["version"]]
    assert versions["next_cursor"]


def test_a_disabled_secret_is_not_read(live_server: live.Live, workspace: WorkspacePath) -> None:
    put(live_server, workspace, "s", "x", enabled=False)
    refused = read(live_server, workspace, "s")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    change = {"enabled": True, "expires": "2030-01-01T00:00:00Z"}
    changed = live_server.http.patch(f"{workspace.url}/secrets/s", json=change)
    assert changed.json()["expires"] == "2030-01-01T00:00:00Z"
    assert read(live_server, workspace, "s").json()["value"] == "x"
    cleared = live_server.http.patch(f"{workspace.url}/secrets/s", json={"expires": None})
    assert (cleared.json()["expires"], cleared.json()["enabled"]) == (None, True)


def test_deleted_secrets_come_back_until_they_are_purged(live_server: live.Live, workspace: WorkspacePath) -> None:
    put(live_server, workspace, "s", "x")
    gone = live_server.http.delete(f"{workspace.url}/secrets/s").json()
    assert gone["purge_at"] > gone["deleted_at"]
    assert read(live_server, workspace, "s").status_code == 404
    taken = put(live_server, workspace, "S", "y")
    assert (taken.status_code, "recover it, or purge it" in taken.json()["error"]["message"]) == (409, True)
    live_server.http.post(f"{workspace.url}/deletedsecrets/s/recover")
    assert read(live_server, workspace, "s").json()["value"] == "x"
    live_server.http.delete(f"{workspace.url}/secrets/s")
    assert live_server.http.delete(f"{workspace.url}/deletedsecrets/s").status_code == 204
    assert live_server.http.get(f"{workspace.url}/deletedsecrets").json()["items"] == []
    put(live_server, workspace, "s", "z")
    assert read(live_server, workspace, "s").json()["value"] == "z"


def test_every_reading_is_written_down(live_server: live.Live, workspace: WorkspacePath) -> None:
    version = put(live_server, workspace, "s", "x").json()["version"]
    read(live_server, workspace, "s")
    events = live_server.http.get(f"{workspace.url}/secretevents", params={"name": "s"}).json()["items"]
    assert [(event["action"], event["user"], event["version"]) for event in events] == [
        ("read", "owner", version), ("set", "owner", version),
    ]  # fmt: skip


def test_bad_secrets_are_refused_with_a_sentence(live_server: live.Live, workspace: WorkspacePath) -> None:
    assert "1 to 127 letters" in put(live_server, workspace, "a_b", "x").json()["error"]["message"]
    long = put(live_server, workspace, "s", "x" * 25_001)
    assert (long.status_code, "25001 characters" in long.json()["error"]["message"]) == (400, True)
    assert "xxx" not in long.text
    many = put(live_server, workspace, "s", "x", tags={f"t{number}": "" for number in range(16)})
    assert "16 tags" in many.json()["error"]["message"]
    assert live_server.http.get(f"{workspace.url}/secrets").json()["items"] == []


def test_readers_see_names_alone(live_server: live.Live, workspace: WorkspacePath) -> None:
    put(live_server, workspace, "s", "x")
    asked = {"name": "reader", "role": "Reader", "scope": workspace.id}
    secret = live_server.http.post("/api/v1/access/tokens", json=asked).json()["secret"]
    headers = {"authorization": f"Bearer {secret}"}
    assert live_server.http.get(f"{workspace.url}/secrets", headers=headers).status_code == 200
    assert live_server.http.post(f"{workspace.url}/secrets/s/read", headers=headers).status_code == 403


def test_rotation_keeps_every_value(live_server: live.Live, workspace: WorkspacePath) -> None:
    first = put(live_server, workspace, "s", "one").json()["version"]
    put(live_server, workspace, "s", "two")
    put(live_server, workspace, "gone", "three")
    live_server.http.delete(f"{workspace.url}/secrets/gone")
    before = live_server.http.get("/api/v1/masterkey").json()
    after = live_server.http.post("/api/v1/masterkey/rotate").json()
    assert (after["source"], after["id"] != before["id"]) == ("file", True)
    assert live_server.http.post(f"{workspace.url}/keyvault/rotate").status_code == 204
    live_server.http.post("/api/v1/masterkey/rotate")
    live_server.http.post("/api/v1/masterkey/rotate")
    live_server.http.post(f"{workspace.url}/deletedsecrets/gone/recover")
    read_back = [read(live_server, workspace, *which).json()["value"] for which in (("s", first), ("s",), ("gone",))]
    assert read_back == ["one", "two", "three"]
