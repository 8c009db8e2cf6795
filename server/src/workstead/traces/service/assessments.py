"""What people, judges and programs said of traces."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from workstead.traces import tables as t
from workstead.traces.service.amounts import to_number
from workstead.traces.service.rows import Assessment, get_row, make_assessment
from workstead_wire.errors import AssessmentNotFound
from workstead_wire.workspaces import WorkspacePath

__all__ = [
    "Assessment",
    "create_assessment",
    "delete_assessment",
    "get_assessment",
    "put_assessment",
    "put_row",
]


def create_assessment(conn: Connection, where: WorkspacePath, trace_id: str, made: Assessment) -> None:
    """Keep what was said; what it overrides holds no longer.

    Raises:
        AssessmentNotFound: what it would override is not there.
    """
    pk = get_row(conn, where, trace_id).pk
    if made.overrides and not _set_valid(conn, pk, made.overrides, valid=False):
        raise _missing(trace_id, made.overrides)
    put_row(conn, pk, made)


def get_assessment(conn: Connection, where: WorkspacePath, trace_id: str, assessment_id: str) -> Assessment:
    """One thing that was said."""
    c = t.assessments.c
    pk = get_row(conn, where, trace_id).pk
    row = conn.execute(select(t.assessments).where(c.trace_pk == pk, c.id == assessment_id)).first()
    if row is None:
        raise _missing(trace_id, assessment_id)
    return make_assessment(row)


def put_assessment(conn: Connection, where: WorkspacePath, trace_id: str, made: Assessment) -> None:
    """Keep what was said instead of what was under its id before."""
    put_row(conn, get_row(conn, where, trace_id).pk, made)


def delete_assessment(conn: Connection, where: WorkspacePath, trace_id: str, assessment_id: str) -> None:
    """Take back what was said; what it had overridden holds again. What is not there needs no taking back."""
    pk = get_row(conn, where, trace_id).pk
    c = t.assessments.c
    gone = delete(t.assessments).where(c.trace_pk == pk, c.id == assessment_id).returning(c.overrides)
    overridden = conn.execute(gone).scalar()
    if overridden:
        _set_valid(conn, pk, overridden, valid=True)


def put_row(conn: Connection, trace_pk: int, made: Assessment) -> None:
    """Keep what was said of the trace of that key."""
    c = t.assessments.c
    conn.execute(delete(t.assessments).where(c.trace_pk == trace_pk, c.id == made.id))
    values = msgspec.structs.asdict(made) | {
        "trace_pk": trace_pk,
        "value": _encode(made.value),
        "number": to_number(made.value),
        "error": None if made.error is None else _encode(made.error),
        "metadata": None if made.metadata is None else _encode(made.metadata),
    }
    conn.execute(insert(t.assessments).values(values))


def _set_valid(conn: Connection, trace_pk: int, assessment_id: str, *, valid: bool) -> int:
    c = t.assessments.c
    at = (c.trace_pk == trace_pk) & (c.id == assessment_id)
    return conn.execute(update(t.assessments).where(at).values(valid=valid)).rowcount


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _missing(trace_id: str, assessment_id: str) -> AssessmentNotFound:
    return AssessmentNotFound(f"there is no assessment {assessment_id[:80]!r} of trace {trace_id[:80]!r}")
