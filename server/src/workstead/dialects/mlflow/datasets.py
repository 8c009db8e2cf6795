"""MLflow's evaluation data sets: made, searched, tagged, tied to experiments and filled with records."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import msgspec

from workstead.dialects.mlflow import dataset_words, filtering, limits, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import Refused, invalid, missing
from workstead.dialects.mlflow.experiments import find_experiment
from workstead.dialects.mlflow.paging import mark, offset_of, page
from workstead.dialects.mlflow.reading import Needed, wrong
from workstead.dialects.mlflow.traces import find_known
from workstead.evaluations import service as evaluations
from workstead.evaluations.service import EvaluationSet, Order
from workstead.evaluations.service.records import PAGE_MAX
from workstead.foundation import pages
from workstead.foundation.filters import Clause
from workstead.runs import service as runs
from workstead_wire.errors import EvaluationSetNotFound, InvalidInput

endpoints = Endpoints()

NAME_MAX = 255
TAG_MAX = 5000
SEARCH_MAX = 50_000
_TEXTS = {"name": "name", "created_by": "created_by", "last_updated_by": "updated_by"}
_TIMES = {"created_time": "created_at", "last_update_time": "updated_at"}
_ORDERED = ("name", *_TIMES)


class CreateDataset(msgspec.Struct):
    """Make a data set; the tags are a map in JSON."""

    name: Needed
    experiment_ids: list[str] = []
    tags: str = ""


class NameDataset(msgspec.Struct):
    """Name a data set."""

    dataset_id: Needed


class SearchDatasets(msgspec.Struct):
    """Look for data sets."""

    experiment_ids: list[str] = []
    filter_string: str = ""
    max_results: int = 1000
    order_by: list[str] = []
    page_token: str | None = None


class SetTags(msgspec.Struct):
    """Set tags, a map in JSON."""

    dataset_id: Needed
    tags: Needed


class DeleteTag(msgspec.Struct):
    """Remove a tag."""

    dataset_id: Needed
    key: Needed


class LinkDataset(msgspec.Struct):
    """Name a data set and experiments."""

    dataset_id: Needed
    experiment_ids: list[str] = []


class PutRecords(msgspec.Struct):
    """Add records, a list in JSON."""

    dataset_id: Needed
    records: Needed


class ListRecords(msgspec.Struct):
    """Ask for a page of records."""

    dataset_id: Needed
    max_results: int = PAGE_MAX
    page_token: str | None = None


class DeleteRecords(msgspec.Struct):
    """Name records."""

    dataset_id: Needed
    dataset_record_ids: list[str] = []


@endpoints.post("mlflow/datasets/create")
def create_dataset(here: Here, asked: CreateDataset) -> words.Json:
    """Make a data set for evaluations."""
    limits.check_length("name", NAME_MAX, asked.name)
    tags = {key: value for key, value in _read_tags(asked.tags or "{}").items() if value is not None}
    known = [find_experiment(here, one) for one in dict.fromkeys(asked.experiment_ids)]
    user = tags.get(words.USER)
    made = evaluations.create_set(here.conn, here.where, asked.name, tags, [one.id for one in known], user)
    return {"dataset": dataset_words.to_dataset(made) | {"experiment_ids": [str(one.number) for one in known]}}


@endpoints.get("mlflow/datasets/{dataset_id}")
def get_dataset(here: Here, asked: NameDataset) -> words.Json:
    """A data set without its records."""
    try:
        found = evaluations.get_set(here.conn, here.where, asked.dataset_id)
    except EvaluationSetNotFound as error:
        raise _missing(asked.dataset_id) from error
    return {"dataset": dataset_words.to_dataset(found)}


@endpoints.delete("mlflow/datasets/{dataset_id}")
def delete_dataset(here: Here, asked: NameDataset) -> Nothing:
    """Delete a data set with its records; what is not there needs no deleting."""
    with contextlib.suppress(EvaluationSetNotFound):
        evaluations.delete_set(here.conn, here.where, asked.dataset_id)
    return Nothing()


@endpoints.get("mlflow/datasets/search")
def search_datasets(here: Here, asked: SearchDatasets) -> words.Json:
    """Data sets under a filter, the newest first unless told."""
    if not 1 <= asked.max_results <= SEARCH_MAX:
        raise wrong("max_results", asked.max_results, f"It must be from 1 to {SEARCH_MAX}")
    clauses = [_clause(one) for one in filtering.parse(asked.filter_string, {"tags": "tags"})]
    orders = [_order(one) for one in filtering.parse_orders(asked.order_by, _ORDERED)]
    marks = {"the page token is of another search": mark((asked.experiment_ids, asked.filter_string, asked.order_by))}
    start = offset_of(asked.page_token, marks)
    known = find_known(here, asked.experiment_ids) if asked.experiment_ids else None
    found = evaluations.search_sets(here.conn, here.where, known, clauses, orders, start, asked.max_results + 1)
    return page("datasets", [dataset_words.to_dataset(one) for one in found], start, asked.max_results, marks)


@endpoints.post("mlflow/datasets/search", "read")
def search_by_body(here: Here, asked: SearchDatasets) -> words.Json:
    """The same, asked by a body."""
    return search_datasets(here, asked)


@endpoints.patch("mlflow/datasets/{dataset_id}/tags")
def set_tags(here: Here, asked: SetTags) -> Nothing:
    """Set tags; null leaves one as it is."""
    tags = {key: value for key, value in _read_tags(asked.tags).items() if value is not None}
    try:
        evaluations.tag_set(here.conn, here.where, asked.dataset_id, tags)
    except EvaluationSetNotFound as error:
        raise missing(f"Could not find evaluation dataset with ID {asked.dataset_id}") from error
    return Nothing()


@endpoints.delete("mlflow/datasets/{dataset_id}/tags/{key}")
def delete_tag(here: Here, asked: DeleteTag) -> Nothing:
    """Remove a tag; what is not there needs no removing."""
    with contextlib.suppress(EvaluationSetNotFound):
        evaluations.tag_set(here.conn, here.where, asked.dataset_id, {asked.key: None})
    return Nothing()


@endpoints.get("mlflow/datasets/{dataset_id}/experiment-ids")
def list_experiments(here: Here, asked: NameDataset) -> words.Json:
    """The experiments that use a data set; none, if there is no such set."""
    try:
        ids = evaluations.list_experiments(here.conn, here.where, asked.dataset_id)
    except EvaluationSetNotFound:
        ids = []
    found = (runs.find_experiment(here.conn, here.where, one) for one in ids)
    return {"experiment_ids": [str(number) for number in sorted(one.number for one in found if one is not None)]}


@endpoints.post("mlflow/datasets/{dataset_id}/add-experiments")
def add_experiments(here: Here, asked: LinkDataset) -> words.Json:
    """Tie a data set to experiments."""
    known = [find_experiment(here, one).id for one in asked.experiment_ids]
    return _linked(asked, lambda: evaluations.link_set(here.conn, here.where, asked.dataset_id, known))


@endpoints.post("mlflow/datasets/{dataset_id}/remove-experiments")
def remove_experiments(here: Here, asked: LinkDataset) -> words.Json:
    """Untie a data set from experiments."""
    known = find_known(here, asked.experiment_ids)
    return _linked(asked, lambda: evaluations.unlink_set(here.conn, here.where, asked.dataset_id, known))


@endpoints.post("mlflow/datasets/{dataset_id}/records")
def put_records(here: Here, asked: PutRecords) -> words.Json:
    """Add records; one with the same inputs as another is merged with that."""
    examples = dataset_words.read_examples(asked.records)
    try:
        added, merged = evaluations.put_records(here.conn, here.where, asked.dataset_id, examples)
    except EvaluationSetNotFound as error:
        raise _missing(asked.dataset_id) from error
    return {"inserted_count": added, "updated_count": merged}


@endpoints.get("mlflow/datasets/{dataset_id}/records")
def list_records(here: Here, asked: ListRecords) -> words.Json:
    """A page of records, a list in JSON, in the order in which they were added."""
    limit = min(asked.max_results or PAGE_MAX, PAGE_MAX)
    if limit < 1:
        raise wrong("max_results", asked.max_results, "It must be a positive integer")
    try:
        (after,) = pages.decode_cursor(asked.page_token, int) or (0,)
        found = evaluations.list_records(here.conn, here.where, asked.dataset_id, after, limit)
    except InvalidInput as error:
        raise invalid(f"Invalid page token: {error.message}") from error
    except EvaluationSetNotFound as error:
        raise _missing(asked.dataset_id) from error
    told = [dataset_words.to_record(asked.dataset_id, one) for one in found.records]
    more = {} if found.next is None else {"next_page_token": pages.encode_cursor(found.next)}
    return {"records": json.dumps(told)} | more


@endpoints.delete("mlflow/datasets/{dataset_id}/records")
def delete_records(here: Here, asked: DeleteRecords) -> words.Json:
    """Delete records by their ids."""
    try:
        gone = evaluations.delete_records(here.conn, here.where, asked.dataset_id, asked.dataset_record_ids)
    except EvaluationSetNotFound as error:
        raise _missing(asked.dataset_id) from error
    return {"deleted_count": gone}


def _linked(asked: LinkDataset, work: Callable[[], EvaluationSet]) -> words.Json:
    try:
        return {"dataset": dataset_words.to_dataset(work())}
    except EvaluationSetNotFound as error:
        raise missing(f"Dataset '{asked.dataset_id}' not found") from error


def _read_tags(text: str) -> dict[str, str | None]:
    try:
        told = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise wrong("tags", text[:80], "It must be a map in JSON") from error
    tags = {key: value if value is None or isinstance(value, str) else str(value) for key, value in told.items()}
    for key, value in tags.items():
        limits.check_length("tag key", NAME_MAX, key)
        limits.check_length("tag value", TAG_MAX, value or "")
    return tags


def _clause(clause: Clause) -> Clause:
    """The clause in the words of the room."""
    if not clause.kind and clause.key not in {*_TEXTS, *_TIMES}:
        raise invalid(
            f"Invalid attribute key '{clause.key}' specified. Valid keys are: {sorted([*_TEXTS, *_TIMES])}, tags.<key>"
        )
    if clause.key in _TIMES and not clause.kind:
        return _timed(clause)
    allowed = (*filtering.TEXT_OPS, "IN") if clause.key == "name" and not clause.kind else filtering.TEXT_OPS
    if clause.op not in allowed:
        what = "tag" if clause.kind else "string attribute"
        raise invalid(f"Invalid comparator for {what}: {clause.op}")
    if any(value.form != "quoted" for value in clause.values):
        raise invalid(f"Expected a quoted string value for {clause.name}. Got value {clause.value.text}")
    return clause if clause.kind else msgspec.structs.replace(clause, key=_TEXTS[clause.key])


def _timed(clause: Clause) -> Clause:
    if clause.op not in filtering.NUMBER_OPS:
        raise invalid(f"Invalid comparator for numeric attribute: {clause.op}")
    text = clause.value.text
    if not text.removeprefix("-").isdecimal():
        raise invalid(f"Invalid value for numeric attribute '{clause.key}': {text!r}")
    number = msgspec.structs.replace(clause.value, form="number")
    return msgspec.structs.replace(clause, key=_TIMES[clause.key], values=(number,))


def _order(order: filtering.Order) -> Order:
    if order.kind:
        raise invalid(f"Invalid order_by entity: {order.kind}")
    return Order(_TIMES.get(order.key, order.key), order.descending)


def _missing(dataset_id: str) -> Refused:
    return missing(f"Evaluation dataset with id '{dataset_id}' not found")
