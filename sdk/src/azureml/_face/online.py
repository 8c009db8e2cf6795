"""A run on the server, and the models there."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, Tuple, cast

from azureml._face.errors import call, check_name, translate
from azureml._face.store import Columns, Sink, Source
from azureml._face.values import plain_cell
from azureml.exceptions import ModelPathNotFoundException, UserErrorException
from workstead_wire.artifacts import Artifact, SnapshotCreate, SnapshotHashes
from workstead_wire.errors import ArtifactNotFound, MetricNotFound, Unavailable, WorksteadError
from workstead_wire.models import Model, ModelCreate, ModelUpdate
from workstead_wire.runs import ENDED, Run, RunCreate, RunInput, RunUpdate, Series, StatusChange

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from workstead_client.spool import Spool

_SERIES_ROWS = 100_000
_FLUSH_S = 300.0
_END_S = 60.0
"""How long ``complete`` waits for a server that is away; then ``workstead sync`` ends the run."""
_opening = Lock()


class OnlineStore:
    """A run in a workspace. What is logged goes through the spool, everything else straight to the server."""

    def __init__(self, workspace: Workspace, run_id: str, seen: Optional[Run] = None) -> None:
        self.workspace = workspace
        self.run_id = check_name("a run", run_id)
        self.container = f"dcid.{run_id}"
        self.seen = seen
        self.sink: Sink = _Opener(self)
        self._spool: Optional[Spool] = None

    def create(self, asked: RunCreate) -> Run:
        """Make the run."""
        self.seen = self.workspace._call(_runs().create_run, asked)
        return self.seen

    def read(self) -> Run:
        """The run as it is now."""
        return self.workspace._call(_runs().get_run, self.run_id)

    def update(self, change: RunUpdate) -> Run:
        """Change the name, description, tags or properties."""
        return self.workspace._call(_runs().update_run, self.run_id, change)

    def move(self, change: StatusChange) -> Run:
        """Change the status; the server has all that was logged before when this returns."""
        if change.status in ENDED:
            return self._finish(change)
        return self.workspace._call(_runs().change_status, self.run_id, change)

    def flush(self, timeout_s: float) -> None:
        """Return when the server has all that was logged."""
        if self._spool is not None:
            call(self._spool.flush, timeout_s)

    def read_metrics(self, name: Optional[str], kind: Optional[str]) -> Dict[str, Columns]:
        """All metrics, or those of a name or kind."""
        self.flush(_FLUSH_S)
        found: Dict[str, Columns] = {}
        every = self.workspace._pages(_runs().read_metrics, self.run_id) if name is None else self._find_series(name)
        for series in every:
            if kind in (None, series.metric.kind):
                found[series.metric.name] = Columns(series.metric.kind, self._whole(series))
        return found

    def put_file(self, name: str, source: Source) -> Artifact:
        """Keep a file; a name that is taken is refused."""
        return put_artifact(self.workspace, "ExperimentRun", self.container, name, source)

    def put_files(self, pairs: List[Tuple[str, Path]]) -> List[Artifact]:
        """Keep many files; a name that is taken is refused."""
        return put_artifacts(self.workspace, "ExperimentRun", self.container, pairs)

    def get_file(self, name: str, target: Path) -> None:
        """Write a file's bytes to ``target``."""
        self.workspace._call(_artifacts().download_artifact, "ExperimentRun", self.container, name, target)

    def list_files(self, prefix: str) -> List[str]:
        """Names of files that begin so, sorted."""
        listed = self.workspace._pages(_artifacts().list_artifacts, "ExperimentRun", self.container, prefix=prefix)
        return sorted(artifact.path for artifact in listed)

    def create_child(self, asked: RunCreate) -> OnlineStore:
        """A new run below this one."""
        asked.parent_id = self.run_id
        child = OnlineStore(self.workspace, asked.id)
        child.create(asked)
        return child

    def list_children(self, *, recursive: bool) -> Iterator[OnlineStore]:
        """The runs below, newest first."""
        listed = self.workspace._pages(_runs().list_children, self.run_id, recursive=recursive)
        return (OnlineStore(self.workspace, info.id, info) for info in listed)

    def list_inputs(self) -> List[RunInput]:
        """The data sets that it said it used, by name."""
        return self.workspace._call(_runs().list_inputs, self.run_id)

    def find_parent(self) -> Optional[OnlineStore]:
        """The run above, if there is one."""
        parent = self.read().parent_id
        return OnlineStore(self.workspace, parent) if parent else None

    def register_model(self, asked: ModelCreate) -> Model:
        """The next version of a model from files of this run."""
        try:
            return OnlineModels(self.workspace).create(asked)
        except UserErrorException as error:
            if isinstance(error.inner_exception, ArtifactNotFound):
                raise ModelPathNotFoundException(error.message) from None  # as scripts catch it
            raise

    def read_secret(self, name: str) -> Optional[str]:
        """A secret of the workspace's key vault."""
        return self.workspace.get_default_keyvault().get_secret(name)

    def read_secrets(self, names: Sequence[str]) -> Dict[str, Optional[str]]:
        """Secrets by name; None for those that are not there."""
        return self.workspace.get_default_keyvault().get_secrets(list(names))

    def keep_snapshot(self, folder: Path) -> str:
        """Keep a folder's contents, sending only those that the workspace lacks; the snapshot's id."""
        from azureml._face.snapshot import hash_files, read_folder  # noqa: PLC0415  # keeps the import light

        found = read_folder(folder)
        files = hash_files(found)
        places = {files[file.name].sha256: file.path for file in found}
        asked = SnapshotHashes(sha256=list(places))
        missing = self.workspace._call(_artifacts().list_missing_contents, asked).sha256
        self.workspace._call(_artifacts().upload_contents, [(sha256, places[sha256]) for sha256 in missing])
        return self.workspace._call(_artifacts().create_snapshot, SnapshotCreate(files=files)).id

    def fetch_snapshot(self, snapshot_id: str, target: Path) -> None:
        """Write a snapshot as a ZIP file to ``target``."""
        self.workspace._call(_artifacts().download_snapshot, snapshot_id, target)

    def open_spool(self) -> Spool:
        """Make the spool; points go there from now on."""
        from workstead_client.spool import Spool  # noqa: PLC0415  # keeps `import azureml.core` light

        workspace = self.workspace
        spool = Spool(workspace._http, workspace._path, self.run_id, plain_cell)
        self._spool = spool
        self.sink = cast("Sink", spool)
        return spool

    def _finish(self, change: StatusChange) -> Run:
        workspace = self.workspace

        def send() -> Run:
            return _runs().change_status(workspace._http, workspace._path, self.run_id, change)

        if self._spool is None:
            try:
                return send()
            except Unavailable as error:  # nothing was logged, but the ending has to wait somewhere
                raise translate(self.open_spool().postpone(change, error)) from None
            except WorksteadError as error:
                raise translate(error) from None
        run = call(self._spool.finish, change, send, _END_S)
        self._spool, self.sink = None, _Opener(self)  # what is logged from now on needs a new spool
        return run

    def _find_series(self, name: str) -> Iterator[Series]:
        workspace = self.workspace
        try:
            yield _runs().read_series(workspace._http, workspace._path, self.run_id, name)
        except MetricNotFound:
            return
        except WorksteadError as error:
            raise translate(error) from None

    def _whole(self, series: Series) -> Dict[str, List[Any]]:
        """The cells of every window from this one on."""
        columns = {key: list(cells) for key, cells in series.values.items()}
        while series.next_cursor is not None:
            series = self.workspace._call(
                _runs().read_series, self.run_id, series.metric.name, after=series.index[-1], limit=_SERIES_ROWS
            )
            for key, cells in series.values.items():
                columns[key] += cells
        return columns


