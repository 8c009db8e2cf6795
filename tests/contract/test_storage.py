"""One suite for every kind of storage: a folder, and buckets in memory, of S3 (moto) and of Azure Blob (Azurite)."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import live
import object_stores
from relay import relaying
from workstead.foundation import clock
from workstead.settings import Settings
from workstead.storage import bucket, folder
from workstead.storage.base import Store, lazy_store
from workstead_client import artifacts
from workstead_client.transport import Transport
from workstead_wire.artifacts import PART_BYTES, UploadComplete
from workstead_wire.errors import (
    AlreadyExists,
    ArtifactNotFound,
    Conflict,
    InvalidInput,
    OutOfSpace,
    TooLarge,
    Unavailable,
)


async def flow(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def put(store: Store, key: str, *chunks: bytes, replace: bool = True) -> None:
    await store.keep(await store.receive(flow(*chunks)), key, replace=replace)


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def keys(store: Store, prefix: str = "") -> list[tuple[str, int]]:
    return sorted([item async for item in store.list(prefix)])


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    with object_stores.s3() as environ:
        yield environ


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with object_stores.azure(tmp_path_factory.mktemp("azurite")) as environ:
        yield environ


@pytest.fixture(params=["folder", "memory", "s3", "azure"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty store of each kind; on an object store, under a prefix of this test's own."""
    if request.param == "folder":
        return lazy_store(Settings(home=tmp_path, storage="folder"))()
    if request.param == "memory":
        return lazy_store(Settings(home=tmp_path, storage="bucket"))()
    for name, value in request.getfixturevalue(request.param).items():
        monkeypatch.setenv(name, value)
    scheme = {"s3": "s3", "azure": "az"}[request.param]
    url = f"{scheme}://{object_stores.NAME}/{uuid.uuid4().hex}"
    return lazy_store(Settings(home=tmp_path, storage="bucket", storage_url=url))()


async def test_bytes_come_back(store: Store) -> None:
    staged = await store.receive(flow(b"one ", b"", b"two"))
    assert (staged.size, staged.sha256) == (7, hashlib.sha256(b"one two").hexdigest())
    assert await keys(store) == []
    await store.keep(staged, "a/ü b/c.txt", replace=False)
    assert await whole(store.read("a/ü b/c.txt")) == b"one two"
    assert await store.find_size("a/ü b/c.txt") == 7
    assert await keys(store) == [("a/ü b/c.txt", 7)]


async def test_nothing_and_much(store: Store) -> None:
    await put(store, "empty")
    assert await store.find_size("empty") == 0
    assert await whole(store.read("empty")) == b""
    blocks = [bytes([number]) * 700_001 for number in range(9)]
    await put(store, "much", *blocks)
    assert await whole(store.read("much")) == b"".join(blocks)


async def test_when_bytes_came(store: Store) -> None:
    before = clock.now() - 2_000_000  # some stores know whole seconds only
    await put(store, "k", b"x")
    assert before <= (await store.find_modified("k") or 0) <= clock.now() + 1_000_000


async def test_a_signed_address_gives_the_bytes(store: Store, request: pytest.FixtureRequest) -> None:
    await put(store, "contents/0a", b"0123456789")
    address = await store.sign("contents/0a", 60)
    if request.node.callspec.params["store"] in {"folder", "memory"}:
        assert address is None
        return
    assert address is not None
    async with httpx.AsyncClient() as client:
        assert (await client.get(address, headers={"Range": "bytes=2-4"})).content == b"234"


