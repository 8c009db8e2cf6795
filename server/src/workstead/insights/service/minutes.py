"""Figures for each minute, made as telemetry comes in, so that an overview of days reads no telemetry at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from workstead.foundation import clock
from workstead.insights import tables as t
from workstead.insights.service.histograms import Histogram, find_bucket, find_percentile, merge
from workstead.insights.service.items import KINDS, Item
from workstead.workspaces.service import get_workspace_id
from workstead_wire.errors import InvalidInput
from workstead_wire.insights import Kind, OperationFigures, Overview, OverviewBucket
from workstead_wire.workspaces import WorkspacePath

MINUTE_US = 60 * 10**6
NAMES_MAX = 100
"""Most operations of a kind that one minute tells apart; the others are counted together as ``OTHERS``."""
OTHERS = "(others)"
_BUCKETS = 60
_DEFAULT_RANGE = timedelta(hours=1)
_WIDTHS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)


class Figures(msgspec.Struct, array_like=True):
    """What some items came to; durations in milliseconds."""

    count: float = 0
    failures: float = 0
    duration: float = 0
    histogram: Histogram = {}

    def count_in(self, item: Item) -> None:
        """Count an item."""
        weight = item.weight
        self.count += weight
        if item.success is False:
            self.failures += weight
        if item.duration is not None:
            self.duration += item.duration * weight
            bucket = find_bucket(item.duration)
            self.histogram[bucket] = self.histogram.get(bucket, 0) + weight

    def add(self, more: Figures) -> None:
        """Count what others came to."""
        self.count += more.count
        self.failures += more.failures
        self.duration += more.duration
        merge(self.histogram, more.histogram)


Named = dict[str, Figures]


class Minute(msgspec.Struct):
    """Figures by kind, and of requests, dependencies and exceptions also by ``kind/name``."""

    kinds: Named = {}
    operations: Named = {}


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Named).decode
_TOLD_APART = {KINDS.index(kind) for kind in ("request", "dependency", "exception")}


def sum_up(items: Iterable[Item]) -> dict[int, Minute]:
    """The figures of items, by the minute in which they happened."""
    minutes: dict[int, Minute] = {}
    for item in items:
        minute = minutes.setdefault(item.at // MINUTE_US, Minute())
        kind = KINDS[item.kind]
        _named(minute.kinds, kind).count_in(item)
        if item.kind in _TOLD_APART:
            _named(minute.operations, f"{kind}/{item.name}").count_in(item)
    return minutes


def add_minutes(conn: Connection, workspace_id: str, minutes: dict[int, Minute]) -> None:
    """Add figures to those that are kept."""
    c = t.telemetry_minutes.c
    for number, minute in sorted(minutes.items()):
        one = (c.workspace_id == workspace_id) & (c.minute == number)
        row = conn.execute(select(c.kinds, c.operations).where(one).with_for_update()).first()
        kinds = _decode(row.kinds) if row else {}
        operations = _decode(row.operations) if row else {}
        _add(kinds, minute.kinds)
        _add(operations, minute.operations)
        values = {"kinds": _encode(kinds), "operations": _encode(_bounded(operations))}
        if row:
            conn.execute(update(t.telemetry_minutes).where(one).values(values))
        else:
            values |= {"workspace_id": workspace_id, "minute": number}
            conn.execute(insert(t.telemetry_minutes).values(values))


def drop_minutes(conn: Connection, workspace_id: str, before: int) -> None:
    """Delete the figures of all minutes that ended before a moment in microseconds."""
    c = t.telemetry_minutes.c
    conn.execute(delete(t.telemetry_minutes).where(c.workspace_id == workspace_id, c.minute < before // MINUTE_US))


def get_overview(conn: Connection, where: WorkspacePath, since: datetime | None, until: datetime | None) -> Overview:
    """Requests over time, by default of the last hour, in about sixty buckets of whole minutes."""
    begin, end = read_range(since, until)
    width = next((width for width in _WIDTHS_MIN if width * _BUCKETS >= end - begin), _WIDTHS_MIN[-1])
    buckets = [Figures() for _ in range(begin // width, (end - 1) // width + 1)]
    kinds: Named = {}
    for minute, named in _read(conn, get_workspace_id(conn, where), begin, end, t.telemetry_minutes.c.kinds):
        _add(kinds, named)
        if "request" in named:
            buckets[minute // width - begin // width].add(named["request"])
    start = begin // width * width
    return Overview(
        since=_moment(begin), until=_moment(end), bucket_seconds=width * 60,
        buckets=[_bucket(start + at * width, figures) for at, figures in enumerate(buckets)],
        total=_bucket(begin, kinds.get("request", Figures())),
        kinds={kind: round(figures.count, 3) for kind, figures in kinds.items()},
    )  # fmt: skip


def list_operations(
    conn: Connection, where: WorkspacePath, kind: Kind, since: datetime | None, until: datetime | None
) -> list[OperationFigures]:
    """What each operation of a kind did, those with most failures first."""
    begin, end = read_range(since, until)
    every: Named = {}
    for _, named in _read(conn, get_workspace_id(conn, where), begin, end, t.telemetry_minutes.c.operations):
        _add(every, {name: figures for name, figures in named.items() if name.startswith(kind + "/")})
    found = [_operation(kind, name.partition("/")[2], figures) for name, figures in every.items()]
    return sorted(found, key=lambda one: (-one.failures, -one.count, one.name))


def read_range(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """A range of whole minutes since 1970, the last excluded."""
    end = -(-clock.from_datetime(until) // MINUTE_US) if until else clock.now() // MINUTE_US + 1
    begin = clock.from_datetime(since) // MINUTE_US if since else end - _DEFAULT_RANGE // timedelta(minutes=1)
    if begin >= end:
        raise InvalidInput(f"since ({since}) must be before until ({until or 'now'})")
    return begin, end


def _read(
    conn: Connection, workspace_id: str, begin: int, end: int, column: ColumnElement[bytes]
) -> Iterator[tuple[int, Named]]:
    c = t.telemetry_minutes.c
    query = select(c.minute, column).where(c.workspace_id == workspace_id, c.minute >= begin, c.minute < end)
    for minute, body in conn.execute(query):
        yield minute, _decode(body)


def _named(into: Named, name: str) -> Figures:
    found = into.get(name)
    if found is None:
        found = into[name] = Figures()
    return found


def _add(into: Named, more: Named) -> None:
    for name, figures in more.items():
        _named(into, name).add(figures)


def _bounded(operations: Named) -> Named:
    """As many operations as a minute tells apart: those that came most often, and the rest together."""
    kept: Named = {}
    for kind in KINDS:
        mine = [name for name in operations if name.startswith(kind + "/")]
        mine.sort(key=lambda name: operations[name].count, reverse=True)
        for place, name in enumerate(mine):
            _named(kept, name if place < NAMES_MAX else f"{kind}/{OTHERS}").add(operations[name])
    return kept


def _percentiles(histogram: Histogram) -> Sequence[float | None]:
    return [find_percentile(histogram, share) for share in (0.5, 0.95, 0.99)]


def _bucket(minute: int, figures: Figures) -> OverviewBucket:
    p50, p95, p99 = _percentiles(figures.histogram)
    return OverviewBucket(
        at=_moment(minute), requests=round(figures.count, 3), failures=round(figures.failures, 3),
        p50_ms=p50, p95_ms=p95, p99_ms=p99,
    )  # fmt: skip


def _operation(kind: Kind, name: str, figures: Figures) -> OperationFigures:
    p50, p95, p99 = _percentiles(figures.histogram)
    mean = figures.duration / figures.count if figures.count else 0
    return OperationFigures(
        kind=kind, name=name, count=round(figures.count, 3), failures=round(figures.failures, 3), mean_ms=mean,
        p50_ms=p50, p95_ms=p95, p99_ms=p99,
    )  # fmt: skip


def _moment(minute: int) -> datetime:
    return clock.to_datetime(minute * MINUTE_US)
