"""Runs against a live server: what is logged, kept, led to and ended."""

from __future__ import annotations

import io
import math
import time
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import live
from azureml.core import Experiment, Run, Workspace
from azureml.exceptions import (
    ActivityFailedException,
    AzureMLException,
    RunEnvironmentException,
    SnapshotException,
    UserErrorException,
)
from azureml.widgets import RunDetails
from workstead_client import artifacts

MATRIX = {
    "schema_type": "confusion_matrix",
    "schema_version": "1.0.0",
    "data": {"class_labels": ["0", "1"], "matrix": [[3, 0], [1, 2]]},
}


def test_once_a_value_repeatedly_a_list(run: Run) -> None:
    run.log("once", 0.5)
    for number in range(3):
        run.log("often", number, step=number * 10)
    run.log_list("list", [1])
    run.log_list("lists", [1, 2])
    run.log_list("lists", (3,))
    metrics = run.get_metrics()
    assert metrics == {"once": 0.5, "often": [0, 1, 2], "list": [1], "lists": [1, 2, 3]}
    assert run.get_metrics("once") == {"once": 0.5}
    assert run.get_metrics("nothing") == {}


def test_rows_and_tables(run: Run) -> None:
    run.log_row("one row", x=1, y="a")
    run.log_row("rows", x=1)
    run.log_row("rows", x=2, y="late")
    run.log_table("table", {"x": [1, 2], "y": np.array([0.5, 1.5])})
    assert run.get_metrics() == {
        "one row": {"x": 1, "y": "a"},
        "rows": {"x": [1, 2], "y": [None, "late"]},
        "table": {"x": [1, 2], "y": [0.5, 1.5]},
    }
    with pytest.raises(UserErrorException, match="'x' has 2, 'y' has 1"):
        run.log_table("crooked", {"x": [1, 2], "y": [1]})
    with pytest.raises(UserErrorException, match="needs columns"):
        run.log_row("empty")


def test_values_of_all_sorts(run: Run) -> None:
    for name, value in {
        "numpy": np.float32(0.5), "int64": np.int64(7), "zero-dim": np.array(2.5), "truth": True,
        "numpy truth": np.array([1, 2])[0] > 1, "word": "déjà vu", "decimal": Decimal("0.25"), "a/b c?&": 1,
    }.items():  # fmt: skip
        run.log(name, value)
    for value in (math.nan, math.inf, -math.inf, 1.0):
        run.log("not finite", value)
    found = run.get_metrics()
    not_finite = found.pop("not finite")
    assert math.isnan(not_finite[0])
    assert not_finite[1:] == [math.inf, -math.inf, 1.0]
    assert found == {
        "numpy": 0.5, "int64": 7, "zero-dim": 2.5, "truth": True,
        "numpy truth": False, "word": "déjà vu", "decimal": 0.25, "a/b c?&": 1,
    }  # fmt: skip
    with pytest.raises(UserErrorException, match="cannot be logged"):
        run.log("object", object())
    with pytest.raises(UserErrorException, match="cannot be logged"):
        run.log("array", np.array([1, 2]))


def test_long_lists_and_wide_rows_are_whole(run: Run) -> None:
    run.log_list("long", range(20_000))
    run.log_row("wide", **{f"column {number}": "x" * 100 for number in range(100)})
    found = run.get_metrics()
    assert found["long"] == list(range(20_000))
    assert len(found["wide"]) == 100


def test_files_of_measures(run: Run) -> None:
    run.log_confusion_matrix("matrix", MATRIX)
    Path("table.json").write_text('{"schema_type": "accuracy_table", "schema_version": "1.0.1", "data": {}}')
    run.log_accuracy_table("table", "table.json")
    run.log_predictions("predicted", '{"schema_type": "predictions", "schema_version": "1.0.0", "data": {"bins": [1]}}')
    run.log_residuals("left", {"schema_type": "residuals", "data": {"edges": np.arange(2)}})
    metrics = run.get_metrics()
    assert metrics["matrix"].startswith(f"aml://artifactId/ExperimentRun/dcid.{run.id}/matrix_")
    populated = run.get_metrics(populate=True)
    assert populated["matrix"] == MATRIX
    assert populated["left"]["data"] == {"edges": [0, 1]}
    assert len(run.get_file_names()) == 4
    with pytest.raises(UserErrorException, match="is no residuals"):
        run.log_residuals("wrong", MATRIX)
    with pytest.raises(UserErrorException, match="neither JSON nor a file"):
        run.log_residuals("wrong", "no-such-file.json")


