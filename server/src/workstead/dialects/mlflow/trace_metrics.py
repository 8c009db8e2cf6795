"""MLflow's metrics of traces: what can be counted, in which figures and groups, under which filters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from workstead.dialects.mlflow import filtering, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here
from workstead.dialects.mlflow.errors import invalid
from workstead.dialects.mlflow.paging import mark, offset_of, page
from workstead.dialects.mlflow.reading import Needed, lacking, wrong
from workstead.dialects.mlflow.trace_words import SOURCE_RUN
from workstead.dialects.mlflow.traces import find_known
from workstead.foundation.filters import Clause, parse_filter
from workstead.traces import service as traces
from workstead.traces.service import COSTS, TOKENS, Figure, How, Measure, Measured, View

endpoints = Endpoints()

T = TypeVar("T")

RESULTS_MAX = 1000
STEP_MAX = 10**9
BUCKET = "time_bucket"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VIEWS: dict[str, View] = {"TRACES": "traces", "SPANS": "spans", "ASSESSMENTS": "assessments"}
_HOW: dict[str, How] = {
    "COUNT": "count", "SUM": "sum", "AVG": "avg", "PERCENTILE": "percentile", "MIN": "min", "MAX": "max",
}  # fmt: skip
_COUNTED = ("COUNT",)
_RANKED = ("AVG", "MAX", "MIN", "PERCENTILE")
_SUMMED = (*_RANKED, "SUM")
_KINDS = {"trace": "trace", "span": "span", "assessment": "assessment"}
_ASKED: dict[str, dict[str, bool]] = {
    "trace": {"status": False, "tag": True, "metadata": True},
    "span": {"name": False, "status": False, "type": False},
    "assessment": {"name": False, "type": False},
}
"""What filters may ask of what, and whether a key must follow."""
_OF_VIEW: dict[str, View] = {"span": "spans", "assessment": "assessments"}


class Metric(msgspec.Struct, frozen=True):
    """Something that can be counted: in our word, by which figures, in which groups."""

    of: str
    figures: tuple[str, ...]
    groups: tuple[str, ...] = ()


_MODEL = ("span_model_name", "span_model_provider")
_METRICS: dict[View, dict[str, Metric]] = {
    "traces": {
        "trace_count": Metric("count", _COUNTED, ("trace_name", "trace_status")),
        "session_count": Metric("sessions", _COUNTED),
        "latency": Metric("latency", _RANKED, ("trace_name",)),
        **{key: Metric(key, _SUMMED, ("trace_name",)) for key in TOKENS},
    },
    "spans": {
        "span_count": Metric("count", _COUNTED, (*_MODEL, "span_name", "span_status", "span_type")),
        "latency": Metric("latency", _RANKED, ("span_name", "span_status")),
        **{key: Metric(key, _SUMMED, _MODEL) for key in COSTS},
    },
    "assessments": {
        "assessment_count": Metric("count", _COUNTED, ("assessment_name", "assessment_value")),
        "assessment_value": Metric("value", _RANKED, ("assessment_name",)),
    },
}
_WORDS = {
    "trace_name": "name", "trace_status": "state", "span_name": "name", "span_type": "type", "span_status": "status",
    "span_model_name": "model", "span_model_provider": "provider", "assessment_name": "name",
    "assessment_value": "value",
}  # fmt: skip


class Aggregation(msgspec.Struct):
    """How many values become one."""

    aggregation_type: str | int
    percentile_value: float | None = None


class QueryMetrics(msgspec.Struct):
    """Ask for figures."""

    experiment_ids: list[str]
    view_type: str | int
    metric_name: Needed
    aggregations: list[Aggregation]
    dimensions: list[str] = []
    filters: list[str] = []
    time_interval_seconds: int | None = None
    start_time_ms: int | None = None
    end_time_ms: int | None = None
    max_results: int = RESULTS_MAX
    page_token: str | None = None


@endpoints.post("mlflow/traces/metrics", "read")
def query_metrics(here: Here, asked: QueryMetrics) -> words.Json:
    """Figures of traces, spans or assessments: counts, sums, means, extremes and percentiles, in groups."""
    measure, names = _measure(asked)
    if not 1 <= asked.max_results <= RESULTS_MAX:
        raise wrong("max_results", asked.max_results, f"It must be from 1 to {RESULTS_MAX}")
    marks = {"the page token is of other metrics": mark(msgspec.structs.replace(asked, page_token=None))}
    start = offset_of(asked.page_token, marks)
    known = find_known(here, asked.experiment_ids)
    found = traces.measure_traces(here.conn, known, measure, start, asked.max_results + 1)
    reply = page("data_points", found, start, asked.max_results, marks)
    points = (_point(asked, names, one) for one in reply["data_points"])
    return reply | {"data_points": [point for point in points if point["values"]]}


def _measure(asked: QueryMetrics) -> tuple[Measure, list[str]]:
    """What is asked in the room's words, and MLflow's names of the figures."""
    view = _choose("view_type", asked.view_type, _VIEWS)
    metrics = _METRICS[view]
    metric = metrics.get(asked.metric_name)
    if metric is None:
        raise invalid(f"metric_name must be one of {list(metrics)}, got '{asked.metric_name}'")
    for name in ("experiment_ids", "aggregations"):
        if not getattr(asked, name):
            raise lacking(name)
    figures = [_figure(one, metric) for one in asked.aggregations]
    _check_known("dimension(s)", asked.dimensions, metric.groups, "dimensions")
    made = Measure(
        view=view,
        of=metric.of,
        figures=[figure for figure, _ in figures],
        by=[_WORDS[name] for name in asked.dimensions],
        clauses=[_read_filter(text, view) for text in asked.filters],
        step=_step(asked),
        start=asked.start_time_ms,
        end=asked.end_time_ms,
    )
    return made, [name for _, name in figures]


def _figure(told: Aggregation, metric: Metric) -> tuple[Figure, str]:
    how = _choose("aggregation_type", told.aggregation_type, _HOW)
    name, at = how.upper(), told.percentile_value
    _check_known("aggregation_type(s)", [name], metric.figures, "aggregation types")
    if how != "percentile":
        if at is not None:
            raise invalid(f"Percentile value is only allowed for PERCENTILE aggregation type, got {name}")
        return Figure(how), name
    if at is None:
        raise invalid("Percentile value is required for PERCENTILE aggregation")
    if not 0 <= at <= 100:  # noqa: PLR2004
        raise invalid(f"Percentile value must be between 0 and 100, got {at}")
    return Figure(how, at), f"P{at}"


def _step(asked: QueryMetrics) -> int | None:
    if not asked.time_interval_seconds:
        return None
    if asked.start_time_ms is None or asked.end_time_ms is None:
        raise invalid("start_time_ms and end_time_ms are required if time_interval_seconds is set")
    if not 1 <= asked.time_interval_seconds <= STEP_MAX:
        raise wrong("time_interval_seconds", asked.time_interval_seconds, f"It must be from 1 to {STEP_MAX}")
    return asked.time_interval_seconds


def _read_filter(text: str, view: View) -> Clause:
    """The one clause of a filter, in the words of the room."""
    clauses = filtering.strict(text, lambda: parse_filter(text, _KINDS))
    if len(clauses) != 1:
        raise invalid(f"Invalid filter: '{text}'. Expected one filter clause.")
    clause = clauses[0]
    entity, key = _read_name(clause)
    if clause.op != "=":
        raise invalid(f"Invalid comparator: '{clause.op}', only '=' operator is supported")
    if clause.value.form != "quoted":
        raise invalid(
            f"Expected a quoted string value for {entity} value (e.g. 'my-value'). Got value {clause.value.text}"
        )
    if clause.kind != "trace":
        needed = _OF_VIEW[clause.kind]
        if view != needed:
            raise invalid(
                f"Filtering by {clause.kind} is only supported for {needed.upper()} view type, got {view.upper()}"
            )
        return _as(clause, "own", entity)
    if entity == "status":
        return _as(clause, "", "state")
    if entity == "metadata" and key == SOURCE_RUN:
        return _as(clause, "run", key)
    return _as(clause, "tags" if entity == "tag" else entity, key)


def _read_name(clause: Clause) -> tuple[str, str]:
    """What is asked of a trace, span or assessment, and the key where it has some."""
    if not clause.kind:
        kind, dot, _ = clause.key.partition(".")
        if dot:
            raise invalid(f"Invalid view type '{kind}'. Valid values are {list(_ASKED)}")
        raise invalid(
            f"Invalid identifier '{clause.key}'. Columns should be specified as 'trace.<key>', 'span.<key>', "
            "'assessment.<key>'."
        )
    entity, _, key = clause.key.partition(".")
    known = _ASKED[clause.kind]
    if entity not in known:
        raise invalid(
            f"Invalid entity '{entity}' specified for view type '{clause.kind}'. Valid entities are {list(known)}"
        )
    name = f"{clause.kind}.{entity}"
    if known[entity] and not key:
        raise invalid(f"Filtering by {entity} requires a key, e.g. '{name}.<key> = <value>'")
    if key and not known[entity]:
        raise invalid(f"Filtering by {entity} does not require a key, use '{name}' instead")
    return entity, key


def _choose(name: str, told: str | int, known: Mapping[str, T]) -> T:
    """What an enumeration's word or number stands for."""
    chosen = list(known.values())[told - 1 : told] if isinstance(told, int) else [known[told]] if told in known else []
    if not chosen:
        raise wrong(name, told, f"It must be one of {', '.join(known)}")
    return chosen[0]


def _check_known(what: str, told: Iterable[str], known: Collection[str], nouns: str) -> None:
    unknown = sorted(set(told) - set(known))
    if unknown:
        raise invalid(f"Found invalid {what}: {unknown}. Supported {nouns}: {sorted(known)}")


def _point(asked: QueryMetrics, names: list[str], found: Measured) -> words.Json:
    bucket = {} if found.at is None else {BUCKET: (_EPOCH + timedelta(milliseconds=found.at)).isoformat()}
    return {
        "metric_name": asked.metric_name,
        "dimensions": bucket | dict(zip(asked.dimensions, found.words, strict=True)),
        "values": {name: value for name, value in zip(names, found.figures, strict=True) if value is not None},
    }


def _as(clause: Clause, kind: str, key: str) -> Clause:
    return msgspec.structs.replace(clause, kind=kind, key=key)
