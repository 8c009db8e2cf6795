"""azure-keyvault-secrets, as it is, against a workspace's key vault."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.keyvault.secrets import SecretClient

import live
from workstead_wire.workspaces import WorkspacePath


class Credential:
    """Hands out one token, whatever it is asked for."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:
        return AccessToken(self._token, 4102444800)


@pytest.fixture
def vault(live_server: live.Live, workspace: WorkspacePath) -> dict[str, Any]:
    """Where clients find the workspace's vault."""
    return live_server.http.get(f"{workspace.url}/keyvault").json()


@pytest.fixture
def client(live_server: live.Live, vault: dict[str, Any]) -> Iterator[SecretClient]:
    """The owner's client, on the server's own name."""
    with open_client(live_server, vault["url"], live_server.token) as opened:
        yield opened


def open_client(server: live.Live, url: str, token: str) -> SecretClient:
    authority = str(server.home / "tls/ca.pem")
    # The client wants a vault to have a name of its own; the server's own name has none below it.
    return SecretClient(url, Credential(token), connection_verify=authority, verify_challenge_resource=False)


def test_set_get_and_versions(client: SecretClient) -> None:
    expires = datetime(2031, 5, 1, tzinfo=UTC)
    first = client.set_secret("db-password", "grün ☃", content_type="text", tags={"team": "red"}, expires_on=expires)
    assert (first.name, first.value) == ("db-password", "grün ☃")
    second = client.set_secret("db-password", "two")
    assert client.get_secret("db-password").value == "two"
    older = client.get_secret("db-password", first.properties.version)
    assert (older.value, older.properties.tags, older.properties.expires_on) == ("grün ☃", {"team": "red"}, expires)
    versions = {found.version for found in client.list_properties_of_secret_versions("db-password")}
    assert versions == {first.properties.version, second.properties.version}


def test_update_properties(client: SecretClient) -> None:
    client.set_secret("s", "x")
    changed = client.update_secret_properties("s", enabled=False, content_type="key")
    assert (changed.enabled, changed.content_type) == (False, "key")
    with pytest.raises(HttpResponseError) as refused:
        client.get_secret("s")
    assert (refused.value.status_code, refused.value.error.code) == (403, "Forbidden")


def test_delete_recover_purge(client: SecretClient) -> None:
    client.set_secret("s", "x")
    gone = client.begin_delete_secret("s").result()
    assert (gone.scheduled_purge_date - gone.deleted_date).days == 90
    with pytest.raises(ResourceNotFoundError):
        client.get_secret("s")
    with pytest.raises(HttpResponseError) as taken:
        client.set_secret("s", "y")
    assert taken.value.error.innererror["code"] == "ObjectIsDeletedButRecoverable"
    assert [found.name for found in client.list_deleted_secrets()] == ["s"]
    client.begin_recover_deleted_secret("s").result()
    assert client.get_secret("s").value == "x"
    client.begin_delete_secret("s").wait()
    client.purge_deleted_secret("s")
    assert list(client.list_deleted_secrets()) == []


def test_lists_are_paged(client: SecretClient) -> None:
    names = [f"s{number:02}" for number in range(30)]
    for name in names:
        client.set_secret(name, "x")
    assert [found.name for found in client.list_properties_of_secrets()] == names
    pages = client.list_properties_of_secrets(max_page_size=7).by_page()
    assert [len(list(page)) for page in pages] == [7, 7, 7, 7, 2]


def test_backup_and_restore(client: SecretClient) -> None:
    client.set_secret("s", "one")
    client.set_secret("s", "two")
    kept = client.backup_secret("s")
    assert b"one" not in kept
    client.begin_delete_secret("s").wait()
    client.purge_deleted_secret("s")
    client.restore_secret_backup(kept)
    assert client.get_secret("s").value == "two"
    assert len(list(client.list_properties_of_secret_versions("s"))) == 2
    with pytest.raises(HttpResponseError, match="no backup of a secret"):
        client.restore_secret_backup(kept[:-9])


