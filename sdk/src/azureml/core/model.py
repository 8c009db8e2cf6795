"""Registered models: versions of files, and the run that made them."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Union, cast

from azureml._face import display, filters
from azureml._face.later import Later, refuse_given
from azureml._face.online import OnlineModels
from azureml.exceptions import (
    ModelNotFoundException,
    RunEnvironmentException,
    UserErrorException,
    WebserviceException,
)
from workstead_wire.models import Model as ModelInfo
from workstead_wire.models import ModelCreate, ModelUpdate

if TYPE_CHECKING:
    from azureml._face.offline import OfflineModels
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace

__all__ = ["MODELS_DIR", "Model", "ModelNotFoundException", "UserErrorException", "WebserviceException"]

MODELS_DIR = "azureml-models"
"""Folder below the present one where ``Model.get_model_path`` keeps models."""

Wanted = Union[str, Dict[str, Any], None]


class Model:
    """A version of a registered model; by default the newest that fits what is given.

    Args:
        workspace: where it is registered.
        name: its name. id: ``name:version`` in one.
        tags, properties: only versions with all of these: a list of keys, or of ``[key, value]``.
        version: its number; None is the newest.
        run_id: only versions made by this run.
        model_framework: only versions of this framework.

    Raises:
        ModelNotFoundException: nothing fits.
    """

    class Framework:
        """Names of frameworks."""

        CUSTOM = "Custom"
        TENSORFLOW = "TensorFlow"
        SCIKITLEARN = "ScikitLearn"
        ONNX = "Onnx"
        PYTORCH = "PyTorch"
        MULTI = "Multi"

    def __init__(
        self,
        workspace: Workspace,
        name: Optional[str] = None,
        id: Optional[str] = None,
        tags: Optional[List[Any]] = None,
        properties: Optional[List[Any]] = None,
        version: Optional[int] = None,
        run_id: Optional[str] = None,
        model_framework: Optional[str] = None,
        expand: bool = True,
        **kwargs: Any,
    ) -> None:
        if id is not None:
            name, _, number = id.rpartition(":")
            if not name or not number.isdigit():
                raise UserErrorException(f"{id!r} is no model id; it reads name:version")
            version = int(number)
        if name is None:
            raise UserErrorException("Model needs a name or an id")
        _check_version(version)
        self._workspace: Optional[Workspace] = workspace
        self._library: Union[OnlineModels, OfflineModels] = OnlineModels(workspace)
        filtered = tags or properties or run_id or model_framework
        self._info = (
            _newest(workspace, name, version, tags, properties, run_id, model_framework)
            if filtered
            else self._library.get(name, version)
        )

    @staticmethod
    def register(
        workspace: Workspace,
        model_path: str,
        model_name: str,
        tags: Optional[Dict[str, Any]] = None,
        properties: Optional[Dict[str, Any]] = None,
        description: Optional[str] = None,
        datasets: Any = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        child_paths: Optional[List[str]] = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
    ) -> Model:
        """Upload a file or folder and register it as the next version of a model.

        Args:
            model_path: a file, or a folder with all in it.
            model_name: 1 to 255 letters, digits, ``-``, ``_`` or ``.``.
            tags, properties: labels that may and may not change.
            description: a text.
            model_framework, model_framework_version: like ``Model.Framework.SCIKITLEARN`` and ``1.5``.
            child_paths: of a folder, only these files and folders. The other arguments belong to datasets and
                deployment, which come later.

        Raises:
            ModelPathNotFoundException: there is nothing at ``model_path``.
        """
        refuse_given(
            "Model.register", datasets=datasets, sample_input_dataset=sample_input_dataset,
            sample_output_dataset=sample_output_dataset, resource_configuration=resource_configuration,
        )  # fmt: skip
        from azureml._face.model_files import upload_model  # noqa: PLC0415  # keeps `import azureml.core` light

        print(f"Registering model {model_name}")
        container, path = upload_model(workspace, Path(model_path), child_paths)
        asked = ModelCreate(
            name=model_name, origin="LocalUpload", container=container, path=path,
            description=description or "", tags=filters.texts(tags), properties=filters.texts(properties),
            framework=model_framework or "Custom", framework_version=model_framework_version,
        )  # fmt: skip
        return _model(workspace, OnlineModels(workspace).create(asked))

    @staticmethod
    def list(
        workspace: Workspace,
        name: Optional[str] = None,
        tags: Optional[List[Any]] = None,
        properties: Optional[List[Any]] = None,
        run_id: Optional[str] = None,
        latest: bool = False,
        dataset_id: Optional[str] = None,
        expand: bool = True,
        page_count: int = 255,
        model_framework: Optional[str] = None,
    ) -> List[Model]:
        """Versions of models, newest first.

        Args:
            name: only of this model. run_id: only made by this run. model_framework: only of this framework.
            tags, properties: only those with all of these: a list of keys, or of ``[key, value]``.
            latest: only the newest version of each model. Default False.
        """
        found = OnlineModels(workspace).list(name, _queries(tags), _queries(properties), run_id, latest=latest)
        return [_model(workspace, info) for info in found if model_framework in (None, info.framework)]

    @staticmethod
    def get_model_path(model_name: str, version: Optional[int] = None, _workspace: Optional[Workspace] = None) -> str:
        """Where a model lies on this disk.

        Looks in ``azureml-models/<name>/<version>/`` below the present folder or ``$AZUREML_MODEL_DIR``; inside a run,
        or with ``_workspace``, fetches it to there; at last takes ``./<name>`` if that exists.

        Args:
            model_name: its name.
            version: its number; by default the newest, on the server if that can be asked.

        Raises:
            ModelNotFoundException: it is at none of these places.
        """
        _check_version(version)
        workspace = _workspace or _run_workspace()
        if workspace is not None and version is None:
            version = Model(workspace, model_name).version
        local = _local_path(model_name, version)
        if local is None and workspace is not None:
            model = Model(workspace, model_name, version=version)
            target = Path(MODELS_DIR, model.name, str(model.version))
            return model.download(str(target), exist_ok=True)
        if local is None and Path(model_name).exists():
            local = Path(model_name)
        if local is None:
            raise ModelNotFoundException(
                f"ModelNotFound: model {model_name!r} is neither below {MODELS_DIR!r} nor in {str(Path.cwd())!r}"
            )
        return str(local)

    def download(self, target_dir: str = ".", exist_ok: bool = False, exists_ok: Optional[bool] = None) -> str:
        """Write the model's files below a folder.

        Args:
            target_dir: made if it is missing. Default the present folder.
            exist_ok: write over files that are there. Default False. ``exists_ok`` is its old name.

        Returns:
            The path of the file or folder.

        Raises:
            WebserviceException: a file is there already and ``exist_ok`` is False.
        """
        from azureml._face.model_files import download_files  # noqa: PLC0415

        overwrite = exist_ok if exists_ok is None else exists_ok
        return str(download_files(self._library, self._info, Path(target_dir), overwrite=overwrite))

    def update(
        self,
        tags: Optional[Dict[str, Any]] = None,
        description: Optional[str] = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
    ) -> None:
        """Change what is given; ``tags`` replaces them all."""
        refuse_given(
            "Model.update", sample_input_dataset=sample_input_dataset,
            sample_output_dataset=sample_output_dataset, resource_configuration=resource_configuration,
        )  # fmt: skip
        given = None if tags is None else filters.texts(tags)
        self._update(ModelUpdate(tags=given, description=description))

    def update_tags_properties(
        self,
        add_tags: Optional[Dict[str, Any]] = None,
        remove_tags: Optional[Iterable[str]] = None,
        add_properties: Optional[Dict[str, Any]] = None,
    ) -> None:
        """Add and remove tags, and add properties, which then stay as they are."""
        tags = {**self.tags, **filters.texts(add_tags)}
        for key in remove_tags or ():
            tags.pop(key, None)
        self._update(ModelUpdate(tags=tags, properties=filters.texts(add_properties)))

    def add_tags(self, tags: Dict[str, Any]) -> None:
        """Set tags; others stay."""
        self.update_tags_properties(add_tags=tags)

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Remove tags by key."""
        self.update_tags_properties(remove_tags=tags)

    def add_properties(self, properties: Dict[str, Any]) -> None:
        """Add properties, which then stay as they are.

        Raises:
            UserErrorException: one is set to another value already.
        """
        self.update_tags_properties(add_properties=properties)

    def delete(self) -> None:
        """Delete this version; its number is not given again."""
        self._library.delete(self.name, self.version)

    def serialize(self) -> Dict[str, Any]:
        """What is known of the model: a dictionary with the old SDK's keys."""
        return {
            "name": self.name,
            "id": self.id,
            "version": self.version,
            "description": self.description,
            "tags": self.tags,
            "properties": self.properties,
            "framework": self.model_framework,
            "frameworkVersion": self.model_framework_version,
            "createdTime": self.created_time.isoformat(),
            "createdBy": self.created_by,
            "experimentName": self.experiment_name,
            "runId": self.run_id,
            "url": self.url,
        }

    @property
    def workspace(self) -> Optional[Workspace]:
        """Where it is registered; None for a model of an offline run."""
        return self._workspace

    @property
    def name(self) -> str:
        """Its name."""
        return self._info.name

    @property
    def version(self) -> int:
        """Its number, from 1."""
        return self._info.version

    @property
    def id(self) -> str:
        """``name:version``."""
        return self._info.id

    @property
    def description(self) -> str:
        """A text."""
        return self._info.description

    @property
    def tags(self) -> Dict[str, str]:
        """Its tags, as they were when it was last read."""
        return dict(self._info.tags)

    @property
    def properties(self) -> Dict[str, str]:
        """Its properties."""
        return dict(self._info.properties)

    @property
    def created_time(self) -> datetime:
        """When it was registered."""
        return self._info.created_at

    @property
    def created_by(self) -> str:
        """Who registered it."""
        return self._info.created_by

    @property
    def model_framework(self) -> str:
        """Like ``ScikitLearn``; ``Custom`` unless it was told."""
        return self._info.framework

    @property
    def model_framework_version(self) -> Optional[str]:
        """Like ``1.5``."""
        return self._info.framework_version

    @property
    def run_id(self) -> Optional[str]:
        """Id of the run that made it."""
        return self._info.run_id

    @property
    def run(self) -> Optional[Run]:
        """The run that made it; None for one that was uploaded."""
        if self.run_id is None or self._workspace is None:
            return None
        return self._workspace.get_run(self.run_id)

    @property
    def experiment_name(self) -> Optional[str]:
        """Name of that run's experiment."""
        return self._info.experiment

    @property
    def url(self) -> str:
        """Where it lies in the workspace's storage: ``aml://asset/…``."""
        info = self._info
        return f"aml://artifactId/{info.origin}/{info.container}/{info.path}"

    def get_portal_url(self) -> str:
        """Address of its page in Studio; the URL of its files for a model of an offline run."""
        if self._workspace is None:
            return self.url
        return self._workspace._page("model", self.id, "details")

    deploy = Later()
    package = Later()
    profile = Later()
    print_configuration = Later()
    add_dataset_references = Later()
    get_sas_urls = Later()

    def __repr__(self) -> str:
        return (
            f"Model(workspace={self._workspace!r}, name={self.name}, id={self.id}, version={self.version}, "
            f"tags={self.tags}, properties={self.properties})"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and (other.id, other.workspace) == (self.id, self.workspace)

    def __hash__(self) -> int:
        return hash(self.id)

    def _repr_html_(self) -> str:
        return display.html_table(
            {
                "Name": self.name,
                "Version": self.version,
                "Framework": self.model_framework,
                "Experiment": self.experiment_name,
                "Run": self.run_id,
                "Details Page": display.Link(self.get_portal_url(), "Open in Studio"),
            }
        )

    def _update(self, change: ModelUpdate) -> None:
        self._info = self._library.update(self.name, self.version, change)


def made_model(run: Run, info: ModelInfo) -> Model:
    """The model that a run has just registered."""
    from azureml._face.offline import OfflineModels, OfflineStore  # noqa: PLC0415

    store = run._store
    if isinstance(store, OfflineStore):
        return _model(None, info, OfflineModels(store.root))
    return _model(run.experiment.workspace, info)


def _model(workspace: Optional[Workspace], info: ModelInfo, library: Optional[OfflineModels] = None) -> Model:
    model = Model.__new__(Model)
    model._workspace = workspace
    model._library = library or OnlineModels(workspace)  # pyright: ignore[reportArgumentType]
    model._info = info
    return model


def _newest(
    workspace: Workspace,
    name: str,
    version: Optional[int],
    tags: Optional[List[Any]],
    properties: Optional[List[Any]],
    run_id: Optional[str],
    framework: Optional[str],
) -> ModelInfo:
    found = OnlineModels(workspace).list(name, _queries(tags), _queries(properties), run_id, latest=False)
    for info in found:
        if framework in (None, info.framework) and version in (None, info.version):
            return info
    raise ModelNotFoundException(
        f"ModelNotFound: no version of model {name!r} in workspace {workspace.name!r} fits what was asked; "
        "Model.list(workspace, name) shows those there are"
    )


def _queries(wanted: Any) -> List[str]:
    """Azureml's ``["a", ["b", "1"]]`` (or a string, or a map) as the server's ``["a", "b=1"]``."""
    if wanted is None or isinstance(wanted, (str, dict)):
        return filters.queries(cast("filters.Wanted", wanted))
    return [item if isinstance(item, str) else "=".join(map(str, item)) for item in wanted]


def _check_version(version: Optional[int]) -> None:
    if version is not None and not isinstance(version, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise WebserviceException(f"version is {version!r}, but must be a whole number or None")


def _run_workspace() -> Optional[Workspace]:
    from azureml.core.run import Run  # noqa: PLC0415  # it imports this module

    try:
        return Run.get_context(allow_offline=False).experiment.workspace
    except RunEnvironmentException:
        return None


def _local_path(name: str, version: Optional[int]) -> Optional[Path]:
    folders = [Path(MODELS_DIR, name)]
    given = os.environ.get("AZUREML_MODEL_DIR")
    if given:
        # A service with one model is given that model's version, one with several the folder above them all.
        folders[:0] = [Path(given, name), *(parent for parent in [Path(given).parent] if parent.name == name)]
    found = (_only_entry(folder, version) for folder in folders)
    return next((path for path in found if path is not None), None)


def _only_entry(folder: Path, version: Optional[int]) -> Optional[Path]:
    """What lies in the folder of a version, or of the newest, if there is exactly one thing in it."""
    if not folder.is_dir():
        return None
    versions = [int(entry.name) for entry in folder.iterdir() if re.fullmatch(r"\d+", entry.name)]
    chosen = version if version is not None else max(versions, default=None)
    inside = list((folder / str(chosen)).iterdir()) if chosen in versions else []
    return inside[0] if len(inside) == 1 else None
