"""Client functions of artifacts, snapshots, models and data sets, against a live server."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

import live
from workstead_client import artifacts, data, models
from workstead_client.transport import Transport, iterate
from workstead_wire.artifacts import SnapshotCreate, SnapshotFile, SnapshotHashes
from workstead_wire.errors import (
    AlreadyExists,
    ArtifactNotFound,
    DatasetNotFound,
    InvalidInput,
    ModelNotFound,
    PropertyImmutable,
)
from workstead_wire.models import ModelCreate, ModelUpdate
from workstead_wire.workspaces import WorkspacePath

RUN = "ExperimentRun"
BOX = "dcid.r1"


@pytest.fixture
def http(live_server: live.Live) -> Transport:
    return Transport(live_server.url, live_server.token)


def test_files(http: Transport, workspace: WorkspacePath, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 2_500_000)
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    made = artifacts.upload_artifact(http, workspace, RUN, BOX, "out/ü #1%.bin", source, sha256=sha256)
    assert (made.path, made.size, made.sha256) == ("out/ü #1%.bin", 2_500_000, sha256)
    with pytest.raises(AlreadyExists, match="choose another name"):
        artifacts.upload_artifact(http, workspace, RUN, BOX, "out/ü #1%.bin", source)
    assert artifacts.get_artifact(http, workspace, RUN, BOX, made.path) == made
    target = tmp_path / "deep/target"
    assert artifacts.download_artifact(http, workspace, RUN, BOX, made.path, target) == made.size
    assert target.read_bytes() == source.read_bytes()
    artifacts.upload_artifact(http, workspace, RUN, BOX, "a.txt", b"a")
    names = [item.path for item in iterate(artifacts.list_artifacts, http, workspace, RUN, BOX, limit=1)]
    assert names == ["a.txt", "out/ü #1%.bin"]
    artifacts.download_zip(http, workspace, RUN, BOX, tmp_path / "all.zip", path="out")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.namelist() == ["out/ü #1%.bin"]
    artifacts.delete_artifact(http, workspace, RUN, BOX, "a.txt")
    with pytest.raises(ArtifactNotFound, match="ü #1%"):
        artifacts.get_artifact(http, workspace, RUN, BOX, "a.txt")


@pytest.mark.parametrize("path", ["../x", "a/../../x", "..", "a/./b", "a//b", "/a", "a/", "a\\b", "a\nb"])
def test_paths_that_lead_elsewhere_are_refused(http: Transport, workspace: WorkspacePath, path: str) -> None:
    with pytest.raises(InvalidInput, match="no path for a file"):
        artifacts.upload_artifact(http, workspace, RUN, BOX, path, b"x")


def test_snapshots(http: Transport, workspace: WorkspacePath, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"print(1)").hexdigest()
    asked = SnapshotHashes(sha256=[digest])
    assert artifacts.list_missing_contents(http, workspace, asked).sha256 == [digest]
    artifacts.upload_content(http, workspace, digest, b"print(1)")
    assert artifacts.list_missing_contents(http, workspace, asked).sha256 == []
    files = {"train.py": SnapshotFile(sha256=digest, size=8)}
    made = artifacts.create_snapshot(http, workspace, SnapshotCreate(files=files))
    assert artifacts.get_snapshot(http, workspace, made.id).files == files
    artifacts.read_snapshot_file(http, workspace, made.id, "train.py", tmp_path / "t.py")
    assert (tmp_path / "t.py").read_bytes() == b"print(1)"
    artifacts.download_snapshot(http, workspace, made.id, tmp_path / "s.zip")
    assert zipfile.ZipFile(tmp_path / "s.zip").read("train.py") == b"print(1)"


def test_models(http: Transport, workspace: WorkspacePath) -> None:
    artifacts.upload_artifact(http, workspace, "LocalUpload", "box", "m.pkl", b"123")
    asked = ModelCreate(
        name="m", origin="LocalUpload", container="box", path="m.pkl", tags={"a": "1"}, properties={"p": "1"}
    )
    assert [models.create_model(http, workspace, asked).id for _ in range(2)] == ["m:1", "m:2"]
    assert models.get_model(http, workspace, "m").version == 2
    assert [item.id for item in iterate(models.list_models, http, workspace, limit=1)] == ["m:2", "m:1"]
    assert models.list_models(http, workspace, property=["p=2"]).items == []
    assert models.list_models(http, workspace, tag=["a=1"], latest=True).items[0].id == "m:2"
    changed = models.update_model(http, workspace, "m", 1, ModelUpdate(description="d", archived=True))
    assert changed.archived_at is not None
    with pytest.raises(PropertyImmutable):
        models.update_model(http, workspace, "m", 2, ModelUpdate(properties={"p": "2"}))
    assert [(row.name, row.versions) for row in models.list_model_names(http, workspace).items] == [("m", 1)]
    assert [file.path for file in models.list_model_files(http, workspace, "m", 2).items] == ["m.pkl"]
    models.delete_model(http, workspace, "m", 2)
    with pytest.raises(ModelNotFound):
        models.get_model(http, workspace, "m", 2)


def test_data_sets(http: Transport, tmp_path: Path) -> None:
    assert [item.name for item in data.list_datasets(http).items] == ["mnist"]
    with pytest.raises(DatasetNotFound, match="it knows mnist"):
        data.fetch_dataset(http, "mnits")
    wrong = tmp_path / "t10k-labels-idx1-ubyte.gz"
    wrong.write_bytes(b"x")
    with pytest.raises(InvalidInput, match="t10k-labels"):
        data.import_dataset(http, "mnist", wrong.name, wrong)
    with pytest.raises(DatasetNotFound):
        data.read_mirror(http, "http://yann.lecun.com/", tmp_path / "x")
