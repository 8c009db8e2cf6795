"""A run without a server: the same verbs, kept in a folder.

::

    .azureml/offline/OfflineRun_<guid>/{run.json, metrics.jsonl, files/…, snapshots/<id>.zip}
    .azureml/offline/models/<name>/<version>.json
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

import msgspec

from azureml._face.script import find_script_name
from azureml._face.snapshot import hash_file, read_folder
from azureml._face.store import Columns, Source
from azureml._face.values import plain_cell
from azureml.exceptions import ModelPathNotFoundException, UserErrorException
from workstead_wire.artifacts import Artifact
from workstead_wire.models import Model, ModelCreate, ModelUpdate
from workstead_wire.runs import ENDED, Point, Run, RunCreate, RunInput, RunUpdate, StatusChange

PREFIX = "OfflineRun_"
_encode = msgspec.json.Encoder().encode
_points = msgspec.json.Decoder(Point)
_lock = threading.RLock()
_announced: List[Path] = []


def new_id() -> str:
    """An id for an offline run, ``OfflineRun_<guid>``."""
    import uuid  # noqa: PLC0415  # 5 ms that a script which never goes offline is spared

    return PREFIX + str(uuid.uuid4())


def find_root() -> Path:
    """``./.azureml/offline``, or ``offline`` in Workstead's home where the present folder takes no files."""
    here = Path.cwd()
    if os.access(here, os.W_OK):
        return here / ".azureml" / "offline"
    return Path(os.environ.get("WORKSTEAD_HOME") or Path.home() / ".workstead") / "offline"


