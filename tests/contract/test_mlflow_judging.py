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


def test_data_sets_are_made_tagged_and_tied(judge: Judge) -> None:
    other = judge.make_experiment("other")
    told = {
        "name": "d",
        "experiment_ids": [judge.experiment],
        "tags": json.dumps({"k": "v", "mlflow.user": "me", "n": 1}),
    }
    made = judge.ask("POST", "datasets/create", told)["dataset"]
    assert (made["name"], made["created_by"], made["experiment_ids"]) == ("d", "me", [judge.experiment])
    assert json.loads(made["tags"]) == {"k": "v", "mlflow.user": "me", "n": "1"}
    assert "schema" not in made
    at = f"datasets/{made['dataset_id']}"
    judge.ask("PATCH", f"{at}/tags", {"tags": json.dumps({"k": "w", "n": None})})
    judge.ask("DELETE", f"{at}/tags/mlflow.user")
    assert json.loads(judge.ask("GET", at)["dataset"]["tags"]) == {"k": "w", "n": "1"}
    for _ in range(2):
        judge.ask("POST", f"{at}/add-experiments", {"experiment_ids": [other]})
    assert judge.ask("GET", f"{at}/experiment-ids")["experiment_ids"] == [judge.experiment, other]
    judge.ask("POST", f"{at}/remove-experiments", {"experiment_ids": [judge.experiment, "99"]})
    assert judge.ask("GET", f"{at}/experiment-ids")["experiment_ids"] == [other]
    assert judge.refused("POST", f"{at}/add-experiments", {"experiment_ids": ["99"]})[0] == "RESOURCE_DOES_NOT_EXIST"
    for _ in range(2):
        judge.ask("DELETE", at)
    gone = ("RESOURCE_DOES_NOT_EXIST", f"Evaluation dataset with id '{made['dataset_id']}' not found")
    assert judge.refused("GET", at) == judge.refused("GET", f"{at}/records") == gone
    assert judge.ask("GET", f"{at}/experiment-ids")["experiment_ids"] == []
    assert "a map in JSON" in judge.refused("POST", "datasets/create", {"name": "d", "tags": "[1]"})[1]


def test_searches_for_data_sets(judge: Judge) -> None:
    for number in range(5):
        told = {"name": f"d{number}", "tags": json.dumps({"even": str(number % 2 == 0)})}
        judge.ask("POST", "datasets/create", told | ({"experiment_ids": [judge.experiment]} if number < 2 else {}))

    def find(text: str = "", **more: Any) -> list[str]:
        found = judge.ask("POST", "datasets/search", {"filter_string": text, **more})
        assert judge.ask("GET", "datasets/search", {"filter_string": text, **more}) == found
        return [one["name"] for one in found["datasets"]]

    assert find() == ["d4", "d3", "d2", "d1", "d0"]
    assert find(experiment_ids=[judge.experiment]) == ["d1", "d0"]
    assert find(experiment_ids=["99"]) == []
    assert find("tags.even = 'True' and name != 'd0'", order_by=["name ASC"]) == ["d2", "d4"]
    assert find("name IN ('d1', 'd3') AND created_time > 0 AND last_update_time <= 9000000000000") == ["d3", "d1"]
    assert find("created_time < 0 AND name LIKE 'd%'") == []
    page = judge.ask("POST", "datasets/search", {"max_results": 3})
    more = {"max_results": 3, "page_token": page["next_page_token"]}
    assert find(**more) == ["d1", "d0"]
    assert "another search" in judge.refused("POST", "datasets/search", more | {"order_by": ["name"]})[1]
    for text in ("nothing = 'x'", "created_time > 1.5", "created_time LIKE '1'", "tags.k IN ('a')", "name = 1"):
        assert judge.refused("POST", "datasets/search", {"filter_string": text})[0] == "INVALID_PARAMETER_VALUE"


