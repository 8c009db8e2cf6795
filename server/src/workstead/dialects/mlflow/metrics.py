"""MLflow's metrics: logged one by one and in batches, and read as histories."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from math import isfinite, isnan
from typing import Any, ClassVar, Literal, cast

import msgspec

from workstead.dialects.mlflow import limits, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import invalid
from workstead.dialects.mlflow.paging import offset_of, page
from workstead.dialects.mlflow.reading import Needed, lacking, wrong
from workstead.dialects.mlflow.runs import check_param, check_params, check_tag, find_active, find_run, set_tags
from workstead.models import service as models
from workstead.models.service import LoggedMetric
from workstead.runs import service as runs
from workstead.runs.service import History
from workstead_wire.runs import MetricKind

endpoints = Endpoints()

BULK_MAX = 25_000
BULK_RUNS_MAX = 100
INTERVAL_MAX = 2500
_TOO_LARGE = 2**63 - 1

Number = float | Literal["NaN", "Infinity", "-Infinity"]


class Metric(msgspec.Struct):
    """A point, as a batch has it; it goes into the runs' service as it is."""

    name: Needed = msgspec.field(name="key")
    value: Number
    at: int = msgspec.field(name="timestamp")
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None

    kind: ClassVar[MetricKind] = "scalar"


class LogMetric(Metric, kw_only=True):
    """Log a point to a run."""

    run_id: Needed


class _Point(msgspec.Struct, gc=False):
    """A point of a history, of which there are many: as little as can be."""

    key: str
    value: float | str
    timestamp: int
    step: int


class LogBatch(msgspec.Struct):
    """Log many things to a run, all or none."""

    run_id: Needed
    metrics: list[Metric] = []
    params: list[words.Given] = []
    tags: list[words.Given] = []


class GetHistory(msgspec.Struct):
    """Ask for all points of a metric, or for pages of them."""

    run_id: Needed
    metric_key: Needed
    max_results: int | None = None
    page_token: str | None = None


class GetBulk(msgspec.Struct):
    """Ask for the points of a metric in several runs."""

    run_id: list[str] = []
    metric_key: str | None = None
    max_results: int = BULK_MAX


class GetInterval(msgspec.Struct):
    """Ask for some points of a metric in several runs, evenly spread over the steps."""

    run_ids: list[str]
    metric_key: Needed
    start_step: int | None = None
    end_step: int | None = None
    max_results: int | None = None


@endpoints.post("mlflow/runs/log-metric", locks=True)
def log_metric(here: Here, asked: LogMetric) -> Nothing:
    """Log a point."""
    _check_metric(asked)
    hold_active(here, asked.run_id)
    _log(here, asked.run_id, [asked])
    return Nothing()


@endpoints.post("mlflow/runs/log-batch", locks=True)
def log_batch(here: Here, asked: LogBatch) -> Nothing:
    """Log points, parameters and tags in one transaction."""
    _check_counts(asked)
    _check_metrics(asked.metrics)
    for index, param in enumerate(asked.params):
        check_param(param.key, param.value, f"params[{index}]")
    for index, tag in enumerate(asked.tags):
        check_tag(tag.key, tag.value, f"tags[{index}]")
    limits.check_unique(param.key for param in asked.params)
    hold_active(here, asked.run_id)
    if asked.params:
        found = find_active(here, asked.run_id)
        given = {key: value[: limits.PARAM_MAX] for key, value in words.from_tags(asked.params).items()}
        check_params(given, found.run.params, asked.run_id)
        runs.add_params(here.conn, here.where, asked.run_id, given)
    if asked.metrics:
        _log(here, asked.run_id, asked.metrics)
    if asked.tags:
        set_tags(here, asked.run_id, words.from_tags(asked.tags))
    return Nothing()


@endpoints.get("mlflow/metrics/get-history")
def get_history(here: Here, asked: GetHistory) -> words.Json:
    """Points of a metric by time."""
    if asked.max_results is not None and asked.max_results <= 0:
        raise invalid(
            f"Invalid value {asked.max_results} for parameter 'max_results' supplied. It must be a positive integer."
        )
    find_run(here, asked.run_id)
    start, limit = offset_of(asked.page_token), asked.max_results
    more = None if limit is None else limit + 1
    found = runs.read_history(here.conn, here.where, asked.run_id, asked.metric_key, offset=start, limit=more)
    made = _to_points(asked.metric_key, found)
    return page("metrics", made, start, len(made) if limit is None else limit)


@endpoints.get("mlflow/metrics/get-history-bulk")
def get_bulk(here: Here, asked: GetBulk) -> words.Json:
    """Points of a metric in several runs, run by run."""
    if not asked.run_id:
        raise invalid("GetMetricHistoryBulk request must specify at least one run_id.")
    if len(asked.run_id) > BULK_RUNS_MAX:
        raise invalid(
            f"GetMetricHistoryBulk request cannot specify more than {BULK_RUNS_MAX} run_ids. "
            f"Received {len(asked.run_id)} run_ids."
        )
    if asked.metric_key is None:
        raise invalid("GetMetricHistoryBulk request must specify a metric_key.")
    limit = min(asked.max_results, BULK_MAX)
    found: list[words.Metric] = []
    for run_id in sorted(asked.run_id):
        points = _points(here, run_id, asked.metric_key, limit - len(found))
        found += [_to_metric(point, run_id) for point in points]
    return {"metrics": found}


