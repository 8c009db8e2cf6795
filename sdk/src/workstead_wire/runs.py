"""Experiments, runs and metrics."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Dict, List, Literal, Optional, Union

import msgspec

from workstead_wire.base import Scalar, Tags, Wire
from workstead_wire.errors import ErrorBody

Status = Literal[
    "NotStarted", "Queued", "Preparing", "Provisioning", "Starting", "Running", "Finalizing",
    "CancelRequested", "Completed", "Failed", "Canceled", "Paused", "NotResponding",
]  # fmt: skip
ENDED = ("Completed", "Failed", "Canceled")
"""The statuses that a run never leaves."""

MetricKind = Literal[
    "scalar", "list", "row", "table", "image",
    "confusion_matrix", "accuracy_table", "predictions", "residuals",
]  # fmt: skip
ValueType = Literal["int", "double", "bool", "string", "json"]


class Experiment(Wire):
    """A named series of runs. ``archived_at`` None is active.

    ``number`` is unique in its workspace: the id by which MLflow knows it. ``artifact_location`` is where MLflow's
    clients put its runs' files, if not here.
    """

    id: str
    name: str
    description: str
    tags: Tags
    created_at: datetime
    archived_at: Optional[datetime] = None
    run_count: int = 0
    last_run_at: Optional[datetime] = None
    number: int = 0
    updated_at: Optional[datetime] = None
    artifact_location: Optional[str] = None


class ExperimentUpdate(Wire):
    """Change what is given. ``tags`` are merged; a tag set to None is removed."""

    description: Optional[str] = None
    tags: Optional[Dict[str, Optional[str]]] = None
    archived: Optional[bool] = None


class RunError(Wire):
    """Why a run failed."""

    code: str
    message: str


class Run(Wire):
    """One run. ``id`` is the client's choice; ``number`` counts within the experiment from 1.

    ``properties`` and ``params`` are written once; ``tags`` may change. ``container`` is where its artifacts lie,
    under origin ``ExperimentRun``: always ``dcid.<id>``. ``starred`` is the asking user's own mark.
    """

    id: str
    number: int
    experiment: str
    experiment_id: str
    root_id: str
    status: Status
    display_name: str
    description: str
    type: str
    compute_target: str
    created_by: str
    created_at: datetime
    container: str
    tags: Tags
    properties: Tags
    parent_id: Optional[str] = None
    started_at: Optional[datetime] = None
    ended_at: Optional[datetime] = None
    script_name: Optional[str] = None
    snapshot_id: Optional[str] = None
    error: Optional[RunError] = None
    metrics: Dict[str, Scalar] = {}
    """Last value of each scalar metric; filled in lists and ``get`` alike."""
    params: Tags = {}
    starred: bool = False
    deleted_at: Optional[datetime] = None
    """When an MLflow client deleted it: lists leave it out, and it can be brought back."""


class RunInput(Wire):
    """A data set that a run said it used: ``source`` is where it lies, in the words (mostly JSON) of who noted it.

    ``context`` says what for, as ``training`` or ``eval``; ``digest`` tells versions of one name apart.
    """

    name: str
    digest: str
    source_type: str
    source: str
    context: Optional[str] = None


class RunCreate(Wire):
    """Create a run; doing so again with the same id and experiment returns the run that is there."""

    id: str
    experiment: str
    parent_id: Optional[str] = None
    display_name: str = ""
    description: str = ""
    type: str = "interactive"
    compute_target: str = "local"
    script_name: Optional[str] = None
    snapshot_id: Optional[str] = None
    status: Status = "Running"
    tags: Tags = {}
    properties: Tags = {}
    params: Tags = {}


class RunUpdate(Wire):
    """Change what is given. ``tags`` are merged, None removes; ``properties`` and ``params`` are only ever added."""

    display_name: Optional[str] = None
    description: Optional[str] = None
    tags: Optional[Dict[str, Optional[str]]] = None
    properties: Optional[Tags] = None
    params: Optional[Tags] = None
    snapshot_id: Optional[str] = None


class StatusChange(Wire):
    """Move a run to another status; an ended run stays as it is (the same status again is no error)."""

    status: Status
    error: Optional[RunError] = None


class RunCounts(Wire):
    """How many runs have each status; those that none has are left out."""

    by_status: Dict[Status, int]


MANY = 1000
"""Most runs that one request changes."""

RunIds = Annotated[List[str], msgspec.Meta(min_length=1, max_length=MANY)]


class ManyRuns(Wire):
    """Runs to be cancelled or deleted."""

    ids: RunIds


class TagMany(Wire):
    """Merge ``tags`` into those of every run; a tag set to None is removed."""

    ids: RunIds
    tags: Dict[str, Optional[str]]


class RunResult(Wire):
    """What became of one run of many; ``error`` None is done."""

    id: str
    error: Optional[ErrorBody] = None


class RunResults(Wire):
    """One result a run, in the order in which they were asked for."""

    items: List[RunResult]


Cell = Union[Scalar, List[Scalar]]

METRIC_NAME_MAX = 500
"""Longest name of a metric, in characters."""

MAX_AT = 253_402_300_799_999
"""Last moment of the year 9999, in ms since 1970."""


class Point(msgspec.Struct, array_like=True, frozen=True):
    """One logged value: a line of a metric batch, ``["loss",0.3,1767225600000,7,"scalar"]``.

    ``at`` is in milliseconds since 1970 UTC. ``value`` is a scalar; for kind ``list`` a list of scalars (appended);
    for ``row`` a map from column to cell (one row); for ``table`` a map from column to list (rows appended); for the
    kinds that are files (``image``, ``confusion_matrix``, …) the artifact's path.
    """

    name: str
    value: Union[Scalar, List[Scalar], Dict[str, Cell]]
    at: Annotated[int, msgspec.Meta(ge=0, le=MAX_AT)]
    step: Optional[Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]] = None
    kind: MetricKind = "scalar"


class BatchReceipt(Wire):
    """The server has everything of this source before record ``next``, durably."""

    next: int


class Metric(Wire):
    """What is known of a metric without its points. ``columns`` maps each column to the type of its cells.

    ``last`` is of scalars and lists, ``minimum`` and ``maximum`` of their numbers (NaN left out); None elsewhere.
    A name that was logged in several kinds has the kind that holds them all. ``*_at`` in ms since 1970.
    """

    name: str
    kind: MetricKind
    columns: Dict[str, ValueType]
    count: int
    last: Scalar = None
    minimum: Scalar = None
    maximum: Scalar = None
    last_step: Optional[int] = None
    first_at: Optional[int] = None
    last_at: Optional[int] = None


class RunEvent(Wire):
    """News of a run on its feed; the first one tells all there is.

    ``run`` is given when it has changed itself (status, names, tags, properties), ``metrics`` are those that have new
    points. After ``ended`` nothing follows: the run has ended, or was deleted (then ``run`` is None).
    """

    run: Optional[Run] = None
    metrics: List[Metric] = []
    ended: bool = False


class Series(Wire):
    """A window of a metric's points, in the order in which they were logged, column by column, all of equal length.

    ``index`` counts from 0 within the metric; pass the last one as ``after=`` to follow. ``values`` maps each column
    (a scalar's only column bears the metric's name) to its cells. ``thinned`` says that points were left out: of each
    bucket the smallest and the largest stayed, and the ends. ``total`` counts the points in the metric.
    """

    metric: Metric
    index: List[int]
    step: List[Optional[int]]
    at: List[int]
    values: Dict[str, List[Cell]]
    total: int
    thinned: bool = False
    next_cursor: Optional[str] = None
