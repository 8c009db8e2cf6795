"""MLflow's traces: begun, told, searched, labelled, linked and deleted."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterable

import msgspec

from workstead.dialects.mlflow import limits, places, trace_words, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import Refused, invalid, missing
from workstead.dialects.mlflow.experiments import active_experiment, find_experiment
from workstead.dialects.mlflow.paging import offset_of, page
from workstead.dialects.mlflow.reading import Needed, lacking, wrong
from workstead.dialects.mlflow.runs import find_run
from workstead.dialects.mlflow.trace_search import read_filter, read_orders
from workstead.runs import service as runs
from workstead.traces import service as traces
from workstead.traces.service import Trace
from workstead_wire import runs as wire
from workstead_wire.errors import TraceNotFound

endpoints = Endpoints()

ID_MAX = 128
TAG_MAX = 8000
NAME_MAX = 4096
SESSION_MAX = 250
SEARCH_MAX = 500
LINKS_MAX = 100
_LOCKED = (trace_words.SPANS_AT, "mlflow.trace.archiveLocation", "mlflow.trace.archivalFailure")
"""Tags that the server alone sets."""


class TraceWord(msgspec.Struct):
    """A trace as clients send it; its spans come another way."""

    trace_info: trace_words.TraceInfo


class StartTrace(msgspec.Struct):
    """Tell of a trace: as a whole, or in the words of MLflow 2 that it begins."""

    trace: TraceWord | None = None
    experiment_id: str = ""
    timestamp_ms: int = 0
    request_metadata: list[words.Given] = []
    tags: list[words.Given] = []


class EndTrace(msgspec.Struct):
    """Tell in the words of MLflow 2 how a trace ended."""

    request_id: Needed
    timestamp_ms: int = 0
    status: str | int = trace_words.STATES[0]
    request_metadata: list[words.Given] = []
    tags: list[words.Given] = []


class GetTrace(msgspec.Struct):
    """Name a trace; ``allow_partial`` asks for the spans that are there, even if some are awaited."""

    trace_id: Needed
    allow_partial: bool = False


class BatchGet(msgspec.Struct):
    """Name traces."""

    trace_ids: list[str]
    experiment_ids: list[str] = []


class SearchOld(msgspec.Struct):
    """Look for traces in the words of MLflow 2."""

    experiment_ids: list[str] = []
    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str | None = None


class SearchTraces(msgspec.Struct):
    """Look for traces."""

    locations: list[trace_words.Location] = []
    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str | None = None


class SetTag(msgspec.Struct):
    """Set a tag of a trace."""

    trace_id: Needed
    key: Needed
    value: str = ""


class DeleteTag(msgspec.Struct):
    """Remove a tag of a trace."""

    trace_id: Needed
    key: Needed


class DeleteTraces(msgspec.Struct):
    """Say which traces go."""

    experiment_id: Needed
    max_timestamp_millis: int | None = None
    max_traces: int | None = None
    request_ids: list[str] = []


class LinkToRun(msgspec.Struct):
    """Let traces belong to a run."""

    run_id: Needed
    trace_ids: list[str] = []


class PromptVersion(msgspec.Struct):
    """A version of a prompt."""

    name: Needed
    version: Needed


class LinkPrompts(msgspec.Struct):
    """Note the prompts that a trace used."""

    trace_id: Needed
    prompt_versions: list[PromptVersion]


class Correlate(msgspec.Struct):
    """Ask how much two filters go together."""

    filter_string1: Needed
    filter_string2: Needed
    experiment_ids: list[str] = []
    base_filter: str = ""


@endpoints.post("mlflow/traces")
def start_trace(here: Here, asked: StartTrace) -> words.Json:
    """Keep a trace that a client tells of; its spans come by OpenTelemetry or as a file."""
    if asked.trace is None:
        return {"trace_info": trace_words.to_old_info(_start_old(here, asked), _named(here))}
    info = asked.trace.trace_info
    if not info.trace_id:
        raise lacking("trace.trace_info.trace_id")
    location = info.trace_location
    if location is None or location.mlflow_experiment is None:
        raise lacking("trace.trace_info.trace_location.mlflow_experiment")
    experiment = active_experiment(here, location.mlflow_experiment.experiment_id)
    told = trace_words.from_info(info, experiment.id)
    _check_lengths(told)
    tags = told.tags | {trace_words.FILES: files_of(experiment, told.id)}
    made = msgspec.structs.replace(told, tags=tags, metadata=told.metadata | {trace_words.FINAL: "true"})
    _keep(here, made)
    return {"trace": {"trace_info": trace_words.to_info(get(here, made.id), _named(here))}}


@endpoints.patch("mlflow/traces/{request_id}")
def end_trace(here: Here, asked: EndTrace) -> words.Json:
    """Note how a trace ended."""
    found = get(here, asked.request_id)
    ended = msgspec.structs.replace(
        found,
        state=trace_words.to_state(asked.status),
        duration=asked.timestamp_ms - found.at,
        tags=words.from_tags(asked.tags),
        metadata=words.from_tags(asked.request_metadata),
        assessments=[],
    )
    _check_lengths(ended)
    traces.update_trace(here.conn, here.where, ended)
    return {"trace_info": trace_words.to_old_info(get(here, asked.request_id), _named(here))}


@endpoints.get("mlflow/traces/get")
def get_trace(here: Here, asked: GetTrace) -> words.Json:
    """A trace with its spans."""
    found = traces.find_traces(here.conn, here.where, [asked.trace_id])
    if not found:
        raise missing(f"Trace with ID {asked.trace_id} is not found.")
    _check_here(found[0])
    whole = _with_spans(here, found, partial=asked.allow_partial)
    if not whole:
        raise missing(f"Trace with ID {asked.trace_id} is not fully exported yet, please try again later.")
    return {"trace": whole[0]}


@endpoints.get("mlflow/traces/batchGet")
def get_traces(here: Here, asked: BatchGet) -> words.Json:
    """Those of the traces whose spans are all here."""
    found = _find_some(here, asked)
    for one in found:
        _check_here(one)
    return {"traces": _with_spans(here, found, partial=False)}


@endpoints.post("mlflow/traces/batchGetInfos", "read")
def get_infos(here: Here, asked: BatchGet) -> words.Json:
    """Those of the traces that there are, without their spans."""
    named = _named(here)
    return {"trace_infos": [trace_words.to_info(one, named) for one in _find_some(here, asked)]}


@endpoints.get("mlflow/traces/{trace_id}")
def get_info(here: Here, asked: GetTrace) -> words.Json:
    """A trace without its spans."""
    return {"trace": {"trace_info": trace_words.to_info(get(here, asked.trace_id), _named(here))}}


@endpoints.get("mlflow/traces/{trace_id}/info")
def get_old_info(here: Here, asked: GetTrace) -> words.Json:
    """The same in the words of MLflow 2."""
    return {"trace_info": trace_words.to_old_info(get(here, asked.trace_id), _named(here))}


@endpoints.get("mlflow/traces")
def search_old(here: Here, asked: SearchOld) -> words.Json:
    """Traces under a filter, in the words of MLflow 2."""
    named = _named(here)
    _check_limit(asked.max_results)
    if not asked.experiment_ids:
        raise lacking("experiment_ids")
    reply = _search(here, asked.experiment_ids, asked)
    return reply | {"traces": [trace_words.to_old_info(one, named) for one in reply["traces"]]}


@endpoints.post("mlflow/traces/search", "read")
def search_traces(here: Here, asked: SearchTraces) -> words.Json:
    """Traces under a filter, the newest first unless told."""
    _check_limit(asked.max_results)
    if not asked.locations:
        raise lacking("locations")
    named = _named(here)
    where = [one.mlflow_experiment.experiment_id for one in asked.locations if one.mlflow_experiment]
    reply = _search(here, where, asked)
    return reply | {"traces": [trace_words.to_info(one, named) for one in reply["traces"]]}


@endpoints.patch("mlflow/traces/{trace_id}/tags")
def set_tag(here: Here, asked: SetTag) -> Nothing:
    """Set a tag."""
    _check_free(asked.key, "set")
    limits.check_name("key", asked.key)
    limits.check_length("key", limits.KEY_MAX, asked.key)
    if asked.key == trace_words.NAME:
        limits.check_length("Trace name", NAME_MAX, asked.value)
    get(here, asked.trace_id)
    traces.label_trace(here.conn, here.where, asked.trace_id, "tag", {asked.key: asked.value[:TAG_MAX]})
    return Nothing()


@endpoints.delete("mlflow/traces/{trace_id}/tags")
def delete_tag(here: Here, asked: DeleteTag) -> Nothing:
    """Remove a tag."""
    _check_free(asked.key, "deleted")
    found = traces.find_traces(here.conn, here.where, [asked.trace_id])
    if not found or asked.key not in found[0].tags:
        raise missing(f"No trace tag with key '{asked.key}' for trace with ID '{asked.trace_id}'")
    traces.label_trace(here.conn, here.where, asked.trace_id, "tag", {asked.key: None})
    return Nothing()


@endpoints.post("mlflow/traces/delete-traces")
def delete_traces(here: Here, asked: DeleteTraces) -> words.Json:
    """Delete traces, by their ids or up to a moment."""
    until, ids = asked.max_timestamp_millis, asked.request_ids
    if until is None and not ids:
        raise invalid("Either `max_timestamp_millis` or `trace_ids` must be specified.")
    if until is not None and ids:
        raise invalid("Only one of `max_timestamp_millis` and `trace_ids` can be specified.")
    if ids and asked.max_traces is not None:
        raise invalid("`max_traces` can't be specified if `trace_ids` is specified.")
    if asked.max_traces is not None and asked.max_traces <= 0:
        raise invalid(f"`max_traces` must be a positive integer, received {asked.max_traces}.")
    experiment = find_experiment(here, asked.experiment_id)
    gone = traces.delete_traces(here.conn, experiment.id, ids=ids or None, until=until, limit=asked.max_traces)
    return {"traces_deleted": gone}


@endpoints.post("mlflow/traces/link-to-run")
def link_to_run(here: Here, asked: LinkToRun) -> Nothing:
    """Let traces belong to a run."""
    if len(asked.trace_ids) > LINKS_MAX:
        raise invalid(
            f"Cannot link more than {LINKS_MAX} traces to a run in a single request. Provided {len(asked.trace_ids)} "
            "traces."
        )
    find_run(here, asked.run_id)
    for trace_id in asked.trace_ids:
        limits.check_length("trace_id", ID_MAX, trace_id)
    traces.link_traces(here.conn, here.where, asked.trace_ids, "run", asked.run_id)
    return Nothing()


@endpoints.post("mlflow/traces/link-prompts")
def link_prompts(here: Here, asked: LinkPrompts) -> Nothing:
    """Note the prompts that a trace used."""
    get(here, asked.trace_id)
    targets = [f"{one.name}/{one.version}" for one in asked.prompt_versions]
    traces.link_trace(here.conn, here.where, asked.trace_id, "prompt", targets)
    return Nothing()


@endpoints.post("mlflow/traces/calculate-filter-correlation", "read")
def correlate(here: Here, asked: Correlate) -> words.Json:
    """How much two filters go together: from -1, never, to 1, always."""
    known = find_known(here, asked.experiment_ids)
    base, first, second = (
        read_filter(text) for text in (asked.base_filter, asked.filter_string1, asked.filter_string2)
    )
    total, ones, twos, both = (
        traces.count_traces(here.conn, known, [*base, *more]) if known else 0
        for more in ([], first, second, [*first, *second])
    )
    reply = {"filter1_count": ones, "filter2_count": twos, "joint_count": both, "total_count": total}
    if total and ones and twos:
        plain = -1.0 if both == 0 else _correlation(both, ones, twos, total, 0)
        reply |= {"npmi": plain, "npmi_smoothed": _correlation(both, ones, twos, total, 0.5)}
    return reply


def files_of(experiment: wire.Experiment, trace_id: str) -> str:
    """Where the files of a trace lie."""
    root = words.artifact_root(experiment.number, experiment.artifact_location)
    return places.below(root, f"traces/{trace_id}/artifacts")


def find_known(here: Here, experiments: Iterable[str]) -> list[str]:
    """Our ids of the experiments that there are, in the order of MLflow's ids."""
    known: dict[int, str] = {}
    for one in dict.fromkeys(experiments):
        try:
            found = find_experiment(here, one)
        except Refused:
            continue
        known[found.number] = found.id
    return [known[number] for number in sorted(known)]


