"""azure-storage-blob, as it is, against a workspace's storage account."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import (
    AccountSasPermissions,
    BlobBlock,
    BlobClient,
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    ContainerSasPermissions,
    ContentSettings,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)

import live
from workstead_wire.workspaces import WorkspacePath

SOON = datetime.now(UTC) + timedelta(hours=1)


class Account:
    """A storage account: its address, name and first key."""

    def __init__(self, server: live.Live, where: WorkspacePath) -> None:
        self.server, self.where = server, where
        told = server.http.get(f"{where.url}/storageaccount").json()
        self.name, self.url = told["name"], told["url"]
        self.key = server.http.post(f"{where.url}/storageaccount/keys/key1/read").json()["value"]

    def service(self, credential: Any = None, **more: Any) -> BlobServiceClient:
        return BlobServiceClient(self.url, credential or self.key, retry_total=0, **more)


@pytest.fixture
def account(live_server: live.Live, workspace: WorkspacePath) -> Account:
    return Account(live_server, workspace)


@pytest.fixture
def service(account: Account) -> Iterator[BlobServiceClient]:
    with account.service() as opened:
        yield opened


@pytest.fixture
def box(service: BlobServiceClient) -> ContainerClient:
    """A container that no other test uses."""
    return service.create_container(f"box-{uuid.uuid4().hex}")


def test_containers(service: BlobServiceClient) -> None:
    made = service.create_container("first", metadata={"team": "red"})
    assert made.get_container_properties().metadata == {"team": "red"}
    with pytest.raises(ResourceExistsError):
        service.create_container("first")
    made.set_container_metadata({"team": "blue"})
    service.create_container("second")
    found = {box.name: box.metadata for box in service.list_containers(include_metadata=True)}
    assert found["first"] == {"team": "blue"}
    assert {"azureml", "second"} < found.keys()
    pages = service.list_containers(results_per_page=2).by_page()
    assert [len(list(page)) for page in pages] == [2, 2]
    made.upload_blob("x", b"1")
    service.delete_container("first")
    assert not made.exists()
    with pytest.raises(ResourceNotFoundError):
        made.get_blob_client("x").download_blob()
    with pytest.raises(HttpResponseError):
        service.create_container("Not_A_Name")


@pytest.mark.parametrize("name", ["a.txt", "a/b/c", "a", "grün ☃/100% + more?.csv", "a//b", "dir/", "x&y=z"])
def test_put_and_get(box: ContainerClient, name: str) -> None:
    data = os.urandom(1000)
    box.upload_blob("other", b"other")
    blob = box.get_blob_client(name)
    kind = ContentSettings(content_type="text/x-mine", cache_control="no-cache", content_language="de")
    blob.upload_blob(data, metadata={"k": "v"}, tags={"stage": "raw"}, content_settings=kind)
    assert blob.download_blob().readall() == data
    told = blob.get_blob_properties()
    assert (told.size, told.metadata, told.blob_type) == (1000, {"k": "v"}, "BlockBlob")
    assert told.content_settings.content_type == "text/x-mine"
    assert told.content_settings.content_md5 is not None
    assert blob.get_blob_tags() == {"stage": "raw"}
    assert name in [item.name for item in box.list_blobs()]
    blob.delete_blob()
    assert [item.name for item in box.list_blobs()] == ["other"]


def test_large_blobs_come_in_blocks(account: Account, box: ContainerClient) -> None:
    data = os.urandom(9 << 20)
    client = account.service(max_single_put_size=1 << 20, max_block_size=1 << 20, max_single_get_size=1 << 20)
    blob = client.get_blob_client(box.container_name, "large")
    blob.upload_blob(data, max_concurrency=4)
    assert blob.download_blob(max_concurrency=4).readall() == data
    assert blob.download_blob(offset=(1 << 20) - 5, length=10).readall() == data[(1 << 20) - 5 : (1 << 20) + 5]
    committed, waiting = blob.get_block_list("all")
    assert (len(committed), waiting) == (9, [])


def test_blocks(box: ContainerClient) -> None:
    blob = box.get_blob_client("blocks")
    for name in ("one", "two", "three"):
        blob.stage_block(name, name.encode())
    assert not blob.exists()
    blob.commit_block_list([BlobBlock("two"), BlobBlock("one"), BlobBlock("two")], metadata={"k": "v"})
    assert blob.download_blob().readall() == b"twoonetwo"
    blob.stage_block("four", b"four")
    blob.commit_block_list([BlobBlock("four"), BlobBlock("one")])
    assert blob.download_blob().readall() == b"fourone"
    with pytest.raises(HttpResponseError, match="InvalidBlockList"):
        blob.commit_block_list([BlobBlock("three")])
    assert blob.download_blob().readall() == b"fourone"


def test_append_blobs(box: ContainerClient) -> None:
    blob = box.get_blob_client("log")
    blob.create_append_blob()
    assert blob.get_blob_properties().append_blob_committed_block_count == 0
    blob.append_block(b"one\n")
    told = blob.append_block(b"two\n", appendpos_condition=4)
    assert (told["blob_append_offset"], told["blob_committed_block_count"]) == ("4", 2)
    assert blob.get_blob_properties().append_blob_committed_block_count == 2
    with pytest.raises(HttpResponseError, match="AppendPositionConditionNotMet"):
        blob.append_block(b"never", appendpos_condition=4)
    assert blob.download_blob().readall() == b"one\ntwo\n"
    box.upload_blob("block", b"x")
    with pytest.raises(HttpResponseError):
        box.get_blob_client("block").append_block(b"y")


def test_lists(box: ContainerClient) -> None:
    names = ["a/1", "a/2", "a/b/3", "a-b", "b", "c/d/e", "ä/x", "~"]
    for name in names:
        box.upload_blob(name, name.encode(), metadata={"n": "1"})
    assert [item.name for item in box.list_blobs()] == sorted(names)
    assert [item.name for item in box.list_blobs("a/")] == ["a/1", "a/2", "a/b/3"]
    assert sorted(item.name for item in box.walk_blobs(delimiter="/")) == ["a-b", "a/", "b", "c/", "~", "ä/"]
    assert sorted(item.name for item in box.walk_blobs("a/", delimiter="/")) == ["a/1", "a/2", "a/b/"]
    pages = [sorted(item.name for item in page) for page in box.walk_blobs(delimiter="/", results_per_page=2).by_page()]
    assert pages == [["a-b", "a/"], ["b", "c/"], ["~", "ä/"]]
    assert {str(item.metadata) for item in box.list_blobs(include=["metadata"])} == {"{'n': '1'}"}


def test_conditions(box: ContainerClient) -> None:
    blob = box.get_blob_client("x")
    first = blob.upload_blob(b"one")
    with pytest.raises(ResourceExistsError):
        blob.upload_blob(b"two")
    blob.upload_blob(b"two", overwrite=True, etag=first["etag"], match_condition=_if_same())
    with pytest.raises(ResourceModifiedError):
        blob.upload_blob(b"three", overwrite=True, etag=first["etag"], match_condition=_if_same())
    with pytest.raises(ResourceModifiedError):
        blob.download_blob(etag=first["etag"], match_condition=_if_same())
    with pytest.raises(ResourceModifiedError):
        blob.delete_blob(if_unmodified_since=datetime(2020, 1, 1, tzinfo=UTC))
    now = blob.get_blob_properties()
    with pytest.raises(HttpResponseError) as same:
        blob.download_blob(if_modified_since=now.last_modified)
    assert same.value.status_code == 304
    tagged = "\"stage\"='raw'"
    for refused in (
        lambda: blob.delete_blob(if_tags_match_condition=tagged),
        lambda: blob.set_blob_tags({"a": "b"}, if_tags_match_condition=tagged),
        lambda: blob.upload_blob(b"x", overwrite=True, headers={"x-ms-content-crc64": "AAAAAAAAAAA="}),
    ):
        with pytest.raises(HttpResponseError, match="FeatureNotSupportedForAccount"):
            refused()
    assert blob.download_blob().readall() == b"two"


def _if_same() -> Any:
    from azure.core import MatchConditions  # noqa: PLC0415

    return MatchConditions.IfNotModified


def test_what_cannot_be_meant_is_refused(service: BlobServiceClient, box: ContainerClient) -> None:
    ahead, before = datetime.now(UTC) + timedelta(days=1), datetime(2020, 1, 1, tzinfo=UTC)
    for attempt, code in (
        (lambda: box.upload_blob("x", b"x", metadata={"a-b": "1"}), "InvalidMetadata"),
        (lambda: box.upload_blob("x", b"x", headers={"Content-MD5": "YWJj"}), "InvalidMd5"),
        (lambda: service.create_container("open", public_access="blob"), "PublicAccessNotPermitted"),
        (lambda: box.set_container_metadata({"a": "1"}, if_modified_since=ahead), "ConditionNotMet"),
        (lambda: box.delete_container(if_unmodified_since=before), "ConditionNotMet"),
    ):
        with pytest.raises(HttpResponseError) as refused:
            attempt()
        assert refused.value.error_code == code
    assert list(box.list_blobs()) == []


def test_copies(account: Account, box: ContainerClient) -> None:
    source = box.get_blob_client("source")
    source.upload_blob(b"bytes", metadata={"k": "v"})
    copy = box.get_blob_client("far/copy")
    assert copy.start_copy_from_url(source.url)["copy_status"] == "success"
    source.delete_blob()
    assert copy.download_blob().readall() == b"bytes"
    assert copy.get_blob_properties().metadata == {"k": "v"}
    again = box.get_blob_client("again")
    token = generate_blob_sas(
        account.name, box.container_name, "far/copy", account_key=account.key,
        permission=BlobSasPermissions(read=True), expiry=SOON,
    )  # fmt: skip
    again.upload_blob_from_url(f"{copy.url}?{token}")
    assert again.download_blob().readall() == b"bytes"
    with pytest.raises(HttpResponseError):
        again.start_copy_from_url("https://elsewhere.example/a/b")


def test_many_are_deleted_at_once(box: ContainerClient) -> None:
    for name in ("a", "b b", "c"):
        box.upload_blob(name, b"x")
    replies = list(box.delete_blobs("a", "b b", "lost", raise_on_any_failure=False))
    assert [reply.status_code for reply in replies] == [202, 202, 404]
    assert [item.name for item in box.list_blobs()] == ["c"]


def test_changes_of_what_is_kept_beside(box: ContainerClient) -> None:
    blob = box.get_blob_client("x")
    blob.upload_blob(b"x")
    before = blob.get_blob_properties().etag
    blob.set_blob_metadata({"k": "v"})
    blob.set_http_headers(ContentSettings(content_type="a/b"))
    told = blob.get_blob_properties()
    assert (told.metadata, told.content_settings.content_type) == ({"k": "v"}, "a/b")
    assert told.etag != before
    blob.set_blob_tags({"t": "1"})
    assert blob.get_blob_tags() == {"t": "1"}


def test_files_of_runs_can_be_read_and_nothing_more(
    live_server: live.Live, workspace: WorkspacePath, service: BlobServiceClient
) -> None:
    put = live_server.http.put(f"{workspace.url}/artifacts/ExperimentRun/dcid.r1/outputs/model.pkl", content=b"model")
    assert put.status_code == 201
    artifacts = service.get_container_client("azureml")
    assert [item.name for item in artifacts.list_blobs()] == ["ExperimentRun/dcid.r1/outputs/model.pkl"]
    assert [item.name for item in artifacts.walk_blobs("ExperimentRun/", delimiter="/")] == ["ExperimentRun/dcid.r1/"]
    blob = artifacts.get_blob_client("ExperimentRun/dcid.r1/outputs/model.pkl")
    assert blob.download_blob().readall() == b"model"
    for change in (lambda: blob.upload_blob(b"x", overwrite=True), blob.delete_blob, artifacts.delete_container):
        with pytest.raises(HttpResponseError) as refused:
            change()
        assert refused.value.status_code == 403
    copy = service.create_container("models").get_blob_client("m")
    copy.start_copy_from_url(blob.url)
    assert copy.download_blob().readall() == b"model"


def test_a_wrong_key_is_refused(account: Account, box: ContainerClient) -> None:
    with account.service("d3Jvbmc=") as stranger, pytest.raises(ClientAuthenticationError):
        list(stranger.list_containers())
    account.server.http.post(f"{account.where.url}/storageaccount/keys/key1/rotate")
    with pytest.raises(ClientAuthenticationError):
        box.exists()
    second = account.server.http.post(f"{account.where.url}/storageaccount/keys/key2/read").json()["value"]
    assert account.service(second).get_container_client(box.container_name).exists()


def test_nobody_is_let_in_without_a_proof(account: Account, box: ContainerClient) -> None:
    box.upload_blob("x", b"x")
    reply = httpx.get(f"{account.url}/{box.container_name}/x", trust_env=False)
    assert (reply.status_code, reply.headers["x-ms-error-code"]) == (401, "NoAuthenticationInformation")


class Credential:
    """Hands out one token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:
        return AccessToken(self._token, 4102444800)