def test_images(run: Run) -> None:
    class Figure:
        def savefig(self, stream: io.BytesIO, **_: object) -> None:
            stream.write(b"\x89PNG figure")

    Path("p.jpg").write_bytes(b"jpeg")
    run.log_image("a/b", plot=Figure())
    run.log_image("photo", path="p.jpg")
    names = run.get_file_names()
    assert [name.partition("_")[0] for name in names] == ["a", "photo"]
    assert names[1].endswith(".jpg")
    run.download_file(names[0], "figure.png")
    assert Path("figure.png").read_bytes() == b"\x89PNG figure"
    with pytest.raises(UserErrorException, match="either path"):
        run.log_image("both")


def test_files(run: Run) -> None:
    Path("m.pkl").write_bytes(b"model")
    kept = run.upload_file(name="outputs/m.pkl", path_or_stream="./m.pkl")
    assert (kept.path, kept.size) == ("outputs/m.pkl", 5)
    run.upload_file("./outputs/stream.txt", io.BytesIO(b"streamed"))
    assert run.get_file_names() == ["outputs/m.pkl", "outputs/stream.txt"]
    with pytest.raises(AzureMLException, match=r"outputs/m\.pkl"):
        run.upload_file("outputs/m.pkl", "m.pkl")
    with pytest.raises(UserErrorException, match="there is no file 'nope'"):
        run.upload_file("outputs/x", "nope")
    Path("down").mkdir()
    run.download_file("outputs/m.pkl", "down")
    run.download_file("outputs/m.pkl", "new/folder/other.pkl")
    run.download_file("outputs/stream.txt")
    assert Path("down/m.pkl").read_bytes() == Path("new/folder/other.pkl").read_bytes() == b"model"
    assert Path("stream.txt").read_bytes() == b"streamed"
    with pytest.raises(AzureMLException, match="nope"):
        run.download_file("nope")


def test_folders(run: Run) -> None:
    for name in ("a.txt", "deep/b.txt", "deep/er/c d.txt"):
        Path("folder", name).parent.mkdir(parents=True, exist_ok=True)
        Path("folder", name).write_text(name)
    kept = run.upload_folder("outputs/f", "folder")
    assert sorted(kept) == ["outputs/f/a.txt", "outputs/f/deep/b.txt", "outputs/f/deep/er/c d.txt"]
    run.upload_files(["x.txt", "y.txt"], ["folder/a.txt", "folder/deep/b.txt"])
    run.download_files(prefix="outputs/f/deep", output_directory="got", append_prefix=False)
    assert {path.relative_to("got").as_posix() for path in Path("got").rglob("*.txt")} == {"b.txt", "er/c d.txt"}
    run.download_files(output_directory="all")
    assert Path("all/outputs/f/deep/er/c d.txt").read_text() == "deep/er/c d.txt"
    run.download_files(prefix="x.txt", output_directory="one", output_paths=["renamed"])
    assert Path("one/renamed").exists()
    with pytest.raises(UserErrorException, match="no files below 'outpu'"):
        run.download_files(prefix="outpu")
    with pytest.raises(UserErrorException, match="leads out"):
        run.download_files(prefix="x.txt", output_paths=["../out"])
    with pytest.raises(UserErrorException, match="names has 1 items and paths 2"):
        run.upload_files(["a"], ["b", "c"])
    with pytest.raises(UserErrorException, match="folder with files"):
        run.upload_folder("e", "no-such-folder")


def test_tags_and_properties(run: Run, experiment: Experiment) -> None:
    run.tag("plain")
    run.set_tags({"number": 1, "word": "w"})
    run.remove_tags(["word", "unknown"])
    assert run.get_tags() == run.tags == {"plain": "", "number": "1"}
    run.add_properties({"p": 1})
    run.add_properties({"p": "1", "q": "2"})
    with pytest.raises(UserErrorException, match="'p'"):
        run.add_properties({"p": "2"})
    assert run.get_properties() == {"p": "1", "q": "2"}
    for tags in ("plain", {"number": 1}, {"number": "1", "plain": None}):
        assert list(experiment.get_runs(tags=tags)) == [run]
    assert list(experiment.get_runs(tags={"number": 2})) == []
    assert list(experiment.get_runs(properties={"q": "2"})) == [run]


