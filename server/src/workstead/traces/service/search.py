"""Searches for traces: by what they are, how they are labelled, what their spans hold and what was said of them."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, not_, or_, select

from workstead.foundation.conditions import compare_number, compare_text
from workstead.foundation.filters import Clause, Value
from workstead.traces import tables as t
from workstead.traces.service.rows import Trace, read_traces

_TR = t.traces.c
END = _TR.at + func.coalesce(_TR.duration, 0)
_NUMBERS: dict[str, ColumnElement[Any]] = {"at": _TR.at, "duration": _TR.duration, "end": END}
_TEXTS: dict[str, ColumnElement[Any]] = {
    "id": _TR.id, "state": _TR.state, "client_request_id": _TR.client_request_id,
    "experiment_id": _TR.experiment_id,
}  # fmt: skip
_LABELS = {"tags": "tag", "metadata": "metadata"}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
SESSION = "mlflow.trace.session"
"""The label of traces that are one conversation; what is said of all of it bears it too."""
ATTRIBUTES = "attributes."


class Order(msgspec.Struct, frozen=True):
    """A sort key: a trace's own word, or a label where ``kind`` is tags or metadata."""

    key: str
    kind: str = ""
    descending: bool = False


def search_traces(
    conn: Connection,
    experiments: Sequence[str],
    clauses: Sequence[Clause],
    orders: Sequence[Order],
    offset: int,
    limit: int,
) -> list[Trace]:
    """Traces of experiments under a filter, the newest first unless told; experiments sort as they are given.

    Clauses are of kind "" (id, state, client_request_id, at, duration, end), tags, metadata, run, prompt, span,
    feedback, expectation or issue.
    """
    query = select(t.traces).where(_scope(experiments), *_conditions(experiments, clauses))
    for order in orders:
        column = _column(order, experiments)
        query = query.order_by(column.is_(None), column.desc() if order.descending else column)
    named = {order.key for order in orders if not order.kind}
    query = query.order_by(*([] if "at" in named else [_TR.at.desc()]), *([] if "id" in named else [_TR.id]))
    return read_traces(conn, conn.execute(query.offset(offset).limit(limit)).all())


def count_traces(conn: Connection, experiments: Sequence[str], clauses: Sequence[Clause]) -> int:
    """How many traces of experiments a filter lets through."""
    found = _scope(experiments), *_conditions(experiments, clauses)
    return conn.execute(select(func.count()).select_from(t.traces).where(*found)).scalar_one()


def find_condition(experiments: Sequence[str], clause: Clause) -> ColumnElement[bool]:  # noqa: PLR0911 - one a kind
    """What one clause asks of a trace."""
    if clause.kind in _LABELS:
        return _label_condition(clause)
    if clause.kind == "run":
        run_id = clause.value.text
        source = Clause(kind="metadata", key=clause.key, op="=", values=(Value(run_id),))
        return or_(_linked("run", run_id), _label_condition(source))
    if clause.kind == "prompt":
        return _linked("prompt", clause.value.text)
    if clause.kind == "issue":
        c = t.assessments.c
        return exists().where(c.trace_pk == _TR.pk, c.kind == "issue", compare_text(c.name, clause))
    if clause.kind:
        return _assessment_condition(experiments, clause)
    if clause.key in _NUMBERS:
        return compare_number(_NUMBERS[clause.key], clause)
    return compare_text(_TEXTS[clause.key], clause)


def find_label(kind: str, key: str) -> ColumnElement[Any]:
    """The value of a trace's label; NULL, if it has none."""
    c = t.labels.c
    return select(c.value).where(c.trace_pk == _TR.pk, c.kind == kind, c.key == key).scalar_subquery()


def _scope(experiments: Sequence[str]) -> ColumnElement[bool]:
    return _TR.experiment_id.in_(experiments)