@pytest.mark.parametrize("kind", ["s3", "azure"])
def test_the_sdk_fetches_straight_from_object_storage(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"{ {'s3': 's3', 'azure': 'az'}[kind] }://{object_stores.NAME}/{uuid.uuid4().hex}"
    environ = request.getfixturevalue(kind) | {"WORKSTEAD_STORAGE": "bucket", "WORKSTEAD_STORAGE_URL": url}
    with live.running(tmp_path / "home", env=environ | {"WORKSTEAD_STORAGE_SIGNED": "true"}) as server:
        where = server.make_workspace("direct")
        http = Transport(server.url, server.token)
        for name, content in (("file", b"0123456789"), ("empty", b"")):
            artifacts.upload_artifact(http, where, "LocalUpload", "box", name, content)
            artifacts.download_artifact(http, where, "LocalUpload", "box", name, tmp_path / name)
            assert (tmp_path / name).read_bytes() == content
        address = f"{where.url}/artifacts/LocalUpload/box/file"
        assert server.http.get(address).content == b"0123456789"
        led = server.http.get(address, headers={"Workstead-Direct": "1"})
        assert led.status_code == 307
        assert httpx.get(led.headers["Location"]).content == b"0123456789"
        assert led.headers["Location"] not in server.log_text()


@pytest.mark.parametrize("kind", ["s3", "azure"])
def test_the_sdk_sends_large_files_straight_to_object_storage(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"{ {'s3': 's3', 'azure': 'az'}[kind] }://{object_stores.NAME}/{uuid.uuid4().hex}"
    environ = request.getfixturevalue(kind) | {"WORKSTEAD_STORAGE": "bucket", "WORKSTEAD_STORAGE_URL": url}
    large = tmp_path / "large"
    large.write_bytes(os.urandom(PART_BYTES) * 2 + b"the rest")
    with (
        live.running(tmp_path / "home", env=environ | {"WORKSTEAD_STORAGE_SIGNED": "true"}) as server,
        relaying(server.url) as relay,
    ):
        where = server.make_workspace("direct")
        http = Transport(relay.url, server.token)
        made = artifacts.upload_artifact(http, where, "LocalUpload", "box", "large", large)
        assert made.sha256 == hashlib.sha256(large.read_bytes()).hexdigest()
        assert relay.passed < PART_BYTES
        content = hashlib.sha256(b"what was said").hexdigest()
        address = f"{where.url}/uploads/{content}/0"
        given = server.http.get(address).json()
        assert httpx.put(given["url"], content=b"what came", headers=given["headers"]).status_code < 300
        assert given["url"] not in server.log_text()
        with pytest.raises(InvalidInput, match="send them again"):
            artifacts.complete_upload(http, where, content, asked("other", len(b"what came")))
        assert server.http.get(f"{where.url}/uploads/{content}").json()["parts"] == []


def test_parts_go_through_the_server_where_the_storage_cannot_be_reached(s3: dict[str, str], tmp_path: Path) -> None:
    """As for clients outside a network: the server's own way to the storage is not theirs."""
    large = tmp_path / "large"
    large.write_bytes(os.urandom(PART_BYTES) + b"the rest")
    url = f"s3://{object_stores.NAME}/{uuid.uuid4().hex}"
    environ = s3 | {"WORKSTEAD_STORAGE": "bucket", "WORKSTEAD_STORAGE_URL": url, "WORKSTEAD_STORAGE_SIGNED": "true"}
    with live.running(tmp_path / "home", env=environ) as server:
        where = server.make_workspace("direct")
        http = Nowhere(server.url, server.token)
        assert artifacts.upload_artifact(http, where, "LocalUpload", "box", "large", large).size == PART_BYTES + 8
        assert http.tried > 0


class Nowhere(Transport):
    """A client whose network leads to the server only."""

    tried = 0

    def put_elsewhere(self, address: str, headers: Mapping[str, str], content: bytes) -> bool:
        self.tried += 1
        return super().put_elsewhere("http://127.0.0.1:9/" + address.rpartition("/")[2], headers, content)


def asked(path: str, size: int) -> UploadComplete:
    return UploadComplete(origin="LocalUpload", container="box", path=path, size=size)


async def test_absent_keys(store: Store) -> None:
    assert await store.find_size("a/b") is None
    assert await store.find_modified("a/b") is None
    await store.delete("a/b")
    assert await keys(store, "a") == []
    with pytest.raises(ArtifactNotFound):
        await whole(store.read("a/b"))


async def test_create_only_keeps_the_first(store: Store) -> None:
    await put(store, "k", b"first", replace=False)
    late = await store.receive(flow(b"second"))
    with pytest.raises(AlreadyExists):
        await store.keep(late, "k", replace=False)
    assert await whole(store.read("k")) == b"first"
    await store.keep(late, "k", replace=True)
    assert await whole(store.read("k")) == b"second"


async def test_of_many_creators_one_wins(store: Store) -> None:
    staged = [await store.receive(flow(f"{number}".encode())) for number in range(8)]
    done = await asyncio.gather(*(store.keep(item, "k", replace=False) for item in staged), return_exceptions=True)
    assert sum(result is None for result in done) == 1
    assert all(result is None or isinstance(result, AlreadyExists) for result in done)


async def test_discarded_bytes_are_gone(store: Store) -> None:
    staged = await store.receive(flow(b"x"))
    await store.discard(staged)
    await store.discard(staged)
    assert await keys(store) == []


async def test_delete_and_list_stay_inside_the_prefix(store: Store) -> None:
    for key in ("a/x", "a/y/z", "ab/x", "b"):
        await put(store, key, key.encode())
    assert [key for key, _ in await keys(store, "a")] == ["a/x", "a/y/z"]
    await store.delete("a/y/z")
    assert [key for key, _ in await keys(store)] == ["a/x", "ab/x", "b"]


async def test_limit_and_broken_stream_leave_nothing(store: Store, tmp_path: Path) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield b"x" * 10
        raise ConnectionResetError("the client went away")

    with pytest.raises(TooLarge, match="limit"):
        await store.receive(flow(b"12345", b"678901"), max_bytes=10)
    with pytest.raises(ConnectionResetError):
        await store.receive(breaks())
    assert await keys(store) == []
    assert files(tmp_path) == []


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    blocks=st.lists(st.binary(max_size=40), max_size=4),
    start=st.integers(0, 200),
    length=st.none() | st.integers(0, 200),
)
def test_a_range_is_a_slice(
    tmp_path_factory: pytest.TempPathFactory, blocks: Iterable[bytes], start: int, length: int | None
) -> None:
    async def check(kind: str) -> None:
        store = lazy_store(Settings(home=tmp_path_factory.mktemp("ranges"), storage=kind))()
        content = b"".join(blocks)
        await put(store, "k", *blocks)
        begin = start if start < len(content) else 0
        stop = None if length is None else min(begin + length, len(content))
        assert await whole(store.read("k", begin, stop)) == content[begin:stop]

    for kind in ("folder", "bucket"):
        asyncio.run(check(kind))


async def test_folder_says_when_a_file_would_be_a_folder(tmp_path: Path) -> None:
    store = folder.FolderStore(tmp_path)
    await put(store, "a", b"")
    await put(store, "d/e", b"")
    for key in ("a/b", "a/b/c", "d"):
        with pytest.raises(Conflict):
            await put(store, key, b"x")


@pytest.mark.parametrize("key", ["", "/a", "a//b", "../a", "a/..", "./a", "a\\b", "a\0"])
async def test_folder_refuses_keys_that_could_escape(tmp_path: Path, key: str) -> None:
    store = folder.FolderStore(tmp_path / "root")
    with pytest.raises(InvalidInput):
        await put(store, key, b"x")
    with pytest.raises(InvalidInput):
        await whole(store.read(key))
    assert {file.parent.name for file in files(tmp_path)} <= {".staging"}


async def test_folder_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real full disk needs a mount; the kernel's answer to a write is all that is made up here."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    store = folder.FolderStore(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutOfSpace, match="disk is full"):
        await put(store, "a", b"x")
    assert files(tmp_path) == []


def test_an_unknown_kind_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"tape.*bucket, folder"):
        lazy_store(Settings(home=tmp_path, storage="tape"))()