def test_tokens(live_server: live.Live, workspace: WorkspacePath) -> None:
    url = live_server.http.get(f"{workspace.url}/storageaccount").json()["https_url"]
    authority = str(live_server.home / "tls/ca.pem")
    owner = BlobServiceClient(url, Credential(live_server.token), connection_verify=authority, retry_total=0)
    owner.create_container("mine").upload_blob("x", b"x")
    asked = {"name": "reader", "role": "Reader", "scope": workspace.id}
    token = live_server.http.post("/api/v1/access/tokens", json=asked).json()["secret"]
    reader = BlobServiceClient(url, Credential(token), connection_verify=authority, retry_total=0)
    assert reader.get_blob_client("mine", "x").download_blob().readall() == b"x"
    with pytest.raises(HttpResponseError) as refused:
        reader.get_blob_client("mine", "y").upload_blob(b"y")
    assert refused.value.status_code == 403


def test_signatures_for_an_account(account: Account, box: ContainerClient) -> None:
    token = generate_account_sas(
        account.name, account.key, ResourceTypes(container=True, object=True),
        AccountSasPermissions(read=True, list=True), SOON,
    )  # fmt: skip
    box.upload_blob("x", b"x")
    client = BlobServiceClient(account.url, token, retry_total=0)
    assert client.get_blob_client(box.container_name, "x").download_blob().readall() == b"x"
    assert [item.name for item in client.get_container_client(box.container_name).list_blobs()] == ["x"]
    for refused in (
        lambda: list(client.list_containers()),
        lambda: client.get_blob_client(box.container_name, "y").upload_blob(b"y"),
        lambda: client.get_blob_client(box.container_name, "x").delete_blob(),
    ):
        with pytest.raises(HttpResponseError) as error:
            refused()
        assert error.value.status_code == 403


