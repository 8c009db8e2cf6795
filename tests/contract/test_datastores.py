"""Datastores as scripts use them, and the storage account on the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import live
from workstead_wire.workspaces import WorkspacePath

SCRIPT = """
import sys
from pathlib import Path
from azureml.core import Datastore, Workspace
from azureml.exceptions import UserErrorException

ws = Workspace(sys.argv[1], sys.argv[2], sys.argv[3])
store = ws.get_default_datastore()
assert store.name == "workspaceblobstore", store.name
assert store.container_name == "azureml-blobstore-" + ws.get_details()["workspaceid"]
assert len(store.account_key) == 88 and store.sas_token is None and store.protocol == "http"
assert store.account_name == ws.get_details()["storageAccount"].split("/")[-1]
folder = Path("in/deep")
folder.mkdir(parents=True)
(folder / "a.csv").write_text("a,b\\n1,2\\n")
Path("in/b.txt").write_text("b")
assert store.upload("in", target_path="data", show_progress=False) == 2
assert store.upload("in", target_path="data", show_progress=False) == 0
assert store.upload("in", target_path="data", overwrite=True, show_progress=False) == 2
assert store.upload_files(["in/deep/a.csv"], target_path="flat") == 1
assert store.download("out", prefix="data") == 2
assert Path("out/data/deep/a.csv").read_text() == "a,b\\n1,2\\n"
assert not Path("out/flat").exists()

mine = Datastore.register_azure_blob_container(ws, "mine", "my-box", create_if_not_exists=True)
assert sorted(ws.datastores) == ["mine", "workspaceartifactstore", "workspaceblobstore"]
ws.set_default_datastore("mine")
assert ws.get_default_datastore().name == "mine" == Datastore.get(ws, "mine").name
mine.unregister()
assert ws.get_default_datastore().name == "workspaceblobstore"
for wrong in (
    lambda: Datastore.get(ws, "mine"),
    lambda: Datastore.register_azure_blob_container(ws, "x", "box", account_name="elsewhere"),
):
    try:
        wrong()
    except UserErrorException as error:
        assert str(error)
    else:
        raise AssertionError("not refused")
"""


@pytest.fixture
def environ(live_server: live.Live, tmp_path: Path) -> dict[str, str]:
    return live.clean_environ(tmp_path / "home") | live_server.environ()


def test_datastores(workspace: WorkspacePath, environ: dict[str, str], tmp_path: Path) -> None:
    names = [workspace.subscription_id, workspace.resource_group, workspace.workspace]
    subprocess.run([sys.executable, "-c", SCRIPT, *names], env=environ, cwd=tmp_path, check=True, timeout=120)


def test_the_command_line(workspace: WorkspacePath, environ: dict[str, str], tmp_path: Path) -> None:
    place = ["-w", workspace.workspace, "-g", workspace.resource_group, "--subscription", workspace.subscription_id]

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "workstead", "storage", *words, *place]
        done = subprocess.run(
            command, env=environ, cwd=tmp_path, check=True, timeout=60, capture_output=True, text=True
        )
        return done.stdout.strip()

    first = run("key", "key1")
    run("rotate", "key1", "--yes")
    assert run("key", "key1") != first
    box = next(line.split()[0] for line in run("containers").splitlines() if line.startswith("azureml-blobstore-"))
    (tmp_path / "a.txt").write_text("hello")
    run("upload", "a.txt", box, "in/a.txt")
    assert "in/a.txt" in run("list", box)
    run("download", box, "in/a.txt", "b.txt")
    assert (tmp_path / "b.txt").read_text() == "hello"
    url = run("sas", "--container", box, "--blob", "in/a.txt")
    assert httpx.get(url, trust_env=False).text == "hello"
    assert httpx.put(url, content=b"x", headers={"x-ms-blob-type": "BlockBlob"}, trust_env=False).status_code == 403
