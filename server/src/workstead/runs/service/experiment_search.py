"""Experiments under a filter. They are few, and their tags are one JSON map: those are looked at here, not in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from workstead.foundation import conditions
from workstead.foundation.filters import Clause
from workstead.runs import tables as t
from workstead.runs.service import sorting
from workstead.runs.service.experiments import Archived, make_experiment
from workstead.workspaces.service import get_workspace_id
from workstead_wire.runs import Experiment
from workstead_wire.workspaces import WorkspacePath

_e = t.experiments.c
_UPDATED = func.coalesce(_e.updated_at, _e.created_at)
_COLUMNS: Mapping[str, Any] = {
    "name": _e.name,
    "experiment_id": _e.pk,
    "creation_time": _e.created_at,
    "last_update_time": _UPDATED,
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
    "LIKE": lambda have, want: conditions.matcher(want, any_case=False)(have),
    "ILIKE": lambda have, want: conditions.matcher(want, any_case=True)(have),
}


def search_experiments(
    conn: Connection,
    where: WorkspacePath,
    archived: Archived,
    clauses: Sequence[Clause],
    orders: Sequence[sorting.Order],
) -> list[Experiment]:
    """All experiments for which the clauses hold: on name, creation_time, last_update_time and tags."""
    query = select(t.experiments).where(_e.workspace_id == get_workspace_id(conn, where))
    if archived != "all":
        query = query.where(_e.archived_at.is_(None) == (archived == "active"))
    for clause in clauses:
        if clause.kind != "tags":
            query = query.where(_compare(clause))
    for order in orders:
        key = _COLUMNS.get(order.key)
        if key is None:
            raise sorting.unknown_order(order, ", ".join(_COLUMNS))
        query = query.order_by(key.desc() if order.descending else key.asc())
    made = map(make_experiment, conn.execute(query.order_by(_e.pk.desc())))
    tagged = [clause for clause in clauses if clause.kind == "tags"]
    return [one for one in made if all(_is_tagged(one, clause) for clause in tagged)]


def _compare(clause: Clause) -> Any:
    column = _COLUMNS.get(clause.key)
    if column is None or clause.key == "experiment_id":
        raise conditions.unknown_name(clause, "name, creation_time, last_update_time and tags")
    compare = conditions.compare_text if clause.key == "name" else conditions.compare_time
    return compare(column, clause)


def _is_tagged(one: Experiment, clause: Clause) -> bool:
    have = one.tags.get(clause.key)
    if not clause.values:
        return (have is None) == (clause.op == "IS NULL")
    test = _TEXT_TESTS.get(clause.op)
    if test is None:
        raise clause.refused(f"{clause.name} compares by {', '.join(_TEXT_TESTS)}, not {clause.op}")
    return have is not None and test(have, clause.value.text)