async def test_many_are_kept_at_once(store: Store) -> None:
    contents = [b"%d" % number * number for number in range(40)]
    await put(store, "all/d3/3", b"old")
    staged = await store.stage(contents)
    assert [(item.size, item.sha256) for item in staged] == [
        (len(content), hashlib.sha256(content).hexdigest()) for content in contents
    ]
    assert [key for key, _ in await keys(store)] == ["all/d3/3"]
    await store.keep_all([(item, f"all/d{number % 7}/{number}") for number, item in enumerate(staged)])
    for number, content in enumerate(contents):
        assert await whole(store.read(f"all/d{number % 7}/{number}")) == content
    assert len(await keys(store)) == len(contents)


async def test_a_whole_content_is_kept(store: Store, tmp_path: Path) -> None:
    for content in (b"one", b"", b"two"):
        await store.put(content, "a/ü b/c")
        assert (await whole(store.read("a/ü b/c")), await keys(store)) == (content, [("a/ü b/c", len(content))])
    assert len(files(tmp_path)) <= 1  # nothing beside it, where it is a folder


async def test_a_folder_keeps_a_whole_content_or_leaves_no_trace(tmp_path: Path) -> None:
    store = folder.FolderStore(tmp_path)
    await store.put(b"in the way", "a")
    with pytest.raises(Conflict, match="a file would have to be a folder"):
        await store.put(b"x", "a/b")
    assert files(tmp_path) == [tmp_path / "a"]


