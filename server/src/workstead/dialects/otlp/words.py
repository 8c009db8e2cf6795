"""OTLP's JSON as Structs whose attributes are named like those of the protobuf messages: one reader serves both."""

from __future__ import annotations

from typing import Any

import msgspec


class Word(msgspec.Struct, rename="camel", gc=False):
    """Base of what crosses in JSON; what it does not name is passed over."""

    def HasField(self, name: str) -> bool:  # noqa: N802 - as protobuf calls it
        """Whether a field was given."""
        return getattr(self, name) is not None


class Pair(Word):
    """An attribute. Its value is a map of one: the type and the value."""

    key: str
    value: dict[str, Any] | None = None


class Resource(Word):
    """What sends."""

    attributes: list[Pair] = []


class Status(Word):
    """How a span ended; 2 is an error."""

    code: int = 0
    message: str = ""


class SpanEvent(Word):
    """Something at a moment of a span."""

    time_unix_nano: int | str = 0
    name: str = ""
    attributes: list[Pair] = []


class Span(Word):
    """A piece of work with a beginning and an end."""

    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    name: str = ""
    kind: int = 0
    start_time_unix_nano: int | str = 0
    end_time_unix_nano: int | str = 0
    attributes: list[Pair] = []
    events: list[SpanEvent] = []
    status: Status = msgspec.field(default_factory=Status)


class ScopeSpans(Word):
    """Spans of one library."""

    spans: list[Span] = []


class ResourceSpans(Word):
    """Spans of one program."""

    resource: Resource = msgspec.field(default_factory=Resource)
    scope_spans: list[ScopeSpans] = []


class Traces(Word):
    """Body of a POST to ``/v1/traces``."""

    resource_spans: list[ResourceSpans] = []


class LogRecord(Word):
    """A line of a log, or an event."""

    time_unix_nano: int | str = 0
    observed_time_unix_nano: int | str = 0
    severity_number: int = 0
    severity_text: str = ""
    body: dict[str, Any] | None = None
    attributes: list[Pair] = []
    trace_id: str = ""
    span_id: str = ""
    event_name: str = ""


class ScopeLogs(Word):
    """Records of one library."""

    log_records: list[LogRecord] = []


class ResourceLogs(Word):
    """Records of one program."""

    resource: Resource = msgspec.field(default_factory=Resource)
    scope_logs: list[ScopeLogs] = []


class Logs(Word):
    """Body of a POST to ``/v1/logs``."""

    resource_logs: list[ResourceLogs] = []


class Point(Word):
    """A measurement: a number, or the count and the sum of many."""

    time_unix_nano: int | str = 0
    as_double: float | str | None = None
    as_int: int | str | None = None
    count: int | str = 0
    sum: float | str | None = None
    attributes: list[Pair] = []


class Points(Word):
    """The points of a metric."""

    data_points: list[Point] = []


class Metric(Word):
    """A metric of one of five kinds."""

    name: str = ""
    unit: str = ""
    gauge: Points | None = None
    sum: Points | None = None
    histogram: Points | None = None
    exponential_histogram: Points | None = None
    summary: Points | None = None


class ScopeMetrics(Word):
    """Metrics of one library."""

    metrics: list[Metric] = []


class ResourceMetrics(Word):
    """Metrics of one program."""

    resource: Resource = msgspec.field(default_factory=Resource)
    scope_metrics: list[ScopeMetrics] = []


class Metrics(Word):
    """Body of a POST to ``/v1/metrics``."""

    resource_metrics: list[ResourceMetrics] = []
