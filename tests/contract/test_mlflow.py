"""MLflow's REST API as its clients speak it, endpoint by endpoint, on a workspace's tracking address."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import live
from speaker import ASKED, Speaker, pairs
from workstead.dialects.mlflow.routes import ENDPOINTS
from workstead_wire.workspaces import WorkspacePath


@pytest.fixture
def mlflow(live_server: live.Live, workspace: WorkspacePath) -> Iterator[Speaker]:
    """A client on a fresh workspace."""
    speaker = Speaker(f"{live_server.url}/mlflow/v1.0{workspace.id}", live_server.token)
    yield speaker
    speaker.http.close()


def test_experiments(mlflow: Speaker) -> None:
    made = mlflow.ask("POST", "experiments/create", {"name": "a/b c", "tags": [{"key": "k", "value": "v"}]})
    one = made["experiment_id"]
    found = mlflow.ask("GET", "experiments/get", {"experiment_id": one})["experiment"]
    assert (found["name"], found["lifecycle_stage"], pairs(found["tags"])) == ("a/b c", "active", {"k": "v"})
    assert mlflow.ask("GET", "experiments/get-by-name", {"experiment_name": "a/b c"})["experiment"] == found
    mlflow.ask("POST", "experiments/set-experiment-tag", {"experiment_id": one, "key": "x", "value": "1"})
    mlflow.ask("POST", "experiments/delete-experiment-tag", {"experiment_id": one, "key": "k"})
    mlflow.ask("POST", "experiments/update", {"experiment_id": one, "new_name": "d"})
    asked = {"max_results": 5, "filter": "name LIKE 'd%' AND tags.x = '1'"}
    (again,) = mlflow.ask("POST", "experiments/search", asked)["experiments"]
    assert (again["name"], pairs(again["tags"])) == ("d", {"x": "1"})
    mlflow.ask("POST", "experiments/delete", {"experiment_id": one})
    assert mlflow.refused("POST", "runs/create", {"experiment_id": one})[:2] == (400, "INVALID_PARAMETER_VALUE")
    names = [e["name"] for e in mlflow.ask("GET", "experiments/search", {"max_results": 5})["experiments"]]
    assert names == ["Default"]
    mlflow.ask("POST", "experiments/restore", {"experiment_id": one})
    assert mlflow.refused("POST", "experiments/create", {"name": "d"})[:2] == (400, "RESOURCE_ALREADY_EXISTS")


def test_runs(mlflow: Speaker) -> None:
    parent = mlflow.make_run(run_name="p", start_time=1234, tags=[{"key": "mlflow.user", "value": "ada"}])
    child = mlflow.make_run(tags=[{"key": "mlflow.parentRunId", "value": parent}])
    info = mlflow.run(parent)["info"]
    assert (info["run_name"], info["user_id"], info["start_time"], info["status"]) == ("p", "ada", 1234, "RUNNING")
    assert info["artifact_uri"] == f"mlflow-artifacts:/0/{parent}/artifacts"
    mlflow.ask("POST", "runs/set-tag", {"run_id": parent, "key": "t", "value": ""})
    mlflow.ask("POST", "runs/set-tag", {"run_uuid": child, "key": "mlflow.runName", "value": "c"})
    mlflow.ask("POST", "runs/log-parameter", {"run_id": parent, "key": "lr", "value": "0.1"})
    changed = {"run_id": parent, "key": "lr", "value": "0.2"}
    assert "Changing param values is not allowed" in mlflow.refused("POST", "runs/log-parameter", changed)[2]
    data = mlflow.run(parent)["data"]
    assert pairs(data["tags"]) == {"mlflow.runName": "p", "mlflow.user": "ada", "t": ""}
    assert pairs(data["params"]) == {"lr": "0.1"}
    mlflow.ask("POST", "runs/delete-tag", {"run_id": parent, "key": "t"})
    ended = mlflow.ask("POST", "runs/update", {"run_id": parent, "status": "FINISHED", "end_time": 5000})["run_info"]
    assert (ended["status"], ended["end_time"]) == ("FINISHED", 5000)
    asked = {"experiment_ids": ["0"], "filter": f"tags.`mlflow.parentRunId` = '{parent}' and run_name = 'c'"}
    assert [run["info"]["run_id"] for run in mlflow.ask("POST", "runs/search", asked)["runs"]] == [child]
    mlflow.ask("POST", "runs/delete", {"run_id": parent})
    assert "must be in the 'active' state" in mlflow.refused("POST", "runs/set-tag", changed)[2]
    assert mlflow.run(parent)["info"]["lifecycle_stage"] == "deleted"
    everything = {"experiment_ids": ["0"], "run_view_type": "ALL", "order_by": ["start_time"]}
    assert len(mlflow.ask("POST", "runs/search", everything | {"max_results": 1})["runs"]) == 1
    assert len(mlflow.ask("POST", "runs/search", everything)["runs"]) == 2
    mlflow.ask("POST", "runs/restore", {"run_id": parent})
    model = '{"artifact_path": "m", "flavors": {}, "utc_time_created": "", "run_id": ""}'
    mlflow.ask("POST", "runs/log-model", {"run_id": parent, "model_json": model})
    assert "mlflow.log-model.history" in pairs(mlflow.run(parent)["data"]["tags"])


def test_a_run_of_mlflow_is_a_run_of_ours(mlflow: Speaker, live_server: live.Live, workspace: WorkspacePath) -> None:
    run_id = mlflow.make_run(run_name="seen")
    mlflow.ask("POST", "runs/log-metric", {"run_id": run_id, "key": "loss", "value": 0.5, "timestamp": 1, "step": 3})
    mlflow.ask("POST", "runs/update", {"run_id": run_id, "status": "KILLED"})
    ours = live_server.http.get(f"{workspace.url}/runs/{run_id}").json()
    assert (ours["display_name"], ours["status"], ours["metrics"]) == ("seen", "Canceled", {"loss": 0.5})
    native = {"id": "native", "experiment": "Default", "parent_id": run_id}
    live_server.http.post(f"{workspace.url}/runs", json=native).raise_for_status()
    assert pairs(mlflow.run("native")["data"]["tags"])["mlflow.parentRunId"] == run_id


def test_metrics(mlflow: Speaker) -> None:
    run_id = mlflow.make_run()
    late = {"run_id": run_id, "key": "loss", "value": 9, "timestamp": 50, "step": 1}
    batch = [{"key": "loss", "value": 1 / (step + 1), "timestamp": 100 + step, "step": step} for step in range(10)]
    mlflow.ask("POST", "runs/log-batch", {"run_id": run_id, "metrics": batch, "params": [{"key": "p", "value": "1"}]})
    mlflow.ask("POST", "runs/log-batch", {"run_id": run_id, "metrics": batch, "tags": [{"key": "t", "value": "1"}]})
    mlflow.ask("POST", "runs/log-metric", late)
    mlflow.ask("POST", "runs/log-metric", late | {"key": "nan", "value": "NaN", "timestamp": "7"})
    (loss, nan) = mlflow.run(run_id)["data"]["metrics"]
    assert (loss["value"], loss["step"], nan["value"], nan["timestamp"]) == (0.1, 9, "NaN", 7)
    mlflow.ask("POST", "runs/log-metric", late | {"key": "nan", "value": "-Infinity", "timestamp": 8, "step": 0})
    odd = mlflow.ask("GET", "metrics/get-history", {"run_id": run_id, "metric_key": "nan"})["metrics"]
    assert [point["value"] for point in odd] == ["NaN", -sys.float_info.max]
    asked = {"run_id": run_id, "metric_key": "loss"}
    whole = mlflow.ask("GET", "metrics/get-history", asked)["metrics"]
    assert [point["step"] for point in whole] == [1, *range(10)], "sent twice, kept once; by time, not as they came"
    first = mlflow.ask("GET", "metrics/get-history", asked | {"max_results": 8})
    rest = mlflow.ask("GET", "metrics/get-history", asked | {"page_token": first["next_page_token"]})
    assert first["metrics"] + rest["metrics"] == whole
    bulk = mlflow.ask("GET", "metrics/get-history-bulk", {"run_id": [run_id], "metric_key": "loss"})["metrics"]
    assert [point | {"run_id": run_id} for point in whole] == bulk
    few = {"run_ids": [run_id], "metric_key": "loss", "max_results": 3}
    steps = {point["step"] for point in mlflow.ask("GET", "metrics/get-history-bulk-interval", few)["metrics"]}
    assert {0, 9} <= steps
    assert len(steps) < 6


def test_points_without_a_step_have_step_0(mlflow: Speaker, live_server: live.Live, workspace: WorkspacePath) -> None:
    run_id = mlflow.make_run()
    lines = b"".join(b'["m",%d,5%s]\n' % (step or 0, b"" if step is None else b",%d" % step) for step in (1, None, -1))
    url = f"{workspace.url}/runs/{run_id}/metrics"
    live_server.http.post(url, content=lines, params={"source": "s", "first": 0}).raise_for_status()
    points = mlflow.ask("GET", "metrics/get-history", {"run_id": run_id, "metric_key": "m"})["metrics"]
    assert [point["step"] for point in points] == [-1, 0, 1]


def test_requests_that_are_not_of_their_form(mlflow: Speaker) -> None:
    run_id = mlflow.make_run()
    for body, words in [
        ({"run_id": 31, "key": "k", "value": 1, "timestamp": 1}, "Invalid value 31 for parameter 'run_id' supplied"),
        ({"run_id": run_id, "key": "k", "value": 1, "timestamp": "x"}, "Invalid value \"x\" for parameter 'timestamp'"),
        ({"run_id": run_id, "value": 1, "timestamp": 1}, "Missing value for required parameter 'key'"),
        ({"run_id": run_id, "key": "../k", "value": 1, "timestamp": 1}, "Invalid value \"../k\" for parameter 'name'"),
    ]:
        status, _, message = mlflow.refused("POST", "runs/log-metric", body)
        assert status == 400
        assert words in message
    many = [{"key": "k", "value": 1, "timestamp": 1}] * 1001
    assert "at most 1000 metrics" in mlflow.refused("POST", "runs/log-batch", {"run_id": run_id, "metrics": many})[2]
    lacking = {"run_id": run_id, "metrics": [{"key": "k", "value": 1}]}
    assert "'metrics[0].timestamp'" in mlflow.refused("POST", "runs/log-batch", lacking)[2]
    assert mlflow.refused("GET", "runs/get", {"run_id": "none"})[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    assert mlflow.refused("POST", "issues/search", {})[:2] == (501, "NOT_IMPLEMENTED")
    unquoted = {"experiment_ids": ["0"], "filter": "tags.a = b"}
    assert mlflow.refused("POST", "runs/search", unquoted)[1] == "INVALID_PARAMETER_VALUE"


def test_inputs_and_outputs(mlflow: Speaker, live_server: live.Live, workspace: WorkspacePath) -> None:
    run_id = mlflow.make_run()
    data = {"name": "iris", "digest": "d1", "source_type": "http", "source": "{}"}
    tags = [{"key": "mlflow.data.context", "value": "train"}]
    mlflow.ask("POST", "runs/log-inputs", {"run_id": run_id, "datasets": [{"dataset": data, "tags": tags}]})
    mlflow.ask("POST", "runs/outputs", {"run_id": run_id, "models": [{"model_id": "m-1", "step": 2}]})
    run = mlflow.run(run_id)
    assert run["inputs"]["dataset_inputs"] == [{"dataset": data, "tags": tags}]
    assert run["outputs"]["model_outputs"] == [{"model_id": "m-1", "step": 2}]
    found = mlflow.ask("POST", "experiments/search-datasets", {"experiment_ids": ["0"]})["dataset_summaries"]
    assert found == [{"experiment_id": "0", "name": "iris", "digest": "d1", "context": "train"}]
    asked = {"experiment_ids": ["0"], "filter": "datasets.name = 'iris' and datasets.context = 'train'"}
    assert len(mlflow.ask("POST", "runs/search", asked)["runs"]) == 1
    address = f"{workspace.url}/runs/{run_id}/inputs"
    expected = {"name": "iris", "digest": "d1", "source_type": "http", "source": "{}", "context": "train"}
    assert live_server.http.get(address).raise_for_status().json() == [expected]


def test_registered_models(mlflow: Speaker, live_server: live.Live, workspace: WorkspacePath) -> None:
    mlflow.ask("POST", "registered-models/create", {"name": "iris model", "tags": [{"key": "k", "value": "v"}]})
    run_id = mlflow.make_run()
    source = mlflow.run(run_id)["info"]["artifact_uri"] + "/model"
    below = f"mlflow-artifacts/artifacts/0/{run_id}/artifacts/model/MLmodel"
    mlflow.http.put(f"{mlflow.root}/api/2.0/{below}", content=b"flavors: {}").raise_for_status()
    body = {"name": "iris model", "source": source, "run_id": run_id}
    version = mlflow.ask("POST", "model-versions/create", body)["model_version"]
    assert (version["version"], version["current_stage"], version["status"]) == ("1", "None", "READY")
    ours = live_server.http.get(f"{workspace.url}/models/iris%20model/versions/1").json()
    assert (ours["container"], ours["path"], ours["size"]) == (f"dcid.{run_id}", "model", 11)
    mlflow.ask("POST", "model-versions/create", body)
    one, two = {"name": "iris model", "version": "1"}, {"name": "iris model", "version": "2"}
    mlflow.ask("POST", "model-versions/transition-stage", one | {"stage": "production"})
    moved = two | {"stage": "Production", "archive_existing_versions": True}
    assert mlflow.ask("POST", "model-versions/transition-stage", moved)["model_version"]["version"] == "2"
    latest = mlflow.ask("POST", "registered-models/get-latest-versions", {"name": "iris model"})["model_versions"]
    assert {v["current_stage"]: v["version"] for v in latest} == {"Archived": "1", "Production": "2"}
    asked = {"name": "iris model", "stages": ["Production"]}
    assert len(mlflow.ask("GET", "registered-models/get-latest-versions", asked)["model_versions"]) == 1
    mlflow.ask("POST", "registered-models/alias", two | {"alias": "champion"})
    alias = {"name": "iris model", "alias": "champion"}
    assert mlflow.ask("GET", "registered-models/alias", alias)["model_version"]["version"] == "2"
    assert mlflow.ask("GET", "model-versions/get-download-uri", two) == {"artifact_uri": source}
    mlflow.ask("PATCH", "model-versions/update", two | {"description": "better"})
    mlflow.ask("POST", "model-versions/set-tag", two | {"key": "a", "value": "b"})
    found = mlflow.ask("GET", "model-versions/search", {"filter": "name = 'iris model' and tags.a = 'b'"})
    assert [(v["version"], v["description"], v["aliases"]) for v in found["model_versions"]] == [
        ("2", "better", ["champion"])
    ]
    assert len(mlflow.ask("POST", "model-versions/search", {"order_by": ["version_number"]})["model_versions"]) == 2
    mlflow.ask("DELETE", "model-versions/delete-tag", two | {"key": "a"})
    mlflow.ask("DELETE", "registered-models/alias", alias)
    mlflow.ask("DELETE", "model-versions/delete", two)
    assert mlflow.refused("GET", "model-versions/get", two)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    mlflow.ask("GET", "model-versions/get", one)
    mlflow.ask("PATCH", "registered-models/update", {"name": "iris model", "description": "d"})
    mlflow.ask("POST", "registered-models/set-tag", {"name": "iris model", "key": "x", "value": "1"})
    mlflow.ask("DELETE", "registered-models/delete-tag", {"name": "iris model", "key": "k"})
    mlflow.ask("POST", "registered-models/rename", {"name": "iris model", "new_name": "flower"})
    model = mlflow.ask("GET", "registered-models/get", {"name": "flower"})["registered_model"]
    assert (model["description"], pairs(model["tags"])) == ("d", {"x": "1"})
    for method in ("GET", "POST"):
        search = mlflow.ask(method, "registered-models/search", {"filter": "name LIKE 'fl%'"})
        assert [found["name"] for found in search["registered_models"]] == ["flower"]
    mlflow.ask("DELETE", "registered-models/delete", {"name": "flower"})
    stolen = {"name": "m", "source": "/etc/passwd", "run_id": run_id}
    mlflow.ask("POST", "registered-models/create", {"name": "m"})
    assert mlflow.refused("POST", "model-versions/create", stolen)[:2] == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"filter": "run_id IN ()"}, "expected a non-empty list of string values, but got empty list"),
        ({"filter": "run_id IN (,)"}, "but got ill-formed list"),
        ({"filter": "run_id IN ('a',,'b')"}, "but got ill-formed list"),
        ({"filter": "run_id IN (1, 2)"}, "but got different type in list"),
        ({"filter": "run_id IN ("}, "Invalid clause(s) in filter string"),
        ({"filter": "name LIKE"}, "Invalid clause(s) in filter string"),
        ({"filter": "evil = true"}, "Invalid clause(s) in filter string"),
        ({"filter": "name = some"}, "unidentified quote types"),
        ({"order_by": ["name ASC", "run_id DESC"]}, "Invalid attribute key 'run_id' specified"),
        ({"order_by": ["version_number DESC more"]}, "Invalid order_by clause"),
    ],
)
def test_searches_for_versions_that_are_refused(mlflow: Speaker, asked: dict[str, Any], why: str) -> None:
    status, code, message = mlflow.refused("GET", "model-versions/search", asked)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert why in message


def test_models_are_not_ordered_by_when_they_were_made(mlflow: Speaker) -> None:
    asked = {"order_by": ["name", "creation_timestamp"]}
    message = mlflow.refused("GET", "registered-models/search", asked)[2]
    assert "Invalid order by key 'creation_timestamp' specified" in message


def test_a_prompt_and_a_model_share_no_name(mlflow: Speaker) -> None:
    prompt = {"name": "prompt", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]}
    mlflow.ask("POST", "registered-models/create", prompt)
    mlflow.ask("POST", "registered-models/create", {"name": "model"})
    for body, why in (
        (prompt, "Prompt (name=prompt) already exists"),
        (
            prompt | {"name": "model"},
            "create a prompt with name 'model', but the name is already taken by a registered",
        ),
        ({"name": "model"}, "Registered Model (name=model) already exists"),
        ({"name": "prompt"}, "registered model with name 'prompt', but the name is already taken by a prompt"),
    ):
        status, code, message = mlflow.refused("POST", "registered-models/create", body)
        assert (status, code) == (400, "RESOURCE_ALREADY_EXISTS")
        assert why in message


def test_versions_are_archived_in_the_moment_that_another_takes_their_stage(mlflow: Speaker) -> None:
    mlflow.ask("POST", "registered-models/create", {"name": "m"})
    for _ in range(2):
        mlflow.ask("POST", "model-versions/create", {"name": "m", "source": "s3://bucket/m"})
    one, two = {"name": "m", "version": "1"}, {"name": "m", "version": "2"}
    mlflow.ask("POST", "model-versions/transition-stage", one | {"stage": "Staging"})
    mlflow.ask("POST", "model-versions/transition-stage", two | {"stage": "Staging", "archive_existing_versions": True})
    old, new = (mlflow.ask("GET", "model-versions/get", which)["model_version"] for which in (one, two))
    assert (old["current_stage"], new["current_stage"]) == ("Archived", "Staging")
    assert old["last_updated_timestamp"] == new["last_updated_timestamp"]


def test_an_alias_of_a_model_that_is_gone(mlflow: Speaker) -> None:
    refused = mlflow.refused("GET", "registered-models/alias", {"name": "gone", "alias": "best"})
    assert refused == (400, "INVALID_PARAMETER_VALUE", "Registered model alias best not found.")


def test_logged_models(mlflow: Speaker) -> None:
    run_id = mlflow.make_run()
    body = {"experiment_id": "0", "name": "net", "source_run_id": run_id, "params": [{"key": "p", "value": "1"}]}
    info = mlflow.ask("POST", "logged-models", body)["model"]["info"]
    here = f"logged-models/{info['model_id']}"
    assert (info["status"], info["artifact_uri"]) == (
        "LOGGED_MODEL_PENDING",
        f"mlflow-artifacts:/0/models/{info['model_id']}/artifacts",
    )
    assert mlflow.ask("PATCH", here, {"status": 2})["model"]["info"]["status"] == "LOGGED_MODEL_READY"
    mlflow.ask("PATCH", f"{here}/tags", {"tags": [{"key": "t", "value": "1"}, {"key": "u", "value": "2"}]})
    mlflow.ask("DELETE", f"{here}/tags/u")
    mlflow.ask("POST", f"{here}/params", {"params": [{"key": "q", "value": "2"}]})
    point = {"run_id": run_id, "key": "acc", "value": 0.9, "timestamp": 1, "model_id": info["model_id"]}
    mlflow.ask("POST", "runs/log-metric", point | {"dataset_name": "d", "dataset_digest": "1"})
    model = mlflow.ask("GET", here)["model"]
    assert pairs(model["info"]["tags"]) == {"t": "1"}
    assert pairs(model["data"]["params"]) == {"p": "1", "q": "2"}
    assert [(metric["key"], metric["value"]) for metric in model["data"]["metrics"]] == [("acc", 0.9)]
    asked = {"experiment_ids": ["0"], "filter": "metrics.acc > 0.5 and params.p = '1'"}
    assert len(mlflow.ask("POST", "logged-models/search", asked)["models"]) == 1
    below = f"mlflow-artifacts/artifacts/0/models/{info['model_id']}/artifacts/MLmodel"
    mlflow.http.put(f"{mlflow.root}/api/2.0/{below}", content=b"x").raise_for_status()
    files = mlflow.ask("GET", f"{here}/artifacts/directories")["files"]
    assert [file["path"] for file in files] == ["MLmodel"]
    mlflow.ask("POST", "registered-models/create", {"name": "net"})
    version = {"name": "net", "source": f"models:/{info['model_id']}", "model_id": info["model_id"]}
    assert mlflow.ask("POST", "model-versions/create", version)["model_version"]["run_id"] == run_id
    got = mlflow.ask("GET", "model-versions/get-download-uri", {"name": "net", "version": "1"})
    assert got == {"artifact_uri": info["artifact_uri"]}
    mlflow.ask("DELETE", here)
    assert mlflow.refused("GET", here)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("Foo", "Invalid filter string"),
        ("name = 'a' OR name = 'b'", "Invalid filter string"),
        ("foo.bar = 'a'", "Invalid entity type: 'foo'"),
        ("name > 'a'", "Invalid comparison operator for name: '>'"),
        ("metrics.acc LIKE 0", "Invalid comparison operator for metrics.acc: 'LIKE'"),
    ],
)
def test_filters_of_logged_models_that_are_refused(mlflow: Speaker, asked: str, why: str) -> None:
    body = {"experiment_ids": ["0"], "filter": asked}
    status, code, message = mlflow.refused("POST", "logged-models/search", body)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert why in message


def make_logged_models(mlflow: Speaker, *names: str) -> list[str]:
    """Ids of new logged models."""
    made = [mlflow.ask("POST", "logged-models", {"experiment_id": "0", "name": name}) for name in names]
    return [one["model"]["info"]["model_id"] for one in made]


def test_lists_in_filters_of_logged_models(mlflow: Speaker) -> None:
    make_logged_models(mlflow, "a", "b")
    for listed, names in (("IN ('a')", ["a"]), ("IN ('a',)", ["a"]), ("NOT IN ('a', 'c')", ["b"])):
        found = mlflow.ask("POST", "logged-models/search", {"experiment_ids": ["0"], "filter": f"name {listed}"})
        assert [model["info"]["name"] for model in found["models"]] == names


def test_page_tokens_of_logged_models_are_of_one_search(mlflow: Speaker) -> None:
    other = mlflow.ask("POST", "experiments/create", {"name": "other"})["experiment_id"]
    make_logged_models(mlflow, "a", "b")
    first = mlflow.ask("POST", "logged-models/search", {"experiment_ids": ["0"], "max_results": 1})
    asked = {"experiment_ids": ["0"], "page_token": first["next_page_token"]}
    second = mlflow.ask("POST", "logged-models/search", asked)
    names = [page["models"][0]["info"]["name"] for page in (first, second)]
    assert sorted(names) == ["a", "b"]
    for changed, why in (
        ({"experiment_ids": [other]}, "Experiment IDs in the page token do not match"),
        ({"filter": "name = 'a'"}, "Filter string in the page token does not match"),
        ({"order_by": [{"field_name": "creation_time"}]}, "Order by in the page token does not match"),
    ):
        assert why in mlflow.refused("POST", "logged-models/search", asked | changed)[2]


@pytest.mark.parametrize("dataset", [{"dataset_name": "d2"}, {"dataset_digest": "2"}])
def test_logged_models_by_a_metric_on_a_data_set(mlflow: Speaker, dataset: dict[str, str]) -> None:
    run_id = mlflow.make_run()
    first, second = make_logged_models(mlflow, "first", "second")
    for model_id, digest, value in ((first, "1", 0.1), (second, "1", 0.2), (first, "2", 0.9), (second, "2", 0.8)):
        point = {"run_id": run_id, "key": "acc", "value": value, "timestamp": int(digest), "model_id": model_id}
        mlflow.ask("POST", "runs/log-metric", point | {"dataset_name": f"d{digest}", "dataset_digest": digest})
    asked = {"experiment_ids": ["0"], "order_by": [{"field_name": "metrics.acc", "ascending": False, **dataset}]}
    found = mlflow.ask("POST", "logged-models/search", asked)["models"]
    assert [model["info"]["model_id"] for model in found] == [first, second]


def test_artifacts(mlflow: Speaker) -> None:
    run_id = mlflow.make_run()
    proxy = f"{mlflow.root}/api/2.0/mlflow-artifacts/artifacts"
    put = mlflow.http.put(f"{proxy}/0/{run_id}/artifacts/a/b.txt", content=b"hello")
    assert (put.status_code, put.json()) == (200, {})
    listed = mlflow.ask("GET", "artifacts/list", {"run_id": run_id})
    assert listed["files"] == [{"path": "a", "is_dir": True}]
    assert mlflow.ask("GET", "artifacts/list", {"run_id": run_id, "path": "a"})["files"] == [
        {"path": "a/b.txt", "is_dir": False, "file_size": 5}
    ]
    below = mlflow.send("GET", "mlflow-artifacts/artifacts", {"path": f"0/{run_id}/artifacts/a"})
    assert [file["path"] for file in below.json()["files"]] == ["b.txt"]
    assert mlflow.http.get(f"{proxy}/0/{run_id}/artifacts/a/b.txt").text == "hello"
    page = mlflow.http.get(f"{mlflow.root}/get-artifact", params={"run_id": run_id, "path": "a/b.txt"})
    assert page.headers["content-disposition"].startswith("attachment; filename=b.txt;")
    assert page.headers["content-type"] == "text/plain"
    assert page.text == "hello"
    assert "attachment" in page.headers["content-disposition"]
    for bad in ("../x", "%2e%2e/x", "/etc/passwd"):
        assert mlflow.refused("GET", "artifacts/list", {"run_id": run_id, "path": bad})[2] == "Invalid path"
    assert mlflow.http.delete(f"{proxy}/0/{run_id}/artifacts/a").status_code == 200
    assert mlflow.http.get(f"{proxy}/0/{run_id}/artifacts/a/b.txt").status_code == 404


def test_an_upload_in_parts(mlflow: Speaker) -> None:
    run_id = mlflow.make_run()
    parts, proxy = [b"a" * 1000, b"b" * 500], f"{mlflow.root}/api/2.0/mlflow-artifacts"
    place = f"0/{run_id}/artifacts/large"
    # The client names the file as it lies on its own disk.
    made = mlflow.http.post(f"{proxy}/mpu/create/{place}", json={"path": "/home/ann/big.bin", "num_parts": 2}).json()
    for content, credential in zip(parts, made["credentials"], strict=True):
        httpx.put(credential["url"], content=content, headers=credential["headers"], trust_env=False).raise_for_status()
    ended = {
        "path": "/home/ann/big.bin",
        "upload_id": made["upload_id"],
        "parts": [{"part_number": 2}, {"part_number": 1}],
    }
    assert mlflow.http.post(f"{proxy}/mpu/complete/{place}", json=ended).json() == {}
    assert mlflow.http.get(f"{proxy}/artifacts/{place}/big.bin").content == b"".join(parts)
    made = mlflow.http.post(f"{proxy}/mpu/create/{place}", json={"path": "big.bin", "num_parts": 1}).json()
    gone = {"path": "big.bin", "upload_id": made["upload_id"]}
    assert mlflow.http.post(f"{proxy}/mpu/abort/{place}", json=gone).json() == {}


def test_who_may(live_server: live.Live, workspace: WorkspacePath, mlflow: Speaker) -> None:
    address = f"{mlflow.root}/api/2.0/mlflow/experiments/get?experiment_id=0"
    nobody = httpx.get(address, trust_env=False)
    assert (nobody.status_code, nobody.json()["error_code"]) == (401, "UNAUTHENTICATED")
    basic = base64.b64encode(f"anybody:{live_server.token}".encode()).decode()
    assert httpx.get(address, headers={"Authorization": f"Basic {basic}"}, trust_env=False).status_code == 200
    elsewhere = live_server.make_workspace("elsewhere")
    asked = {"name": "narrow", "role": "Contributor", "scope": elsewhere.id}
    secret = live_server.call("POST", "/access/tokens", asked)["secret"]
    narrow = httpx.get(address, headers={"Authorization": f"Bearer {secret}"}, trust_env=False)
    assert (narrow.status_code, narrow.json()["error_code"]) == (403, "PERMISSION_DENIED")
    asked = {"name": "reader", "role": "Reader", "scope": workspace.id}
    reader = live_server.call("POST", "/access/tokens", asked)["secret"]
    mine = Speaker(mlflow.root, reader)
    assert mine.refused("POST", "experiments/create", {"name": "x"})[:2] == (403, "PERMISSION_DENIED")
    mine.ask("POST", "runs/search", {"experiment_ids": ["0"]})


def test_the_root_is_the_default_workspace(live_server: live.Live) -> None:
    root = Speaker(live_server.url, live_server.token)
    assert root.ask("GET", "experiments/get", {"experiment_id": "0"})["experiment"]["name"] == "Default"
    assert root.http.get(f"{live_server.url}/health").text == "OK"
    assert root.http.get(f"{live_server.url}/version").text == "3.17.2"
    assert root.http.get(f"{live_server.url}/api/3.0/mlflow/server-info").json()["store_type"] == "SqlStore"


def test_a_workspace_that_is_not_there(live_server: live.Live, mlflow: Speaker) -> None:
    nowhere = Speaker(mlflow.root + "x", live_server.token)
    assert nowhere.refused("GET", "experiments/get", {"experiment_id": "0"})[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/issues/search", "/api/3.0/mlflow/gateway/secrets/create"])
def test_what_is_not_done_says_so(mlflow: Speaker, path: str) -> None:
    reply = mlflow.http.post(mlflow.root + path, json={})
    assert (reply.status_code, reply.json()["error_code"]) == (501, "NOT_IMPLEMENTED")


def test_every_endpoint_was_asked() -> None:
    if len(ASKED) < 10:
        pytest.skip("run the whole file: this test looks at what the others have asked")
    assert {(one.method, one.path) for one in ENDPOINTS} - ASKED == set()