def _correlation(both: int, ones: int, twos: int, total: int, extra: float) -> float:
    """Normalized pointwise mutual information; ``extra`` is added to each of the four cells."""
    if both == ones == twos == total:
        return 1.0
    cell, whole = both + extra, total + 4 * extra
    margins = (ones + 2 * extra) * (twos + 2 * extra)
    value = math.log(cell * whole / margins) / -math.log(cell / whole)
    return max(-1.0, min(1.0, value))


def _start_old(here: Here, asked: StartTrace) -> Trace:
    experiment = active_experiment(here, asked.experiment_id)
    trace_id = uuid.uuid4().hex
    made = Trace(
        id=trace_id,
        experiment_id=experiment.id,
        at=asked.timestamp_ms,
        state="IN_PROGRESS",
        tags=words.from_tags(asked.tags) | {trace_words.FILES: files_of(experiment, trace_id)},
        metadata=words.from_tags(asked.request_metadata),
    )
    _check_lengths(made)
    traces.create_trace(here.conn, here.where, made)
    return get(here, trace_id)


def _keep(here: Here, made: Trace) -> None:
    """Keep a trace; if its spans came first, what is told of it now holds."""
    before = traces.find_traces(here.conn, here.where, [made.id])
    if not before:
        traces.create_trace(here.conn, here.where, made)
        return
    request = before[0].request_preview if made.request_preview is None else made.request_preview
    response = before[0].response_preview if made.response_preview is None else made.response_preview
    made = msgspec.structs.replace(made, request_preview=request, response_preview=response)
    traces.update_trace(here.conn, here.where, made)


