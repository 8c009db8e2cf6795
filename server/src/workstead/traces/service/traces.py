"""Traces: kept, changed, linked and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update

from workstead.traces import tables as t
from workstead.traces.service import amounts, assessments
from workstead.traces.service.rows import Trace, find_rows, get_row, read_traces, some
from workstead.workspaces.service import get_workspace_id
from workstead_wire.workspaces import WorkspacePath

LabelKind = Literal["tag", "metadata"]
LinkKind = Literal["run", "prompt"]


def create_trace(conn: Connection, where: WorkspacePath, made: Trace) -> None:
    """Keep a new trace, with its labels and what was said of it."""
    workspace_id = get_workspace_id(conn, where)
    values = {"workspace_id": workspace_id, "id": made.id, **_values(made)}
    pk = conn.execute(insert(t.traces).values(values).returning(t.traces.c.pk)).scalar_one()
    _add_to(conn, pk, made)
    c = t.awaited.c
    came = delete(t.awaited).where(c.workspace_id == workspace_id, c.trace_id == made.id)
    for link in conn.execute(came.returning(c.kind, c.target)).all():
        _add_links(conn, pk, link.kind, [link.target])


def update_trace(conn: Connection, where: WorkspacePath, changed: Trace) -> None:
    """Make a trace what ``changed`` says; labels and assessments that it does not name stay."""
    pk = get_row(conn, where, changed.id).pk
    conn.execute(update(t.traces).where(t.traces.c.pk == pk).values(_values(changed)))
    _add_to(conn, pk, changed)


def get_trace(conn: Connection, where: WorkspacePath, trace_id: str) -> Trace:
    """One trace."""
    return read_traces(conn, [get_row(conn, where, trace_id)])[0]


def find_traces(conn: Connection, where: WorkspacePath, ids: Iterable[str]) -> list[Trace]:
    """Those of the traces that there are, in the order in which they were asked for."""
    return read_traces(conn, find_rows(conn, where, ids))


def label_trace(
    conn: Connection, where: WorkspacePath, trace_id: str, kind: LabelKind, labels: Mapping[str, str | None]
) -> None:
    """Set tags or metadata; None removes."""
    _set_labels(conn, get_row(conn, where, trace_id).pk, kind, labels)


def link_trace(conn: Connection, where: WorkspacePath, trace_id: str, kind: LinkKind, targets: Iterable[str]) -> None:
    """Note what a trace belongs to; what is noted already stays."""
    _add_links(conn, get_row(conn, where, trace_id).pk, kind, targets)


def link_traces(conn: Connection, where: WorkspacePath, ids: Iterable[str], kind: LinkKind, target: str) -> None:
    """Let traces belong to something, those that have not come yet as well: they will when they come."""
    asked = list(dict.fromkeys(ids))
    known = {row.id: row.pk for row in find_rows(conn, where, asked)}
    for pk in known.values():
        _add_links(conn, pk, kind, [target])
    workspace_id, c = get_workspace_id(conn, where), t.awaited.c
    late = [trace_id for trace_id in asked if trace_id not in known]
    if late:
        same = (c.workspace_id == workspace_id) & (c.kind == kind) & (c.target == target)
        conn.execute(delete(t.awaited).where(same, c.trace_id.in_(late)))
        each = {"workspace_id": workspace_id, "kind": kind, "target": target}
        conn.execute(insert(t.awaited), [{**each, "trace_id": trace_id} for trace_id in late])


def _add_links(conn: Connection, pk: int, kind: str, targets: Iterable[str]) -> None:
    c = t.links.c
    known = set(conn.execute(select(c.target).where(c.trace_pk == pk, c.kind == kind)).scalars())
    rows = [
        {"trace_pk": pk, "kind": kind, "target": target} for target in dict.fromkeys(targets) if target not in known
    ]
    if rows:
        conn.execute(insert(t.links), rows)


def delete_traces(
    conn: Connection,
    experiment_id: str,
    *,
    ids: Sequence[str] | None = None,
    until: int | None = None,
    limit: int | None = None,
) -> int:
    """Delete traces of an experiment, the oldest first: those of these ids, or those up to a moment (ms); how many."""
    c = t.traces.c
    query = select(c.pk).where(c.experiment_id == experiment_id).order_by(c.at, c.id)
    if until is not None:
        query = query.where(c.at <= until)
    parts: Iterable[Sequence[str] | None] = [None] if ids is None else some(ids)
    deleted = 0
    for part in parts:
        chosen = query if part is None else query.where(c.id.in_(part))
        pks = list(conn.execute(chosen if limit is None else chosen.limit(limit)).scalars())
        for few in some(pks):
            deleted += conn.execute(delete(t.traces).where(c.pk.in_(few))).rowcount
    return deleted


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete some traces of a workspace that is being removed; whether none is left."""
    c = t.traces.c
    few = list(conn.execute(select(c.pk).where(c.workspace_id == workspace_id).limit(_FEW)).scalars())
    if few:
        conn.execute(delete(t.traces).where(c.pk.in_(few)))
    return len(few) < _FEW


_FEW = 200
"""Traces that are forgotten in one transaction: each may have thousands of spans."""


def _values(made: Trace) -> dict[str, Any]:
    return {
        "experiment_id": made.experiment_id, "at": made.at, "duration": made.duration, "state": made.state,
        "client_request_id": made.client_request_id, "request_preview": made.request_preview,
        "response_preview": made.response_preview,
    }  # fmt: skip


def _add_to(conn: Connection, pk: int, made: Trace) -> None:
    _set_labels(conn, pk, "tag", made.tags)
    _set_labels(conn, pk, "metadata", made.metadata)
    for one in made.assessments:
        assessments.put_row(conn, pk, one)


def _set_labels(conn: Connection, pk: int, kind: LabelKind, labels: Mapping[str, str | None]) -> None:
    if not labels:
        return
    if kind == "metadata" and amounts.USAGE in labels:
        amounts.put_tokens(conn, pk, labels[amounts.USAGE])
    c = t.labels.c
    for keys in some(list(labels)):
        conn.execute(delete(t.labels).where(c.trace_pk == pk, c.kind == kind, c.key.in_(keys)))
    rows = [
        {"trace_pk": pk, "kind": kind, "key": key, "value": value} for key, value in labels.items() if value is not None
    ]
    if rows:
        conn.execute(insert(t.labels), rows)
