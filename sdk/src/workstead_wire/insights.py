"""Telemetry of a workspace's Application Insights: what was sent, and figures of it over time."""

from __future__ import annotations

from datetime import datetime
from typing import Dict, List, Literal, Optional, Union

import msgspec

from workstead_wire.base import Tags, Wire

Kind = Literal["request", "dependency", "trace", "exception", "event", "metric"]


class Insights(Wire):
    """A workspace's Application Insights: its limits, and what it holds.

    ``received`` counts all that ever came; ``dropped`` is the part of it that was not kept because too much came at
    once or because its time was out of bounds. What retention and size took away later is in neither.
    """

    name: str
    retention_days: int
    max_bytes: int
    watch_server: bool
    """Whether the server's own requests for this workspace are telemetry too."""
    watch_runs: bool
    """Whether the workspace's runs are: their start as an event, their end as a request with duration and result."""
    watch_instances: bool
    """Whether what happens to the workspace's compute instances is, as events."""
    items: int
    bytes: int
    received: int
    dropped: int


class InsightsUpdate(Wire):
    """Change what is given."""

    retention_days: Union[int, msgspec.UnsetType] = msgspec.UNSET
    max_bytes: Union[int, msgspec.UnsetType] = msgspec.UNSET
    watch_server: Union[bool, msgspec.UnsetType] = msgspec.UNSET
    watch_runs: Union[bool, msgspec.UnsetType] = msgspec.UNSET
    watch_instances: Union[bool, msgspec.UnsetType] = msgspec.UNSET


class InsightsConnection(Wire):
    """How clients send. The instrumentation key lets its holder send, and nothing else."""

    instrumentation_key: str
    connection_string: str
    """For clients of Azure Monitor."""
    otlp_endpoint: str
    """For OpenTelemetry exporters over HTTP, as ``OTEL_EXPORTER_OTLP_ENDPOINT``."""
    otlp_headers: str
    """As ``OTEL_EXPORTER_OTLP_HEADERS``."""


class TelemetryItem(Wire):
    """One thing that happened. Fields that its kind does not have are None or empty."""

    id: str
    at: datetime
    """When it happened or, with a duration, began."""
    kind: Kind
    name: str
    message: str
    operation_id: str
    """What belongs together has one: OpenTelemetry's trace id."""
    span_id: str
    parent_id: str
    duration_ms: Optional[float]
    success: Optional[bool]
    result_code: str
    role: str
    """The program that sent it."""
    severity: Optional[int]
    """0 verbose, 1 information, 2 warning, 3 error, 4 critical."""
    value: Optional[float]
    """Of a metric."""
    weight: float
    """How many such things it stands for, where clients or the server keep only a sample."""
    properties: Tags


class OverviewBucket(Wire):
    """Requests that began in ``bucket_seconds`` from ``at``. Percentiles are within 5 % and None without requests."""

    at: datetime
    requests: float
    failures: float
    p50_ms: Optional[float]
    p95_ms: Optional[float]
    p99_ms: Optional[float]


class Overview(Wire):
    """Requests over time, and how many of each kind of telemetry came."""

    since: datetime
    until: datetime
    bucket_seconds: int
    buckets: List[OverviewBucket]
    total: OverviewBucket
    kinds: Dict[str, float]


class OperationFigures(Wire):
    """What requests or dependencies of one name did."""

    kind: Kind
    name: str
    count: float
    failures: float
    mean_ms: float
    p50_ms: Optional[float]
    p95_ms: Optional[float]
    p99_ms: Optional[float]


class LiveTelemetry(Wire):
    """What came since the event before, by the live view; ``items`` are the newest of it."""

    at: datetime
    seconds: float
    """How long that was."""
    requests: float
    failures: float
    dependencies: float
    exceptions: float
    mean_ms: Optional[float]
    """Of requests."""
    dropped: int
    items: List[TelemetryItem]
