"""What MLflow's own page asks by GraphQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import live
from speaker import Speaker
from workstead_wire.workspaces import WorkspacePath


class Page:
    """Asks by GraphQL, beside a client of the REST API."""

    def __init__(self, client: Speaker) -> None:
        self.client = client

    def send(self, query: str, **more: Any) -> Any:
        """The whole answer."""
        reply = self.client.http.post(f"{self.client.root}/graphql", json={"query": query, **more})
        assert reply.status_code == 200, reply.text
        return reply.json()

    def ask(self, query: str, **more: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.send(query, **more)
        assert answer["errors"] is None
        return answer["data"]


@pytest.fixture
def page(live_server: live.Live, workspace: WorkspacePath) -> Iterator[Page]:
    """A page on a fresh workspace."""
    client = Speaker(f"{live_server.url}/mlflow/v1.0{workspace.id}", live_server.token)
    yield Page(client)
    client.http.close()


def test_a_run_with_what_belongs_to_it(page: Page) -> None:
    run_id = page.client.make_run(run_name="r", start_time=5)
    for key, value in (("loss", 0.5), ("nan", "NaN")):
        point = {"run_id": run_id, "key": key, "value": value, "timestamp": 1, "step": 2}
        page.client.ask("POST", "runs/log-metric", point)
    page.client.ask("POST", "registered-models/create", {"name": "m"})
    page.client.ask("POST", "model-versions/create", {"name": "m", "source": "s3://b/m", "run_id": run_id})
    query = """
        query Look($id: String!, $unused: [Int!] = [1, 2]) @component(name: "Page") {
            mlflowGetRun(input: {runId: $id}) {
                apiError { code }
                run { ...Whole, experiment { name, artifactLocation } modelVersions { name version status } }
            }
        }
        fragment Whole on MlflowRun {
            info { runName startTime endTime status }
            data { metrics { key value timestamp step } ... on MlflowRunData { params { key } } }
        }
    """
    run = page.ask(query, variables={"id": run_id}, operationName="Look")["mlflowGetRun"]["run"]
    assert run == {
        "info": {"runName": "r", "startTime": "5", "endTime": "0", "status": "RUNNING"},
        "data": {
            "metrics": [
                {"key": "loss", "value": 0.5, "timestamp": "1", "step": "2"},
                {"key": "nan", "value": None, "timestamp": "1", "step": "2"},
            ],
            "params": [],
        },
        "experiment": {"name": "Default", "artifactLocation": "mlflow-artifacts:/0"},
        "modelVersions": [{"name": "m", "version": "1", "status": "READY"}],
    }


def test_searches(page: Page) -> None:
    first, second = page.client.make_run(), page.client.make_run()
    dataset = {"name": "d", "digest": "1", "source_type": "s", "source": "x"}
    page.client.ask("POST", "runs/log-inputs", {"run_id": first, "datasets": [{"dataset": dataset}]})
    found = page.ask(
        'mutation { a: mlflowSearchRuns(input: {experimentIds: ["0"], runViewType: ALL, maxResults: 10}) '
        '{ runs { info { runId } } } mlflowSearchDatasets(input: {experimentIds: ["0"]}) '
        "{ datasetSummaries { name digest context } } }"
    )
    assert [run["info"]["runId"] for run in found["a"]["runs"]] == [second, first]
    assert found["mlflowSearchDatasets"]["datasetSummaries"] == [{"name": "d", "digest": "1", "context": ""}]


def test_files_and_series(page: Page) -> None:
    run_id = page.client.make_run()
    url = f"{page.client.root}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/dir/a.txt"
    page.client.http.put(url, content=b"hello").raise_for_status()
    page.client.ask("POST", "runs/log-metric", {"run_id": run_id, "key": "m", "value": 3, "timestamp": 7})
    found = page.ask(
        f'{{ top: mlflowListArtifacts(input: {{runId: "{run_id}"}}) {{ files {{ path isDir fileSize }} }} '
        f'series: mlflowGetMetricHistoryBulkInterval(input: {{runIds: ["{run_id}"], metricKey: "m"}}) '
        "{ metrics { value } } "
        f'test(inputString: "echo") {{ output }} }}'
    )
    assert found["top"]["files"] == [{"path": "dir", "isDir": True, "fileSize": "0"}]
    assert found["series"]["metrics"] == [{"value": 3.0}]
    assert found["test"] == {"output": "echo"}


def test_what_is_not_there(page: Page) -> None:
    answer = page.send(
        '{ mlflowGetRun(input: {runId: "none"}) { run { info { runId } } } '
        'mlflowGetExperiment(input: {experimentId: "0"}) { experiment { name } } }'
    )
    assert answer["data"] == {"mlflowGetRun": None, "mlflowGetExperiment": {"experiment": {"name": "Default"}}}
    assert "none" in answer["errors"][0]


def test_an_input_that_is_none(page: Page) -> None:
    answer = page.send("{ mlflowGetRun(input: 5) { run { info { runId } } } }")
    assert answer["data"] == {"mlflowGetRun": None}
    assert "must be an object" in answer["errors"][0]


def nested(depth: int) -> str:
    return "name" if depth == 0 else f"name {{ {nested(depth - 1)} }}"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (" ".join(f'a{n}: test(inputString: "x") {{ output }}' for n in range(11)), "at most 10 root fields"),
        (f"test {{ {' '.join(f'a{n}: output' for n in range(11))} }}", "at most 10 aliases"),
        (f"test {{ {nested(12)} }}", "maximum depth of 10"),
        (f"test {{ {nested(200)} }}", "maximum depth of 10"),
        (f"test {{ {' '.join(f'f{n}' for n in range(1002))} }}", "maximum total selections of 1000"),
        ("mlflowDropTables { output }", "Cannot query field 'mlflowDropTables' on type 'Query'"),
        ("mlflowSearchDatasets { datasetSummaries { name } }", "Cannot query field 'mlflowSearchDatasets'"),
        ("test { outptu }", "Cannot query field 'outptu' on type 'MlflowTest'"),
        ("test", "must have a selection of subfields"),
        ("test { output { name } }", "must not have a selection"),
        ("test { output", "Unexpected <EOF>"),
        ("test { }", "Expected Name, found '}'"),
        ("test { ...Nowhere }", "Unknown fragment 'Nowhere'"),
        ("test { %output }", "Unexpected '%output"),
    ],
)
def test_what_is_refused(page: Page, fields: str, why: str) -> None:
    answer = page.send(f"{{ {fields} }}")
    assert answer["data"] is None
    assert why in answer["errors"][0]


def test_fragments_that_grow_are_held(page: Page) -> None:
    document = "{ test { ...F0 } } " + " ".join(
        f"fragment F{n} on T {{ ...F{n + 1} ... on T {{ ...F{n + 1} }} }}" for n in range(40)
    )
    answer = page.send(document + " fragment F40 on T { output }")
    assert "maximum total selections" in answer["errors"][0]
    assert "in itself" in page.send("{ test { ...A } } fragment A on T { ...A }")["errors"][0]
