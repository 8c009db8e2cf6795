"""The lesson, start to end: our notebook by ``workstead quickstart``, then the page's own cells in the same home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import live
from workstead.commands.jupyter import Jupyter
from workstead_client import artifacts, compute, models, runs, workspaces
from workstead_client.transport import Transport
from workstead_wire.workspaces import WorkspacePath

NAME = "aidevcollege"
FILE = "outputs/scikit-learn-mnist.pkl"
MODEL = "scikit-learn-mnist-model"
LESSON_S = 900


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("lesson") / "home"


@pytest.fixture(scope="module")
def quickstart(home):
    """What ``workstead quickstart --exit`` prints on a new home."""
    env = live.clean_environ(home)
    command = [sys.executable, "-m", "workstead", "quickstart", "--exit", "--port", "0"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=LESSON_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def server(home, quickstart):
    """A server on the home in which the lesson was done, its instance running again."""
    with live.running(home, env={"WORKSTEAD_STOP_INSTANCES": "1"}) as server:
        yield server


@pytest.fixture(scope="module")
def http(server):
    return Transport(server.url, server.token)


@pytest.fixture(scope="module")
def where(server):
    return WorkspacePath(subscription_id=server.subscription_id, resource_group=NAME, workspace=NAME)


@pytest.fixture(scope="module")
def outputs(server, http, where):
    """The outputs of the page's own Python cells, run unchanged and in order in the instance's kernel."""
    data = Path(os.environ.get("WORKSTEAD_TEST_DATA") or Path(__file__).parents[3] / "shared")
    page = data / "reference" / "challenge_01.md"
    if not page.is_file():
        pytest.skip(f"the lesson's page is not at {page}: its own cells were left out, our notebook was run")
    cells = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    assert len(cells) == 7
    compute.start_instance(http, where, NAME)
    instance = compute.wait_for_instance(http, where, NAME, timeout_s=120)
    assert instance.state == "Running", instance.reason
    notebook = {
        "cells": [
            {"cell_type": "code", "id": f"c{number}", "metadata": {}, "source": cell, "outputs": []}
            for number, cell in enumerate(cells)
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    jupyter = Jupyter(server.url, instance.host, server.token)
    jupyter.create_folder("page")
    jupyter.save_notebook("page/page.ipynb", notebook)
    jupyter.run_notebook("page/page.ipynb", notebook, instance.kernel, lambda _cell, _seconds: None)
    return ["".join(out.get("text", "") for out in cell["outputs"]) for cell in notebook["cells"]]


def test_quickstart_tells_what_came_of_it(quickstart):
    told = dict(re.findall(r"^(\w[\w ]*\w) {2,}(.+)$", quickstart, re.MULTILINE))
    assert float(told["Accuracy"]) == pytest.approx(0.926, abs=0.002)
    assert told["Run"].endswith("Completed")
    assert told["Metrics"].startswith("accuracy = 0.92")
    assert told["Files"] == FILE
    assert told["Model"] == f"{MODEL}:1 (version 1)"
    assert "/runs/" in told["Run page"]
    assert "/model/" in told["Model page"]
    assert "/signin?code=" in told["Sign in"]
    assert told["Jupyter"].startswith("http://127.0.0.1:")


def test_quickstart_shows_every_step_with_its_time(quickstart):
    steps = re.findall(r"^✓ (.+?) +\d+\.\d\d s$", quickstart, re.MULTILINE)
    assert [step.split()[0] for step in steps] == ["Start", "Create", "Create", "Create", "Open", "Run", "Stop"]
    assert len(re.findall(r"^    · \[\d\] .+ s$", quickstart, re.MULTILINE)) == 9


def test_the_resource_group_holds_the_four(http, where, quickstart):
    rows = workspaces.list_resources(http, where.subscription_id, NAME).items
    assert sorted(row.type for row in rows) == ["application_insights", "key_vault", "storage_account", "workspace"]
    assert {row.location for row in rows} == {"westeurope"}


@pytest.mark.long
def test_the_page_prints_what_it_says(outputs):
    accuracy, printed, model = outputs[3], outputs[5], outputs[6]
    value = float(re.search(r"^Accuracy is (0\.\d+)$", accuracy, re.MULTILINE)[1])
    assert value == pytest.approx(0.926, abs=0.002)
    assert printed == f"Run metrics: {{'accuracy': {value}}}\nRun model files ['{FILE}']\n"
    assert model == f"{MODEL}\t{MODEL}:2\t2\n"


@pytest.mark.long
def test_the_second_run_is_in_the_workspace(http, where, outputs):
    second, first = runs.list_runs(http, where, experiment="scikit-learn-mnist").items
    assert (first.status, second.status) == ("Completed", "Completed")
    assert (first.number, second.number) == (1, 2)
    assert second.metrics["accuracy"] == pytest.approx(0.926, abs=0.002)
    newest = models.get_model(http, where, MODEL)
    assert (newest.version, newest.run_id) == (2, second.id)


@pytest.mark.long
def test_the_model_lies_in_the_storage_account(http, where, home, outputs):
    run = runs.list_runs(http, where, experiment="scikit-learn-mnist", limit=1).items[0]
    account = workspaces.get_workspace(http, where).storage_account
    blob = f"azureml/ExperimentRun/dcid.{run.id}/{FILE}"
    (artifact,) = artifacts.list_artifacts(http, where, "ExperimentRun", run.container).items
    assert "azureml/" + artifact.blob == blob
    kept = home / "storage" / account / "contents" / artifact.sha256[:2] / artifact.sha256
    assert kept.stat().st_size == artifact.size


@pytest.mark.long
def test_the_notebook_with_its_outputs_lies_on_the_instance(http, where, server, outputs):
    instance = compute.get_instance(http, where, NAME)
    jupyter = Jupyter(server.url, instance.host, server.token)
    kept = jupyter.read_notebook(f"{NAME}/challenge01.ipynb")
    texts = [out.get("text", "") for cell in kept["cells"] for out in cell.get("outputs", [])]
    assert any(text.startswith("Accuracy is 0.92") for text in texts)
