"""Runs: what an experiment's single try logged, kept and led to."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

import os
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ClassVar,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Type,
    Union,
)

from azureml._face import display, filters
from azureml._face.later import Later, refuse_given
from azureml._face.online import OnlineStore
from azureml._face.run_files import RunFiles, clean_path
from azureml._face.run_metrics import RunMetrics
from azureml._face.script import find_script_name
from azureml._face.store import RunStore
from azureml.core.experiment import Experiment
from azureml.exceptions import RunEnvironmentException, UserErrorException
from workstead_wire.models import ModelCreate
from workstead_wire.runs import ENDED, RunCreate, RunError, RunInput, RunUpdate, StatusChange
from workstead_wire.runs import Run as RunInfo

if TYPE_CHECKING:
    from types import TracebackType

    from azureml.core.model import Model
    from azureml.core.workspace import Workspace

__all__ = ["Run", "RunEnvironmentException", "UserErrorException", "get_run"]

Wanted = Union[str, Dict[str, Any], None]
Factory = Callable[[Experiment, Any], "Run"]


class Run(RunMetrics, RunFiles):
    """One run, by its id.

    ``Experiment.start_logging`` begins one, ``Run.get_context`` finds the one that the script is part of. In a
    ``with`` block a run completes at the end, and fails with the error that leaves the block.

    Args:
        experiment: the experiment it belongs to.
        run_id: its id.
        outputs: a folder that is uploaded when the run completes.

    Raises:
        UserErrorException: the workspace has no such run, or it belongs to another experiment.
    """

    _types: ClassVar[Dict[str, Factory]] = {}

    def __init__(self, experiment: Experiment, run_id: str, outputs: Optional[str] = None, **kwargs: Any) -> None:
        store = OnlineStore(experiment.workspace, run_id)
        info = store.read()
        if info.experiment != experiment.name:
            raise UserErrorException(
                f"run {run_id!r} belongs to experiment {info.experiment!r}, not to {experiment.name!r}; "
                "Run.get(workspace, run_id) finds it without naming one"
            )
        self._attach(experiment, store, info, outputs)

    @classmethod
    def get_context(cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any) -> Run:
        """The run that this script is part of.

        Outside any run it is an offline run: every call works on it and keeps its data in
        ``./.azureml/offline/<run id>`` (in Workstead's home where the present folder takes no files). Its id begins
        with ``OfflineRun``; in one process it is the same one each time.

        Raises:
            RunEnvironmentException: there is no run and ``allow_offline`` is False.
        """
        run_id = os.environ.get("AZUREML_RUN_ID", "")
        if run_id and not run_id.startswith("OfflineRun"):
            return _context_run(run_id)
        if not allow_offline:
            raise RunEnvironmentException
        return _offline_run(run_id or None)

    @classmethod
    def get_submitted_run(cls, **kwargs: Any) -> Run:
        """The old name of ``get_context``."""
        return cls.get_context(**kwargs)

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Run:
        """A run by its id, of the class for its type.

        Raises:
            UserErrorException: the workspace has no such run.
        """
        store = OnlineStore(workspace, run_id)
        return _run(workspace, store, store.read())

    @staticmethod
    def list(
        experiment: Experiment,
        type: Optional[str] = None,
        tags: Wanted = None,
        properties: Wanted = None,
        status: Optional[str] = None,
        include_children: bool = False,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Run]:
        """Runs of an experiment, newest first, fetched as they are asked for.

        Args:
            type: only runs of this type. status: only runs of this status.
            tags: only runs with this tag, or with these tags and values.
            properties: only runs with this property, or with these properties and values.
            include_children: child runs too. Default False.
        """
        workspace = experiment.workspace
        listed = workspace._pages(
            _client().list_runs,
            experiment=experiment.name,
            include_children=include_children,
            type=[type] if type else None,
            status=[status] if status else None,
            tag=filters.queries(tags),
            property=filters.queries(properties),
        )
        return (_run(workspace, OnlineStore(workspace, info.id), info) for info in listed)

    @staticmethod
    def add_type_provider(runtype: str, run_factory: Factory) -> None:
        """Have runs of a type made by ``run_factory(experiment, run_dto)``, ``run_dto.run_id`` being the id."""
        Run._types[runtype] = run_factory

    @property
    def id(self) -> str:
        """The run's id."""
        return self._info.id

    @property
    def number(self) -> int:
        """Its number within the experiment, from 1."""
        return self._info.number

    @property
    def experiment(self) -> Experiment:
        """The experiment it belongs to."""
        return self._experiment

    @property
    def name(self) -> str:
        """The same as ``display_name``."""
        return self._info.display_name

    @property
    def display_name(self) -> str:
        """The name that is shown; it can be set."""
        return self._info.display_name

    @display_name.setter
    def display_name(self, display_name: str) -> None:
        self._info = self._store.update(RunUpdate(display_name=display_name))

    @property
    def description(self) -> str:
        """A text of any length; it can be set."""
        return self._info.description

    @description.setter
    def description(self, description: str) -> None:
        self._info = self._store.update(RunUpdate(description=description))

    @property
    def type(self) -> str:
        """What kind of run it is, like ``interactive``."""
        return self._info.type

    @property
    def status(self) -> str:
        """Its status, read from the server unless the run has ended."""
        return self.get_status()

    @property
    def tags(self) -> Dict[str, str]:
        """The same as ``get_tags()``."""
        return self.get_tags()

    @property
    def properties(self) -> Dict[str, str]:
        """The same as ``get_properties()``."""
        return self.get_properties()

    @property
    def parent(self) -> Optional[Run]:
        """The run above it; None if there is none."""
        store = self._store.find_parent()
        return None if store is None else self._sibling(store)

    def get_status(self) -> str:
        """Its status: ``Running``, ``Completed``, ``Failed``, ``Canceled`` and others of Azure ML's words."""
        if self._info.status not in ENDED:
            self._info = self._store.read()
        return self._info.status

    def get_details(self) -> Dict[str, Any]:
        """What is known of the run, with azureml's keys.

        ``runId``, ``target``, ``status``, ``startTimeUtc`` and ``endTimeUtc`` (ISO 8601, absent before), ``error``
        (of a failed run), ``properties``, ``inputDatasets``, ``outputDatasets`` (lists), ``logFiles`` (a map from name
        to address), ``submittedBy``, and more.
        """
        info = self._info = self._store.read()
        times = {"startTimeUtc": info.started_at, "endTimeUtc": info.ended_at}
        details: Dict[str, Any] = {
            "runId": info.id,
            "target": info.compute_target,
            "status": info.status,
            **{key: at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for key, at in times.items() if at},
            "services": {},
            "properties": dict(info.properties),
            "inputDatasets": [_input_details(item) for item in self._store.list_inputs()],
            "outputDatasets": [],
            "logFiles": {name: self._file_url(name) for name in self._log_names()},
            "submittedBy": info.created_by,
        }
        if info.error is not None:
            details["error"] = {"error": {"code": info.error.code, "message": info.error.message}}
        return details

    def get_details_with_logs(self) -> Dict[str, Any]:
        """The same as ``get_details``, with the logs' text in place of their addresses."""
        import tempfile  # noqa: PLC0415

        details = self.get_details()
        with tempfile.TemporaryDirectory() as folder:
            for number, name in enumerate(details["logFiles"]):
                target = Path(folder, str(number))
                self._store.get_file(name, target)
                details["logFiles"][name] = target.read_text(encoding="utf-8", errors="replace")
        return details

    def get_tags(self) -> Dict[str, str]:
        """Its tags as they are now."""
        self._info = self._store.read()
        return dict(self._info.tags)

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Set a tag."""
        self.set_tags({key: value})

    def set_tags(self, tags: Dict[str, Any]) -> None:
        """Set tags; others stay. Values become strings, None the empty one."""
        self._info = self._store.update(RunUpdate(tags=filters.texts(tags)))  # pyright: ignore[reportArgumentType]

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Remove tags by key; a key that is not there is passed over."""
        self._info = self._store.update(RunUpdate(tags=dict.fromkeys(tags)))

    def get_properties(self) -> Dict[str, str]:
        """Its properties as they are now."""
        self._info = self._store.read()
        return dict(self._info.properties)

    def add_properties(self, properties: Dict[str, Any]) -> None:
        """Add properties, which then stay as they are.

        Raises:
            UserErrorException: one is set to another value already.
        """
        self._info = self._store.update(RunUpdate(properties=filters.texts(properties)))

    def start(self) -> None:
        """Say that the run is running."""
        self._move("Running")

    def complete(self, _set_status: bool = True) -> None:
        """Say that the run has completed; all that was logged is on the server when this returns."""
        if self._outputs and Path(self._outputs).is_dir():
            self.upload_folder(clean_path(self._outputs), self._outputs)
            self._outputs = None
        self._end("Completed", _set_status)

    def fail(self, error_details: Any = None, error_code: Optional[str] = None, _set_status: bool = True) -> None:
        """Say that the run has failed.

        Args:
            error_details: why; a text or an exception.
            error_code: a short word. Default ``UserError``.
        """
        message = "" if error_details is None else str(error_details) or type(error_details).__name__
        self._end("Failed", _set_status, RunError(code=error_code or "UserError", message=message))

    def cancel(self) -> None:
        """Say that the run was cancelled."""
        self._end("Canceled", True)

    def flush(self, timeout_seconds: float = 300) -> None:
        """Return when all that was logged has reached the server.

        Raises:
            ServiceException: it has not within the time; it stays on disk, and ``workstead sync`` sends it.
        """
        self._store.flush(timeout_seconds)

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> Dict[str, Any]:
        """Wait until the run has ended, however long that takes.

        Args:
            show_output: print the run's page, its statuses and its log as it grows. Default False.
            raise_on_error: raise if the run failed. Default True.

        Returns:
            What ``get_details`` gives.

        Raises:
            ActivityFailedException: the run failed, and ``raise_on_error`` is True.
        """
        from azureml._face.wait import wait_for_run  # noqa: PLC0415  # keeps `import azureml.core` light

        return wait_for_run(self, show_output=show_output, raise_on_error=raise_on_error)

    def child_run(self, name: Optional[str] = None, run_id: Optional[str] = None, outputs: Optional[str] = None) -> Run:
        """Begin a child run.

        Args:
            name: its display name. run_id: its id, by default a GUID.
            outputs: a folder that is uploaded when it completes.
        """
        asked = RunCreate(id=run_id or self._new_id(), experiment=self._info.experiment, display_name=name or "")
        return self._sibling(self._store.create_child(asked), outputs)

    def create_children(
        self,
        count: Optional[int] = None,
        tag_key: Optional[str] = None,
        tag_values: Optional[Sequence[Any]] = None,
    ) -> List[Run]:
        """Make several child runs that are not started.

        Args:
            count: how many; or else
            tag_key, tag_values: one run a value, with that tag.

        Raises:
            UserErrorException: neither or both were given.
        """
        if (count is None) == (tag_key is None or tag_values is None):
            raise UserErrorException("create_children takes either count, or tag_key together with tag_values")
        values = range(count) if count is not None else tag_values or ()
        key = tag_key or "azureml.batch_child_number"
        return [
            self._sibling(
                self._store.create_child(
                    RunCreate(
                        id=self._new_id(),
                        experiment=self._info.experiment,
                        status="NotStarted",
                        tags=filters.texts({key: value}),
                    )
                )
            )
            for value in values
        ]

    def get_children(
        self,
        recursive: bool = False,
        tags: Wanted = None,
        properties: Wanted = None,
        type: Optional[str] = None,
        status: Optional[str] = None,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Run]:
        """Child runs, newest first.

        Args:
            recursive: those at any depth. Default False.
            tags, properties: only runs with this key, or with these keys and values.
            type, status: only runs of this type or status.
        """
        for store in self._store.list_children(recursive=recursive):
            info = store.seen or store.read()
            if (
                filters.matches(info.tags, tags)
                and filters.matches(info.properties, properties)
                and type in (None, info.type)
                and status in (None, info.status)
            ):
                yield self._sibling(store)

    def register_model(
        self,
        model_name: str,
        model_path: Optional[str] = None,
        tags: Optional[Dict[str, Any]] = None,
        properties: Optional[Dict[str, Any]] = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        description: Optional[str] = None,
        datasets: Any = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
        **kwargs: Any,
    ) -> Model:
        """Register the next version of a model from files of this run.

        Args:
            model_name: 1 to 255 letters, digits, ``-``, ``_`` or ``.``.
            model_path: a file or folder among the run's files; by default one named like the model.
            tags, properties: labels that may and may not change.
            model_framework, model_framework_version: like ``Model.Framework.SCIKITLEARN`` and ``1.5``.
            description: a text. The other arguments belong to datasets and deployment, which come later.

        Raises:
            ModelPathNotFoundException: the run has no such files.
            UserErrorException: the name is not of its form.
        """
        refuse_given(
            "Run.register_model", datasets=datasets, sample_input_dataset=sample_input_dataset,
            sample_output_dataset=sample_output_dataset, resource_configuration=resource_configuration,
        )  # fmt: skip
        from azureml.core.model import made_model  # noqa: PLC0415  # it imports this module

        asked = ModelCreate(
            name=model_name, origin="ExperimentRun", container=self._info.container,
            path=clean_path(model_path or model_name).rstrip("/"), description=description or "",
            tags=filters.texts(tags), properties=filters.texts(properties), run_id=self.id,
            framework=model_framework or "Custom", framework_version=model_framework_version,
        )  # fmt: skip
        return made_model(self, self._store.register_model(asked))

    def get_portal_url(self) -> str:
        """Address of its page in Studio."""
        return self.experiment.workspace._page("runs", self.id)

    def clean(self) -> None:
        """Nothing is left on the compute target that needs cleaning; here for old scripts."""

    def get_secret(self, name: str) -> Optional[str]:
        """A secret of the workspace's key vault; offline, the environment variable of that name, or None.

        Raises:
            UserErrorException: the key vault has no such secret.
        """
        return self._store.read_secret(name)

    def get_secrets(self, secrets: Sequence[str]) -> Dict[str, Optional[str]]:
        """Secrets by name; None for those that are not there."""
        return self._store.read_secrets(secrets)

    submit_child = Later()
    get_environment = Later()
    input_datasets = Later()
    output_datasets = Later()

    def __enter__(self) -> Run:  # noqa: PYI034  # Self is not in typing before 3.11
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if self.get_status() in ENDED:
            return
        if isinstance(error, KeyboardInterrupt):
            self.cancel()
        elif error is not None:
            self.fail(error_details=f"{type(error).__name__}: {error}")
        else:
            self.complete()

    def __repr__(self) -> str:
        info = self._info
        return f"Run(Experiment: {info.experiment},\nId: {info.id},\nType: {info.type},\nStatus: {info.status})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def _repr_html_(self) -> str:
        info = self._info
        return display.html_table(
            {
                "Experiment": info.experiment,
                "Id": info.id,
                "Name": info.display_name,
                "Type": info.type,
                "Status": info.status,
                "Details Page": display.Link(self.get_portal_url(), "Open in Studio"),
            }
        )

    def _attach(self, experiment: Experiment, store: RunStore, info: RunInfo, outputs: Optional[str] = None) -> None:
        self._experiment = experiment
        self._store = store
        self._info = info
        self._outputs = outputs

    def _sibling(self, store: RunStore, outputs: Optional[str] = None) -> Run:
        """Another run of the same place."""
        return _attached(type(self), self._experiment, store, store.seen or store.read(), outputs)

    def _new_id(self) -> str:
        import uuid  # noqa: PLC0415

        return str(uuid.uuid4())

    def _file_url(self, name: str) -> str:
        from urllib.parse import quote  # noqa: PLC0415

        workspace = self.experiment.workspace
        place = f"/artifacts/ExperimentRun/{self._info.container}/{quote(name)}"
        return workspace._http.url + workspace._path.url + place

    def _move(self, status: Any, error: Optional[RunError] = None) -> None:
        self._info = self._store.move(StatusChange(status=status, error=error))

    def _end(self, status: str, set_status: bool, error: Optional[RunError] = None) -> None:
        if set_status:
            self._move(status, error)
        else:
            self.flush()


class _OfflineRun(Run):
    """A run outside any server; see ``Run.get_context``."""

    def __init__(self, parent_logger: Any = None, run_id: Optional[str] = None, **kwargs: Any) -> None:
        offline = _offline_module()
        store = offline.OfflineStore(offline.find_root(), run_id or offline.new_id())
        self._attach(_OfflineExperiment(), store, store.read())

    def get_portal_url(self) -> str:
        """The run's folder as an address; Studio does not know the run."""
        return self._folder.as_uri()

    @property
    def _folder(self) -> Path:
        store: Any = self._store
        return store.folder.absolute()

    def _new_id(self) -> str:
        return _offline_module().new_id()

    def _file_url(self, name: str) -> str:
        return (self._folder / "files" / name).as_uri()


class _OfflineExperiment(Experiment):
    """What an offline run belongs to. Its workspace is the one that ``Workspace.from_config()`` finds."""

    def __init__(self) -> None:
        super().__init__(None, "offline", _create_in_cloud=False)  # pyright: ignore[reportArgumentType]

    @property
    def id(self) -> str:
        """Always ``offline``."""
        return "offline"

    def __repr__(self) -> str:
        return "Experiment(Name: offline)"

    def _repr_html_(self) -> str:
        return display.html_table({"Name": self.name})

    @property
    def workspace(self) -> Workspace:
        """The workspace of the nearest config file."""
        if not self._workspace:
            from azureml.core.workspace import Workspace  # noqa: PLC0415

            self._workspace = Workspace.from_config()
        return self._workspace


_SubmittedRun = Run
_offline: Dict[Path, _OfflineRun] = {}


def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True) -> Run:
    """A run of an experiment, of the class for its type."""
    return Run.get(experiment.workspace, run_id)


