"""Outside any run: every call works and keeps its data on disk."""

from __future__ import annotations

import inspect
import io
import json
import math
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azureml.core import Model, Run
from azureml.core.run import _OfflineRun
from azureml.exceptions import ModelPathNotFoundException, UserErrorException
from workstead_wire.base import NON_FINITE

NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(), st.booleans())
WORDS = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: text not in NON_FINITE)
POINTS = st.one_of(st.tuples(st.sampled_from("ab"), NUMBERS), st.tuples(st.just("words"), WORDS))


def test_it_is_known_by_its_id_and_class(here: Path) -> None:
    run = Run.get_context()
    assert run.id.startswith("OfflineRun_")
    assert isinstance(run, _OfflineRun)
    assert Run.get_context() is run
    assert run.status == "Running"
    assert list(here.iterdir()) == []  # nothing is kept before there is something to keep
    run.log("a", 1)
    assert (here / ".azureml/offline" / run.id / "metrics.jsonl").exists()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logged=st.lists(POINTS, max_size=20))
def test_whatever_is_logged_is_read_back(logged: list[tuple[str, object]]) -> None:
    run = _OfflineRun()
    expected: dict[str, list[object]] = {}
    for name, value in logged:
        run.log(name, value)
        expected.setdefault(name, []).append(value)
    found = {name: value if isinstance(value, list) else [value] for name, value in run.get_metrics().items()}
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert [repr(value) for value in found[name]] == [repr(value) for value in values]


def test_every_public_call_of_a_run_works(here: Path) -> None:
    """One call of each method; a method added to Run fails here until it is tried."""
    run = Run.get_context()
    matrix = {"schema_type": "confusion_matrix", "schema_version": "1.0.0", "data": {}}
    Path("f.txt").write_text("f")
    Path("folder").mkdir()
    Path("folder/g.txt").write_text("g")
    calls = {
        "log": ("m", 1), "log_list": ("l", [1, 2]), "log_row": ("r",), "log_table": ("t", {"x": [1]}),
        "log_image": ("i", "f.txt"), "log_confusion_matrix": ("cm", matrix),
        "log_accuracy_table": ("at", {**matrix, "schema_type": "accuracy_table"}),
        "log_predictions": ("p", {**matrix, "schema_type": "predictions"}),
        "log_residuals": ("res", {**matrix, "schema_type": "residuals"}),
        "get_metrics": (), "tag": ("k", "v"), "set_tags": ({"a": 1},), "get_tags": (), "remove_tags": (["k"],),
        "add_properties": ({"p": 1},), "get_properties": (), "upload_file": ("outputs/f.txt", "f.txt"),
        "upload_files": (["x"], ["f.txt"]), "upload_folder": ("logs", "folder"), "get_file_names": (),
        "download_file": ("x", "down.txt"), "download_files": (), "get_all_logs": (), "get_details": (),
        "get_details_with_logs": (), "get_status": (), "get_children": (), "child_run": ("kid",),
        "create_children": (2,), "take_snapshot": ("folder",), "get_snapshot_id": (), "restore_snapshot": (),
        "register_model": ("model", "outputs/f.txt"), "get_portal_url": (),
        "get_secret": ("HOME",), "get_secrets": (["HOME"],), "flush": (), "start": (), "clean": (),
        "complete": (), "wait_for_completion": (True,),
    }  # fmt: skip
    elsewhere = {"fail", "cancel", "get", "list", "get_context", "get_submitted_run", "add_type_provider"}
    public = {name for name, _ in inspect.getmembers(Run, callable) if not name.startswith("_")}
    assert public - elsewhere == calls.keys()
    for name, arguments in calls.items():
        getattr(run, name)(*arguments, **({"x": 1} if name == "log_row" else {}))
    assert run.get_metrics()["l"] == [1, 2]
    assert {"outputs/f.txt", "x", "logs/g.txt"} <= set(run.get_file_names())
    assert len(list(run.get_children())) == 3
    assert run.get_details()["status"] == "Completed"
    assert run.experiment.name == "offline"


