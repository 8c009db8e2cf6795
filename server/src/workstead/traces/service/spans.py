"""Spans: the pieces of a trace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, insert, select

from workstead.traces import tables as t
from workstead.traces.service.amounts import put_costs
from workstead.traces.service.rows import find_rows, get_row, some
from workstead_wire.workspaces import WorkspacePath

Amounts = dict[str, float]
"""How much of each kind: tokens, or money."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work; times in ns since 1970. ``content`` is all of it as JSON, of which the rest is a part."""

    id: str
    name: str
    status: str
    start_ns: int
    content: str
    parent_id: str | None = None
    type: str | None = None
    end_ns: int | None = None
    model: str | None = None
    provider: str | None = None
    usage: Amounts | None = None
    cost: Amounts | None = None


def add_spans(conn: Connection, where: WorkspacePath, trace_id: str, spans: Sequence[Span]) -> None:
    """Add spans to a trace; one that was there under the same id is replaced."""
    pk = get_row(conn, where, trace_id).pk
    newest = {span.id: span for span in spans}
    for ids in some(list(newest)):
        conn.execute(delete(t.spans).where(t.spans.c.trace_pk == pk, t.spans.c.id.in_(ids)))
    rows = [{"trace_pk": pk, **_values(span)} for span in newest.values()]
    if rows:
        conn.execute(insert(t.spans), rows)
    for ids in some(list(newest)):
        put_costs(conn, pk, {span_id: newest[span_id].cost for span_id in ids})


def list_spans(conn: Connection, where: WorkspacePath, ids: Iterable[str]) -> dict[str, list[Span]]:
    """The spans of traces, the root first and then as they began."""
    known = {row.pk: row.id for row in find_rows(conn, where, ids)}
    found: dict[str, list[Span]] = {trace_id: [] for trace_id in known.values()}
    c = t.spans.c
    for pks in some(list(known)):
        order = (c.trace_pk, c.parent_id.is_not(None), c.start_ns, c.id)
        for row in conn.execute(select(t.spans).where(and_(c.trace_pk.in_(pks))).order_by(*order)):
            found[known[row.trace_pk]].append(_make(row))
    return found


def _values(span: Span) -> dict[str, Any]:
    return msgspec.structs.asdict(span) | {"usage": _encode(span.usage), "cost": _encode(span.cost)}


def _encode(amounts: Amounts | None) -> str | None:
    return None if amounts is None else msgspec.json.encode(amounts).decode()


def _make(row: Row[Any]) -> Span:
    return Span(
        id=row.id,
        name=row.name,
        status=row.status,
        start_ns=row.start_ns,
        content=row.content,
        parent_id=row.parent_id,
        type=row.type,
        end_ns=row.end_ns,
        model=row.model,
        provider=row.provider,
        usage=None if row.usage is None else msgspec.json.decode(row.usage),
        cost=None if row.cost is None else msgspec.json.decode(row.cost),
    )
