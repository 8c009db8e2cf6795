"""What MLflow's runs say they used and made."""

from __future__ import annotations

import msgspec

from workstead.dialects.mlflow import limits, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import invalid
from workstead.dialects.mlflow.reading import Needed
from workstead.dialects.mlflow.runs import find_active
from workstead.runs import service as runs
from workstead.runs.service import RunDataset, RunModel

endpoints = Endpoints()

DATASETS_MAX = 1000
TAG_KEY_MAX = 255
TAG_VALUE_MAX = 500
_SIZES = {"name": 500, "digest": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}


class Dataset(msgspec.Struct):
    """A data set in a request."""

    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


class DatasetInput(msgspec.Struct):
    """A data set and what it was used for."""

    dataset: Dataset
    tags: list[words.Given] = []


class ModelLink(msgspec.Struct):
    """A logged model in a request."""

    model_id: str
    step: int = 0


class LogInputs(msgspec.Struct):
    """Say what a run used."""

    run_id: Needed
    datasets: list[DatasetInput] = []
    models: list[ModelLink] = []


class LogOutputs(msgspec.Struct):
    """Say what a run made."""

    run_id: Needed
    models: list[ModelLink]


@endpoints.post("mlflow/runs/log-inputs")
def log_inputs(here: Here, asked: LogInputs) -> Nothing:
    """Note what a run used."""
    find_active(here, asked.run_id)
    _check_sizes(asked.datasets)
    datasets = [
        RunDataset(
            name=item.dataset.name,
            digest=item.dataset.digest,
            source_type=item.dataset.source_type,
            source=item.dataset.source,
            schema=item.dataset.schema,
            profile=item.dataset.profile,
            tags=words.from_tags(item.tags),
        )
        for item in asked.datasets
    ]
    runs.add_datasets(here.conn, here.where, asked.run_id, datasets)
    used = [RunModel(model_id=item.model_id, direction="input") for item in asked.models]
    runs.add_models(here.conn, here.where, asked.run_id, used)
    return Nothing()


@endpoints.post("mlflow/runs/outputs")
def log_outputs(here: Here, asked: LogOutputs) -> Nothing:
    """Note what a run made."""
    find_active(here, asked.run_id)
    made = [RunModel(model_id=item.model_id, direction="output", step=item.step) for item in asked.models]
    runs.add_models(here.conn, here.where, asked.run_id, made)
    return Nothing()


def _check_sizes(datasets: list[DatasetInput]) -> None:
    if len(datasets) > DATASETS_MAX:
        raise invalid(f"A run can take at most {DATASETS_MAX} datasets in one request. Got {len(datasets)}.")
    for item in datasets:
        for name, limit in _SIZES.items():
            limits.check_length(name, limit, getattr(item.dataset, name) or "")
        for tag in item.tags:
            limits.check_length("key", TAG_KEY_MAX, tag.key)
            limits.check_length("value", TAG_VALUE_MAX, tag.value)