@pytest.mark.parametrize("name", ["restore", "backup", "versions", "rotate", "recover"])
def test_a_secret_may_be_called_like_a_verb(client: SecretClient, name: str) -> None:
    client.set_secret(name, "x")
    assert client.get_secret(name).value == "x"


def test_who_may_not_is_refused(live_server: live.Live, vault: dict[str, Any], workspace: WorkspacePath) -> None:
    with open_client(live_server, vault["url"], "wst_wrong") as stranger, pytest.raises(ClientAuthenticationError):
        stranger.get_secret("s")
    asked = {"name": "elsewhere", "role": "Contributor", "scope": workspace.id + "x"}
    token = live_server.http.post("/api/v1/access/tokens", json=asked).json()["secret"]
    with open_client(live_server, vault["url"], token) as neighbour, pytest.raises(HttpResponseError) as refused:
        neighbour.set_secret("s", "x")
    assert refused.value.status_code == 403


def test_a_vault_that_is_not_there(live_server: live.Live, vault: dict[str, Any]) -> None:
    url = vault["url"].replace(vault["name"], "nobody")
    with open_client(live_server, url, live_server.token) as lost, pytest.raises(ResourceNotFoundError, match="nobody"):
        lost.get_secret("s")


OWN_NAME = """
import json, socket, sys
from azure.core.credentials import AccessToken
from azure.keyvault.secrets import SecretClient

told = json.load(sys.stdin)
resolve = socket.getaddrinfo
# Stands for a resolver that knows names below localhost, as systemd's does.
socket.getaddrinfo = lambda host, *more, **named: resolve("localhost", *more, **named)

class Credential:
    def get_token(self, *scopes, **more):
        return AccessToken(told["token"], 4102444800)

client = SecretClient(told["url"], Credential(), connection_verify=told["authority"])
for number in range(30):
    client.set_secret(f"s{number}", "value")
print(client.get_secret("s7").value, len(list(client.list_properties_of_secrets())))
"""


def test_on_its_own_name_the_client_needs_no_option(live_server: live.Live, vault: dict[str, Any]) -> None:
    told = {"url": vault["own_url"], "token": live_server.token, "authority": str(live_server.home / "tls/ca.pem")}
    done = subprocess.run(
        [sys.executable, "-c", OWN_NAME],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("value 30\n", "")


PLANTED = "planted-7f3a9c-secret-value"


def test_a_planted_secret_is_nowhere_on_the_disk(tmp_path: Path) -> None:
    with live.running(tmp_path / "home") as server:
        where = server.make_workspace("vaulted")
        url = server.http.get(f"{where.url}/keyvault").json()["url"]
        with open_client(server, url, server.token) as client:
            client.set_secret("s", PLANTED, content_type="text")
            client.get_secret("s")
            backup = client.backup_secret("s")
            server.http.put(f"{where.url}/secrets/not_a_name", json={"value": PLANTED})
            server.http.put(f"{where.url}/secrets/s", content=f'{{"value": "{PLANTED}", "enabled": "perhaps"}}')
        assert PLANTED.encode() not in backup
    searched = [file for file in (tmp_path / "home").rglob("*") if file.is_file()]
    assert any(file.name.startswith("workstead.db") for file in searched)
    assert [file.name for file in searched if PLANTED.encode() in file.read_bytes()] == []


def test_another_server_without_the_master_key_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with live.running(home) as server:
        where = server.make_workspace("vaulted")
        server.http.put(f"{where.url}/secrets/s", json={"value": "x"})
    (home / "master.key").unlink()
    with live.running(home) as server:
        reply = server.http.post(f"{where.url}/secrets/s/read")
        assert (reply.status_code, "is not here; put it back" in reply.json()["error"]["message"]) == (503, True)


def test_https_gives_way_to_another_program(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = live.start(tmp_path / "home", port=port - 1)
        try:
            where = server.make_workspace("plain")
            assert server.http.get(f"{where.url}/keyvault").json()["url"] is None
            assert "no HTTPS: cannot listen" in (tmp_path / "home/logs/server.log").read_text()
        finally:
            server.stop()