def get(here: Here, trace_id: str) -> Trace:
    """The trace of that id."""
    try:
        return traces.get_trace(here.conn, here.where, trace_id)
    except TraceNotFound as error:
        raise missing(f"Trace with ID '{trace_id}' not found.") from error


def _find_some(here: Here, asked: BatchGet) -> list[Trace]:
    found = traces.find_traces(here.conn, here.where, asked.trace_ids)
    if not asked.experiment_ids:
        return found
    known = find_known(here, asked.experiment_ids)
    return [one for one in found if one.experiment_id in known]


def _with_spans(here: Here, found: list[Trace], *, partial: bool) -> list[words.Json]:
    """Traces with their spans, without those of which spans are awaited."""
    named = _named(here)
    spans = traces.list_spans(here.conn, here.where, [one.id for one in found])
    return [
        {
            "trace_info": trace_words.to_info(one, named),
            "spans": [trace_words.to_span(span) for span in spans[one.id]],
        }
        for one in found
        if partial or (spans[one.id] and len(spans[one.id]) >= _awaited(one))
    ]


def _awaited(one: Trace) -> int:
    """How many spans a client said that a trace has."""
    try:
        return int(json.loads(one.metadata.get(trace_words.SIZE, "{}")).get("num_spans", 0))
    except (ValueError, TypeError, AttributeError):
        return 0


