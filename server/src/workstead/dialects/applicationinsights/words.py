"""Envelopes, and the items that they become."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from workstead.foundation import clock
from workstead.insights.service import KINDS, NAME_MAX, PROPERTIES_MAX, TEXT_MAX, Item
from workstead_wire.base import Tags

_REQUEST, _DEPENDENCY, _TRACE, _EXCEPTION, _EVENT, _METRIC = range(len(KINDS))
_DURATION = re.compile(r"(?:(\d{1,9})\.)?(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)", re.ASCII)


class Word(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """Base of what crosses in this dialect; what it does not name is passed over."""


class Thrown(Word):
    """One exception of a chain."""

    type_name: str | None = None
    message: str | None = None
    stack: str | None = None


class Measured(Word):
    """One metric; where ``count`` is given, ``value`` is their sum."""

    name: str
    value: float
    count: int | None = None


class Body(Word):
    """What any of the kinds has."""

    id: str | None = None
    name: str | None = None
    duration: str | None = None
    success: bool | None = None
    response_code: str | int | None = None
    result_code: str | int | None = None
    message: str | None = None
    severity_level: int | str | None = None
    data: str | None = None
    type: str | None = None
    target: str | None = None
    url: str | None = None
    exceptions: list[Thrown] = []
    metrics: list[Measured] = []
    properties: dict[str, Any] | None = None
    measurements: dict[str, Any] | None = None


class Data(Word):
    """A body and its kind."""

    base_type: str = ""
    base_data: Body | None = None


class Envelope(msgspec.Struct, gc=False):
    """One piece of telemetry with where it comes from."""

    time: str
    data: Data
    iKey: str = ""  # noqa: N815 - its name on the wire
    sampleRate: float | None = 100.0  # noqa: N815
    tags: dict[str, str | None] = {}


class Problem(msgspec.Struct, rename="camel"):
    """Why an envelope was not taken."""

    index: int
    status_code: int
    message: str


class Answer(msgspec.Struct, rename="camel"):
    """How many of the envelopes were taken."""

    items_received: int
    items_accepted: int
    errors: list[Problem]


_SEVERITIES = {"verbose": 0, "information": 1, "warning": 2, "error": 3, "critical": 4}


def read_items(envelope: Envelope) -> Iterator[Item]:
    """The items of an envelope.

    Raises:
        ValueError: its time or its duration is not of its form.
    """
    body, tags = envelope.data.base_data or Body(), envelope.tags
    kind = _KINDS.get(envelope.data.base_type, _EVENT)
    rate = envelope.sampleRate or 100.0
    item = Item(
        at=_moment(envelope.time), kind=kind, name=(body.name or "")[:NAME_MAX],
        operation=tags.get("ai.operation.id") or "", parent=tags.get("ai.operation.parentId") or "",
        role=tags.get("ai.cloud.role") or "", message=(body.message or "")[:TEXT_MAX],
        severity=_severity(body.severity_level), weight=min(max(100.0 / rate, 1.0), 1e6) if rate > 0 else 1.0,
        properties=_properties(body),
    )  # fmt: skip
    if kind in (_REQUEST, _DEPENDENCY):
        _tell_span(item, body)
    elif kind == _TRACE:
        item.name = item.message.partition("\n")[0][:NAME_MAX]
    elif kind == _EXCEPTION:
        _tell_exception(item, body)
    elif kind == _METRIC:
        yield from _split(item, body)
        return
    yield item


_KINDS = {
    "RequestData": _REQUEST, "RemoteDependencyData": _DEPENDENCY, "MessageData": _TRACE,
    "ExceptionData": _EXCEPTION, "EventData": _EVENT, "MetricData": _METRIC,
}  # fmt: skip


def _tell_span(item: Item, body: Body) -> None:
    item.span = body.id or ""
    item.duration = _milliseconds(body.duration)
    item.success = body.success is not False
    item.code = str(body.response_code if body.response_code is not None else body.result_code or "")[:64]
    item.message = (body.url or body.data or "")[:TEXT_MAX]
    for name, text in (("target", body.target), ("type", body.type)):
        if text:
            item.properties.setdefault(name, text[:NAME_MAX])


def _tell_exception(item: Item, body: Body) -> None:
    first = body.exceptions[0] if body.exceptions else Thrown()
    item.name = (first.type_name or "Exception")[:NAME_MAX]
    item.message = "\n".join(text for text in (first.message, first.stack) if text)[:TEXT_MAX]
    item.success = False


def _split(item: Item, body: Body) -> Iterator[Item]:
    for metric in body.metrics:
        count = metric.count or 1
        properties = item.properties | ({"count": str(count)} if count > 1 else {})
        made = msgspec.structs.replace(item, name=metric.name[:NAME_MAX], value=metric.value, properties=properties)
        yield made


def _properties(body: Body) -> Tags:
    every = {**(body.properties or {}), **(body.measurements or {})}
    kept = list(every.items())[:PROPERTIES_MAX]
    return {name[:NAME_MAX]: str(value)[:TEXT_MAX] for name, value in kept if value is not None}


def _severity(level: int | str | None) -> int | None:
    return _SEVERITIES.get(level.lower()) if isinstance(level, str) else level


def _moment(text: str) -> int:
    return clock.from_datetime(msgspec.convert(text, datetime))


def _milliseconds(text: str | None) -> float | None:
    found = _DURATION.fullmatch(text or "")
    if found is None:
        return None
    days, hours, minutes, seconds = found.groups()
    return 1000 * (float(seconds) + 60 * (int(minutes) + 60 * (int(hours) + 24 * int(days or 0))))
