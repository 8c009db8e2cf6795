"""Where a run lives: the verbs that ``Run`` needs, told once for the server and for a folder on disk."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Protocol, Sequence, Tuple, Union

from workstead_wire.artifacts import Artifact
from workstead_wire.models import Model, ModelCreate
from workstead_wire.runs import Run, RunCreate, RunInput, RunUpdate, StatusChange

Source = Union[Path, IO[bytes]]


class Sink(Protocol):
    """Where points go."""

    @property
    def log(self) -> Callable[[str, Any, Optional[int], str], None]:
        """Takes a metric's name, value, step and kind. A scalar may be of any type; other values are plain already."""
        ...


class Columns(NamedTuple):
    """A metric as it was logged: its kind, and its cells column by column."""

    kind: str
    columns: Dict[str, List[Any]]


class RunStore(Protocol):
    """One run at its place. Every verb may be called at any time; all may take a while, but ``sink.log``."""

    sink: Sink
    """To be asked for anew at every point: it changes as files are opened and closed."""
    seen: Optional[Run]
    """The run as it was when the store was made, where that is known: it spares a question."""

    def read(self) -> Run:
        """The run as it is now."""
        ...

    def update(self, change: RunUpdate) -> Run:
        """Change the name, description, tags or properties."""
        ...

    def move(self, change: StatusChange) -> Run:
        """Change the status; what was logged before is there when this returns."""
        ...

    def flush(self, timeout_s: float) -> None:
        """Return when all that was logged is kept."""
        ...

    def read_metrics(self, name: Optional[str], kind: Optional[str]) -> Dict[str, Columns]:
        """All metrics, or those of a name or kind."""
        ...

    def put_file(self, name: str, source: Source) -> Artifact:
        """Keep a file; a name that is taken is refused."""
        ...

    def put_files(self, pairs: List[Tuple[str, Path]]) -> List[Artifact]:
        """Keep many files, each under its name; a name that is taken is refused."""
        ...

    def get_file(self, name: str, target: Path) -> None:
        """Write a file's bytes to ``target``."""
        ...

    def list_files(self, prefix: str) -> List[str]:
        """Names of files that begin so, sorted."""
        ...

    def create_child(self, asked: RunCreate) -> RunStore:
        """A new run below this one."""
        ...

    def list_children(self, *, recursive: bool) -> Iterator[RunStore]:
        """The runs below, newest first."""
        ...

    def list_inputs(self) -> List[RunInput]:
        """The data sets that it said it used, by name."""
        ...

    def find_parent(self) -> Optional[RunStore]:
        """The run above, if there is one."""
        ...

    def register_model(self, asked: ModelCreate) -> Model:
        """The next version of a model from files of this run."""
        ...

    def read_secret(self, name: str) -> Optional[str]:
        """The secret of a name."""
        ...

    def read_secrets(self, names: Sequence[str]) -> Dict[str, Optional[str]]:
        """Secrets by name; None for those that are not there."""
        ...

    def keep_snapshot(self, folder: Path) -> str:
        """Keep a folder's contents; its id."""
        ...

    def fetch_snapshot(self, snapshot_id: str, target: Path) -> None:
        """Write a snapshot as a ZIP file to ``target``."""
        ...