def test_signatures_for_a_container(account: Account, service: BlobServiceClient, box: ContainerClient) -> None:
    token = generate_container_sas(
        account.name, box.container_name, account.key, permission=ContainerSasPermissions(list=True, create=True),
        expiry=SOON,
    )  # fmt: skip
    client = ContainerClient(account.url, box.container_name, token, retry_total=0)
    client.upload_blob("new", b"1")
    assert [item.name for item in client.list_blobs()] == ["new"]
    elsewhere = service.create_container(f"else-{uuid.uuid4().hex}")
    other = ContainerClient(account.url, elsewhere.container_name, token, retry_total=0)
    for refused in (
        lambda: client.upload_blob("new", b"2", overwrite=True),
        lambda: client.download_blob("new"),
        lambda: list(other.list_blobs()),
        client.delete_container,
    ):
        with pytest.raises(HttpResponseError) as error:
            refused()
        assert error.value.status_code == 403
    assert box.download_blob("new").readall() == b"1"


def test_signatures_made_by_the_server(account: Account, box: ContainerClient) -> None:
    box.upload_blob("a b.txt", b"x")
    asked = {"container": box.container_name, "blob": "a b.txt", "expires": SOON.isoformat(), "permissions": "r"}
    made = account.server.http.post(f"{account.where.url}/storageaccount/sas", json=asked).json()
    assert BlobClient.from_blob_url(made["url"]).download_blob().readall() == b"x"
    assert httpx.get(made["url"], trust_env=False).content == b"x"
    assert httpx.delete(made["url"], trust_env=False).status_code == 403
    assert httpx.get(made["url"].replace("a%20b", "other"), trust_env=False).status_code == 403
    log = account.server.http.get(f"{account.where.url}/activity").json()["items"]
    assert log[0]["operation"] == "Make shared access signature"
    assert made["token"].partition("sig=")[2] not in account.server.log_text()


