"""What OTLP says as items. The messages are protobuf's or the Structs of ``words``, which are named alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from workstead.insights.service import KINDS, NAME_MAX, PROPERTIES_MAX, TEXT_MAX, Item
from workstead_wire.base import Tags

_REQUEST, _DEPENDENCY, _TRACE, _EXCEPTION, _EVENT, _METRIC = range(len(KINDS))
_SERVING = (2, 5)
"""Spans of servers and of consumers are requests; all others are dependencies."""
_ERROR = 2
_CODES = ("http.response.status_code", "http.status_code", "rpc.grpc.status_code")
_EVENT_NAMES = ("microsoft.custom_event.name", "event.name")
_SUMMED = ("histogram", "exponential_histogram", "summary")


def read_traces(message: Any) -> Iterator[Item]:
    """Spans, and the exceptions and events that happened in them."""
    for one in message.resource_spans:
        role = _role(one.resource)
        for scope in one.scope_spans:
            for span in scope.spans:
                yield from _read_span(span, role)


def read_logs(message: Any) -> Iterator[Item]:
    """Lines of logs, exceptions and custom events."""
    for one in message.resource_logs:
        role = _role(one.resource)
        for scope in one.scope_logs:
            for record in scope.log_records:
                yield _read_record(record, role)


def read_metrics(message: Any) -> Iterator[Item]:
    """Points of metrics; of histograms their mean, with the count as a property."""
    for one in message.resource_metrics:
        role = _role(one.resource)
        for scope in one.scope_metrics:
            for metric in scope.metrics:
                yield from _read_metric(metric, role)


def _read_span(span: Any, role: str) -> Iterator[Item]:
    begin, end = int(span.start_time_unix_nano), int(span.end_time_unix_nano)
    properties = _properties(span.attributes)
    code = next((properties.pop(name) for name in _CODES if name in properties), "")
    kind = _REQUEST if span.kind in _SERVING else _DEPENDENCY
    failed = span.status.code == _ERROR or (kind == _REQUEST and len(code) == 3 and code[0] in "45")  # noqa: PLR2004
    item = Item(
        at=begin // 1000, kind=kind, name=span.name[:NAME_MAX], operation=_hex(span.trace_id), span=_hex(span.span_id),
        parent=_hex(span.parent_span_id), duration=max(end - begin, 0) / 1e6, success=not failed, code=code[:64],
        role=role, message=span.status.message[:TEXT_MAX], properties=properties,
    )  # fmt: skip
    yield item
    for event in span.events:
        yield _read_event(event, item)


def _read_event(event: Any, span: Item) -> Item:
    made = Item(
        at=int(event.time_unix_nano) // 1000, kind=_EVENT, name=event.name[:NAME_MAX], operation=span.operation,
        parent=span.span, role=span.role, properties=_properties(event.attributes),
    )  # fmt: skip
    return _as_exception(made) if event.name == "exception" else made


def _read_record(record: Any, role: str) -> Item:
    properties = _properties(record.attributes)
    message = _plain(record.body)[:TEXT_MAX]
    item = Item(
        at=int(record.time_unix_nano or record.observed_time_unix_nano) // 1000, kind=_TRACE,
        name=message.partition("\n")[0][:NAME_MAX], operation=_hex(record.trace_id), parent=_hex(record.span_id),
        role=role, message=message, severity=_severity(record.severity_number), properties=properties,
    )  # fmt: skip
    name = record.event_name or next((properties.pop(name) for name in _EVENT_NAMES if name in properties), "")
    if "exception.type" in properties:
        return _as_exception(item)
    if name:
        item.kind, item.name = _EVENT, name[:NAME_MAX]
    return item


def _as_exception(item: Item) -> Item:
    """The same as an exception, told by its attributes."""
    told = [item.properties.pop(f"exception.{name}", "") for name in ("type", "message", "stacktrace")]
    item.kind, item.name, item.success = _EXCEPTION, told[0] or "Exception", False
    item.message = "\n".join(filter(None, told[1:]))[:TEXT_MAX]
    return item


def _read_metric(metric: Any, role: str) -> Iterator[Item]:
    form = next((name for name in ("gauge", "sum", *_SUMMED) if metric.HasField(name)), None)
    if form is None:
        return
    for point in getattr(metric, form).data_points:
        properties = _properties(point.attributes)
        if form in _SUMMED:
            count = int(point.count)
            value = float(point.sum or 0) / count if count else 0.0
            properties["count"] = str(count)
        else:
            value = float(point.as_int if point.HasField("as_int") else point.as_double or 0)
        if not math.isfinite(value):
            continue
        if metric.unit:
            properties.setdefault("unit", metric.unit[:NAME_MAX])
        yield Item(
            at=int(point.time_unix_nano) // 1000, kind=_METRIC, name=metric.name[:NAME_MAX], role=role, value=value,
            properties=properties,
        )  # fmt: skip


def _role(resource: Any) -> str:
    return next((_plain(one.value) for one in resource.attributes if one.key == "service.name"), "")[:NAME_MAX]


def _properties(attributes: Iterable[Any]) -> Tags:
    return {one.key[:NAME_MAX]: _plain(one.value)[:TEXT_MAX] for one in list(attributes)[:PROPERTIES_MAX]}


def _plain(value: Any) -> str:
    """Any value as a text."""
    if value is None:
        return ""
    if isinstance(value, dict):  # JSON: {"stringValue": "…"}
        inner: Any = next(iter(value.values()), "")  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return _text(inner)
    chosen = value.WhichOneof("value")
    if chosen is None:
        return ""
    inner = getattr(value, chosen)
    if chosen == "array_value":
        return "[" + ", ".join(_plain(one) for one in inner.values) + "]"
    if chosen == "kvlist_value":
        return "{" + ", ".join(f"{one.key}: {_plain(one.value)}" for one in inner.values) + "}"
    return _text(inner)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str) else str(value) if isinstance(value, (int, float)) else _json(value)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _hex(known: bytes | str) -> str:
    return known.hex() if isinstance(known, bytes) else known.lower()[:64]


def _severity(number: int) -> int | None:
    """OpenTelemetry counts from 1 (trace) to 24 (fatal), four for each level."""
    return max((number - 1) // 4 - 1, 0) if 1 <= number <= 24 else None  # noqa: PLR2004