def _search(here: Here, experiments: Iterable[str], asked: SearchOld | SearchTraces) -> words.Json:
    clauses, orders = read_filter(asked.filter), read_orders(asked.order_by)
    start = offset_of(asked.page_token)
    known = find_known(here, experiments)
    found = traces.search_traces(here.conn, known, clauses, orders, start, asked.max_results + 1) if known else []
    return page("traces", found, start, asked.max_results)


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise wrong("max_results", limit, "It must be a positive integer")
    if limit > SEARCH_MAX:
        raise wrong("max_results", limit, f"It must be at most {SEARCH_MAX}")


def _named(here: Here) -> trace_words.Named:
    seen: dict[str, str] = {}

    def name(experiment_id: str) -> str:
        if experiment_id not in seen:
            found = runs.find_experiment(here.conn, here.where, experiment_id)
            seen[experiment_id] = "0" if found is None else str(found.number)
        return seen[experiment_id]

    return name


def _check_lengths(made: Trace) -> None:
    limits.check_length("trace_id", ID_MAX, made.id)
    limits.check_length("Trace name", NAME_MAX, made.tags.get(trace_words.NAME, ""))
    limits.check_length("Session ID", SESSION_MAX, made.metadata.get(trace_words.SESSION, ""))
    for key in (*made.tags, *made.metadata):
        limits.check_length("key", limits.KEY_MAX, key)


def _check_here(one: Trace) -> None:
    if one.tags.get(trace_words.SPANS_AT) != trace_words.HERE:
        raise Refused("INTERNAL_ERROR", "Trace data not stored in tracking store")


def _check_free(key: str, what: str) -> None:
    if key in _LOCKED:
        raise invalid(f"Tag '{key}' is immutable and cannot be {what} on a trace.")