def test_input_datasets(run: Run, ws: Workspace, online: live.Live) -> None:
    assert run.get_details()["inputDatasets"] == []
    dataset = {"name": "iris", "digest": "d1", "source_type": "http", "source": "{}"}
    tags = [{"key": "mlflow.data.context", "value": "train"}]
    address = f"/mlflow/v1.0{ws.get_details()['id']}/api/2.0/mlflow/runs/log-inputs"
    body = {"run_id": run.id, "datasets": [{"dataset": dataset, "tags": tags}]}
    online.http.post(address, json=body).raise_for_status()
    assert run.get_details()["inputDatasets"] == [
        {
            "dataset": {"name": "iris", "digest": "d1", "sourceType": "http", "source": "{}"},
            "consumptionDetails": {"type": "Reference", "inputName": "train"},
        }
    ]


def test_details(run: Run, ws: Workspace) -> None:
    run.display_name = "bright"
    run.description = "words"
    run.upload_file("user_logs/std_log.txt", io.BytesIO(b"line\n"))
    run.complete()
    details = run.get_details()
    assert (details["runId"], details["status"], details["target"]) == (run.id, "Completed", "local")
    assert details["endTimeUtc"] >= details["startTimeUtc"]
    assert details["logFiles"]["user_logs/std_log.txt"].startswith("http://127.0.0.1")
    assert run.get_details_with_logs()["logFiles"] == {"user_logs/std_log.txt": "line\n"}
    assert [Path(file).read_text() for file in run.get_all_logs()] == ["line\n"]
    again = ws.get_run(run.id)
    assert (again.name, again.description, again.number, again.type) == ("bright", "words", 1, "interactive")
    assert repr(again) == f"Run(Experiment: try out,\nId: {run.id},\nType: interactive,\nStatus: Completed)"
    assert run.get_portal_url().startswith(
        f"{ws.discovery_url.removesuffix('/api/v1')}/runs/{run.id}?wsid=/subscriptions/"
    )


def test_children(run: Run) -> None:
    child = run.child_run("child")
    child.log("loss", 1)
    grandchild = child.child_run()
    grandchild.complete()
    child.complete()
    assert child.parent == run
    assert run.parent is None
    assert list(run.get_children()) == [child]
    assert set(run.get_children(recursive=True)) == {child, grandchild}
    assert run.get_metrics(recursive=True) == {run.id: {}, child.id: {"loss": 1}, grandchild.id: {}}
    several = run.create_children(tag_key="fold", tag_values=[1, 2])
    assert [one.tags for one in several] == [{"fold": "1"}, {"fold": "2"}]
    assert [one.status for one in several] == ["NotStarted", "NotStarted"]
    several[0].start()
    assert list(run.get_children(status="Running")) == several[:1]
    assert len(run.create_children(count=3)) == 3
    for arguments in ({}, {"tag_key": "a"}, {"count": 1, "tag_key": "a", "tag_values": [1]}):
        with pytest.raises(UserErrorException, match="either count"):
            run.create_children(**arguments)


def test_ends(experiment: Experiment) -> None:
    with experiment.start_logging(snapshot_directory=None) as good:
        good.log("a", 1)
    assert good.status == "Completed"
    with pytest.raises(ZeroDivisionError), experiment.start_logging(snapshot_directory=None) as bad:
        1 / 0  # noqa: B018
    assert bad.get_details()["error"]["error"] == {
        "code": "UserError",
        "message": "ZeroDivisionError: division by zero",
    }
    with experiment.start_logging(snapshot_directory=None) as own:
        own.fail("my words", "MyCode")
    assert own.get_details()["error"]["error"] == {"code": "MyCode", "message": "my words"}
    with experiment.start_logging(snapshot_directory=None) as stopped:
        stopped.cancel()
    assert [one.status for one in experiment.get_runs()] == ["Canceled", "Failed", "Failed", "Completed"]
    assert list(Run.list(experiment, status="Completed")) == [good]
    assert good.wait_for_completion(show_output=True)["status"] == "Completed"
    with pytest.raises(ActivityFailedException, match="my words"):
        own.wait_for_completion()
    assert own.wait_for_completion(raise_on_error=False)["status"] == "Failed"


def test_all_is_there_after_complete_and_logging_goes_on(run: Run, online, ws: Workspace) -> None:
    for number in range(5000):
        run.log("loss", number / 2)
    run.complete()
    path = f"{ws._path.url}/runs/{run.id}/metrics".removeprefix("/api/v1")
    assert [metric["count"] for metric in online.call("GET", path)["items"]] == [5000]
    run.log("afterwards", 1)
    assert run.get_metrics("afterwards") == {"afterwards": 1}


def test_outputs_are_uploaded_at_the_end(experiment: Experiment) -> None:
    Path("outputs").mkdir()
    with experiment.start_logging(outputs="./outputs", snapshot_directory=None) as run:
        Path("outputs/late.txt").write_text("late")
    assert run.get_file_names() == ["outputs/late.txt"]


