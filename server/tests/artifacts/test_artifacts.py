"""Files over HTTP, on a real server."""

from __future__ import annotations

import hashlib
import http.client
import io
import os
import zipfile
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import live
from workstead.artifacts.service import check_path
from workstead_wire.errors import InvalidInput
from workstead_wire.workspaces import WorkspacePath

PLACE = "/artifacts/ExperimentRun/dcid.run1"


def put(server: live.Live, where: WorkspacePath, path: str, content: bytes, **headers: str) -> httpx.Response:
    url = f"{where.url}{PLACE}/{quote(path)}"
    return server.http.put(url, content=content, headers={key.replace("_", "-"): text for key, text in headers.items()})


def test_upload_list_download(live_server: live.Live, workspace: WorkspacePath) -> None:
    content = os.urandom(3_000_000)
    reply = put(live_server, workspace, "outputs/ü b.pkl", content)
    assert reply.status_code == 201
    made = reply.json()
    assert made["path"] == "outputs/ü b.pkl"
    assert made["size"] == len(content)
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    got = live_server.http.get(f"{workspace.url}{PLACE}/{quote('outputs/ü b.pkl')}")
    assert got.content == content
    assert got.headers["etag"] == f'"{made["sha256"]}"'
    info = live_server.http.get(f"{workspace.url}/artifactinfo/ExperimentRun/dcid.run1/outputs/{quote('ü b.pkl')}")
    assert info.json() == made
    rows = live_server.http.get(f"{workspace.url}{PLACE}", params={"prefix": "outputs/"}).json()["items"]
    assert rows == [made]


def stored(live_server: live.Live, workspace: WorkspacePath) -> list[str]:
    """The contents that lie in the workspace's storage account, by their hashes."""
    account = live_server.http.get(workspace.url).json()["storage_account"]
    return sorted(file.name for file in (live_server.home / "storage" / account).rglob("*") if file.is_file())


def test_identical_contents_lie_once(live_server: live.Live, workspace: WorkspacePath) -> None:
    digest, other = (hashlib.sha256(content).hexdigest() for content in (b"same", b"other"))
    for name in ("a", "b", "c/d"):
        put(live_server, workspace, name, b"same")
    live_server.http.put(f"{workspace.url}/snapshots/contents/{digest}", content=b"same").raise_for_status()
    assert stored(live_server, workspace) == [digest]
    put(live_server, workspace, "a", b"other")
    assert stored(live_server, workspace) == sorted([digest, other])
    live_server.http.delete(f"{workspace.url}{PLACE}/a").raise_for_status()
    assert stored(live_server, workspace) == [digest]
    for name in ("b", "c/d"):
        assert live_server.http.get(f"{workspace.url}{PLACE}/{name}").content == b"same"
        live_server.http.delete(f"{workspace.url}{PLACE}/{name}").raise_for_status()
    assert stored(live_server, workspace) == [digest]  # the snapshot to come has it


def test_the_last_of_equal_files_frees_their_bytes(live_server: live.Live, workspace: WorkspacePath) -> None:
    for name in ("a", "b"):
        put(live_server, workspace, name, b"twice")
    for name in ("a", "b"):
        assert len(stored(live_server, workspace)) == 1
        live_server.http.delete(f"{workspace.url}{PLACE}/{name}").raise_for_status()
    assert stored(live_server, workspace) == []


def test_create_only(live_server: live.Live, workspace: WorkspacePath) -> None:
    assert put(live_server, workspace, "a", b"1", If_None_Match="*").status_code == 201
    again = put(live_server, workspace, "a", b"2", If_None_Match="*")
    assert again.status_code == 409
    assert again.json()["error"]["code"] == "already_exists"
    assert put(live_server, workspace, "a", b"3").status_code == 201
    assert live_server.http.get(f"{workspace.url}{PLACE}/a").content == b"3"


def test_a_wrong_hash_is_refused_and_leaves_nothing(live_server: live.Live, workspace: WorkspacePath) -> None:
    reply = put(live_server, workspace, "a", b"1", Workstead_SHA256="0" * 64)
    assert reply.status_code == 400
    assert "send them again" in reply.json()["error"]["message"]
    assert live_server.http.get(f"{workspace.url}{PLACE}/a").status_code == 404
    assert put(live_server, workspace, "a", b"1", Workstead_SHA256="zz").status_code == 400


def test_a_missing_file_says_what_there_is(live_server: live.Live, workspace: WorkspacePath) -> None:
    url = f"{workspace.url}{PLACE}/outputs/modle.pkl"
    assert "no file was uploaded" in live_server.http.get(url).json()["error"]["message"]
    put(live_server, workspace, "outputs/model.pkl", b"")
    error = live_server.http.get(url).json()["error"]
    assert error["code"] == "artifact_not_found"
    assert "outputs/model.pkl" in error["message"]


def test_delete(live_server: live.Live, workspace: WorkspacePath) -> None:
    put(live_server, workspace, "d/a", b"1")
    url = f"{workspace.url}{PLACE}/d/a"
    assert live_server.http.delete(url).status_code == 204
    assert live_server.http.get(url).status_code == 404
    assert live_server.http.delete(url).status_code == 404


