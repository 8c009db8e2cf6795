"""Files of an instance: read from its folder, and never from anywhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import live
from workstead.compute.files import FolderFiles
from workstead_wire.errors import ArtifactNotFound
from workstead_wire.workspaces import WorkspacePath


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file, a hidden one, a folder, links that lead out, and a pipe."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    files = tmp_path / "files"
    (files / "lesson").mkdir(parents=True)
    (files / "lesson" / "a.ipynb").write_text("{}")
    (files / "b.txt").write_text("0123456789")
    (files / ".hidden").write_text("x")
    (files / "link.txt").symlink_to(outside / "secret.txt")
    (files / "door").symlink_to(outside)
    os.mkfifo(files / "pipe")
    return files


async def contents(files: FolderFiles, path: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([piece async for piece in files.read(path, start, stop)])


def test_folders_are_listed_without_links_and_hidden_names(root: Path) -> None:
    listed = FolderFiles(root).list("")
    assert [(file.path, file.folder, file.size) for file in listed] == [
        ("b.txt", False, 10),
        ("lesson", True, 0),
        ("pipe", False, 0),
    ]
    assert [file.path for file in FolderFiles(root).list("lesson")] == ["lesson/a.ipynb"]


@pytest.mark.parametrize("path", ["link.txt", "door/secret.txt", "pipe", "lesson", "none", "b.txt/x", "../outside"])
def test_nothing_but_files_of_the_folder_is_read(root: Path, path: str) -> None:
    with pytest.raises(ArtifactNotFound):
        FolderFiles(root).look(path)


def test_a_folder_that_is_a_link_is_not_listed(root: Path) -> None:
    with pytest.raises(ArtifactNotFound):
        FolderFiles(root).list("door")


def test_an_instance_that_is_not_made_yet_has_no_files(tmp_path: Path) -> None:
    assert FolderFiles(tmp_path / "none").list("") == []
    with pytest.raises(ArtifactNotFound):
        FolderFiles(tmp_path / "none").list("folder")


async def test_parts_of_a_file_are_read(root: Path) -> None:
    files = FolderFiles(root)
    assert await contents(files, "b.txt") == b"0123456789"
    assert await contents(files, "b.txt", 2, 5) == b"234"


@pytest.fixture
def served(live_server: live.Live, workspace: WorkspacePath) -> Iterator[str]:
    """The route of an instance whose folder has a page that would like to run."""
    w = workspace.url
    live_server.http.put(f"{w}/computes/{workspace.workspace}box", json={}).raise_for_status()
    guid = live_server.http.get(w).json()["workspace_id"]
    folder = live_server.home / "instances" / guid / f"{workspace.workspace}box" / "files"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html").write_text("<script>alert(1)</script>")
    yield f"{w}/computes/{workspace.workspace}box"
    live_server.http.delete(f"{w}/computes/{workspace.workspace}box").raise_for_status()


def test_files_are_served_so_that_they_cannot_run(live_server: live.Live, served: str) -> None:
    assert [file["path"] for file in live_server.http.get(served + "/files").json()] == ["page.html"]
    reply = live_server.http.get(served + "/files/page.html?inline")
    assert reply.text == "<script>alert(1)</script>"
    assert "sandbox" in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"
    part = live_server.http.get(served + "/files/page.html", headers={"Range": "bytes=1-6"})
    assert (part.status_code, part.text) == (206, "script")


@pytest.mark.parametrize("path", ["..%2F..%2Ftoken", "%2e%2e/run/process.json", "a//b", "a%00b"])
def test_no_path_leads_out(live_server: live.Live, served: str, path: str) -> None:
    assert live_server.http.get(f"{served}/files/{path}").status_code in (400, 404)
    assert live_server.http.get(f"{served}/files", params={"path": path}).status_code in (400, 404)


def test_only_its_maker_and_owners_read_them(live_server: live.Live, served: str) -> None:
    asked = {"name": "r", "role": "Reader"}
    headers = {"Authorization": f"Bearer {live_server.call('POST', '/access/tokens', asked)['secret']}"}
    assert live_server.http.get(served + "/files", headers=headers).status_code == 403
