"""Traces and assessments in MLflow's words, and ours out of them."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from workstead.dialects.mlflow import words
from workstead.dialects.mlflow.errors import invalid
from workstead.dialects.mlflow.reading import lacking, wrong
from workstead.foundation import clock
from workstead.traces.service import Assessment, Span, Trace

NAME = "mlflow.traceName"
SOURCE_RUN = "mlflow.sourceRun"
SESSION = "mlflow.trace.session"
USER = "mlflow.trace.user"
TOKENS = "mlflow.trace.tokenUsage"
COST = "mlflow.trace.cost"
SIZE = "mlflow.trace.sizeStats"
FINAL = "mlflow.trace.infoFinalized"
"""The metadata that says that a trace's client has told all of it: spans that come later change no more of it."""
SPANS_AT = "mlflow.trace.spansLocation"
HERE = "TRACKING_STORE"
FILES = "mlflow.artifactLocation"
STATES = ["STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS"]
OPEN = (STATES[0], STATES[3])
"""The states that a trace has before its end."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SERIALIZED = "JSON_FORMAT"

Kind = Literal["feedback", "expectation", "issue"]
Named = Callable[[str], str]
"""Gives MLflow's id of an experiment for ours."""


class Source(msgspec.Struct):
    """Who said it."""

    source_type: str = ""
    source_id: str = ""


class SerializedValue(msgspec.Struct):
    """A value that is a list or a map."""

    value: str = "null"
    serialization_format: str = _SERIALIZED


class Expectation(msgspec.Struct):
    """What should have come out."""

    value: Any = None
    serialized_value: SerializedValue | None = None


class Feedback(msgspec.Struct):
    """What somebody thought of it."""

    value: Any = None
    error: dict[str, Any] | None = None


class Issue(msgspec.Struct):
    """A problem that it shows."""

    issue_name: str = ""


class AssessmentWord(msgspec.Struct):
    """An assessment as clients send it."""

    assessment_id: str = ""
    assessment_name: str = ""
    trace_id: str = ""
    span_id: str = ""
    source: Source | None = None
    create_time: str = ""
    last_update_time: str = ""
    feedback: Feedback | None = None
    expectation: Expectation | None = None
    issue: Issue | None = None
    rationale: str | None = None
    metadata: dict[str, str] = {}
    overrides: str = ""
    valid: bool = True

    @property
    def kind(self) -> Kind:
        """What it is."""
        if self.feedback is not None:
            return "feedback"
        if self.expectation is not None:
            return "expectation"
        if self.issue is not None:
            return "issue"
        raise invalid("Unknown assessment type: None")

    @property
    def said(self) -> Any:
        """Its value."""
        if self.expectation is not None and self.expectation.serialized_value is not None:
            return _unserialize(self.expectation.serialized_value)
        if self.issue is not None:
            return {"issue_name": self.issue.issue_name}
        told = self.feedback or self.expectation
        return None if told is None else told.value


class Experiment(msgspec.Struct):
    """An experiment that traces lie in."""

    experiment_id: str = ""


class Location(msgspec.Struct):
    """Where traces lie."""

    type: str | int = ""
    mlflow_experiment: Experiment | None = None


class TraceInfo(msgspec.Struct):
    """A trace without its spans, as clients send it."""

    trace_id: str = ""
    client_request_id: str | None = None
    trace_location: Location | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    request_time: str = ""
    execution_duration: str | None = None
    state: str | int = STATES[0]
    trace_metadata: dict[str, str] = {}
    tags: dict[str, str] = {}
    assessments: list[AssessmentWord] = []


def from_info(info: TraceInfo, experiment_id: str) -> Trace:
    """A trace that a client tells of."""
    return Trace(
        id=info.trace_id,
        experiment_id=experiment_id,
        at=from_moment("trace.trace_info.request_time", info.request_time),
        state=to_state(info.state),
        duration=None if info.execution_duration is None else from_duration(info.execution_duration),
        client_request_id=info.client_request_id,
        request_preview=info.request_preview,
        response_preview=info.response_preview,
        tags=info.tags,
        metadata=info.trace_metadata,
        assessments=[from_assessment(one) for one in info.assessments],
    )


def from_assessment(told: AssessmentWord) -> Assessment:
    """An assessment that a client tells of."""
    kind = told.kind
    if not told.assessment_name:
        raise lacking("assessment.assessment_name")
    source = told.source or Source()
    made = from_moment("create_time", told.create_time)
    return Assessment(
        id=told.assessment_id or f"a-{uuid.uuid4().hex}",
        kind=kind,
        name=told.assessment_name,
        value=told.said,
        error=told.feedback.error if told.feedback else None,
        source_type=source.source_type or "SOURCE_TYPE_UNSPECIFIED",
        source_id=source.source_id,
        span_id=told.span_id or None,
        rationale=told.rationale,
        metadata=told.metadata or None,
        overrides=told.overrides or None,
        created_at=made,
        updated_at=from_moment("last_update_time", told.last_update_time) if told.last_update_time else made,
    )


def to_info(trace: Trace, named: Named) -> words.Json:
    """A trace without its spans in MLflow's words."""
    made = {
        "trace_id": trace.id,
        "client_request_id": trace.client_request_id,
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": named(trace.experiment_id)},
        },
        "request_time": to_moment(trace.at),
        "execution_duration": None if trace.duration is None else to_duration(trace.duration),
        "state": trace.state,
        "trace_metadata": trace.metadata,
        "tags": trace.tags,
        "assessments": [to_assessment(trace.id, one) for one in trace.assessments],
        "request_preview": trace.request_preview,
        "response_preview": trace.response_preview,
    }
    return {key: value for key, value in made.items() if value is not None}