class OfflineStore:
    """A run in a folder. Nothing is written before there is something to keep."""

    def __init__(self, root: Path, run_id: str, asked: Optional[RunCreate] = None) -> None:
        self.root = root
        self.folder = root / run_id
        self.sink = self
        self.seen: Optional[Run] = None
        self._run = _new_run(asked or RunCreate(id=run_id, experiment="offline"))
        self._descriptor: Optional[int] = None
        if asked is not None:
            self._save()

    @property
    def files(self) -> Path:
        """Where the run's files lie."""
        return self.folder / "files"

    def read(self) -> Run:
        """The run as it is now."""
        file = self.folder / "run.json"
        if file.exists():
            self._run = msgspec.json.decode(file.read_bytes(), type=Run)
        return self._run

    def update(self, change: RunUpdate) -> Run:
        """Change the name, description, tags or properties; a property that is set stays."""
        with _lock:
            run = self.read()
            given = {"display_name": change.display_name, "description": change.description}
            for field, text in given.items():
                if text is not None:
                    setattr(run, field, text)
            if change.snapshot_id is not None:
                run.snapshot_id = change.snapshot_id
            merged = {**run.tags, **(change.tags or {})}
            run.tags = {key: text for key, text in merged.items() if text is not None}
            run.properties = _add_properties(run.properties, change.properties or {})
            return self._save()

    def move(self, change: StatusChange) -> Run:
        """Change the status; an ended run stays as it is."""
        with _lock:
            run = self.read()
            if run.status in ENDED and run.status != change.status:
                raise UserErrorException(f"run {run.id!r} is {run.status} and cannot become {change.status}")
            run.status, run.error = change.status, change.error
            if run.status in ENDED:
                run.ended_at = run.ended_at or datetime.now(timezone.utc)
            return self._save()

    def log(self, name: str, value: Any, step: Optional[int], kind: str) -> None:
        """Append one point."""
        if self._descriptor is None:
            self._open()
        if kind == "scalar":
            value = plain_cell(value)
        line = _encode((name, value, time.time_ns() // 1_000_000, step, kind)) + b"\n"
        os.write(self._descriptor, line)  # pyright: ignore[reportArgumentType]

    def flush(self, timeout_s: float) -> None:
        """Return when all that was logged is on the disk."""
        if self._descriptor is not None:
            os.fsync(self._descriptor)

    def read_metrics(self, name: Optional[str], kind: Optional[str]) -> Dict[str, Columns]:
        """All metrics, or those of a name or kind; a last line that was torn is passed over."""
        file = self.folder / "metrics.jsonl"
        found: Dict[str, Columns] = {}
        for line in file.read_bytes().split(b"\n")[:-1] if file.exists() else ():
            point = _points.decode(line)
            if (name is None or point.name == name) and (kind is None or point.kind == kind):
                _add_point(found.setdefault(point.name, Columns(point.kind, {})), point)
        return found

    def put_file(self, name: str, source: Source) -> Artifact:
        """Keep a file; a name that is taken is refused."""
        target = self._path(name)
        if target.exists():
            raise UserErrorException(f"the run has a file {name!r} already; choose another name")
        if isinstance(source, Path) and not source.is_file():
            raise UserErrorException(f"there is no file {str(source)!r} to upload")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._save()
        if isinstance(source, Path):
            shutil.copyfile(source, target)
        else:
            with target.open("wb") as stream:
                shutil.copyfileobj(source, stream)
        return _artifact(self._run.container, name, target)

    def put_files(self, pairs: List[Tuple[str, Path]]) -> List[Artifact]:
        """Keep many files; a name that is taken is refused."""
        return [self.put_file(name, source) for name, source in pairs]

    def get_file(self, name: str, target: Path) -> None:
        """Write a file's bytes to ``target``."""
        kept = self._path(name)
        if not kept.is_file():
            raise UserErrorException(f"the run has no file {name!r}; get_file_names() lists those it has")
        shutil.copyfile(kept, target)

    def list_files(self, prefix: str) -> List[str]:
        """Names of files that begin so, sorted."""
        names = (file.relative_to(self.files).as_posix() for file in self.files.rglob("*") if file.is_file())
        return sorted(name for name in names if name.startswith(prefix))

    def create_child(self, asked: RunCreate) -> OfflineStore:
        """A new run below this one, in a folder beside it."""
        self._save()
        asked.parent_id, asked.experiment = self._run.id, self._run.experiment
        child = OfflineStore(self.root, asked.id, asked)
        child._run.root_id = self._run.root_id
        child._save()
        return child

    def list_children(self, *, recursive: bool) -> Iterator[OfflineStore]:
        """The runs below, newest first."""
        runs = [store.read() for store in list_offline(self.root)]
        below: Set[str] = set()
        ring = {self._run.id}
        while ring:
            ring = {run.id for run in runs if run.parent_id in ring}
            below |= ring
            if not recursive:
                break
        newest = sorted((run for run in runs if run.id in below), key=lambda run: run.created_at, reverse=True)
        return (OfflineStore(self.root, run.id) for run in newest)

    def list_inputs(self) -> List[RunInput]:
        """None: only clients of a server note them."""
        return []

    def find_parent(self) -> Optional[OfflineStore]:
        """The run above, if there is one."""
        parent = self.read().parent_id
        return OfflineStore(self.root, parent) if parent else None

    def register_model(self, asked: ModelCreate) -> Model:
        """The next version of a model from files of this run."""
        origin = self._path(asked.path)
        if not origin.exists():
            shown = ", ".join(self.list_files("")) or "none"
            raise ModelPathNotFoundException(f"the run has no file or folder {asked.path!r}; its files are: {shown}")
        files = [file for file in origin.rglob("*") if file.is_file()] if origin.is_dir() else [origin]
        asked.run_id = self._run.id
        return OfflineModels(self.root).create(asked, sum(file.stat().st_size for file in files))

    def read_secret(self, name: str) -> Optional[str]:
        """The environment variable of that name: offline there is no key vault, and scripts are tried with these."""
        return os.environ.get(name)

    def read_secrets(self, names: Sequence[str]) -> Dict[str, Optional[str]]:
        """Environment variables by name."""
        return {name: self.read_secret(name) for name in names}

    def keep_snapshot(self, folder: Path) -> str:
        """Keep a folder's contents as a ZIP file; its id."""
        import zipfile  # noqa: PLC0415

        found = read_folder(folder)
        snapshot_id = new_id()[len(PREFIX) :]
        target = self.folder / "snapshots" / f"{snapshot_id}.zip"
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in found:
                archive.write(file.path, file.name)
        return snapshot_id

    def fetch_snapshot(self, snapshot_id: str, target: Path) -> None:
        """Write a snapshot as a ZIP file to ``target``."""
        kept = self.folder / "snapshots" / f"{Path(snapshot_id).name}.zip"
        if not kept.is_file():
            raise UserErrorException(f"the run has no snapshot {snapshot_id!r}")
        shutil.copyfile(kept, target)

    def _path(self, name: str) -> Path:
        path = Path(os.path.normpath(self.files / name))
        if self.files not in path.parents:
            raise UserErrorException(f"{name!r} leads out of the run's files; give a path without '..'")
        return path

    def _open(self) -> None:
        self._save()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        self._descriptor = os.open(self.folder / "metrics.jsonl", flags, 0o644)

    def _save(self) -> Run:
        with _lock:
            if not self.folder.exists() and self._run.parent_id is None:
                _announce(self.folder)
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh = self.folder / f"run.json.{os.getpid()}"
            fresh.write_bytes(_encode(self._run))
            fresh.replace(self.folder / "run.json")
            return self._run


class OfflineModels:
    """Models registered by offline runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "models"

    def create(self, asked: ModelCreate, size: int) -> Model:
        """The next version of ``asked.name``."""
        with _lock:
            taken = [int(file.stem) for file in (self.folder / asked.name).glob("*.json")]
            version = max(taken, default=0) + 1
            given = {field: getattr(asked, field) for field in asked.__struct_fields__}
            model = Model(
                **given, id=f"{asked.name}:{version}", version=version, size=size, experiment="offline",
                created_at=datetime.now(timezone.utc), created_by=_user(),
            )  # fmt: skip
            return self._save(model)

    def get(self, name: str, version: int) -> Model:
        """One version."""
        return msgspec.json.decode((self.folder / name / f"{version}.json").read_bytes(), type=Model)

    def update(self, name: str, version: int, change: ModelUpdate) -> Model:
        """Change what is given."""
        model = self.get(name, version)
        model.description = model.description if change.description is None else change.description
        model.tags = model.tags if change.tags is None else change.tags
        model.properties = _add_properties(model.properties, change.properties or {})
        return self._save(model)

    def delete(self, name: str, version: int) -> None:
        """Forget a version; the run's files stay."""
        (self.folder / name / f"{version}.json").unlink()

    def files(self, model: Model) -> List[str]:
        """The model's files, as names of its run's files."""
        names = OfflineStore(self.root, str(model.run_id)).list_files(model.path)
        return [name for name in names if name == model.path or name.startswith(model.path + "/")]

    def fetch(self, model: Model, name: str, target: Path) -> None:
        """Write one of the model's files to ``target``."""
        OfflineStore(self.root, str(model.run_id)).get_file(name, target)

    def _save(self, model: Model) -> Model:
        file = self.folder / model.name / f"{model.version}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_encode(model))
        return model


def list_offline(root: Path) -> Iterator[OfflineStore]:
    """The offline runs kept below ``root``, in no order."""
    return (OfflineStore(root, file.parent.name) for file in root.glob(PREFIX + "*/run.json"))


def _new_run(asked: RunCreate) -> Run:
    now = datetime.now(timezone.utc)
    return Run(
        id=asked.id, number=1, experiment=asked.experiment, experiment_id="offline", root_id=asked.id,
        status=asked.status, display_name=asked.display_name or asked.id, description=asked.description,
        type=asked.type, compute_target="local", created_by=_user(), created_at=now, started_at=now,
        container=f"dcid.{asked.id}", tags=dict(asked.tags), properties=dict(asked.properties),
        parent_id=asked.parent_id, script_name=find_script_name(),
    )  # fmt: skip


def _add_properties(present: Dict[str, str], added: Dict[str, str]) -> Dict[str, str]:
    for key, text in added.items():
        if present.get(key, text) != text:
            raise UserErrorException(
                f"property {key!r} is {present[key]!r} and properties cannot be changed; use a tag, or another key"
            )
    return {**present, **added}


def _add_point(into: Columns, point: Point) -> None:
    value: Any = point.value
    if into.kind == "row":
        _widen(into.columns, {key: [cell] for key, cell in value.items()})
    elif into.kind == "table":
        _widen(into.columns, value)
    else:
        cells = value if into.kind == "list" else [value]
        into.columns.setdefault(point.name, []).extend(cells)


def _widen(columns: Dict[str, List[Any]], added: Dict[str, List[Any]]) -> None:
    # A column that begins late, or is missing from a row, is None there.
    before = max(map(len, columns.values()), default=0)
    rows = max(map(len, added.values()), default=0)
    for key in {**columns, **added}:
        column = columns.setdefault(key, [None] * before)
        column.extend(added.get(key, [None] * rows))


def _artifact(container: str, name: str, path: Path) -> Artifact:
    return Artifact(
        origin="ExperimentRun", container=container, path=name, size=path.stat().st_size, sha256=hash_file(path),
        content_type="application/octet-stream", created_at=datetime.now(timezone.utc),
    )  # fmt: skip


def _announce(folder: Path) -> None:
    """Say once a process where runs are kept."""
    if not _announced:
        _announced.append(folder)
        print(f"No run is active, so this one is kept in {folder}", file=sys.stderr)


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("USERNAME") or "me"
