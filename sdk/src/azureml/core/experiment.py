"""Experiments: named series of runs."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional, Union

from azureml._face import display, filters
from azureml._face.errors import check_name
from azureml._face.later import Later
from azureml.exceptions import UserErrorException
from workstead_wire.runs import Experiment as ExperimentInfo
from workstead_wire.runs import ExperimentUpdate

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace

__all__ = ["Experiment", "UserErrorException", "ViewType"]

Tags = Union[str, Dict[str, str], None]


class ViewType:
    """Which experiments ``Experiment.list`` gives."""

    ActiveOnly = "ActiveOnly"
    ArchivedOnly = "ArchivedOnly"
    All = "All"


_VIEWS = {ViewType.ActiveOnly: "active", ViewType.ArchivedOnly: "archived", ViewType.All: "all"}


class Experiment:
    """A named series of runs; made on the server if it is not there.

    Args:
        workspace: where it lies.
        name: 1 to 255 characters, without ``/``.

    Raises:
        UserErrorException: the name is not of its form.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        _skip_name_validation: bool = False,
        _id: Optional[str] = None,
        _archived_time: Optional[datetime] = None,
        _create_in_cloud: bool = True,
        _experiment_dto: Optional[ExperimentInfo] = None,
        **kwargs: Any,
    ) -> None:
        self._workspace = workspace
        self._name = check_name("an experiment", name)
        self._info = _experiment_dto
        if _create_in_cloud and _experiment_dto is None:
            self._info = workspace._call(_client().put_experiment, name)

    def start_logging(
        self,
        *args: Any,
        outputs: Optional[str] = None,
        snapshot_directory: Optional[str] = ".",
        display_name: Optional[str] = None,
        **kwargs: Any,
    ) -> Run:
        """Begin an interactive run.

        In a ``with`` block the run completes at its end, and fails with the error that leaves it.

        Args:
            outputs: a folder that is uploaded when the run completes.
            snapshot_directory: the folder kept with the run, by default the present one; None keeps none. What
                ``.amlignore`` names (``.gitignore`` where there is none) is left out.
            display_name: a name to show; by default two words and a tail.

        Raises:
            SnapshotException: the folder holds over 300 MB or 2,000 files.
        """
        from azureml.core.run import start_run  # noqa: PLC0415  # it imports this module

        return start_run(self, outputs, snapshot_directory, display_name)

    def get_runs(
        self,
        type: Optional[str] = None,
        tags: Tags = None,
        properties: Tags = None,
        include_children: bool = False,
    ) -> Iterator[Run]:
        """Its runs, newest first, fetched as they are asked for.

        Args:
            type: only runs of this type.
            tags: only runs with this tag, or with these tags and values.
            properties: only runs with this property, or with these properties and values.
            include_children: child runs too. Default False.
        """
        from azureml.core.run import Run  # noqa: PLC0415

        return Run.list(self, type=type, tags=tags, properties=properties, include_children=include_children)

    @staticmethod
    def list(
        workspace: Workspace,
        experiment_name: Optional[str] = None,
        view_type: str = ViewType.ActiveOnly,
        tags: Tags = None,
    ) -> List[Experiment]:
        """Experiments of a workspace.

        Args:
            experiment_name: only the one of this name.
            view_type: ``ActiveOnly`` (default), ``ArchivedOnly`` or ``All``.
            tags: only those with this tag, or with these tags and values.
        """
        if view_type not in _VIEWS:
            raise UserErrorException(f"view_type is {view_type!r}, but must be one of {', '.join(_VIEWS)}")
        listed: Iterable[ExperimentInfo] = workspace._pages(
            _client().list_experiments, archived=_VIEWS[view_type], name_contains=experiment_name
        )
        return [
            Experiment(workspace, info.name, _experiment_dto=info)
            for info in listed
            if experiment_name in (None, info.name) and filters.matches(info.tags, tags)
        ]

    @staticmethod
    def delete(workspace: Workspace, experiment_id: str) -> None:
        """Delete an experiment that has no runs, by its id.

        Raises:
            UserErrorException: there is none with that id, or it has runs.
        """
        for found in Experiment.list(workspace, view_type=ViewType.All):
            if found.id == experiment_id:
                workspace._call(_client().delete_experiment, found.name)
                return
        raise UserErrorException(f"workspace {workspace.name!r} has no experiment with the id {experiment_id!r}")

    def archive(self) -> None:
        """Hide it from lists; its runs stay."""
        self._update(ExperimentUpdate(archived=True))

    def reactivate(self, new_name: Optional[str] = None) -> None:
        """Show it in lists again. ``new_name`` is refused: an experiment's name is its address."""
        if new_name not in (None, self.name):
            raise UserErrorException(f"experiment {self.name!r} cannot be renamed to {new_name!r}")
        self._update(ExperimentUpdate(archived=False))

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Set a tag."""
        self.set_tags({key: value})

    def set_tags(self, tags: Dict[str, Any]) -> None:
        """Set tags; others stay. Values become strings, None the empty one."""
        self._update(ExperimentUpdate(tags=dict(filters.texts(tags))))

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Remove tags by key; a key that is not there is passed over."""
        self._update(ExperimentUpdate(tags=dict.fromkeys(tags)))

    def refresh(self) -> None:
        """Read it again."""
        self._info = self._workspace._call(_client().get_experiment, self._name)

    @property
    def workspace(self) -> Workspace:
        """The workspace it lies in."""
        return self._workspace

    @property
    def workspace_object(self) -> Workspace:
        """The same as ``workspace``."""
        return self.workspace

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def id(self) -> str:
        """Its GUID."""
        return self._known().id

    @property
    def archived_time(self) -> Optional[datetime]:
        """When it was archived; None if it is active."""
        return self._known().archived_at

    @property
    def tags(self) -> Dict[str, str]:
        """Its tags, as they were when it was last read."""
        return dict(self._known().tags)

    def get_portal_url(self) -> str:
        """Address of its page in Studio."""
        return self.workspace._page("experiments", self.name)

    submit = Later()
    from_directory = Later()

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self.workspace.name})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Experiment) and other.name == self.name and other.workspace == self.workspace

    def __hash__(self) -> int:
        return hash((self.workspace, self.name))

    def _repr_html_(self) -> str:
        return display.html_table(
            {
                "Name": self.name,
                "Workspace": self.workspace.name,
                "Report Page": display.Link(self.get_portal_url(), "Open in Studio"),
            }
        )

    def _known(self) -> ExperimentInfo:
        if self._info is None:
            self.refresh()
        return self._info  # pyright: ignore[reportReturnType]  # refresh has set it

    def _update(self, change: ExperimentUpdate) -> None:
        self._info = self._workspace._call(_client().update_experiment, self._name, change)


def _client() -> Any:
    from workstead_client import runs  # noqa: PLC0415  # keeps `import azureml.core` light

    return runs