def test_records_are_merged_by_their_inputs(judge: Judge) -> None:
    at = f"datasets/{judge.ask('POST', 'datasets/create', {'name': 'd'})['dataset']['dataset_id']}"

    def put(*records: Any) -> tuple[int, int]:
        reply = judge.ask("POST", f"{at}/records", {"records": json.dumps(records)})
        return reply["inserted_count"], reply["updated_count"]

    def read(**more: Any) -> list[Any]:
        return json.loads(judge.ask("GET", f"{at}/records", more)["records"])

    source = {"source_type": "trace", "source_data": {"trace_id": "tr-1"}}
    first = {"inputs": {"a": 1, "b": [2]}, "expectations": {"x": 1}, "tags": {"k": "v"}, "source": source}
    again = {"inputs": {"b": [2], "a": 1}, "expectations": {"y": 2}, "outputs": "text", "tags": {"mlflow.user": "me"}}
    assert put(first, {"inputs": {"a": 2.5}}, again) == (2, 1)
    assert put(again, {"inputs": {"a": None}, "outputs": None}) == (1, 1)
    one, two, three = read()
    assert (one["inputs"], one["expectations"], one["outputs"]) == ({"a": 1, "b": [2]}, {"x": 1, "y": 2}, "text")
    assert (one["tags"], one["last_updated_by"]) == ({"k": "v", "mlflow.user": "me"}, "me")
    assert (one["source_type"], one["source_id"], one["source"]["source_data"]) == (
        "TRACE",
        "tr-1",
        {"trace_id": "tr-1"},
    )
    assert (two["outputs"], two["tags"], "created_by" in two, "outputs" in three) == ({}, {}, False, False)
    found = judge.ask("GET", at)["dataset"]
    assert json.loads(found["profile"]) == {"num_records": 3}
    types = {
        "inputs": {"a": "integer", "b": "array"},
        "outputs": "string",
        "expectations": {"x": "integer", "y": "integer"},
    }
    assert json.loads(found["schema"]) == types | {"version": "1.0"}
    ids = [one["dataset_record_id"], "dr-none"]
    assert judge.ask("DELETE", f"{at}/records", {"dataset_record_ids": ids}) == {"deleted_count": 1}
    assert [record["dataset_record_id"] for record in read()] == [two["dataset_record_id"], three["dataset_record_id"]]
    assert put() == (0, 0)
    for records in (
        "no JSON",
        "{}",
        '[{"inputs": 1}]',
        '[{"inputs": {}, "source": {"source_type": "X"}}]',
        "[" * 10**5,
    ):
        assert judge.refused("POST", f"{at}/records", {"records": records})[0] == "INVALID_PARAMETER_VALUE"


def test_records_come_in_pages(judge: Judge) -> None:
    at = f"datasets/{judge.ask('POST', 'datasets/create', {'name': 'd'})['dataset']['dataset_id']}"
    records = [{"inputs": {"n": number}} for number in range(1234)]
    assert judge.ask("POST", f"{at}/records", {"records": json.dumps(records)})["inserted_count"] == 1234
    seen: list[int] = []
    sizes: list[int] = []
    asked: dict[str, Any] = {"max_results": 5000}
    while True:
        page = judge.ask("GET", f"{at}/records", asked)
        seen += [one["inputs"]["n"] for one in json.loads(page["records"])]
        sizes.append(len(seen))
        if "next_page_token" not in page:
            break
        asked = {"page_token": page["next_page_token"]}
    assert (seen, sizes) == (list(range(1234)), [1000, 1234])
    assert "Invalid page token" in judge.refused("GET", f"{at}/records", {"page_token": "x"})[1]
    for number in range(3):
        large = [{"inputs": {"n": number, "text": "x" * 6_000_000}}]
        judge.ask("POST", f"{at}/records", {"records": json.dumps(large)})
    page = judge.ask("GET", f"{at}/records", asked)
    assert len(json.loads(page["records"])) == 234 + 2, "a page is of 16 million characters at most"
    assert "next_page_token" in page


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
    assert told["records"] == [[2, {"answer": "4", "more": True}], ["judged"], 1, ["arithmetic"]]
    assert told["scorers"] == [["polite"], "Is {{ outputs }} very polite?", []]
