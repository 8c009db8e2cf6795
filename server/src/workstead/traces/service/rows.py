"""Traces as they lie in the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, select

from workstead.traces import tables as t
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Tags
from workstead_wire.errors import TraceNotFound
from workstead_wire.workspaces import WorkspacePath

T = TypeVar("T")

MANY = 500
"""Most keys of one statement."""


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said of a trace; times in ms since 1970. ``kind`` is feedback, expectation or issue."""

    id: str
    kind: str
    name: str
    value: Any
    source_type: str
    source_id: str
    created_at: int
    updated_at: int
    error: dict[str, Any] | None = None
    span_id: str | None = None
    rationale: str | None = None
    metadata: Tags | None = None
    overrides: str | None = None
    valid: bool = True


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A trace without its spans; ``at`` and ``duration`` in ms."""

    id: str
    experiment_id: str
    at: int
    state: str
    duration: int | None = None
    client_request_id: str | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    tags: Tags = {}
    metadata: Tags = {}
    assessments: list[Assessment] = []


def read_traces(conn: Connection, rows: Sequence[Row[Any]]) -> list[Trace]:
    """The traces that rows stand for, with all that hangs on them."""
    labels: dict[tuple[int, str], Tags] = {}
    said: dict[int, list[Assessment]] = {}
    for pks in some([row.pk for row in rows]):
        for one in conn.execute(select(t.labels).where(t.labels.c.trace_pk.in_(pks))):
            labels.setdefault((one.trace_pk, one.kind), {})[one.key] = one.value
        c = t.assessments.c
        for one in conn.execute(select(t.assessments).where(c.trace_pk.in_(pks)).order_by(c.created_at, c.id)):
            said.setdefault(one.trace_pk, []).append(make_assessment(one))
    return [
        Trace(
            id=row.id,
            experiment_id=row.experiment_id,
            at=row.at,
            state=row.state,
            duration=row.duration,
            client_request_id=row.client_request_id,
            request_preview=row.request_preview,
            response_preview=row.response_preview,
            tags=labels.get((row.pk, "tag"), {}),
            metadata=labels.get((row.pk, "metadata"), {}),
            assessments=said.get(row.pk, []),
        )
        for row in rows
    ]


def make_assessment(row: Row[Any]) -> Assessment:
    """The assessment that a row stands for."""
    return Assessment(
        id=row.id,
        kind=row.kind,
        name=row.name,
        value=msgspec.json.decode(row.value),
        source_type=row.source_type,
        source_id=row.source_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        error=None if row.error is None else msgspec.json.decode(row.error),
        span_id=row.span_id,
        rationale=row.rationale,
        metadata=None if row.metadata is None else msgspec.json.decode(row.metadata),
        overrides=row.overrides,
        valid=row.valid,
    )


def find_rows(conn: Connection, where: WorkspacePath, ids: Iterable[str]) -> list[Row[Any]]:
    """Those of the traces that there are, in the order in which they were asked for."""
    workspace_id = get_workspace_id(conn, where)
    found: dict[str, Row[Any]] = {}
    asked = list(dict.fromkeys(ids))
    for part in some(asked):
        query = select(t.traces).where(t.traces.c.workspace_id == workspace_id, t.traces.c.id.in_(part))
        found |= {row.id: row for row in conn.execute(query)}
    return [found[trace_id] for trace_id in asked if trace_id in found]


def get_row(conn: Connection, where: WorkspacePath, trace_id: str) -> Row[Any]:
    """The row of a trace.

    Raises:
        TraceNotFound: there is none of that id.
    """
    rows = find_rows(conn, where, [trace_id])
    if not rows:
        raise TraceNotFound(f"there is no trace {trace_id[:80]!r} in workspace {where.workspace!r}")
    return rows[0]


def some(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """Keys, as many at once as a statement takes."""
    return (keys[start : start + MANY] for start in range(0, len(keys), MANY))
