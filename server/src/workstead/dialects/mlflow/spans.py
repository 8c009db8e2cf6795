"""Spans as OpenTelemetry's exporters send them, and what they tell of the traces that they are of."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from workstead.dialects.mlflow import limits, span_words, trace_words
from workstead.dialects.mlflow.endpoints import Here
from workstead.dialects.mlflow.errors import Refused
from workstead.dialects.mlflow.experiments import find_experiment
from workstead.dialects.mlflow.traces import SESSION_MAX, TAG_MAX, files_of
from workstead.traces import service as traces
from workstead.traces.service import Span, Trace
from workstead_wire.base import Tags

_IDS = ("traceId", "spanId", "parentSpanId")
_CODES = ("STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR")
_STATUSES = ("UNSET", "OK", "ERROR")
_TAG = "mlflow.traceTag."
_SDK = ("telemetry.sdk.", "mlflow.")
"""Resources' attributes that are no tags of a trace."""
_PREVIEW_MAX = 1000
_TOKEN_KEYS = ("input_tokens", "output_tokens", "total_tokens")
_COST_KEYS = ("input_cost", "output_cost", "total_cost")


class Arrived(msgspec.Struct):
    """What one message tells of one trace."""

    spans: list[Span] = []
    tags: Tags = {}
    attributes: dict[str, Tags] = {}
    """Of each span, the attributes as JSON."""

    @property
    def root(self) -> Span | None:
        """The span that has no parent."""
        return next((span for span in reversed(self.spans) if span.parent_id is None), None)


def read_message(body: bytes, *, binary: bool) -> dict[str, Arrived]:
    """What a message tells of each trace, by the trace's id."""
    message = _decode(body, binary=binary)
    if not message.resource_spans:
        raise Refused("BAD_REQUEST", "Invalid OpenTelemetry format - no spans found")
    found: defaultdict[str, Arrived] = defaultdict(Arrived)
    for one in message.resource_spans:
        resource = {pair.key: _plain(pair.value) for pair in one.resource.attributes}
        for scope in one.scope_spans:
            for told in scope.spans:
                _take(told, resource, found)
    return found


def log_spans(here: Here, experiment_id: str, arrived: Mapping[str, Arrived], run_id: str | None = None) -> None:
    """Keep spans, and make or complete the traces that they are of."""
    known = {one.id: one for one in traces.find_traces(here.conn, here.where, arrived)}
    experiment = None
    for trace_id, batch in sorted(arrived.items()):
        before = known.get(trace_id)
        if before is None:
            experiment = experiment or find_experiment(here, experiment_id)
            fresh = _begin(trace_id, experiment.id, batch)
            before = msgspec.structs.replace(fresh, tags={trace_words.FILES: files_of(experiment, trace_id)})
            traces.create_trace(here.conn, here.where, before)
        traces.add_spans(here.conn, here.where, trace_id, batch.spans)
        traces.update_trace(here.conn, here.where, _complete(here, before, batch))
        if run_id and batch.root is not None:
            traces.link_trace(here.conn, here.where, trace_id, "run", [run_id])


