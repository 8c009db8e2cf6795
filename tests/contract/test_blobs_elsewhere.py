"""azure-storage-blob against the storage account when its bytes lie in S3 (moto) or Azure Blob (Azurite)."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobServiceClient, ContainerClient

import live
import object_stores

pytestmark = pytest.mark.long
PART = 1 << 20


@contextmanager
def running(kind: str, folder: Path) -> Generator[live.Live]:
    """A server whose bytes lie in an object store."""
    store = object_stores.s3() if kind == "s3" else object_stores.azure(folder / "store")
    url = f"{'s3' if kind == 's3' else 'az'}://{object_stores.NAME}"
    with store as environ:
        settings = {"WORKSTEAD_STORAGE": "bucket", "WORKSTEAD_STORAGE_URL": url}
        with live.running(folder / "home", env={**environ, **settings}) as server:
            yield server


@pytest.mark.parametrize("kind", ["s3", "azure"])
def test_the_account_is_the_same(kind: str, tmp_path: Path) -> None:
    with running(kind, tmp_path) as server:
        where = server.make_workspace("elsewhere")
        told = server.http.get(f"{where.url}/storageaccount").json()
        key = server.http.post(f"{where.url}/storageaccount/keys/key1/read").json()["value"]
        assert told["url"].startswith(f"{server.url}/blob/")
        with BlobServiceClient(
            told["url"], key, retry_total=0, max_single_put_size=PART, max_block_size=PART
        ) as service:
            box = service.create_container("box", metadata={"team": "red"})
            check_bytes(box)
            check_blocks(box)
            check_names(box)
            check_changes(box)
        asked = {
            "container": "box",
            "permissions": "r",
            "expires": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        }
        made = server.http.post(f"{where.url}/storageaccount/sas", json=asked).json()
        found = httpx.get(made["url"].replace("?", "/copy?", 1), headers={"Range": "bytes=1-3"}, trust_env=False)
        assert (found.status_code, found.content) == (206, b"neo")
        assert not any((server.home / "storage").rglob("*-*")), "bytes lie in the home"


def check_bytes(box: ContainerClient) -> None:
    data = os.urandom(5 * PART + 7)
    blob = box.get_blob_client("large.bin")
    blob.upload_blob(data, max_concurrency=2)
    assert blob.download_blob(max_concurrency=2).readall() == data
    assert blob.download_blob(offset=PART - 3, length=6).readall() == data[PART - 3 : PART + 3]
    assert blob.download_blob(offset=len(data) - 2, length=100).readall() == data[-2:]
    box.upload_blob("empty", b"")
    assert box.download_blob("empty").readall() == b""
    with pytest.raises(HttpResponseError):
        blob.upload_blob(b"x")
    blob.upload_blob(b"y", overwrite=True)
    assert blob.download_blob().readall() == b"y"


def check_blocks(box: ContainerClient) -> None:
    blob = box.get_blob_client("copy-source")
    for name in ("one", "two"):
        blob.stage_block(name, name.encode())
    blob.commit_block_list([BlobBlock("one"), BlobBlock("one"), BlobBlock("two")])
    copy = box.get_blob_client("copy")
    copy.start_copy_from_url(blob.url)
    blob.delete_blob()
    assert copy.download_blob().readall() == b"oneonetwo"
    log = box.get_blob_client("log")
    log.create_append_blob()
    for line in (b"1\n", b"2\n"):
        log.append_block(line)
    assert log.download_blob().readall() == b"1\n2\n"


def check_names(box: ContainerClient) -> None:
    for name in ("a/1", "a/b/2", "grün ☃/100% + more?", "a//b"):
        box.upload_blob(name, name.encode())
        assert box.download_blob(name).readall() == name.encode()
    assert [item.name for item in box.list_blobs("a/")] == ["a//b", "a/1", "a/b/2"]
    assert sorted(item.name for item in box.walk_blobs("a/", delimiter="/")) == ["a//", "a/1", "a/b/"]


def check_changes(box: ContainerClient) -> None:
    box.get_blob_client("a/1").set_blob_metadata({"k": "v"})
    assert box.get_blob_client("a/1").get_blob_properties().metadata == {"k": "v"}
    assert [reply.status_code for reply in box.delete_blobs("a/1", "empty")] == [202, 202]
    with pytest.raises(ResourceNotFoundError):
        box.download_blob("a/1")
