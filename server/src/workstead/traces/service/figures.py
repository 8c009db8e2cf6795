"""Figures of traces, their spans and what was said of them: counted, summed and ranked by the database, in groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Label,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)

from workstead.foundation.conditions import compare_text
from workstead.foundation.filters import Clause
from workstead.traces import tables as t
from workstead.traces.service.amounts import COSTS, TOKENS, WHOLE
from workstead.traces.service.search import SESSION, find_condition, find_label

View = Literal["traces", "spans", "assessments"]
How = Literal["count", "sum", "avg", "min", "max", "percentile"]

NAME = "mlflow.traceName"
_TR, _SPAN, _SAID = t.traces.c, t.spans.c, t.assessments.c
_NS = 1_000_000
_BIGINT_MAX = (1 << 63) - 1
_AGGREGATES: dict[str, Callable[[Any], ColumnElement[Any]]] = {
    "count": func.count, "sum": func.sum, "avg": func.avg, "min": func.min, "max": func.max,
}  # fmt: skip
_VIEWS: dict[View, Any] = {
    "traces": t.traces,
    "spans": t.traces.join(t.spans, _SPAN.trace_pk == _TR.pk),
    "assessments": t.traces.join(t.assessments, _SAID.trace_pk == _TR.pk),
}
_OWN: dict[View, dict[str, ColumnElement[Any]]] = {
    "traces": {},
    "spans": {"name": _SPAN.name, "status": _SPAN.status, "type": _SPAN.type},
    "assessments": {"name": _SAID.name, "type": _SAID.kind},
}
"""What filters may ask of that which is counted; its other clauses are of the trace."""
_TRUTHS = {"true": 1.0, "false": 0.0, '"yes"': 1.0, '"no"': 0.0}
"""What counts as a number among the values of assessments, besides numbers."""


_RANKS = ("value", "place", "many")


class Figure(msgspec.Struct, frozen=True):
    """How many values become one; ``at`` is where a percentile lies, from 0 to 100."""

    how: How
    at: float = 0


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured.

    ``of`` is count, latency (ms), a kind of tokens or costs, sessions of traces, or value of assessments. Groups are
    by the words of ``by`` and, with ``step``, by time in pieces of so many seconds. ``start`` and ``end`` in ms, both
    within. Clauses are of the kinds of ``search_traces``, or named "own": of what is counted itself.
    """

    view: View
    of: str
    figures: Sequence[Figure]
    by: Sequence[str] = ()
    clauses: Sequence[Clause] = ()
    step: int | None = None
    start: int | None = None
    end: int | None = None


class Measured(msgspec.Struct, frozen=True):
    """A group, by its time (ms) and words, and its figures in the order that was asked for; None: there is none."""

    at: int | None
    words: list[str]
    figures: list[float | None]


def measure_traces(
    conn: Connection, experiments: Sequence[str], asked: Measure, offset: int, limit: int
) -> list[Measured]:
    """Figures of groups, by time and then by their words; values and words that are not there do not count."""
    values = _values(experiments, asked)
    groups: Sequence[ColumnElement[Any]] = [column for column in values.c if column.name != "value"]
    there = and_(*(column.is_not(None) for column in values.c))
    if any(figure.how == "percentile" for figure in asked.figures):
        values = _ranked(values, groups, there)
        groups, there = [column for column in values.c if column.name not in _RANKS], literal(value=True)
    figures = [_figure(figure, values).label(f"f{n}") for n, figure in enumerate(asked.figures)]
    query = select(*groups, *figures).where(there).group_by(*groups).order_by(*groups).offset(offset).limit(limit)
    return [_measured(asked, list(row)) for row in conn.execute(query)]


