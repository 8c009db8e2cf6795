"""Registered models: versions, labels, bytes, and where a script finds them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from azureml.core import Model, Run, Workspace
from azureml.core.model import Model as DeepModel
from azureml.exceptions import (
    ModelNotFoundException,
    ModelPathNotFoundException,
    UserErrorException,
    WebserviceException,
)


def test_a_run_registers_versions(run: Run, ws: Workspace) -> None:
    run.upload_file("outputs/m.pkl", io.BytesIO(b"one"))
    first = run.register_model(
        model_name="digits", model_path="outputs/m.pkl", tags={"k": 1}, properties={"p": 2}, description="words",
        model_framework=Model.Framework.SCIKITLEARN, model_framework_version="1.5",
    )  # fmt: skip
    second = run.register_model("digits", "./outputs/")
    assert (first.name, first.id, first.version) == ("digits", "digits:1", 1)
    assert (second.id, second.run_id, second.experiment_name) == ("digits:2", run.id, "try out")
    assert second.run == run
    assert (first.tags, first.properties, first.description) == ({"k": "1"}, {"p": "2"}, "words")
    assert (first.model_framework, first.model_framework_version) == ("ScikitLearn", "1.5")
    assert Model(ws, "digits") == second
    assert Model(ws, "digits", version=1) == Model(ws, id="digits:1") == first
    assert Model(ws, "digits", tags=[["k", "1"]]) == Model(ws, "digits", tags=["k"]) == first
    assert Model(ws, "digits", run_id=run.id, model_framework="ScikitLearn") == first
    assert Model.list(ws) == [second, first]
    assert Model.list(ws, name="digits", latest=True) == [second]
    assert Model.list(ws, tags=[["k", "2"]]) == []
    assert ws.models == {"digits": second}
    assert Path(second.download("folder")).name == "outputs"
    assert Path("folder/outputs/m.pkl").read_bytes() == b"one"
    assert first.serialize()["id"] == "digits:1"
    assert "/model/digits:1/details?wsid=" in first.get_portal_url()
    assert DeepModel is Model


def test_the_path_is_the_models_name_by_default(run: Run) -> None:
    run.upload_file("m.pkl", io.BytesIO(b"one"))
    assert run.register_model("m.pkl").version == 1
    with pytest.raises(ModelPathNotFoundException, match="nope"):
        run.register_model("x", "outputs/nope.pkl")


def test_files_and_folders_are_registered_from_disk(ws: Workspace) -> None:
    for name in ("a/one.txt", "a/deep/two.txt", "b/three.txt"):
        Path("m", name).parent.mkdir(parents=True, exist_ok=True)
        Path("m", name).write_text(name)
    whole = Model.register(ws, "m", "folder", tags={"k": "v"}, description="words")
    part = Model.register(workspace=ws, model_path="m", model_name="folder", child_paths=["a/deep", "b/three.txt"])
    file = Model.register(ws, "m/a/one.txt", "file")
    assert (whole.version, part.version, file.version) == (1, 2, 1)
    assert whole.run is None
    assert sorted(got("whole", whole)) == ["a/deep/two.txt", "a/one.txt", "b/three.txt"]
    assert sorted(got("part", part)) == ["a/deep/two.txt", "b/three.txt"]
    assert Path(file.download("file")).read_text() == "a/one.txt"
    with pytest.raises(ModelPathNotFoundException, match="'nope'"):
        Model.register(ws, "nope", "x")
    with pytest.raises(ModelPathNotFoundException, match="inside"):
        Model.register(ws, "m", "x", child_paths=["../here"])


def test_download_does_not_write_over_files_unasked(ws: Workspace) -> None:
    Path("m.txt").write_text("kept")
    model = Model.register(ws, "m.txt", "m")
    Path("m.txt").write_text("changed")
    with pytest.raises(WebserviceException, match="exist_ok=True"):
        model.download()
    assert Path("m.txt").read_text() == "changed"
    assert model.download(exist_ok=True) == "m.txt"
    assert Path("m.txt").read_text() == "kept"


def test_labels_change_and_properties_do_not(ws: Workspace) -> None:
    Path("m.txt").write_text("m")
    model = Model.register(ws, "m.txt", "m", tags={"a": 1})
    model.add_tags({"b": 2})
    model.remove_tags(["a"])
    model.update(description="new words")
    model.add_properties({"p": 1})
    with pytest.raises(UserErrorException, match="'p'"):
        model.add_properties({"p": 2})
    again = Model(ws, "m")
    assert (again.tags, again.properties, again.description) == ({"b": "2"}, {"p": "1"}, "new words")
    again.update(tags={"only": 1})
    assert Model(ws, "m").tags == {"only": "1"}


def test_a_deleted_version_is_gone_for_good(ws: Workspace) -> None:
    Path("m.txt").write_text("m")
    Model.register(ws, "m.txt", "m").delete()
    with pytest.raises(ModelNotFoundException, match="ModelNotFound") as caught:
        Model(ws, "m")
    assert isinstance(caught.value, WebserviceException)
    assert Model.register(ws, "m.txt", "m").version == 2


def test_path_from_the_server_then_from_the_cache(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("m.txt").write_text("one")
    Model.register(ws, "m.txt", "served")
    assert Model.get_model_path("served", _workspace=ws) == "azureml-models/served/1/m.txt"
    Path("m.txt").write_text("two")
    Model.register(ws, "m.txt", "served")
    assert Model.get_model_path("served", version=1) == "azureml-models/served/1/m.txt"
    assert Path(Model.get_model_path("served", _workspace=ws)).read_text() == "two"
    assert Model.get_model_path("served") == "azureml-models/served/2/m.txt"


def test_path_without_a_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Path("beside").write_text("m")
    assert Model.get_model_path("beside") == "beside"
    place = tmp_path / "azureml-models/mine/3"
    place.mkdir(parents=True)
    (place / "m.pkl").write_text("m")
    for given in (place, tmp_path / "azureml-models"):
        monkeypatch.setenv("AZUREML_MODEL_DIR", str(given))
        assert Model.get_model_path("mine") == str(place / "m.pkl")
    with pytest.raises(ModelNotFoundException, match="'nowhere'"):
        Model.get_model_path("nowhere")
    with pytest.raises(WebserviceException, match="whole number"):
        Model.get_model_path("mine", version="3")


def test_arguments_that_come_later_are_refused(run: Run, ws: Workspace) -> None:
    with pytest.raises(UserErrorException, match=r"argument datasets of Run.register_model is not in Workstead yet"):
        run.register_model("m", datasets=[("training", object())])
    with pytest.raises(UserErrorException, match=r"argument sample_input_dataset of Model.register"):
        Model.register(ws, "m", "m", datasets=[], sample_input_dataset=object())


def test_ids_are_checked(ws: Workspace) -> None:
    for given in ("m", "m:", ":1", "m:x"):
        with pytest.raises(UserErrorException, match="name:version"):
            Model(ws, id=given)
    with pytest.raises(UserErrorException, match="needs a name or an id"):
        Model(ws)


def got(folder: str, model: Model) -> list[str]:
    root = Path(model.download(folder))
    return [file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()]