async def test_who_is_cancelled_brings_nothing_later(tmp_path: Path) -> None:
    store = folder.FolderStore(tmp_path)
    putting = [asyncio.create_task(store.put(b"x" * 50_000, f"k{number}")) for number in range(20)]
    await asyncio.sleep(0.002)
    for task in putting:
        task.cancel()
    await asyncio.wait(putting)
    there = await keys(store)
    await asyncio.sleep(0.2)
    assert await keys(store) == there


async def test_what_was_staged_together_can_be_discarded(store: Store, tmp_path: Path) -> None:
    for item in await store.stage([b"a", b"b", b""]):
        await store.discard(item)
    await store.keep_all([])
    assert await store.stage([]) == []
    assert (await keys(store), files(tmp_path)) == ([], [])


async def test_folder_stages_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real full disk needs a mount; the kernel's answer to the second write is all that is made up here."""
    store = folder.FolderStore(tmp_path)
    real, calls = folder.write_all, iter(range(9))

    def full(*given: Any) -> None:
        if next(calls):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*given)

    monkeypatch.setattr(folder, "write_all", full)
    with pytest.raises(OutOfSpace, match="disk is full"):
        await store.stage([b"one", b"two"])
    assert files(tmp_path) == []


def google(address: str) -> str:
    """A key of a service account that is asked for nothing, and leads to this address in place of Google's."""
    account = {"gcs_base_url": address, "disable_oauth": True, "client_email": "", "private_key": ""}
    return json.dumps(account | {"private_key_id": ""})


async def test_google_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind is opened and spoken to; no emulator speaks what obstore says to Google (see decision 0005)."""
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", google("http://127.0.0.1:9"))
    store = lazy_store(Settings(home=tmp_path, storage="bucket", storage_url="gs://workstead/team"))()
    for wanted in (put(store, "k", b"x"), store.find_size("k"), whole(store.read("k")), keys(store)):
        with pytest.raises(Unavailable, match="the object store gives no answer"):
            await wanted


@pytest.mark.parametrize(
    ("url", "variable"),
    [("gs://workstead", "GOOGLE_SERVICE_ACCOUNT_KEY"), ("az://workstead", "AZURE_STORAGE_ACCOUNT_KEY")],
)
def test_credentials_that_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str, variable: str
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "devstore")
    monkeypatch.setenv(variable, "hush-hush !")
    with pytest.raises(Unavailable, match=f"{url}.*credentials are not of their form") as refused:
        lazy_store(Settings(home=tmp_path, storage="bucket", storage_url=url))()
    assert "hush" not in str(refused.value) + caplog.text
    assert "the object store: " in caplog.text


def test_an_address_of_no_store(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"'ftp://a/b' of WORKSTEAD_STORAGE_URL cannot be opened"):
        lazy_store(Settings(home=tmp_path, storage="bucket", storage_url="ftp://a/b"))()


async def test_what_dead_servers_left_in_a_bucket_goes(
    s3: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    url = f"s3://{object_stores.NAME}/{uuid.uuid4().hex}"
    left = await lazy_store(Settings(home=tmp_path, storage="bucket", storage_url=url))().receive(flow(b"left"))
    store = lazy_store(Settings(home=tmp_path, storage="bucket", storage_url=url))()
    await put(store, "young", b"x")
    assert await store.find_size(left.token) == 4
    await asyncio.sleep(4)
    monkeypatch.setattr(bucket, "_STALE_US", 3_000_000)
    later = lazy_store(Settings(home=tmp_path, storage="bucket", storage_url=url))()
    await put(later, "old", b"x")
    for _ in range(200):
        if await store.find_size(left.token) is None:
            break
        await asyncio.sleep(0.05)
    assert await store.find_size(left.token) is None
    assert [key for key, _ in await keys(store)] == ["old", "young"]
