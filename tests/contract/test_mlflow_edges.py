"""Where MLflow's server is particular: what its own tests ask of a tracking server beside the plain uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

import live
from speaker import Speaker, pairs
from workstead_wire import API
from workstead_wire.workspaces import WorkspacePath


def speaker(server: live.Live, workspace: WorkspacePath) -> Speaker:
    """A client on a workspace."""
    return Speaker(f"{server.url}/mlflow/v1.0{workspace.id}", server.token)


@pytest.fixture
def mlflow(live_server: live.Live, workspace: WorkspacePath) -> Iterator[Speaker]:
    """A client on a fresh workspace."""
    client = speaker(live_server, workspace)
    yield client
    client.http.close()


def test_experiments_are_numbered_in_their_workspace(mlflow: Speaker, live_server: live.Live) -> None:
    other = speaker(live_server, live_server.make_workspace("numbers"))
    for client in (mlflow, other):
        ids = [client.ask("POST", "experiments/create", {"name": name})["experiment_id"] for name in "ab"]
        assert ids == ["1", "2"]
    other.ask("POST", "experiments/update", {"experiment_id": "0", "new_name": "renamed"})
    again = other.ask("POST", "experiments/create", {"name": "Default"})["experiment_id"]
    names = [other.ask("GET", "experiments/get", {"experiment_id": n})["experiment"]["name"] for n in ("0", again)]
    assert names == ["renamed", "Default"]
    run_id = other.make_run()
    assert other.run(run_id)["info"]["experiment_id"] == "0"


def test_ids_that_are_none(mlflow: Speaker) -> None:
    assert mlflow.refused("GET", "experiments/get", {"experiment_id": "x"}) == (
        400,
        "INVALID_PARAMETER_VALUE",
        "Invalid experiment ID 'x'. Experiment ID must be a valid integer.",
    )
    assert mlflow.refused("GET", "experiments/get", {"experiment_id": "99"})[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("here/files", f"{Path.cwd()}/here/files"),
        ("file:here", f"file://{Path.cwd()}/here"),
        ("/there", "/there"),
        ("file:///there", "file:///there"),
        ("s3://bucket/there", "s3://bucket/there"),
    ],
)
def test_relative_locations_are_below_the_folder_of_the_server(mlflow: Speaker, given: str, kept: str) -> None:
    made = mlflow.ask("POST", "experiments/create", {"name": "a", "artifact_location": given})
    assert mlflow.ask("GET", "experiments/get", made)["experiment"]["artifact_location"] == kept


def test_a_location_that_is_too_long(mlflow: Speaker) -> None:
    asked = {"name": "a", "artifact_location": "s3://" + "x" * 3000}
    assert "exceeds the maximum length of 2048" in mlflow.refused("POST", "experiments/create", asked)[2]


def test_a_location_with_a_query_keeps_it_at_the_end(mlflow: Speaker) -> None:
    asked = {"name": "a", "artifact_location": "wasbs://c@a.example/x?sig=1"}
    made = mlflow.ask("POST", "experiments/create", asked)
    run_id = mlflow.make_run(**made)
    uri = f"wasbs://c@a.example/x/{run_id}/artifacts?sig=1"
    assert mlflow.run(run_id)["info"]["artifact_uri"] == uri
    found = mlflow.ask(
        "POST",
        "runs/search",
        {"experiment_ids": [made["experiment_id"]], "filter": f"attributes.artifact_uri = '{uri}'"},
    )
    assert [run["info"]["run_id"] for run in found["runs"]] == [run_id]
    logged = mlflow.ask("POST", "logged-models", {"experiment_id": made["experiment_id"]})["model"]["info"]
    assert logged["artifact_uri"] == f"wasbs://c@a.example/x/models/{logged['model_id']}/artifacts?sig=1"
    for wrong, words in (
        ("s3://b/x#y", "can't include fragments or params"),
        ("s3://b/x?y=%252e%252e", "Invalid query string"),
        ("http://[b", "no URL"),
    ):
        refused = mlflow.refused("POST", "experiments/create", {"name": "b", "artifact_location": wrong})
        assert refused[:2] == (400, "INVALID_PARAMETER_VALUE")
        assert words in refused[2]


def test_an_experiment_that_no_number_can_name(mlflow: Speaker) -> None:
    for number in ("-1337", "12345", "9" * 30):
        missing = (404, "RESOURCE_DOES_NOT_EXIST", f"No Experiment with id={number} exists")
        assert mlflow.refused("GET", "experiments/get", {"experiment_id": number}) == missing


def test_the_first_experiment_is_as_old_as_its_workspace(
    mlflow: Speaker, live_server: live.Live, workspace: WorkspacePath
) -> None:
    born = live_server.call("GET", workspace.url.removeprefix(API))["created_at"]
    told = mlflow.ask("GET", "experiments/get", {"experiment_id": "0"})["experiment"]["creation_time"]
    assert told == int(datetime.fromisoformat(born).timestamp() * 1000)


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("path/to/source", 400, "The model_id request parameter must identify the resource that contains the source."),
        ("mlflow-artifacts:/0/x", 400, "must identify the resource"),
        ("s3://bucket/x", 404, "there is no logged model 'm-none'"),
    ],
)
def test_a_version_from_a_logged_model_that_is_not_there(mlflow: Speaker, source: str, status: int, words: str) -> None:
    mlflow.ask("POST", "registered-models/create", {"name": "m"})
    asked = {"name": "m", "source": source, "model_id": "m-none"}
    refused = mlflow.refused("POST", "model-versions/create", asked)
    assert refused[0] == status
    assert words in refused[2]


def test_a_name_that_is_told_no_more(mlflow: Speaker) -> None:
    run_id = mlflow.make_run(run_name="first")
    name = {"run_id": run_id, "key": "mlflow.runName"}
    mlflow.ask("POST", "runs/delete-tag", name)
    run = mlflow.run(run_id)
    assert (run["info"]["run_name"], run["data"].get("tags", [])) == ("first", [])
    assert "No tag with name" in mlflow.refused("POST", "runs/delete-tag", name)[2]
    mlflow.ask("POST", "runs/update", {"run_id": run_id, "run_name": "second"})
    assert pairs(mlflow.run(run_id)["data"]["tags"]) == {"mlflow.runName": "second"}


def test_a_name_that_is_made_up(mlflow: Speaker) -> None:
    adjective, noun, number = mlflow.run(mlflow.make_run())["info"]["run_name"].split("-")
    assert adjective.isalpha()
    assert noun.isalpha()
    assert 0 <= int(number) < 1000


def test_runs_by_where_their_files_lie(mlflow: Speaker) -> None:
    elsewhere = mlflow.ask("POST", "experiments/create", {"name": "s3", "artifact_location": "s3://bucket/x"})
    ids = [mlflow.make_run(), mlflow.make_run(**elsewhere)]
    for run_id in ids:
        uri = mlflow.run(run_id)["info"]["artifact_uri"]
        for op, value, expected in [
            ("=", uri, [run_id]),
            ("!=", uri, [other for other in ids if other != run_id]),
            ("=", uri.upper(), []),
            ("=", uri.replace("/0/", "/7/").replace("bucket", "pail"), []),
            ("LIKE", f"%{run_id}/artifacts", [run_id]),
        ]:
            asked = {"experiment_ids": ["0", "1"], "filter": f"attribute.artifact_uri {op} '{value}'"}
            found = mlflow.ask("POST", "runs/search", asked).get("runs", [])
            assert [run["info"]["run_id"] for run in found] == expected, (op, value)


def test_only_labels_are_asked_whether_they_are_there(mlflow: Speaker) -> None:
    words = "IS NULL / IS NOT NULL is only supported for tags"
    asked = {"max_results": 5, "filter": "name IS NULL"}
    assert words in mlflow.refused("POST", "experiments/search", asked)[2]
    for filter_text in ("attributes.status IS NULL", "metrics.m IS NOT NULL"):
        asked = {"experiment_ids": ["0"], "filter": filter_text}
        assert words in mlflow.refused("POST", "runs/search", asked)[2]
    for filter_text in ("tags.t IS NULL", "params.p IS NULL"):
        mlflow.ask("POST", "runs/search", {"experiment_ids": ["0"], "filter": filter_text})


def test_attributes_that_mlflow_does_not_search(mlflow: Speaker) -> None:
    for key in ("experiment_id", "lifecycle_stage"):
        asked = {"experiment_ids": ["0"], "filter": f"attribute.{key} = 'x'"}
        assert f"Invalid attribute key '{key}' specified" in mlflow.refused("POST", "runs/search", asked)[2]
    for known in ("run_name = 'x'", "attributes.`Run name` = 'x'", "attr.created > 5", "user_id != 'y'"):
        mlflow.ask("POST", "runs/search", {"experiment_ids": ["0"], "filter": known})


def test_each_run_is_thinned_by_itself(mlflow: Speaker) -> None:
    ids = [mlflow.make_run(), mlflow.make_run()]
    for run_id, count in zip(ids, (10, 20), strict=True):
        points = [{"key": "m", "value": step, "timestamp": 1, "step": step} for step in range(count)]
        mlflow.ask("POST", "runs/log-batch", {"run_id": run_id, "metrics": points})

    def steps(limit: int) -> list[list[int]]:
        asked = {"run_ids": ids, "metric_key": "m", "max_results": limit}
        found = mlflow.ask("GET", "metrics/get-history-bulk-interval", asked)["metrics"]
        return [[point["step"] for point in found if point["run_id"] == run_id] for run_id in ids]

    assert steps(5) == [[0, 2, 4, 6, 9], [0, 4, 8, 12, 19]]
    assert steps(3) == [[0, 4, 9], [0, 7, 19]]
    assert steps(1) == [[9], [19]]
    assert steps(20) == [list(range(10)), list(range(20))]


def test_a_page_uploads_small_files_only(mlflow: Speaker) -> None:
    url = f"{mlflow.root}/ajax-api/2.0/mlflow/upload-artifact"
    asked = {"run_uuid": mlflow.make_run(), "path": "a.bin"}
    reply = mlflow.http.post(url, params=asked, content=b"x" * (10 * 1024 * 1024 + 1))
    assert (reply.status_code, reply.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "too large" in reply.json()["message"]
    assert mlflow.http.post(url, params=asked, content=b"x").status_code == 200