def _values(experiments: Sequence[str], asked: Measure) -> Subquery:
    """One row a value, with the groups that it is of."""
    source, value = _VIEWS[asked.view], _value(asked)
    if asked.of in COSTS:
        c = t.amounts.c
        source = source.join(t.amounts, and_(c.trace_pk == _SPAN.trace_pk, c.span_id == _SPAN.id, c.key == asked.of))
    elif asked.of in TOKENS:
        c = t.amounts.c
        source = source.join(t.amounts, and_(c.trace_pk == _TR.pk, c.span_id == WHOLE, c.key == asked.of))
    groups: list[Label[Any]] = [] if asked.step is None else [_bucket(asked.view, asked.step).label("at")]
    groups += [_word(asked.view, word).label(f"w{n}") for n, word in enumerate(asked.by)]
    query = select(*groups, value.label("value")).select_from(source)
    query = query.where(_TR.experiment_id.in_(experiments), *_within(asked))
    query = query.where(*(_condition(experiments, asked.view, clause) for clause in asked.clauses))
    if asked.view == "assessments":
        query = query.where(_SAID.valid)
    return (query.distinct() if asked.of == "sessions" else query).subquery()


def _ranked(values: Subquery, groups: Sequence[ColumnElement[Any]], there: ColumnElement[bool]) -> Subquery:
    """The same with each value's place in its group, from 0, and how many there are."""
    order = func.row_number().over(partition_by=groups, order_by=values.c.value) - 1
    many = func.count().over(partition_by=groups)
    return select(*groups, values.c.value, order.label("place"), many.label("many")).where(there).subquery()


def _figure(figure: Figure, values: Subquery) -> ColumnElement[Any]:
    """A percentile lies between two neighbours; each weighs the more the nearer it is."""
    value = values.c.value
    if figure.how != "percentile":
        return _AGGREGATES[figure.how](value)
    distance = func.abs(values.c.place - literal(figure.at / 100, Double[float]()) * (values.c.many - 1))
    return func.sum(case((distance < 1, cast(value, Double[float]()) * (1 - distance))))


def _value(asked: Measure) -> ColumnElement[Any]:
    if asked.of == "count":
        return _TR.pk
    if asked.of == "sessions":
        return find_label("metadata", SESSION)
    if asked.of in (*TOKENS, *COSTS):
        return t.amounts.c.value
    if asked.of == "value":
        return case(_TRUTHS, value=func.lower(_SAID.value), else_=_SAID.number)
    return _TR.duration if asked.view == "traces" else (_SPAN.end_ns - _SPAN.start_ns) // _NS


def _word(view: View, word: str) -> ColumnElement[Any]:
    if view == "traces":
        return find_label("tag", NAME) if word == "name" else _TR.state
    return (_SPAN if view == "spans" else _SAID)[word]


def _bucket(view: View, step: int) -> ColumnElement[Any]:
    """The ms at which a piece of time begins; the moments before 1970 are rounded down like the others."""
    column, size = (_SPAN.start_ns, step * 1000 * _NS) if view == "spans" else (_TR.at, step * 1000)
    begun = column - (column % size + size) % size
    return begun // _NS if view == "spans" else begun


def _within(asked: Measure) -> list[ColumnElement[bool]]:
    """Costs are of the time of their spans, all else is of that of its trace."""
    column, unit = (_SPAN.start_ns, _NS) if asked.of in COSTS else (_TR.at, 1)
    found: list[ColumnElement[bool]] = []
    if asked.start is not None:
        found.append(column >= _held(asked.start * unit))
    if asked.end is not None:
        found.append(column <= _held((asked.end + 1) * unit - 1))
    return found


def _held(moment: int) -> int:
    """The nearest number that a column can hold."""
    return max(-_BIGINT_MAX, min(_BIGINT_MAX, moment))


def _condition(experiments: Sequence[str], view: View, clause: Clause) -> ColumnElement[bool]:
    if clause.kind == "own":
        return compare_text(_OWN[view][clause.key], clause)
    return find_condition(experiments, clause)


def _measured(asked: Measure, row: list[Any]) -> Measured:
    at = None if asked.step is None else int(row.pop(0))
    words = [str(word) for word in row[: len(asked.by)]]
    figures = [None if figure is None else float(figure) for figure in row[len(asked.by) :]]
    return Measured(at, words, figures)
