"""A folder that is uploaded is the folder that is downloaded, whatever its files."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Dict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azureml.core import Experiment, Model, Workspace
from azureml.exceptions import UserErrorException
from workstead_wire.artifacts import BATCH_BYTES, BATCH_FILES

_numbers = itertools.count()
NAMES = st.text(st.characters(exclude_categories=["C"], exclude_characters="/\\"), min_size=1, max_size=8).filter(
    lambda name: name not in {".", ".."}
)
SIZES = st.integers(0, 3) | st.sampled_from([BATCH_BYTES - 1, BATCH_BYTES, BATCH_BYTES + 1])


def write(folder: Path, files: Dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def read(folder: Path) -> Dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    folders=st.dictionaries(NAMES, st.dictionaries(NAMES, SIZES, min_size=1, max_size=6), min_size=1, max_size=3),
    fill=st.binary(min_size=1, max_size=1),
)
def test_a_folder_comes_back(ws: Workspace, here: Path, folders: Dict[str, Dict[str, int]], fill: bytes) -> None:
    number = next(_numbers)
    files = {f"{outer}/{name}": fill * size for outer, inner in folders.items() for name, size in inner.items()}
    source = write(here / f"from{number}", files)
    run = Experiment(ws, "folders").start_logging(snapshot_directory=None)
    kept = run.upload_folder("data", str(source))
    assert sorted(kept) == sorted(f"data/{name}" for name in files)
    assert all(artifact.path == name for name, artifact in kept.items())
    target = here / f"to{number}"
    run.download_files("data", str(target), append_prefix=False)
    run.complete()
    assert read(target) == files


def test_more_files_than_a_batch_has(ws: Workspace, here: Path) -> None:
    files = {f"{number % 7}/{number}": b"%d" % number for number in range(2 * BATCH_FILES + 1)}
    source = write(here / "many", files)
    run = Experiment(ws, "folders").start_logging(snapshot_directory=None)
    run.upload_folder("", str(source))
    assert len(run.get_file_names()) == len(files)
    run.complete()
    model = Model.register(ws, str(source), "many")
    assert read(Path(model.download(str(here / "back")))) == files


def test_a_taken_name_is_named_though_the_batch_is_large(ws: Workspace, here: Path) -> None:
    files = {f"{number}": bytes(BATCH_BYTES - number) for number in range(2)}
    source = write(here / "large", files)
    run = Experiment(ws, "folders").start_logging(snapshot_directory=None)
    run.upload_file("1", str(source / "1"))
    for _ in range(5):  # the answer comes before the server has read all: it must not get lost
        with pytest.raises(UserErrorException, match="'1'"):
            run.upload_folder("", str(source))
    assert run.get_file_names() == ["1"]
    run.complete()
