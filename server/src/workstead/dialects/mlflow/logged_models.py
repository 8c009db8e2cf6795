"""MLflow's logged models: what ``log_model`` makes since MLflow 3."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import msgspec

from workstead.dialects.mlflow import filtering, limits, places, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import invalid, missing
from workstead.dialects.mlflow.experiments import active_experiment, find_experiment
from workstead.dialects.mlflow.folders import list_folder
from workstead.dialects.mlflow.paging import mark, offset_of, page
from workstead.dialects.mlflow.reading import Needed
from workstead.foundation import clock, ids
from workstead.foundation.filters import Clause
from workstead.models.service import LoggedMetric, logged, registry_search
from workstead.models.service import LoggedModel as Ours
from workstead.models.service.registry_search import Asked, Order
from workstead.runs import service as runs
from workstead_wire.errors import ModelNotFound

endpoints = Endpoints()

STATUSES = [
    "LOGGED_MODEL_STATUS_UNSPECIFIED", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED",
]  # fmt: skip
_CREATED = ("creation_timestamp", "creation_time")
_TIMES = (*_CREATED, "last_updated_timestamp", "last_updated_time")
_ENTITIES = ["attributes", "metrics", "params", "tags"]
_LISTED_OPS = (*filtering.TEXT_OPS, "IN", "NOT IN")
_BY_NAME = {"PENDING": 1, "READY": 2, "FAILED": 3} | {name: number for number, name in enumerate(STATUSES)}
_KINDS = {
    "attribute": "", "attributes": "", "tag": "tags", "tags": "tags", "param": "params", "params": "params",
    "metric": "metrics", "metrics": "metrics",
}  # fmt: skip


class CreateModel(msgspec.Struct):
    """Make a logged model."""

    experiment_id: Needed
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: list[words.Given] = []
    tags: list[words.Given] = []


class GetModel(msgspec.Struct):
    """Name a logged model."""

    model_id: Needed
    allow_deleted: bool = False


class FinalizeModel(msgspec.Struct):
    """Say how the upload of a logged model ended: a status by number or name."""

    model_id: Needed
    status: int | str


class SetTags(msgspec.Struct):
    """Set tags of a logged model."""

    model_id: Needed
    tags: list[words.Given] = []


class LogParams(msgspec.Struct):
    """Add parameters of a logged model."""

    model_id: Needed
    params: list[words.Given] = []


class DeleteTag(msgspec.Struct):
    """Remove a tag of a logged model."""

    model_id: Needed
    tag_key: Needed


class Dataset(msgspec.Struct):
    """A data set by which metrics are narrowed."""

    dataset_name: str = ""
    dataset_digest: str = ""


class OrderBy(msgspec.Struct):
    """A sort key."""

    field_name: str
    ascending: bool = True
    dataset_name: str = ""
    dataset_digest: str = ""


class SearchModels(msgspec.Struct):
    """Look for logged models."""

    experiment_ids: Annotated[list[str], msgspec.Meta(min_length=1)]
    filter: str = ""
    datasets: list[Dataset] = []
    max_results: int | None = None
    order_by: list[OrderBy] = []
    page_token: str | None = None


class ListFolder(msgspec.Struct):
    """Ask for the files in a folder of a logged model."""

    model_id: Needed
    artifact_directory_path: str = ""


@endpoints.post("mlflow/logged-models")
def create_model(here: Here, asked: CreateModel) -> words.Json:
    """Make a logged model; its files come afterwards."""
    experiment = active_experiment(here, asked.experiment_id)
    if any(mark in asked.name for mark in "/:.%\"'"):
        raise invalid(
            f"Invalid model name ({asked.name!r}) provided. Model name must be a non-empty string and cannot contain "
            "the following characters: ('/', ':', '.', '%', '\"', \"'\")"
        )
    for tag in asked.tags:
        limits.check_tag(tag.key, tag.value, limits.TAG_MAX)
    model_id = f"m-{uuid.uuid4().hex}"
    now = clock.now()
    root = words.artifact_root(experiment.number, experiment.artifact_location)
    made = Ours(
        id=model_id,
        experiment_id=experiment.id,
        name=asked.name or ids.short_name(),
        location=places.below(root, f"models/{model_id}/artifacts"),
        type=asked.model_type,
        status=STATUSES[1],
        created_at=now,
        updated_at=now,
        run_id=asked.source_run_id or None,
        tags=words.from_tags(asked.tags),
        params=words.from_tags(asked.params),
    )
    return {"model": _to_model(here, logged.create_logged(here.conn, here.where, made))}


@endpoints.post("mlflow/logged-models/search", "read")
def search_models(here: Here, asked: SearchModels) -> words.Json:
    """Logged models under a filter, the newest first unless told."""
    if any(not dataset.dataset_name for dataset in asked.datasets):
        raise invalid("`dataset_name` in the `datasets` clause must be specified.")
    known = [find_experiment(here, one).id for one in asked.experiment_ids]
    limit = asked.max_results or 100
    orders = [_to_order(one) for one in asked.order_by]
    if not any(order.key in _CREATED for order in orders):
        orders.append(Order(key=_CREATED[0], descending=True))
    marks = {
        "Experiment IDs in the page token do not match the requested ones": mark(asked.experiment_ids),
        "Filter string in the page token does not match the requested one": mark(asked.filter),
        "Order by in the page token does not match the requested one": mark(asked.order_by),
    }
    start = offset_of(asked.page_token, marks)
    search = Asked(
        clauses=_read_filter(asked.filter),
        orders=orders,
        offset=start,
        limit=limit + 1,
    )
    datasets = [(one.dataset_name, one.dataset_digest or None) for one in asked.datasets]
    found = registry_search.search_logged(here.conn, here.where, known, search, datasets)
    return page("models", [_to_model(here, one) for one in found], start, limit, marks)


@endpoints.get("mlflow/logged-models/{model_id}")
def get_model(here: Here, asked: GetModel) -> words.Json:
    """One logged model."""
    return {"model": _to_model(here, find_model(here, asked.model_id, deleted=asked.allow_deleted))}


@endpoints.patch("mlflow/logged-models/{model_id}")
def finalize_model(here: Here, asked: FinalizeModel) -> words.Json:
    """Note how the upload ended."""
    status = _BY_NAME.get(asked.status, -1) if isinstance(asked.status, str) else asked.status
    if not 1 <= status < len(STATUSES):
        raise invalid(f"Invalid value {asked.status!r} for parameter 'status' supplied.")
    find_model(here, asked.model_id)
    changed = logged.update_logged(here.conn, here.where, asked.model_id, STATUSES[status])
    return {"model": _to_model(here, changed)}


@endpoints.delete("mlflow/logged-models/{model_id}")
def delete_model(here: Here, asked: GetModel) -> Nothing:
    """Take a logged model out of sight."""
    find_model(here, asked.model_id)
    logged.delete_logged(here.conn, here.where, asked.model_id)
    return Nothing()


@endpoints.patch("mlflow/logged-models/{model_id}/tags")
def set_tags(here: Here, asked: SetTags) -> Nothing:
    """Set tags."""
    find_model(here, asked.model_id)
    for tag in asked.tags:
        limits.check_tag(tag.key, tag.value, limits.TAG_MAX)
    logged.label_logged(here.conn, here.where, asked.model_id, "tag", words.from_tags(asked.tags))
    return Nothing()


@endpoints.delete("mlflow/logged-models/{model_id}/tags/{tag_key}")
def delete_tag(here: Here, asked: DeleteTag) -> Nothing:
    """Remove a tag."""
    if asked.tag_key not in find_model(here, asked.model_id).tags:
        raise missing(f"No tag with key {asked.tag_key!r} found for model with ID {asked.model_id!r}.")
    logged.label_logged(here.conn, here.where, asked.model_id, "tag", {asked.tag_key: None})
    return Nothing()


@endpoints.post("mlflow/logged-models/{model_id}/params")
def log_params(here: Here, asked: LogParams) -> Nothing:
    """Add parameters."""
    find_model(here, asked.model_id)
    logged.label_logged(here.conn, here.where, asked.model_id, "param", words.from_tags(asked.params))
    return Nothing()


@endpoints.get("mlflow/logged-models/{model_id}/artifacts/directories")
def list_files(here: Here, asked: ListFolder) -> words.Json:
    """Files in a folder of a logged model."""
    path = limits.check_path(asked.artifact_directory_path)
    model = find_model(here, asked.model_id)
    return {"root_uri": model.location, "files": list_folder(here, model.location, path)}


def find_model(here: Here, model_id: str, *, deleted: bool = False) -> Ours:
    """The logged model of that id."""
    try:
        return logged.get_logged(here.conn, here.where, model_id, deleted=deleted)
    except ModelNotFound as error:
        raise missing(f"Logged model with ID '{model_id}' not found.") from error


def _read_filter(text: str) -> list[Clause]:
    clauses = filtering.parse(text, _KINDS, noun="filter string")
    for clause in clauses:
        kind, dot, _ = clause.key.partition(".")
        if not clause.kind and dot and kind.isalpha():
            raise invalid(f"Invalid entity type: {kind!r}. Expected one of {_ENTITIES}.")
        is_number = clause.kind == "metrics" or clause.key in _TIMES
        known = filtering.NUMBER_OPS if is_number else _LISTED_OPS
        if clause.op not in known:
            raise invalid(
                f"Invalid comparison operator for {clause.name}: {clause.op!r}. Expected one of {', '.join(known)}."
            )
    return clauses


def _to_order(asked: OrderBy) -> Order:
    kind, dot, key = asked.field_name.partition(".")
    if not dot:
        return Order(key=asked.field_name, descending=not asked.ascending)
    if kind != "metrics":
        raise invalid(f"Invalid order by field name: {asked.field_name}. Only metrics are supported.")
    return Order(
        key=key,
        kind="metric",
        descending=not asked.ascending,
        dataset_name=asked.dataset_name or None,
        dataset_digest=asked.dataset_digest or None,
    )


def _to_model(here: Here, found: Ours) -> words.Json:
    experiment = runs.find_experiment(here.conn, here.where, found.experiment_id)
    info: dict[str, Any] = {
        "model_id": found.id,
        "experiment_id": "0" if experiment is None else str(experiment.number),
        "name": found.name,
        "creation_timestamp_ms": found.created_at // 1000,
        "last_updated_timestamp_ms": found.updated_at // 1000,
        "artifact_uri": found.location,
        "status": found.status,
        "model_type": found.type,
        "source_run_id": found.run_id or "",
        "tags": words.to_tags(found.tags),
    }
    metrics = [_to_metric(found.id, metric) for metric in found.metrics]
    return {"info": info, "data": {"params": words.to_tags(found.params), "metrics": metrics}}


def _to_metric(model_id: str, metric: LoggedMetric) -> words.Metric:
    return words.Metric(
        key=metric.key,
        value="NaN" if metric.value != metric.value else metric.value,
        timestamp=metric.at,
        step=metric.step,
        run_id=metric.run_id,
        model_id=model_id,
        dataset_name=metric.dataset_name,
        dataset_digest=metric.dataset_digest,
    )