def test_metrics_files_tags_and_children(here: Path) -> None:
    run = Run.get_context()
    run.log("nan", float("nan"))
    run.log_row("rows", a=1)
    run.log_row("rows", a=2, b="x")
    assert math.isnan(run.get_metrics()["nan"])
    assert run.get_metrics("rows") == {"rows": {"a": [1, 2], "b": [None, "x"]}}
    run.upload_file("outputs/a", io.BytesIO(b"bytes"))
    with pytest.raises(UserErrorException, match="'outputs/a' already"):
        run.upload_file("outputs/a", io.BytesIO(b"other"))
    with pytest.raises(UserErrorException, match="leads out"):
        run.upload_file("../../escaped", io.BytesIO(b""))
    run.add_properties({"p": 1})
    with pytest.raises(UserErrorException, match="cannot be changed"):
        run.add_properties({"p": 2})
    child = run.child_run("kid")
    grandchild = child.child_run()
    assert child.parent == run
    assert list(run.get_children()) == [child]
    assert set(run.get_children(recursive=True)) == {child, grandchild}
    assert run.get_metrics(recursive=True).keys() == {run.id, child.id, grandchild.id}


def test_its_experiment_shows_without_a_workspace(here: Path) -> None:
    experiment = Run.get_context().experiment
    assert repr(experiment) == "Experiment(Name: offline)"
    assert "<td>offline</td>" in experiment._repr_html_()


def test_models_and_snapshots(here: Path) -> None:
    run = Run.get_context()
    run.upload_file("outputs/model/m.pkl", io.BytesIO(b"model"))
    first = run.register_model("m", "outputs/model", tags={"a": 1})
    second = run.register_model("m", "./outputs/model/")
    assert isinstance(second, Model)
    assert (first.id, second.id) == ("m:1", "m:2")
    assert Path(second.download("to"), "m.pkl").read_bytes() == b"model"
    second.add_tags({"b": 2})
    assert second.tags == {"b": "2"}
    second.delete()
    with pytest.raises(ModelPathNotFoundException, match=r"'nope'; its files are: outputs/model/m\.pkl"):
        run.register_model("m", "nope")
    Path("src").mkdir()
    Path("src/a.py").write_text("a")
    run.take_snapshot("src")
    assert zipfile.ZipFile(run.restore_snapshot()).namelist() == ["a.py"]


def test_an_ended_run_stays_ended() -> None:
    run = _OfflineRun()
    run.fail(ValueError("why"))
    assert run.get_details()["error"]["error"]["message"] == "why"
    with pytest.raises(UserErrorException, match="is Failed and cannot become Completed"):
        run.complete()


def test_what_a_killed_script_logged_is_there(here: Path) -> None:
    script = (
        "import os, signal\nfrom azureml.core import Run\nrun = Run.get_context()\n"
        "for n in range(1000): run.log('n', n)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=here, check=False, capture_output=True)
    (folder,) = (here / ".azureml/offline").glob("OfflineRun_*")
    assert _OfflineRun(run_id=folder.name).get_metrics() == {"n": list(range(1000))}


def test_a_folder_that_takes_no_files_is_left_alone(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # tests may run as root, who may write everywhere
    run = _OfflineRun()
    run.log("a", 1)
    assert Path(os.environ["WORKSTEAD_HOME"], "offline", run.id).is_dir()
    assert list(here.iterdir()) == []


def test_files_on_disk_are_plain_json(here: Path) -> None:
    run = _OfflineRun()
    run.log("a", 1.5, step=3)
    folder = here / ".azureml/offline" / run.id
    name, value, _, step, kind = json.loads((folder / "metrics.jsonl").read_text())
    assert (name, value, step, kind) == ("a", 1.5, 3, "scalar")
    assert json.loads((folder / "run.json").read_text())["id"] == run.id