class _Opener:
    """Stands in for the spool until the first point."""

    def __init__(self, store: OnlineStore) -> None:
        self._store = store

    def log(self, name: str, value: Any, step: Optional[int], kind: str) -> None:
        """Open the spool and log the point there."""
        with _opening:
            spool = self._store._spool or self._store.open_spool()
        spool.log(name, value, step, kind)


class OnlineModels:
    """Models registered in a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def create(self, asked: ModelCreate) -> Model:
        """Register the next version."""
        return self._workspace._call(_models().create_model, asked)

    def get(self, name: str, version: Optional[int]) -> Model:
        """One version; the newest if ``version`` is None."""
        chosen = "latest" if version is None else version
        return self._workspace._call(_models().get_model, check_name("a model", name), chosen)

    def list(
        self, name: Optional[str], tags: List[str], properties: List[str], run_id: Optional[str], *, latest: bool
    ) -> Iterator[Model]:
        """Versions that fit, newest first."""
        return self._workspace._pages(
            _models().list_models, name=name, tag=tags, property=properties, run_id=run_id, latest=latest
        )

    def update(self, name: str, version: int, change: ModelUpdate) -> Model:
        """Change what is given."""
        return self._workspace._call(_models().update_model, name, version, change)

    def delete(self, name: str, version: int) -> None:
        """Delete a version."""
        self._workspace._call(_models().delete_model, name, version)

    def files(self, model: Model) -> List[str]:
        """Paths of the model's files in its container."""
        listed = self._workspace._pages(_models().list_model_files, model.name, model.version)
        return [artifact.path for artifact in listed]

    def fetch(self, model: Model, name: str, target: Path) -> None:
        """Write one of the model's files to ``target``."""
        self._workspace._call(_artifacts().download_artifact, model.origin, model.container, name, target)


def put_artifact(workspace: Workspace, origin: str, container: str, name: str, source: Source) -> Artifact:
    """Upload a file under a name that must be free."""
    if isinstance(source, Path) and not source.is_file():
        raise UserErrorException(f"there is no file {str(source)!r} to upload")
    return workspace._call(_artifacts().upload_artifact, origin, container, name, source, overwrite=False)


def put_artifacts(workspace: Workspace, origin: str, container: str, pairs: List[Tuple[str, Path]]) -> List[Artifact]:
    """Upload files, each under a name that must be free."""
    return workspace._call(_artifacts().upload_batch, origin, container, pairs)


def _runs() -> Any:
    from workstead_client import runs  # noqa: PLC0415  # keeps `import azureml.core` light

    return runs


def _artifacts() -> Any:
    from workstead_client import artifacts  # noqa: PLC0415

    return artifacts


def _models() -> Any:
    from workstead_client import models  # noqa: PLC0415

    return models
