"""Scorers and evaluation data sets as MLflow's clients speak of them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import live
from environments import make_environment
from workstead.dialects.mlflow.endpoints import Finder
from workstead.dialects.mlflow.routes import JUDGING
from workstead_wire.workspaces import WorkspacePath

_finder = Finder(JUDGING)
_asked: set[tuple[str, str]] = set()
SCRIPT = Path(__file__).parent / "mlflow_scripts" / "judge.py"
JUDGE = json.dumps({"name": "j", "instructions_judge_pydantic_data": {"model": "openai:/gpt-4"}})


class Judge:
    """Asks like an MLflow client that judges."""

    def __init__(self, root: str, token: str) -> None:
        self.root = root
        self.http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False)
        self.experiment = self.make_experiment("judged")

    def make_experiment(self, name: str) -> str:
        """The id of a new experiment."""
        return self.ask("POST", "experiments/create", {"name": name})["experiment_id"]

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """The answer to a request."""
        found = _finder.find(method, f"mlflow/{path}")
        if found is not None:
            _asked.add((method, found[0].path))
        given: dict[str, Any] = {"params": body} if method == "GET" else {"json": body}
        return self.http.request(method, f"{self.root}/api/3.0/mlflow/{path}", **given)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The reply of a request that is granted."""
        reply = self.send(method, path, body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def refused(self, method: str, path: str, body: Any = None) -> tuple[str, str]:
        """Code and message of a request that is not."""
        error = self.send(method, path, body).json()
        return error["error_code"], error["message"]

    def register(self, name: str, content: str = JUDGE) -> Any:
        """A new version of a scorer."""
        asked = {"experiment_id": self.experiment, "name": name, "serialized_scorer": content}
        return self.ask("POST", "scorers/register", asked)


@pytest.fixture
def judge(live_server: live.Live, workspace: WorkspacePath) -> Iterator[Judge]:
    """A client on a fresh workspace."""
    speaker = Judge(f"{live_server.url}/mlflow/v1.0{workspace.id}", live_server.token)
    yield speaker
    speaker.http.close()


def test_scorers_and_their_versions(judge: Judge) -> None:
    here = {"experiment_id": judge.experiment}
    first, second = judge.register("b"), judge.register("b", '{"v": 2}')
    judge.register("a")
    assert (first["version"], second["version"], first["scorer_id"]) == (1, 2, second["scorer_id"])
    newest = judge.ask("GET", "scorers/list", here)["scorers"]
    assert [(one["scorer_name"], one["scorer_version"]) for one in newest] == [("a", 1), ("b", 2)]
    assert newest[1]["serialized_scorer"] == '{"v": 2}'
    versions = judge.ask("GET", "scorers/versions", here | {"name": "b"})["scorers"]
    assert [one["scorer_version"] for one in versions] == [1, 2]
    assert judge.ask("GET", "scorers/get", here | {"name": "b"})["scorer"] == versions[1]
    assert judge.ask("GET", "scorers/get", here | {"name": "b", "version": 1})["scorer"] == versions[0]
    judge.ask("DELETE", "scorers/delete", here | {"name": "b", "version": 2})
    assert judge.register("b")["version"] == 3, "a number came back"
    judge.ask("DELETE", "scorers/delete", here | {"name": "b"})
    code, message = judge.refused("GET", "scorers/get", here | {"name": "b"})
    assert (code, message) == (
        "RESOURCE_DOES_NOT_EXIST",
        f"Scorer with name 'b' not found for experiment {judge.experiment}.",
    )
    assert "version 9" in judge.refused("DELETE", "scorers/delete", here | {"name": "a", "version": 9})[1]
    assert judge.refused("GET", "scorers/versions", here | {"name": "b"})[0] == "RESOURCE_DOES_NOT_EXIST"


def test_scorers_of_several_experiments(judge: Judge) -> None:
    first, second = judge.experiment, judge.make_experiment("second")
    judge.register("z")
    judge.experiment = second
    judge.register("a")

    def names(**asked: Any) -> list[str]:
        return [one["scorer_name"] for one in judge.ask("GET", "scorers/list", asked)["scorers"]]

    assert names() == names(experiment_ids=[first, second, "99"]) == ["z", "a"]
    assert names(experiment_ids=[second]) == ["a"]
    judge.ask("POST", "experiments/delete", {"experiment_id": second})
    assert names() == ["z"]
    assert "must be in the 'active' state" in judge.refused("GET", "scorers/list", {"experiment_id": second})[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("no JSON", "must be valid JSON"),
        ("[1]", "must be valid JSON"),
        ('{"ensemble": [{"call_source": "import os"}]}', "run its code"),
        ('{"instructions_judge_pydantic_data": {"model": " "}}', "cannot be empty"),
        ('{"memory_augmented_judge_data": {"base_judge": {"builtin_scorer_pydantic_data": {"model": 1}}}}', "a string"),
        ('{"instructions_judge_pydantic_data": {"model": "gateway:/e"}}', "GatewayEndpoint not found (name='e')"),
        (json.dumps({"x": "x" * 1_000_000}), "maximum length"),
    ],
)
def test_scorers_that_are_refused(judge: Judge, content: str, reason: str) -> None:
    asked = {"experiment_id": judge.experiment, "name": "s", "serialized_scorer": content}
    assert reason in judge.refused("POST", "scorers/register", asked)[1]


def test_scorers_do_not_run_by_themselves(judge: Judge) -> None:
    made = judge.register("s")
    assert judge.ask("GET", "scorers/online-configs", {"scorer_ids": [made["scorer_id"]]}) == {"configs": []}
    asked = {"experiment_id": judge.experiment, "name": "s", "sample_rate": 0.5}
    assert "no gateway" in judge.refused("PUT", "scorers/online-config", asked)[1]
    assert "between 0.0 and 1.0" in judge.refused("PUT", "scorers/online-config", asked | {"sample_rate": 2})[1]
    assert "not found" in judge.refused("PUT", "scorers/online-config", asked | {"name": "x"})[1]


def test_every_endpoint_was_asked() -> None:
    if len(_asked) < 5:
        pytest.skip("run the whole file: this test looks at what the others have asked")
    assert {(one.method, one.path) for one in JUDGING} - _asked == set()


@pytest.mark.long
def test_mlflows_own_client(live_server: live.Live, workspace: WorkspacePath, tmp_path: Path) -> None:
    python = make_environment(["mlflow==3.17.2", "scikit-learn"])
    uri = f"{live_server.url}/mlflow/v1.0{workspace.id}"
    environ = os.environ | {"MLFLOW_TRACKING_TOKEN": live_server.token, "HOME": str(tmp_path)}
    done = subprocess.run([python, SCRIPT, uri], env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["scorers"] == [["polite"], "Is {{ outputs }} very polite?", []]