def test_paging_sees_each_file_once(live_server: live.Live, workspace: WorkspacePath) -> None:
    names = [f"f{number}" for number in range(7)]
    for name in names:
        put(live_server, workspace, name, b"")
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = live_server.http.get(f"{workspace.url}{PLACE}", params=params).json()
        seen += [item["path"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == names


@pytest.mark.parametrize(
    "path",
    ["../x", "a/../../x", "..", "a//b", "%2e%2e/x", "a%00b", "a%5Cb", "a%0Ab", "a/", "x" * 256, "%ff", "./a"],
)
def test_paths_that_are_refused(live_server: live.Live, workspace: WorkspacePath, path: str) -> None:
    # http.client sends the address as it is; friendlier clients take the dots out before they send it.
    address = httpx.URL(live_server.url)
    client = http.client.HTTPConnection(address.host, address.port)
    headers = {"Authorization": f"Bearer {live_server.token}"}
    client.request("PUT", f"{workspace.url}{PLACE}/{path}", body=b"x", headers=headers)
    reply = client.getresponse()
    assert (reply.status, b"invalid_input" in reply.read()) == (400, True)
    client.close()
    assert live_server.http.get(f"{workspace.url}{PLACE}").json()["items"] == []


def test_downloads_never_run_in_our_origin(live_server: live.Live, workspace: WorkspacePath) -> None:
    put(live_server, workspace, "page.html", b"<script>1</script>")
    url = f"{workspace.url}{PLACE}/page.html"
    for suffix, disposition in (("", "attachment"), ("?inline", "inline")):
        reply = live_server.http.get(url + suffix)
        assert reply.headers["content-type"].startswith("text/html")
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-security-policy"].startswith("sandbox;")
        assert "allow-scripts" not in reply.headers["content-security-policy"]
        assert reply.headers["content-disposition"].startswith(disposition)


CONTENT = bytes(range(256)) * 5


@hypothesis_settings(max_examples=60, deadline=None)
@given(start=st.none() | st.integers(0, 1500), stop=st.none() | st.integers(0, 1500))
def test_a_range_equals_a_slice(ranged: tuple[live.Live, str], start: int | None, stop: int | None) -> None:
    server, url = ranged
    first, last = "" if start is None else str(start), "" if stop is None else str(stop)
    reply = server.http.get(url, headers={"Range": f"bytes={first}-{last}"})
    if start is None:
        expected = CONTENT if stop is None else CONTENT[max(len(CONTENT) - stop, 0) :]
        whole = stop is None
    else:
        expected = CONTENT[start:] if stop is None else CONTENT[start : stop + 1]
        whole = stop is not None and stop < start
    if whole:
        assert (reply.status_code, reply.content) == (200, CONTENT)
    elif not expected:
        assert reply.status_code == 416
        assert reply.headers["content-range"] == f"bytes */{len(CONTENT)}"
    else:
        assert (reply.status_code, reply.content) == (206, expected)
        begin = len(CONTENT) - len(expected) if start is None else start
        assert reply.headers["content-range"] == f"bytes {begin}-{begin + len(expected) - 1}/{len(CONTENT)}"


@pytest.fixture(scope="module")
def ranged(live_server: live.Live) -> tuple[live.Live, str]:
    where = live_server.make_workspace("ranges")
    put(live_server, where, "f", CONTENT)
    return live_server, f"{where.url}{PLACE}/f"


def test_unchanged_and_changed_while_resuming(ranged: tuple[live.Live, str]) -> None:
    server, url = ranged
    etag = server.http.get(url).headers["etag"]
    assert server.http.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert server.http.get(url, headers={"Range": "bytes=5-", "If-Range": etag}).status_code == 206
    assert server.http.get(url, headers={"Range": "bytes=5-", "If-Range": '"old"'}).status_code == 200


def test_zip(live_server: live.Live, workspace: WorkspacePath) -> None:
    files = {"logs/a.txt": b"a" * 3_000_000, "logs/ü.txt": b"", "other": b"x"}
    for path, content in files.items():
        put(live_server, workspace, path, content)
    url = f"{workspace.url}/artifactzip/ExperimentRun/dcid.run1"
    with zipfile.ZipFile(io.BytesIO(live_server.http.get(url).content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
    part = live_server.http.get(url, params={"path": "logs"}).content
    with zipfile.ZipFile(io.BytesIO(part)) as archive:
        assert archive.namelist() == ["logs/a.txt", "logs/ü.txt"]
    assert live_server.http.get(url, params={"path": "log"}).status_code == 404


def test_another_workspace_sees_nothing(live_server: live.Live, workspace: WorkspacePath) -> None:
    put(live_server, workspace, "a", b"1")
    other = live_server.make_workspace(workspace.workspace + "other")
    assert live_server.http.get(f"{other.url}{PLACE}/a").status_code == 404
    assert live_server.http.get(f"{other.url}{PLACE}").json()["items"] == []


@given(st.text(max_size=60))
def test_a_path_that_is_taken_never_escapes(path: str) -> None:
    try:
        check_path(path)
    except InvalidInput:
        return
    assert path
    assert os.path.normpath("/root/store/" + path) == "/root/store/" + path


def test_list_containers(live_server: live.Live, workspace: WorkspacePath) -> None:
    for path, content in (("dcid.b/x", b"12"), ("dcid.b/y/z", b"345"), ("dcid.a/x", b"")):
        address = f"{workspace.url}/artifacts/ExperimentRun/{path}"
        assert live_server.http.put(address, content=content).status_code == 201
    first = live_server.http.get(f"{workspace.url}/artifacts/ExperimentRun", params={"limit": 1}).json()
    assert [(row["name"], row["files"], row["size"]) for row in first["items"]] == [("dcid.a", 1, 0)]
    rest = live_server.http.get(
        f"{workspace.url}/artifacts/ExperimentRun", params={"cursor": first["next_cursor"]}
    ).json()
    assert [(row["name"], row["files"], row["size"]) for row in rest["items"]] == [("dcid.b", 2, 5)]
    assert rest["next_cursor"] is None
    assert live_server.http.get(f"{workspace.url}/artifacts/LocalUpload").json()["items"] == []