def test_gc_keeps_blobs(account: Account, box: ContainerClient) -> None:
    box.upload_blob("kept", b"kept")
    box.get_blob_client("waits").stage_block("one", b"one")
    stray = next((account.server.home / "storage" / account.name / "blobs" / box.container_name).iterdir())
    (stray.parent / (stray.name[:-1] + "~")).write_bytes(b"left by a crash")
    account.server.http.post("/api/v1/leftovers/delete").raise_for_status()
    assert not (stray.parent / (stray.name[:-1] + "~")).exists()
    assert box.download_blob("kept").readall() == b"kept"
    box.get_blob_client("waits").commit_block_list([BlobBlock("one")])
    assert box.download_blob("waits").readall() == b"one"


def test_the_account_has_a_name_of_its_own(account: Account, box: ContainerClient) -> None:
    box.upload_blob("a b", b"x")
    token = generate_container_sas(
        account.name, box.container_name, account.key, permission=ContainerSasPermissions(read=True), expiry=SOON
    )
    server = httpx.URL(account.url)
    # The name is told by the header alone, since not every machine resolves names below localhost.
    named = {"host": f"{account.name}.blob.localhost:{server.port}"}
    address = server.copy_with(path="", query=None)
    found = httpx.get(f"{address}/{box.container_name}/a%20b?{token}", headers=named, trust_env=False)
    assert (found.status_code, found.content) == (200, b"x")
    other = named | {"host": f"another.blob.localhost:{server.port}"}
    assert not httpx.get(f"{address}/{box.container_name}/a%20b?{token}", headers=other, trust_env=False).is_success


