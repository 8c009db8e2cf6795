"""MLflow's words for what the rooms have: its entities as JSON, and how each is made from ours."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import isfinite, isnan, nan
from typing import Any, Literal

import msgspec

from workstead.dialects.mlflow import places
from workstead.foundation import clock
from workstead.runs.service import LastPoint, RunDataset, RunDetails
from workstead_wire import runs as wire
from workstead_wire.base import NON_FINITE, Scalar

RUN_NAME = "mlflow.runName"
UNTOLD = ""
"""What stands in the tag of the run's name after that was deleted: the run keeps its name, and tells it no more."""
PARENT = "mlflow.parentRunId"
USER = "mlflow.user"
USER_ID = "mlflow.user_id"
"""The property that keeps the user whom a client named, where no tag does."""
DEFAULT = "Default"
"""The experiment that MLflow's clients find in every store, under the id 0."""
RUN_TYPE = "mlflow"

Stage = Literal["active", "deleted"]
Status = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]

STATUSES: dict[Status, wire.Status] = {
    "RUNNING": "Running",
    "SCHEDULED": "Queued",
    "FINISHED": "Completed",
    "FAILED": "Failed",
    "KILLED": "Canceled",
}
_STATUS_OF: dict[wire.Status, Status] = {
    "Running": "RUNNING",
    "Finalizing": "RUNNING",
    "CancelRequested": "RUNNING",
    "Paused": "RUNNING",
    "NotResponding": "RUNNING",
    "Completed": "FINISHED",
    "Failed": "FAILED",
    "Canceled": "KILLED",
}


class Word(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of all replies: what is not set is left out, as in protobuf's JSON."""


class Tag(Word):
    """A key and its value; parameters have the same form."""

    key: str
    value: str


class Given(msgspec.Struct):
    """A tag or parameter in a request."""

    key: str
    value: str = ""


class Experiment(Word):
    """An experiment; times in ms."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: Stage
    last_update_time: int
    creation_time: int
    tags: list[Tag] = []


class RunInfo(Word):
    """What a run is; times in ms."""

    run_id: str
    run_uuid: str
    run_name: str
    experiment_id: str
    user_id: str
    status: Status
    artifact_uri: str
    lifecycle_stage: Stage
    start_time: int | None = None
    end_time: int | None = None


class Metric(Word):
    """A point; ``timestamp`` in ms."""

    key: str
    value: float | str
    timestamp: int
    step: int
    run_id: str | None = None
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class RunData(Word):
    """What was logged to a run."""

    metrics: list[Metric] = []
    params: list[Tag] = []
    tags: list[Tag] = []


class Dataset(Word):
    """A data set."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


class DatasetInput(Word):
    """A data set as a run used it."""

    dataset: Dataset
    tags: list[Tag] = []


class ModelLink(Word):
    """A logged model that a run used or made."""

    model_id: str
    step: int | None = None


class RunInputs(Word):
    """What a run used."""

    dataset_inputs: list[DatasetInput] = []
    model_inputs: list[ModelLink] = []


class RunOutputs(Word):
    """What a run made."""

    model_outputs: list[ModelLink] = []


class Run(Word):
    """A run."""

    info: RunInfo
    data: RunData
    inputs: RunInputs
    outputs: RunOutputs | None = None


def to_experiment(found: wire.Experiment) -> Experiment:
    """Our experiment in MLflow's words."""
    return Experiment(
        experiment_id=str(found.number),
        name=found.name,
        artifact_location=artifact_root(found.number, found.artifact_location),
        lifecycle_stage="active" if found.archived_at is None else "deleted",
        last_update_time=to_ms(found.updated_at or found.created_at),
        creation_time=to_ms(found.created_at),
        tags=to_tags(found.tags),
    )


def to_run(found: RunDetails) -> Run:
    """Our run in MLflow's words."""
    models = found.models
    return Run(
        info=to_info(found),
        data=RunData(
            metrics=[_to_last(point) for point in found.metrics],
            params=to_tags(found.run.params),
            tags=to_tags(run_tags(found.run)),
        ),
        inputs=RunInputs(
            dataset_inputs=[DatasetInput(dataset=to_dataset(item), tags=to_tags(item.tags)) for item in found.datasets],
            model_inputs=[ModelLink(model_id=item.model_id) for item in models if item.direction == "input"],
        ),
        outputs=RunOutputs(
            model_outputs=[
                ModelLink(model_id=item.model_id, step=item.step) for item in models if item.direction == "output"
            ]
        ),
    )


def to_info(found: RunDetails) -> RunInfo:
    """What a run is, in MLflow's words."""
    run = found.run
    return RunInfo(
        run_id=run.id,
        run_uuid=run.id,
        run_name=run.display_name,
        experiment_id=str(found.experiment_number),
        user_id=_user(run),
        status=to_status(run.status),
        artifact_uri=artifact_uri(found),
        lifecycle_stage="active" if run.deleted_at is None else "deleted",
        start_time=to_ms(run.started_at or run.created_at),
        end_time=None if run.ended_at is None else to_ms(run.ended_at),
    )


def artifact_uri(found: RunDetails) -> str:
    """Where MLflow's clients put a run's files."""
    root = artifact_root(found.experiment_number, found.artifact_location)
    return places.below(root, f"{found.run.id}/artifacts")


def artifact_root(number: int, location: str | None) -> str:
    """Where the files of an experiment's runs lie."""
    return location or f"mlflow-artifacts:/{number}"


def run_tags(run: wire.Run) -> dict[str, str]:
    """A run's tags with those that MLflow keeps as tags and we do not."""
    tags = {**run.tags, RUN_NAME: run.display_name}
    if run.tags.get(RUN_NAME) == UNTOLD:
        del tags[RUN_NAME]
    if run.parent_id is not None:
        tags.setdefault(PARENT, run.parent_id)
    if run.type != RUN_TYPE:
        tags.setdefault(USER, run.created_by)
        tags.setdefault("mlflow.source.name", run.script_name or "")
    return tags


def to_status(status: wire.Status) -> Status:
    """Our status in MLflow's words."""
    return _STATUS_OF.get(status, "SCHEDULED")


def to_dataset(item: RunDataset) -> Dataset:
    """A data set in MLflow's words."""
    return Dataset(
        name=item.name,
        digest=item.digest,
        source_type=item.source_type,
        source=item.source,
        schema=item.schema,
        profile=item.profile,
    )


def to_tags(tags: Mapping[str, str]) -> list[Tag]:
    """A map as MLflow's list of pairs."""
    return [Tag(key=key, value=value) for key, value in tags.items()]


def from_tags(tags: Iterable[Given]) -> dict[str, str]:
    """MLflow's list of pairs as a map; the last of a key wins."""
    return {tag.key: tag.value for tag in tags}


def to_number(value: Scalar) -> float | str:
    """A metric's value as MLflow's server has it: the largest double for an infinity, a word for NaN."""
    if type(value) is float and isfinite(value):
        return value
    if value is None or isinstance(value, str):
        value = NON_FINITE.get(value or "NaN", nan)
    number = float(value)
    return "NaN" if isnan(number) else max(-sys.float_info.max, min(sys.float_info.max, number))


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return clock.from_datetime(moment) // 1000


def _to_last(point: LastPoint) -> Metric:
    return Metric(key=point.name, value=to_number(point.value), timestamp=point.at, step=point.step or 0)


def _user(run: wire.Run) -> str:
    named = run.tags.get(USER) or run.properties.get(USER_ID)
    return named or ("unknown" if run.type == RUN_TYPE else run.created_by)


Json = dict[str, Any]