def start_run(
    experiment: Experiment, outputs: Optional[str], snapshot_directory: Optional[str], display_name: Optional[str]
) -> Run:
    """Begin an interactive run; ``Experiment.start_logging`` says the rest."""
    import uuid  # noqa: PLC0415

    workspace = experiment.workspace
    store = OnlineStore(workspace, str(uuid.uuid4()))
    snapshot_id = None if snapshot_directory is None else store.keep_snapshot(Path(snapshot_directory))
    asked = RunCreate(
        id=store.run_id, experiment=experiment.name, display_name=display_name or "", snapshot_id=snapshot_id,
        script_name=find_script_name(),
    )  # fmt: skip
    return _attached(Run, experiment, store, store.create(asked), outputs)


def _client() -> Any:
    from workstead_client import runs  # noqa: PLC0415  # keeps `import azureml.core` light

    return runs


def _attached(
    kind: Type[Run], experiment: Experiment, store: RunStore, info: RunInfo, outputs: Optional[str] = None
) -> Any:
    run = kind.__new__(kind)
    run._attach(experiment, store, info, outputs)
    return run


class _RunDto:
    """What a type provider is handed: the few attributes of the old one that providers read."""

    def __init__(self, info: RunInfo) -> None:
        self.run_id = info.id
        self.run_type = info.type
        self.experiment_name = info.experiment


def _run(workspace: Workspace, store: OnlineStore, info: RunInfo) -> Run:
    experiment = Experiment(workspace, info.experiment, _create_in_cloud=False)
    factory = Run._types.get(info.type)
    if factory is not None:
        return factory(experiment, _RunDto(info))
    return _attached(Run, experiment, store, info)


def _input_details(item: RunInput) -> Dict[str, Any]:
    dataset = {"name": item.name, "digest": item.digest, "sourceType": item.source_type, "source": item.source}
    return {"dataset": dataset, "consumptionDetails": {"type": "Reference", "inputName": item.context or item.name}}


def _context_run(run_id: str) -> Run:
    from azureml.core.workspace import Workspace  # noqa: PLC0415

    return Run.get(Workspace.from_config(), run_id)


def _offline_run(run_id: Optional[str]) -> _OfflineRun:
    root = _offline_module().find_root()
    run = _offline.get(root)
    if run is None:
        run = _offline[root] = _OfflineRun(run_id=run_id)
    return run


def _offline_module() -> Any:
    from azureml._face import offline  # noqa: PLC0415  # keeps `import azureml.core` light

    return offline
