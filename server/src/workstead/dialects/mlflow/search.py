"""MLflow's searches for experiments, runs and data sets."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec

from workstead.dialects.mlflow import filtering, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here
from workstead.dialects.mlflow.errors import invalid
from workstead.dialects.mlflow.experiments import find_experiment
from workstead.dialects.mlflow.paging import offset_of, page
from workstead.dialects.mlflow.reading import wrong
from workstead.foundation.filters import Clause, Value
from workstead.foundation.pages import MAX_LIMIT
from workstead.runs import service as runs
from workstead.runs.service.sorting import Order

endpoints = Endpoints()

View = Literal["ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3, "1", "2", "3"]
EXPERIMENTS_MAX = 50_000
DATASETS_MAX = 1000
_VIEWS: dict[str, Literal["active", "deleted", "all"]] = {
    "ACTIVE_ONLY": "active", "1": "active", "DELETED_ONLY": "deleted", "2": "deleted", "ALL": "all", "3": "all",
}  # fmt: skip
_KINDS = {
    "metric": "metric", "metrics": "metric", "param": "param", "params": "param", "parameter": "param",
    "parameters": "param", "tag": "tag", "tags": "tag",
}  # fmt: skip
_RUN_KEYS = {
    **dict.fromkeys(("start_time", "Created", "created"), "started_at"),
    **dict.fromkeys(("run_name", "Run Name", "run name"), "display_name"),
    "end_time": "ended_at",
    "status": "status",
    "run_id": "id",
    "user_id": "created_by",
}
_RUN_FILES = re.compile(r"(?:.*/)?([^/]+)/artifacts(?:\?.*)?")
_RUN_ATTRIBUTES = sorted({*map(str.lower, _RUN_KEYS), "artifact_uri"})
_EXPERIMENT_KEYS = ("name", "creation_time", "last_update_time", "experiment_id")


class SearchExperiments(msgspec.Struct):
    """Look for experiments."""

    max_results: int = 1000
    page_token: str | None = None
    filter: str = ""
    order_by: list[str] = []
    view_type: View = "ACTIVE_ONLY"


class SearchRuns(msgspec.Struct):
    """Look for runs."""

    experiment_ids: list[str] = []
    filter: str = ""
    run_view_type: View = "ACTIVE_ONLY"
    max_results: Annotated[int, msgspec.Meta(le=50_000)] = 1000
    order_by: list[str] = []
    page_token: str | None = None


class SearchDatasets(msgspec.Struct):
    """Look for the data sets that the runs of experiments used."""

    experiment_ids: list[str] = []


@endpoints.get("mlflow/experiments/search")
@endpoints.post("mlflow/experiments/search", "read")
def search_experiments(here: Here, asked: SearchExperiments) -> words.Json:
    """Experiments under a filter, the newest first unless told."""
    limit = asked.max_results
    if not 1 <= limit <= EXPERIMENTS_MAX:
        why = "It must be a positive integer" if limit < 1 else f"It must be at most {EXPERIMENTS_MAX}"
        raise invalid(f"Invalid value {limit} for parameter 'max_results' supplied. {why}, but got {limit}")
    view = _VIEWS[str(asked.view_type)]
    clauses = filtering.parse(asked.filter)
    filtering.check_nulls(clauses, ["tags"])
    filtering.check_attributes(clauses, ["name"], ["creation_time", "last_update_time"])
    orders = [
        Order(order.key, descending=order.descending)
        for order in filtering.parse_orders(asked.order_by, _EXPERIMENT_KEYS)
    ]
    if not any(order.key == "creation_time" for order in orders):
        orders.append(Order("creation_time", descending=True))
    archived = "archived" if view == "deleted" else view
    found = runs.search_experiments(here.conn, here.where, archived, clauses, orders)
    start = offset_of(asked.page_token)
    made = [words.to_experiment(one) for one in found[start : start + limit + 1]]
    return page("experiments", made, start, limit)


@endpoints.post("mlflow/runs/search", "read")
def search_runs(here: Here, asked: SearchRuns) -> words.Json:
    """Runs under a filter, in any order; those that were started last come first unless told."""
    if asked.max_results < 1:
        raise wrong("max_results", asked.max_results, "It must be a positive integer")
    wanted = runs.RunFilter(
        experiments=_names(here, asked.experiment_ids),
        include_children=True,
        clauses=[_run_clause(here, clause) for clause in _read_filter(asked.filter)],
        deleted=_VIEWS[str(asked.run_view_type)],
    )
    orders = [_run_order(order) for order in filtering.parse_orders(asked.order_by, _RUN_KEYS)]
    keys = {order.rpartition(" ")[0] for order in orders}
    orders += [text for text in ("started_at desc", "id asc") if text.rpartition(" ")[0] not in keys]
    made: list[words.Run] = []
    cursor = asked.page_token or None
    while True:
        limit = min(asked.max_results - len(made), MAX_LIMIT)
        found = runs.list_details(here.conn, here.where, wanted, orders, cursor, limit)
        made += map(words.to_run, found.items)
        cursor = found.next_cursor
        if cursor is None or len(made) == asked.max_results:
            break
    reply: words.Json = {"runs": made}
    if cursor is not None:
        reply["next_page_token"] = cursor
    return reply


@endpoints.post("mlflow/experiments/search-datasets", "read")
def search_datasets(here: Here, asked: SearchDatasets) -> words.Json:
    """Data sets that the runs of experiments used, each once a context."""
    if not asked.experiment_ids:
        raise invalid("SearchDatasets request must specify at least one experiment_id.")
    if len(asked.experiment_ids) > 20:  # noqa: PLR2004 - MLflow's own limit
        raise invalid(
            f"SearchDatasets request cannot specify more than 20 experiment_ids. Received {len(asked.experiment_ids)} "
            "experiment_ids."
        )
    known = {find_experiment(here, one).id: one for one in asked.experiment_ids}
    summaries: list[words.Json] = []
    for experiment_id, dataset in runs.list_datasets(here.conn, list(known), DATASETS_MAX):
        summary = {"experiment_id": known[experiment_id], "name": dataset.name, "digest": dataset.digest}
        context = dataset.tags.get("mlflow.data.context")
        summaries.append(summary if context is None else summary | {"context": context})
    return {"dataset_summaries": summaries}


def _read_filter(text: str) -> list[Clause]:
    clauses = filtering.strict(text, lambda: runs.parse_run_filter(text))
    filtering.check_nulls(clauses, ["tags", "params"])
    for clause in clauses:
        if clause.kind in ("", "attributes") and clause.key.lower() not in _RUN_ATTRIBUTES:
            raise invalid(f"Invalid attribute key '{clause.key}' specified. Valid keys are '{_RUN_ATTRIBUTES}'")
    return clauses


def _names(here: Here, ids: list[str]) -> list[str]:
    names: list[str] = []
    for experiment_id in ids:
        found = runs.find_experiment(here.conn, here.where, experiment_id)
        names += [] if found is None else [found.name]
    return names


def _run_order(order: filtering.Order) -> str:
    direction = "desc" if order.descending else "asc"
    if not order.kind or (order.kind in ("tag", "tags") and order.key == words.RUN_NAME):
        return f"{_RUN_KEYS[order.key if not order.kind else 'run_name']} {direction}"
    return f"{_KINDS[order.kind]}:{order.key} {direction}"


def _run_clause(here: Here, clause: Clause) -> Clause:
    """A clause in our words: a run's name is no tag here, and its files lie where its id says."""
    key = clause.key.lower() if clause.kind in ("", "attributes") else ""
    if clause.kind == "tags" and clause.key == words.RUN_NAME:
        return msgspec.structs.replace(clause, kind="attributes", key="run_name")
    if key == "created":
        return msgspec.structs.replace(clause, key="start_time")
    if key == "artifact_uri":
        values = tuple(_run_in(here, value, clause.op) for value in clause.values)
        return msgspec.structs.replace(clause, kind="attributes", key="run_id", values=values)
    return clause


def _run_in(here: Here, value: Value, op: str) -> Value:
    """The id of the run whose files lie at an address; a pattern is of the id alone."""
    found = _RUN_FILES.fullmatch(value.text)
    if op in ("LIKE", "ILIKE"):
        return Value(found[1]) if found else value
    known = runs.read_details(here.conn, here.where, [found[1]]) if found else []
    return Value(next((one.run.id for one in known if words.artifact_uri(one) == value.text), ""))