def _column(order: Order, experiments: Sequence[str]) -> ColumnElement[Any]:
    if (order.kind, order.key) == ("", "experiment_id") and experiments:
        return case({one: place for place, one in enumerate(experiments)}, value=_TR.experiment_id)
    if not order.kind:
        return (_NUMBERS | _TEXTS)[order.key]
    return find_label(_LABELS[order.kind], order.key)


def _conditions(experiments: Sequence[str], clauses: Sequence[Clause]) -> list[ColumnElement[bool]]:
    """What holds of a trace; all that is asked of spans must hold of one and the same span."""
    found = [find_condition(experiments, clause) for clause in clauses if clause.kind != "span"]
    of_span = [_span_condition(clause) for clause in clauses if clause.kind == "span"]
    if of_span:
        found.append(exists().where(t.spans.c.trace_pk == _TR.pk, *of_span))
    return found


def _label_condition(clause: Clause) -> ColumnElement[bool]:
    c = t.labels.c
    there = (c.trace_pk == _TR.pk) & (c.kind == _LABELS[clause.kind]) & (c.key == clause.key)
    if not clause.values:
        found = exists().where(there)
        return not_(found) if clause.op == "IS NULL" else found
    return exists().where(there, compare_text(c.value, clause))


def _linked(kind: str, target: str) -> ColumnElement[bool]:
    c = t.links.c
    return exists().where(c.trace_pk == _TR.pk, c.kind == kind, c.target == target)


def _span_condition(clause: Clause) -> ColumnElement[bool]:
    if not clause.key.startswith(ATTRIBUTES):
        return compare_text(t.spans.c[clause.key], clause)
    name = json.dumps(clause.key.removeprefix(ATTRIBUTES), ensure_ascii=False)
    text = clause.value.text
    # The values of attributes are JSON within the JSON of the span: their quotes are escaped.
    if clause.op == "RLIKE":
        head, text = (r'"\\"', text[1:]) if text.startswith("^") else (r'"\\".*', text)
        tail, text = (r"\\\"", text[:-1]) if text.endswith("$") else ("", text)
        pattern = f"{name}: {head}{text}{tail}"
    else:
        pattern = f"%{name}{text}%"
    return compare_text(t.spans.c.content, msgspec.structs.replace(clause, values=(Value(pattern),)))


def _assessment_condition(experiments: Sequence[str], clause: Clause) -> ColumnElement[bool]:
    """What was said of the trace, or of the whole conversation that it is a part of."""
    c = t.assessments.c
    said = and_(c.kind == clause.kind, c.name == clause.key, c.valid, *_value_conditions(clause))
    found = or_(exists().where(c.trace_pk == _TR.pk, said), _of_session(experiments, said))
    return not_(found) if clause.op == "IS NULL" else found


def _value_conditions(clause: Clause) -> list[ColumnElement[bool]]:
    c = t.assessments.c
    if not clause.values:
        return []
    text = clause.value.text
    if clause.op in _COMPARISONS:
        return [_COMPARISONS[clause.op](c.number, float(text))]
    if clause.op in ("=", "!="):
        equal = c.value.in_([text, json.dumps(text, ensure_ascii=False)])
        return [equal if clause.op == "=" else not_(equal)]
    return [compare_text(c.value, clause)]


def _of_session(experiments: Sequence[str], said: ColumnElement[bool]) -> ColumnElement[bool]:
    spoken, label, other = t.traces.alias(), t.labels.alias(), t.labels.alias()
    c = t.assessments.c
    sessions = (
        select(other.c.value)
        .select_from(t.assessments)
        .join(spoken, spoken.c.pk == c.trace_pk)
        .join(other, other.c.trace_pk == c.trace_pk)
        .where(spoken.c.experiment_id.in_(experiments), said, c.metadata.contains(f'"{SESSION}":'), *_is_session(other))
    )
    return _TR.pk.in_(select(label.c.trace_pk).where(*_is_session(label), label.c.value.in_(sessions)))


def _is_session(label: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return label.c.kind == "metadata", label.c.key == SESSION
