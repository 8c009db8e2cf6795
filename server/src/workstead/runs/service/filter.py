"""The filter language's words for runs, each a condition on a run.

Every condition comes in two forms: as a test of a run that is at hand, and as the list of all runs that pass. A search
walks its order and tests, or, where one condition leaves few runs, begins with those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, get_args

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from workstead.foundation import conditions, filters
from workstead.foundation.filters import Clause
from workstead.runs import tables as t
from workstead.runs.service.scope import Scope, among
from workstead_wire.runs import Status

_KINDS = {
    "metric": "metrics", "metrics": "metrics",
    "param": "params", "params": "params", "parameter": "params", "parameters": "params",
    "tag": "tags", "tags": "tags",
    "property": "properties", "properties": "properties",
    "dataset": "datasets", "datasets": "datasets",
    "attribute": "attributes", "attributes": "attributes", "attr": "attributes", "run": "attributes",
}  # fmt: skip
_MLFLOW = {"Running": "RUNNING", "Completed": "FINISHED", "Failed": "FAILED", "Canceled": "KILLED"}
_BEFORE_START = ("NotStarted", "Queued", "Preparing", "Provisioning", "Starting")
_DENSE = ("!=", "NOT IN", "IS NULL")
"""What nearly all runs pass: no place to begin at."""


class Condition(msgspec.Struct, frozen=True):
    """What must hold of a run. ``holds`` tests a run; ``passing`` selects the keys of those that pass, by an index.

    ``column`` is the run's own that is tested, where it has an index.
    """

    holds: ColumnElement[bool]
    passing: Select[Any] | None = None
    column: ColumnElement[Any] | None = None

    def on_the_way(self, walked: ColumnElement[Any] | None) -> ColumnElement[bool]:
        """The test while the index of ``walked`` is walked: no other index must lead the database astray."""
        if self.column is None or self.column is walked:
            return self.holds
        return case((self.holds, 1), else_=0) == 1


def parse_run_filter(text: str) -> list[Clause]:
    """The clauses of a filter on runs."""
    return filters.parse_filter(text, _KINDS)


def make_conditions(conn: Connection, scope: Scope, clauses: Sequence[Clause]) -> list[Condition]:
    """What the clauses ask of the runs in ``scope``; all must hold.

    Raises:
        InvalidInput: a name is unknown, or does not compare so; ``details["at"]`` is where.
    """
    return [_condition(conn, scope, clause) for clause in clauses]


def label_condition(table: Table, key: str, value: str | None) -> Condition:
    """A tag or property is there, with this value if one is given."""
    return _exists(table, [table.c.key == key, *([] if value is None else [_equals(table, [value])])])


def _condition(conn: Connection, scope: Scope, clause: Clause) -> Condition:
    attribute = _ATTRIBUTES.get(clause.key.lower())
    match clause.kind:
        case "metrics":
            return _metric(conn, scope, clause)
        case "params":
            return _param(conn, scope, clause)
        case "tags":
            return _label(t.run_tags, clause)
        case "properties":
            return _label(t.run_properties, clause)
        case "datasets":
            return _dataset(clause)
        case "attributes" if attribute is None:
            raise conditions.unknown_name(clause, ", ".join(sorted(_ATTRIBUTES)))
        case _:
            return _metric_or_param(conn, scope, clause) if attribute is None else attribute(scope, clause)


def _metric(conn: Connection, scope: Scope, clause: Clause) -> Condition:
    m = t.metrics.c
    test = conditions.compare_number(m.last, clause)
    return _named(t.metrics, scope.names(conn, t.metric_names, clause.key), clause, test)


def _param(conn: Connection, scope: Scope, clause: Clause) -> Condition:
    p = t.run_params.c
    return _named(t.run_params, scope.names(conn, t.param_names, clause.key), clause, _compare_param(p, clause))


def _compare_param(p: Any, clause: Clause) -> ColumnElement[bool]:
    """As numbers if the value is one, without quotes, else as texts."""
    if clause.op in ("<", "<=", ">", ">=") or (clause.values and clause.value.form == "number"):
        return conditions.compare_number(p.number, clause)
    return _compare_label(t.run_params, clause)


def _metric_or_param(conn: Connection, scope: Scope, clause: Clause) -> Condition:
    """A bare name: whichever of the two there is."""
    params = scope.names(conn, t.param_names, clause.key)
    found = [_named(t.run_params, params, clause, _compare_param(t.run_params.c, clause))] if params else []
    numeric = all(value.form == "number" for value in clause.values) and "LIKE" not in clause.op
    if numeric and (metrics := scope.names(conn, t.metric_names, clause.key)):
        test = conditions.compare_number(t.metrics.c.last, clause)
        found.append(_named(t.metrics, metrics, clause, test))
    if not found:
        return Condition(false() if clause.op != "IS NULL" else literal(1) == 1)
    if len(found) == 1:
        return found[0]
    together = and_ if clause.op == "IS NULL" else or_
    passing = [one.passing for one in found if one.passing is not None]
    both = union_all(*passing).subquery() if len(passing) == len(found) else None
    return Condition(together(*(one.holds for one in found)), None if both is None else select(both.c.run_pk))


def _named(table: Table, name_pks: Sequence[int], clause: Clause, test: ColumnElement[bool]) -> Condition:
    here = among(table.c.name_pk, name_pks)
    if clause.op in ("IS NULL", "IS NOT NULL"):
        return _exists(table, [here], absent=clause.op == "IS NULL")
    return _exists(table, [here, test], dense=clause.op in _DENSE)


def _label(table: Table, clause: Clause) -> Condition:
    here = table.c.key == clause.key
    if not clause.values:
        return _exists(table, [here], absent=clause.op == "IS NULL")
    test = _compare_label(table, clause)
    # Of a pattern the index says nothing: finding few costs as much as a walk.
    return _exists(table, [here, test], dense=clause.op in _DENSE or "LIKE" in clause.op)


def _dataset(clause: Clause) -> Condition:
    d = t.run_datasets.c
    if clause.key not in ("name", "digest", "context"):
        raise conditions.unknown_name(clause, "datasets.name, datasets.digest and datasets.context")
    test = conditions.compare_text(d[clause.key], clause)
    return _exists(t.run_datasets, [test], dense=clause.key != "name" or clause.op in _DENSE)


def _compare_label(table: Table, clause: Clause) -> ColumnElement[bool]:
    if clause.op in ("=", "IN"):
        return _equals(table, [value.text for value in clause.values])
    return conditions.compare_text(table.c.value, clause)


def _equals(table: Table, texts: Sequence[str]) -> ColumnElement[bool]:
    """One of the texts, by the index on their heads; a text that is shorter than its head needs no second look."""
    head = among(t.head(table), [text[: t.HEAD] for text in texts])
    if all(len(text) < t.HEAD for text in texts):
        return head
    # Were it the bare column, SQLite would put the text in its place within the head too, and miss the index.
    return and_(head, func.coalesce(table.c.value, "").in_(texts))


def _exists(
    table: Table, tests: Sequence[ColumnElement[bool]], *, absent: bool = False, dense: bool = False
) -> Condition:
    # An EXISTS looks at one run's row; IN would have the database gather all rows first.
    there = select(table.c.run_pk).where(table.c.run_pk == t.runs.c.pk, *tests).correlate(t.runs).exists()
    if absent or dense:
        return Condition(~there if absent else there)
    return Condition(there, select(table.c.run_pk).where(*tests))


def _text(column: ColumnElement[Any]) -> Callable[[Scope, Clause], Condition]:
    return lambda scope, clause: _column(scope, clause, column, conditions.compare_text(column, clause))


def _number(column: ColumnElement[Any]) -> Callable[[Scope, Clause], Condition]:
    return lambda scope, clause: _column(scope, clause, column, conditions.compare_number(column, clause))


def _time(column: ColumnElement[Any]) -> Callable[[Scope, Clause], Condition]:
    return lambda scope, clause: _column(scope, clause, column, conditions.compare_time(column, clause))


def _duration(scope: Scope, clause: Clause) -> Condition:
    test = conditions.compare_spans(t.duration, clause, conditions.read_duration)
    return _column(scope, clause, t.duration, test)


def _column(scope: Scope, clause: Clause, column: ColumnElement[Any], test: ColumnElement[bool]) -> Condition:
    if clause.op in _DENSE or "LIKE" in clause.op:
        return Condition(test, column=column)
    return own_condition(column, test, scope)


def own_condition(column: ColumnElement[Any], test: ColumnElement[bool], scope: Scope | None = None) -> Condition:
    """A test of a column of runs, by an index of the scope's runs or, without one, of its own."""
    here = test if scope is None else and_(scope.holds_runs(), test)
    return Condition(test, select(t.runs.c.pk.label("run_pk")).where(here), column)


