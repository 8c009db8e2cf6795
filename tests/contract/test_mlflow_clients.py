"""MLflow's own clients, as they are, against this server; and workspaces that a test makes by naming them."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import httpx
import pytest

import live
from environments import make_environment
from workstead_wire.workspaces import WorkspacePath

SCRIPTS = Path(__file__).parent / "mlflow_scripts"
CURRENT = ("mlflow==3.17.2", "scikit-learn")
OLDER = ("mlflow==2.22.*", "scikit-learn")


@pytest.mark.long
@pytest.mark.parametrize("requirements", [CURRENT, OLDER], ids=["current", "2.22"])
def test_train_register_load(
    live_server: live.Live, workspace: WorkspacePath, tmp_path: Path, requirements: tuple[str, ...]
) -> None:
    python = make_environment(requirements)
    uri = f"{live_server.url}/mlflow/v1.0{workspace.id}"
    environ = os.environ | {"MLFLOW_TRACKING_TOKEN": live_server.token, "HOME": str(tmp_path)}
    command = [python, SCRIPTS / "train.py", uri, tmp_path]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["predicted"] == [0, 0, 1, 1]
    assert told["same"], "a file came back as it went up"
    assert told["found"] == [told["run"]]
    assert told["children"] == [told["child"]]
    assert told["history"] == [[0, 0.5], [1, 0.25]]
    assert {"files", "notes"} <= set(told["files"])
    assert (told["params"], told["versions"]) == ("0.5", ["1"])
    ours = live_server.http.get(f"{workspace.url}/runs/{told['run']}").json()
    assert (ours["display_name"], ours["status"], ours["metrics"]["loss"]) == ("parent", "Completed", 0.25)
    assert (ours["metrics"]["nan"], ours["params"]["C"]) == ("NaN", "0.5")
    below = live_server.http.get(f"{workspace.url}/runs/{told['run']}/children").json()["items"]
    assert [run["id"] for run in below] == [told["child"]]
    model = live_server.http.get(f"{workspace.url}/models/iris/versions/1/files").json()
    assert "MLmodel" in {file["path"].rpartition("/")[2] for file in model["items"]}


def test_a_test_names_its_own_workspace(tmp_path: Path) -> None:
    with live.running(tmp_path / "home", env={"WORKSTEAD_THROWAWAY_WORKSPACES": "1"}) as server:
        headers = {"Authorization": f"Bearer {server.token}"}
        with httpx.Client(headers=headers, trust_env=False) as http:
            for name in ("one", "two"):
                path = WorkspacePath(subscription_id="any", resource_group="tests", workspace=name)
                root = f"{server.url}/mlflow/v1.0{path.id}/api/2.0/mlflow/experiments"
                asked_at = time.time() * 1000
                assert http.post(f"{root}/create", json={"name": "only here"}).status_code == httpx.codes.OK
                found = http.get(f"{root}/search", params={"max_results": 10}).json()["experiments"]
                assert {experiment["name"] for experiment in found} == {"Default", "only here"}
                older = [each["name"] for each in found if each["creation_time"] < asked_at]
                assert older == ["Default"], "which a test takes to be there before it asks for anything"