def test_keys_and_signatures_are_nowhere_on_the_disk(tmp_path: Path) -> None:
    with live.running(tmp_path / "home") as server:
        account = Account(server, server.make_workspace("sealed"))
        with account.service() as service:
            service.create_container("box").upload_blob("x", b"x")
        asked = {"container": "box", "permissions": "r", "expires": SOON.isoformat()}
        made = server.http.post(f"{account.where.url}/storageaccount/sas", json=asked).json()
        assert httpx.get(made["url"].replace("?", "/x?", 1), trust_env=False).content == b"x"
        assert httpx.get(made["url"].replace("?", "/lost?", 1), trust_env=False).status_code == 404
        rotated = server.http.post(f"{account.where.url}/storageaccount/keys/key2/rotate").json()["value"]
    signature = made["token"].partition("sig=")[2]
    keys = [text for key in (account.key, rotated) for text in (key.encode(), base64.b64decode(key))]
    secrets = [*keys, signature.encode(), unquote(signature).encode()]
    searched = [file for file in (tmp_path / "home").rglob("*") if file.is_file()]
    assert any(file.name.startswith("workstead.db") for file in searched)
    assert [file.name for file in searched if any(secret in file.read_bytes() for secret in secrets)] == []


def test_signatures_of_who_signed_in(live_server: live.Live, workspace: WorkspacePath) -> None:
    told = live_server.http.get(f"{workspace.url}/storageaccount").json()
    authority = str(live_server.home / "tls/ca.pem")

    def sign_in(role: str) -> tuple[str, BlobServiceClient]:
        asked = {"name": role, "role": role, "scope": workspace.id}
        made = live_server.http.post("/api/v1/access/tokens", json=asked).json()
        credential = Credential(made["secret"])
        opened = BlobServiceClient(told["https_url"], credential, connection_verify=authority, retry_total=0)
        return made["token"]["id"], opened

    def sign(client: BlobServiceClient, **more: Any) -> str:
        key = client.get_user_delegation_key(datetime.now(UTC) - timedelta(minutes=1), SOON)
        asked: dict[str, Any] = {"permission": BlobSasPermissions(read=True, write=True), "expiry": SOON} | more
        return generate_blob_sas(told["name"], "mine", "x", user_delegation_key=key, **asked)

    def open_by(token: str, name: str = "x") -> BlobClient:
        return BlobClient(told["url"], "mine", name, credential=token, retry_total=0)

    token_id, writer = sign_in("Contributor")
    writer.create_container("mine").upload_blob("x", b"one")
    token = sign(writer)
    open_by(token).upload_blob(b"two", overwrite=True)
    assert open_by(token).download_blob().readall() == b"two"
    box = generate_container_sas(
        told["name"], "mine", user_delegation_key=writer.get_user_delegation_key(datetime.now(UTC), SOON),
        permission=ContainerSasPermissions(list=True), expiry=SOON,
    )  # fmt: skip
    listed = ContainerClient(told["url"], "mine", credential=box, retry_total=0).list_blobs()
    assert [item.name for item in listed] == ["x"]

    _, reader = sign_in("Reader")
    read = sign(reader)
    assert open_by(read).download_blob().readall() == b"two"
    changed = token.replace("sp=rw", "sp=racwd")
    assert changed != token
    with Account(live_server, workspace).service() as keyed:
        refused = (
            lambda: open_by(read).upload_blob(b"three", overwrite=True),
            lambda: open_by(token, "y").upload_blob(b"y"),
            lambda: open_by(changed).delete_blob(),
            lambda: open_by(sign(writer, user_delegation_oid="somebody")).download_blob(),
            lambda: keyed.get_user_delegation_key(datetime.now(UTC), SOON),
            lambda: writer.get_user_delegation_key(datetime.now(UTC), SOON + timedelta(days=8)),
        )
        for attempt in refused:
            with pytest.raises(HttpResponseError) as error:
                attempt()
            assert error.value.status_code in (400, 403)
    live_server.http.delete(f"/api/v1/access/tokens/{token_id}").raise_for_status()
    with pytest.raises(ClientAuthenticationError):
        open_by(token).download_blob()