def test_snapshots_are_kept_and_only_changes_sent(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data").mkdir()
    Path("data/big.bin").write_bytes(bytes(11_000_000))
    Path("train.py").write_text("1")
    Path(".amlignore").write_text("*.log\n")
    Path("x.log").write_text("out")
    sent: list[str] = []
    real = artifacts.upload_contents
    monkeypatch.setattr(artifacts, "upload_contents", lambda *a: (sent.extend(a[2]), real(*a)))
    first = experiment.start_logging()
    assert len(sent) == 3
    Path("train.py").write_text("2")
    began = time.monotonic()
    second = experiment.start_logging()
    assert time.monotonic() - began < 10  # a hang would fail here; the figure itself is in benchmarks
    assert len(sent) == 4
    assert first.get_snapshot_id() != second.get_snapshot_id()
    Path("to").mkdir()
    with zipfile.ZipFile(second.restore_snapshot(path="to")) as archive:
        assert sorted(archive.namelist()) == [".amlignore", "data/big.bin", "train.py"]
        assert archive.read("train.py") == b"2"
    for run in (first, second):
        run.complete()


def test_snapshots_over_the_limit_are_refused(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data").mkdir()
    Path("data/big.bin").write_bytes(bytes(2_000_000))
    Path("small.py").write_text("1")
    monkeypatch.setenv("WORKSTEAD_SNAPSHOT_MAX_BYTES", "1000000")
    with pytest.raises(SnapshotException, match=r"holds 1.9 MB, more than the 1.0 MB .* data/ \(1.9 MB\), small.py"):
        experiment.start_logging()
    monkeypatch.setenv("WORKSTEAD_SNAPSHOT_MAX_BYTES", "3000000")
    monkeypatch.setenv("WORKSTEAD_SNAPSHOT_MAX_FILES", "1")
    with pytest.raises(SnapshotException, match=r"holds 2 files, more than the 1 .*\.amlignore"):
        experiment.start_logging()
    assert list(experiment.get_runs()) == []
    experiment.start_logging(snapshot_directory=None).complete()


def test_context_inside_a_job(run: Run, ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZUREML_RUN_ID", run.id)
    monkeypatch.setenv("WORKSTEAD_WORKSPACE", ws.get_details()["id"])
    context = Run.get_context(allow_offline=False)
    assert context == run
    assert context.experiment.workspace == ws
    context.log("x", 1)
    assert context.get_metrics() == {"x": 1}


def test_context_outside_any_run_may_be_refused() -> None:
    with pytest.raises(RunEnvironmentException):
        Run.get_context(allow_offline=False)


def test_type_provider(experiment: Experiment, online, ws: Workspace) -> None:
    class Special(Run):
        pass

    Run.add_type_provider("special", lambda experiment, dto: Special(experiment, dto.run_id))
    body = {"id": "special-1", "experiment": experiment.name, "type": "special"}
    online.call("POST", f"{ws._path.url}/runs".removeprefix("/api/v1"), body)
    (found,) = experiment.get_runs(type="special")
    assert type(found) is Special


def test_shown(run: Run) -> None:
    run.display_name = "<img src=x onerror=alert(1)>"
    run.log("<b>", 1)
    run.child_run("kid").complete()
    html = RunDetails(run)._repr_html_()
    assert "<img" not in html
    assert "<b>" not in html
    assert "kid" in html
    assert run.get_portal_url() in html
    assert "  <b>: 1" in str(RunDetails(run))


def test_experiments(ws: Workspace, experiment: Experiment, run: Run) -> None:
    other = Experiment(ws, "Другой, other")
    assert set(ws.experiments) == {"try out", "Другой, other"}
    assert [found.name for found in Experiment.list(ws, experiment_name="try out")] == ["try out"]
    other.set_tags({"a": 1})
    other.tag("b")
    other.remove_tags(["b"])
    assert other.tags == {"a": "1"}
    assert Experiment.list(ws, tags={"a": "1"}) == [other]
    other.archive()
    assert Experiment.list(ws) == [experiment]
    assert Experiment.list(ws, view_type="ArchivedOnly")[0].archived_time is not None
    other.reactivate()
    with pytest.raises(UserErrorException, match="try out"):
        Experiment.delete(ws, experiment.id)
    Experiment.delete(ws, other.id)
    assert set(ws.experiments) == {"try out"}
    with pytest.raises(UserErrorException, match="no experiment with the id"):
        Experiment.delete(ws, other.id)