@endpoints.get("mlflow/metrics/get-history-bulk-interval")
def get_interval(here: Here, asked: GetInterval) -> words.Json:
    """Points of a metric in several runs, each run thinned by itself."""
    limit = INTERVAL_MAX if asked.max_results is None else asked.max_results
    if not asked.run_ids:
        raise lacking("run_ids")
    if len(asked.run_ids) > BULK_RUNS_MAX:
        raise invalid(
            f"GetMetricHistoryBulkInterval request must specify at most {BULK_RUNS_MAX} run_ids. "
            f"Received {len(asked.run_ids)} run_ids."
        )
    if not 1 <= limit <= INTERVAL_MAX:
        raise invalid(f"max_results must be between 1 and {INTERVAL_MAX}.")
    start, end = _interval(asked)
    series = {
        run_id: [point for point in _points(here, run_id, asked.metric_key) if start <= point.step <= end]
        for run_id in asked.run_ids
    }
    found = [_to_metric(point, run_id) for run_id in asked.run_ids for point in _spread(series[run_id], limit)]
    return {"metrics": found}


def hold_active(here: Here, run_id: str) -> None:
    """Lock a run, refused when it is not there or was deleted."""
    if not runs.lock_active(here.conn, here.where, run_id):
        find_active(here, run_id)


def _log(here: Here, run_id: str, metrics: list[Any]) -> None:
    runs.log_points(here.conn, here.where, run_id, metrics)
    for model_id in {metric.model_id for metric in metrics if metric.model_id}:
        logged = [_to_logged(metric, run_id) for metric in metrics if metric.model_id == model_id]
        models.logged.log_model_metrics(here.conn, here.where, model_id, logged)


def _to_logged(metric: Metric, run_id: str) -> LoggedMetric:
    return LoggedMetric(
        key=metric.name,
        value=float(metric.value),
        at=metric.at,
        step=metric.step,
        run_id=run_id,
        dataset_name=metric.dataset_name,
        dataset_digest=metric.dataset_digest,
    )


def _check_metrics(metrics: list[Metric]) -> None:
    # Looked at together, as nearly all are in order, the points of a batch cost a tenth of what they do one by one.
    given = [metric.value for metric in metrics]
    plain = set(map(type, given)) <= {float} and all(map(isfinite, cast("list[float]", given)))
    timed = plain and min((metric.at for metric in metrics), default=0) >= 0
    if timed and all(map(limits.is_known, {metric.name for metric in metrics})):
        return
    for index, metric in enumerate(metrics):
        _check_metric(metric, index)


def _check_metric(metric: Metric, index: int | None = None) -> None:
    if type(metric.value) is float and not isfinite(metric.value):
        metric.value = "NaN" if isnan(metric.value) else "Infinity" if metric.value > 0 else "-Infinity"
    if metric.at >= 0 and limits.is_known(metric.name):
        return
    at = "" if index is None else f"metrics[{index}]."
    limits.check_name(f"{at}name", metric.name)
    if metric.at < 0:
        why = f"metric '{metric.name}' (value={metric.value}). Timestamp must be a nonnegative long (64-bit integer) "
        raise wrong(f"{at}timestamp", metric.at, why)
    limits.check_length("Metric name", limits.KEY_MAX, metric.name)


def _check_counts(asked: LogBatch) -> None:
    sizes = (len(asked.metrics), len(asked.params), len(asked.tags))
    limits.check_count("metrics", limits.METRICS_MAX, sizes[0])
    limits.check_count("params", limits.LABELS_MAX, sizes[1])
    limits.check_count("tags", limits.LABELS_MAX, sizes[2])
    limits.check_count("metrics, params, and tags", limits.TOGETHER_MAX, sum(sizes))


def _to_numbers(history: History) -> Sequence[float | str]:
    plain = set(map(type, history.value)) <= {float} and all(map(isfinite, cast("Sequence[float]", history.value)))
    return cast("Sequence[float]", history.value) if plain else list(map(words.to_number, history.value))


def _points(here: Here, run_id: str, key: str, limit: int | None = None) -> list[_Point]:
    return _to_points(key, runs.read_history(here.conn, here.where, run_id, key, limit=limit))


def _to_points(key: str, found: History) -> list[_Point]:
    return list(map(_Point, repeat(key), _to_numbers(found), found.at, found.step))


def _to_metric(point: _Point, run_id: str) -> words.Metric:
    return words.Metric(key=point.key, value=point.value, timestamp=point.timestamp, step=point.step, run_id=run_id)


def _interval(asked: GetInterval) -> tuple[int, int]:
    start, end = asked.start_step, asked.end_step
    if (start is None) != (end is None):
        raise invalid("If either start step or end step are specified, both must be specified.")
    if start is None or end is None:
        return -_TOO_LARGE, _TOO_LARGE
    if start > end:
        raise invalid(f"end_step must be greater than start_step. Found start_step={start} and end_step={end}.")
    return start, end


def _spread(points: list[_Point], limit: int) -> list[_Point]:
    """At most ``limit`` of a run's points, evenly spread over all of them, with the first and the last."""
    ordered = sorted(points, key=_rank)
    if len(ordered) <= limit:
        return ordered
    size, longer = divmod(len(ordered), limit)
    return [*(ordered[index * size + min(index, longer)] for index in range(limit - 1)), ordered[-1]]


def _rank(point: _Point) -> tuple[int, int, bool, float]:
    is_nan = point.value == "NaN"
    return point.step, point.timestamp, is_nan, 0.0 if is_nan else float(point.value)