def to_old_info(trace: Trace, named: Named) -> words.Json:
    """The same in the words of MLflow 2."""
    made = {
        "request_id": trace.id,
        "experiment_id": named(trace.experiment_id),
        "timestamp_ms": trace.at,
        "execution_time_ms": trace.duration,
        "status": "TRACE_STATUS_UNSPECIFIED" if trace.state == STATES[0] else trace.state,
        "request_metadata": words.to_tags(trace.metadata),
        "tags": words.to_tags(trace.tags),
    }
    return {key: value for key, value in made.items() if value is not None}


def to_assessment(trace_id: str, one: Assessment) -> words.Json:
    """An assessment in MLflow's words."""
    made = {
        "assessment_id": one.id,
        "assessment_name": one.name,
        "trace_id": trace_id,
        "span_id": one.span_id,
        "source": {"source_type": one.source_type, "source_id": one.source_id},
        "create_time": to_moment(one.created_at),
        "last_update_time": to_moment(one.updated_at),
        one.kind: _to_value(one),
        "rationale": one.rationale,
        "metadata": one.metadata,
        "overrides": one.overrides,
        "valid": one.valid,
    }
    return {key: value for key, value in made.items() if value is not None}


def to_span(span: Span) -> words.Json:
    """A span as OpenTelemetry's JSON has it."""
    told = json.loads(span.content)
    made = {
        "trace_id": told["trace_id"],
        "span_id": told["span_id"],
        "name": told["name"],
        "start_time_unix_nano": told["start_time_unix_nano"],
        "end_time_unix_nano": told["end_time_unix_nano"] or 0,
        "attributes": _pairs({key: _unpacked(value) for key, value in told["attributes"].items()}),
        "events": [
            {
                "name": event["name"],
                "time_unix_nano": event["time_unix_nano"],
                "attributes": _pairs(event["attributes"]),
            }
            for event in told["events"]
        ],
        "links": [link for one in told.get("links", []) if (link := _to_link(one))],
        "status": {"code": told["status"]["code"], "message": told["status"]["message"] or ""},
    }
    return made | ({"parent_span_id": told["parent_span_id"]} if told["parent_span_id"] else {})


def to_state(told: str | int) -> str:
    """A state by its name or number."""
    if isinstance(told, int) and 0 <= told < len(STATES):
        return STATES[told]
    if told in ("", "TRACE_STATUS_UNSPECIFIED"):
        return STATES[0]
    if told not in STATES:
        raise wrong("state", told, f"It must be one of {', '.join(STATES)}")
    return str(told)


def from_moment(name: str, text: str) -> int:
    """Milliseconds since 1970; now, if there is no text."""
    if not text:
        return clock.now() // 1000
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise wrong(name, text, "It must be a moment like 2026-07-31T18:00:00Z") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def to_moment(ms: int) -> str:
    """A moment as protobuf's JSON has it."""
    try:
        moment = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError as error:
        raise invalid(f"{ms} ms since 1970 is beyond the year 9999") from error
    return moment.isoformat(timespec="milliseconds" if ms % 1000 else "seconds").replace("+00:00", "Z")


def from_duration(text: str) -> int:
    """Milliseconds of a duration like ``1.5s``."""
    try:
        return round(float(text.removesuffix("s")) * 1000)
    except (ValueError, OverflowError) as error:
        raise wrong("execution_duration", text, "It must be seconds like 1.5s") from error


def to_duration(ms: int) -> str:
    """A duration as protobuf's JSON has it."""
    return f"{ms / 1000:.3f}s"


def _to_value(one: Assessment) -> words.Json:
    if one.kind == "feedback":
        return {"value": one.value} | ({} if one.error is None else {"error": one.error})
    if one.kind == "issue":
        return one.value
    if isinstance(one.value, (dict, list)):
        return {"serialized_value": {"serialization_format": _SERIALIZED, "value": json.dumps(one.value)}}  # pyright: ignore[reportUnknownMemberType]
    return {"value": one.value}


def _unserialize(told: SerializedValue) -> Any:
    try:
        return json.loads(told.value)
    except ValueError as error:
        raise wrong("serialized_value", told.value[:80], "It must be JSON") from error


def _unpacked(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def _pairs(attributes: Mapping[str, Any] | None) -> list[words.Json]:
    return [{"key": key, "value": _any(value)} for key, value in (attributes or {}).items()]


def _any(value: Any) -> words.Json:  # noqa: PLR0911 - one a type
    """A value with its type, as OpenTelemetry's JSON has it."""
    match value:
        case None:
            return {}
        case bool():
            return {"bool_value": value}
        case str():
            return {"string_value": value}
        case int() if -(1 << 63) <= value < 1 << 63:
            return {"int_value": value}
        case int():
            return {"string_value": str(value)}
        case float():
            return {"double_value": value if value - value == 0 else str(value).replace("inf", "Infinity")}
        case list():
            return {"array_value": {"values": [_any(one) for one in value]}}  # pyright: ignore[reportUnknownVariableType]
        case _:
            return {"kvlist_value": {"values": _pairs(value)}}


def _to_link(told: words.Json) -> words.Json | None:
    try:
        trace_id = bytes.fromhex(str(told["trace_id"]).rpartition("/")[2].removeprefix("tr-"))
        span_id = bytes.fromhex(told["span_id"])
    except ValueError:
        return None
    return {
        "trace_id": _base64(trace_id.rjust(16, b"\0")),
        "span_id": _base64(span_id.rjust(8, b"\0")),
        "attributes": _pairs(told.get("attributes")),
    }


def _base64(known: bytes) -> str:
    return base64.b64encode(known).decode()