def _status(scope: Scope, clause: Clause) -> Condition:
    """Ours in any case of letters, or MLflow's in capitals."""
    if not clause.values:
        raise clause.refused("every run has a status")
    statuses = [status for status in get_args(Status) if _is_meant(clause, status)]
    if not statuses and clause.value.form == "word":
        raise clause.refused(f"there is no status {clause.value.text!r}; there are {', '.join(get_args(Status))}")
    column = t.runs.c.status
    test = column.not_in(statuses) if clause.op in _DENSE else column.in_(statuses)
    return _column(scope, clause, column, test)


def _is_meant(clause: Clause, status: str) -> bool:
    mlflow = _MLFLOW.get(status, "SCHEDULED" if status in _BEFORE_START else "RUNNING")
    if "LIKE" in clause.op:
        matches = conditions.matcher(clause.value.text, any_case=clause.op == "ILIKE")
        return matches(status) or matches(mlflow)
    if clause.op not in ("=", "!=", "IN", "NOT IN"):
        raise clause.refused(f"a status compares by = != LIKE ILIKE IN and NOT IN, not {clause.op}")
    return any(
        value.text == mlflow if value.text.isupper() else value.text.lower() == status.lower()
        for value in clause.values
    )


def _experiment(column: ColumnElement[Any]) -> Callable[[Scope, Clause], Condition]:
    e = t.experiments.c

    def compare(scope: Scope, clause: Clause) -> Condition:
        meant = select(e.pk).where(e.workspace_id == scope.workspace_id, conditions.compare_text(column, clause))
        return Condition(t.runs.c.experiment_pk.in_(meant))

    return compare


_ATTRIBUTES: dict[str, Callable[[Scope, Clause], Condition]] = {
    "status": _status,
    "experiment": _experiment(t.experiments.c.name),
    "experiment_id": _experiment(t.experiments.c.id),
    "duration": _duration,
    "number": _number(t.runs.c.number),
    **dict.fromkeys(("id", "run_id"), _text(t.runs.c.id)),
    **dict.fromkeys(("name", "run_name", "run name", "display_name"), _text(t.runs.c.display_name)),
    **dict.fromkeys(("user", "user_id", "created_by"), _text(t.runs.c.created_by)),
    **dict.fromkeys(("created", "created_at"), _time(t.runs.c.created_at)),
    **dict.fromkeys(("started", "started_at", "start_time"), _time(t.runs.c.started_at)),
    **dict.fromkeys(("ended", "ended_at", "end_time"), _time(t.runs.c.ended_at)),
    "type": _text(t.runs.c.type),
    **dict.fromkeys(("target", "compute_target"), _text(t.runs.c.compute_target)),
    "description": _text(t.runs.c.description),
}
"""The words for what a run itself has, as a bare name or behind ``attributes.``."""