def _decode(body: bytes, *, binary: bool) -> Any:
    from google.protobuf import json_format, message  # noqa: PLC0415 - keeps start-up quick
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (  # noqa: PLC0415
        ExportTraceServiceRequest,
    )

    try:
        if binary:
            return ExportTraceServiceRequest.FromString(body)
        return json_format.ParseDict(
            _with_base64(json.loads(body)), ExportTraceServiceRequest(), ignore_unknown_fields=True
        )
    except (message.DecodeError, json_format.Error, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise Refused("BAD_REQUEST", "Invalid OpenTelemetry format") from error


def _with_base64(told: Any) -> Any:
    """OTLP's JSON writes ids in hexadecimal digits, where protobuf's JSON awaits base64."""
    for one in told.get("resourceSpans", []):
        for scope in one.get("scopeSpans", []):
            for span in scope.get("spans", []):
                for each in (span, *span.get("links", [])):
                    each |= {name: _base64(bytes.fromhex(each[name])) for name in _IDS if each.get(name)}
    return told


def _take(told: Any, resource: Mapping[str, Any], found: defaultdict[str, Arrived]) -> None:
    if not told.trace_id or not told.span_id or len(told.trace_id) > 16 or len(told.span_id) > 8:  # noqa: PLR2004
        raise Refused("INVALID_PARAMETER_VALUE", "Cannot convert OpenTelemetry span to MLflow span")
    trace_id = f"tr-{told.trace_id.hex()}"
    attributes = {pair.key: _dump(_plain(pair.value)) for pair in told.attributes}
    attributes["mlflow.traceRequestId"] = _dump(trace_id)
    events = [
        {
            "name": event.name,
            "time_unix_nano": event.time_unix_nano,
            "attributes": {pair.key: _plain(pair.value) for pair in event.attributes},
        }
        for event in told.events
    ]
    span_words.translate(attributes)
    batch = found[trace_id]
    span = _make(told, attributes, events)
    batch.spans.append(span)
    batch.attributes[span.id] = attributes
    batch.tags |= _tags(resource, attributes, is_root=span.parent_id is None)


def _make(told: Any, attributes: Tags, events: list[Any]) -> Span:
    status: int = min(told.status.code, 2)
    content: dict[str, Any] = {
        "trace_id": _base64(told.trace_id),
        "span_id": _base64(told.span_id),
        "parent_span_id": _base64(told.parent_span_id) if told.parent_span_id else None,
        "name": told.name,
        "start_time_unix_nano": told.start_time_unix_nano,
        "end_time_unix_nano": told.end_time_unix_nano or None,
        "events": events,
        "status": {"code": _CODES[status], "message": told.status.message},
        "attributes": attributes,
        "links": [_link(link) for link in told.links],
    }
    return Span(
        id=told.span_id.hex(),
        parent_id=told.parent_span_id.hex() or None,
        name=told.name,
        type=_text_of(attributes.get("mlflow.spanType")),
        status=_STATUSES[status],
        start_ns=min(told.start_time_unix_nano, (1 << 63) - 1),
        end_ns=min(told.end_time_unix_nano, (1 << 63) - 1) or None,
        model=_text_of(attributes.get("mlflow.llm.model")),
        provider=_text_of(attributes.get("mlflow.llm.provider")),
        usage=_amounts(attributes.get("mlflow.chat.tokenUsage")),
        cost=_amounts(attributes.get("mlflow.llm.cost")),
        content=json.dumps(content, ensure_ascii=False, default=str),
    )


def _link(link: Any) -> dict[str, Any]:
    attributes = {pair.key: _plain(pair.value) for pair in link.attributes}
    return {"trace_id": f"tr-{link.trace_id.hex()}", "span_id": link.span_id.hex(), "attributes": attributes or None}


def _tags(resource: Mapping[str, Any], attributes: Mapping[str, str], *, is_root: bool) -> Tags:
    """The tags that a span brings: those of its program, and those that the user set on the root."""
    told = {key: value for key, value in resource.items() if not key.startswith(_SDK)}
    if is_root:
        own = {key.removeprefix(_TAG): value for key, value in attributes.items() if key.startswith(_TAG)}
        told |= {key: _text_of(value) or value for key, value in own.items()}
    return {
        key: (value if isinstance(value, str) else _dump(value))[:TAG_MAX]
        for key, value in told.items()
        if _is_tag(key)
    }


def _is_tag(key: str) -> bool:
    try:
        limits.check_name("key", key)
    except Refused:
        return False
    return len(key) <= limits.KEY_MAX


def _begin(trace_id: str, experiment_id: str, batch: Arrived) -> Trace:
    start = min(span.start_ns for span in batch.spans) // 1_000_000
    return Trace(id=trace_id, experiment_id=experiment_id, at=start, state="IN_PROGRESS")


def _complete(here: Here, before: Trace, batch: Arrived) -> Trace:
    """The trace as its new spans tell it; what its client told itself stays."""
    final = trace_words.FINAL in before.metadata
    root = batch.root
    changed = msgspec.structs.replace(
        before,
        tags={**batch.tags, trace_words.SPANS_AT: trace_words.HERE},
        metadata=_metadata(here, before, batch),
        assessments=[],
    )
    if not final:
        changed = _stretch(changed, batch.spans)
    if root is None:
        return changed
    attributes = batch.attributes[root.id]
    return msgspec.structs.replace(
        changed,
        state=("ERROR" if root.status == "ERROR" else "OK") if before.state in trace_words.OPEN else before.state,
        request_preview=before.request_preview or _preview(attributes.get("mlflow.spanInputs"), "user"),
        response_preview=before.response_preview or _preview(attributes.get("mlflow.spanOutputs"), "assistant"),
    )


def _stretch(trace: Trace, spans: Sequence[Span]) -> Trace:
    """From the first beginning to the last end of all spans that were seen."""
    start = min(trace.at, *(span.start_ns // 1_000_000 for span in spans))
    ends = [span.end_ns // 1_000_000 for span in spans if span.end_ns]
    if trace.duration is not None:
        ends.append(trace.at + trace.duration)
    return msgspec.structs.replace(trace, at=start, duration=max(ends) - start if ends else None)


def _metadata(here: Here, before: Trace, batch: Arrived) -> Tags:
    every = list(batch.attributes.values())
    found: Tags = {}
    session = _first(every, "session.id", "gen_ai.conversation.id")
    if session:
        limits.check_length("Session ID", SESSION_MAX, session)
    for key, value in ((trace_words.SESSION, session), (trace_words.USER, _first(every, "user.id"))):
        if value and key not in before.metadata:
            found[key] = value
    final = trace_words.FINAL in before.metadata
    for key, word in ((trace_words.TOKENS, "usage"), (trace_words.COST, "cost")):
        told = any(getattr(span, word) for span in batch.spans)
        if told and not (final and key in before.metadata):
            spans = traces.list_spans(here.conn, here.where, [before.id])[before.id]
            found[key] = _dump(_sum(spans, word))
    return found


def _sum(spans: Sequence[Span], word: str) -> dict[str, float]:
    """Tokens or costs of a trace; a span that has a sum of its own speaks for those below it."""
    by_id = {span.id: span for span in spans}
    spoken_for: dict[str, bool] = {}

    def is_spoken_for(span: Span) -> bool:
        path: list[str] = []
        while span.id not in spoken_for and span.id not in path:
            path.append(span.id)
            above = by_id.get(span.parent_id or "")
            if above is None or getattr(above, word):
                spoken_for[span.id] = above is not None
                break
            span = above
        known = spoken_for.get(span.id, False)
        spoken_for.update(dict.fromkeys(path[:-1], known))
        return known

    sums: dict[str, float] = dict.fromkeys(_TOKEN_KEYS, 0) if word == "usage" else dict.fromkeys(_COST_KEYS, 0.0)
    for span in spans:
        amounts: Mapping[str, float] | None = getattr(span, word)
        if amounts and not is_spoken_for(span):
            for key, amount in amounts.items():
                if word == "usage" or key in sums:
                    sums[key] = sums.get(key, 0) + amount
    return sums


def _preview(text: str | None, role: str) -> str | None:
    """What was asked or answered: the last message of a conversation, or all of it, cut short."""
    if text is None:
        return None
    shown = span_words.last_message(text, role) or text
    return shown if len(shown) <= _PREVIEW_MAX else shown[: _PREVIEW_MAX - 3] + "..."


def _amounts(text: str | None) -> dict[str, float] | None:
    try:
        told = json.loads(text or "null")
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    amounts = cast("dict[str, Any]", told)
    return {key: value for key, value in amounts.items() if traces.to_number(value) is not None}


def _first(every: Sequence[Mapping[str, str]], *keys: str) -> str | None:
    found = (attributes[key] for attributes in every for key in keys if attributes.get(key))
    return next((_text_of(value) or value for value in found), None)


def _text_of(value: str | None) -> str | None:
    """What a text in JSON says; None for what is no text."""
    try:
        told = json.loads(value or "null")
    except ValueError:
        return None
    return told if isinstance(told, str) else None


def _plain(value: Any) -> Any:
    """A value without its type."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    inner = getattr(value, kind)
    if kind == "array_value":
        return [_plain(one) for one in inner.values]
    if kind == "kvlist_value":
        return {one.key: _plain(one.value) for one in inner.values}
    return _base64(inner) if kind == "bytes_value" else inner


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _base64(known: bytes) -> str:
    return base64.b64encode(known).decode()
