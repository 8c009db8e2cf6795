"""Which runs a list shows, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Select, Table, func, select

from workstead.runs import tables as t
from workstead.runs.service import sorting
from workstead.runs.service.rows import get_run_row, read_runs
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Page
from workstead_wire.runs import Run, Status
from workstead_wire.workspaces import WorkspacePath

_METRIC = "metric:"
_SORT: dict[str, Column[Any]] = {
    name: t.runs.c[name]
    for name in ("created_at", "started_at", "ended_at", "number", "display_name", "status", "type", "id")
}


class RunFilter(msgspec.Struct, kw_only=True, frozen=True):
    """What a list of runs is narrowed to; everything given must hold.

    Without ``parent`` and ``root``, children are left out unless ``include_children``. ``tags`` and ``properties``
    are ``key`` (it is there) or ``key=value``.
    """

    experiment: str | None = None
    parent: str | None = None
    root: str | None = None
    include_children: bool = False
    statuses: list[Status] = []
    types: list[str] = []
    tags: list[str] = []
    properties: list[str] = []


def list_runs(
    conn: Connection, where: WorkspacePath, asked: RunFilter, order_by: str, cursor: str | None, limit: int | None
) -> Page[Run]:
    """Runs by any of their times, names or ``metric:<name>``, last value; those without one come last."""
    experiments = _experiments(conn, get_workspace_id(conn, where), asked.experiment)
    clauses = _clauses(conn, where, asked)
    return _page(conn, experiments, clauses, order_by, cursor, limit)


def list_children(
    conn: Connection,
    where: WorkspacePath,
    run_id: str,
    order_by: str,
    cursor: str | None,
    limit: int | None,
    *,
    recursive: bool,
) -> Page[Run]:
    """The runs below a run; with ``recursive`` at any depth."""
    row = get_run_row(conn, where, run_id)
    below = _below(row.pk) if recursive else t.runs.c.parent_pk == row.pk
    experiments = _experiments(conn, row.workspace_id, None)
    return _page(conn, experiments, [below], order_by, cursor, limit)


class _Experiments(msgspec.Struct, frozen=True):
    """Where runs are looked for: in a whole workspace, or in those of its experiments that bear the name asked for.

    An experiment that is not there (yet) has no runs; that is no error of whoever watches it.
    """

    workspace_id: str
    named: list[int] | None

    def runs(self) -> ColumnElement[bool]:
        """Their runs."""
        c = t.runs.c
        return c.workspace_id == self.workspace_id if self.named is None else c.experiment_pk.in_(self.named)

    def metric(self, name: str) -> Select[Any]:
        """The key of a metric's name in each."""
        n, e = t.metric_names.c, t.experiments.c
        here = e.workspace_id == self.workspace_id if self.named is None else e.pk.in_(self.named)
        return (
            select(n.pk).join_from(t.experiments, t.metric_names, n.experiment_pk == e.pk).where(here, n.name == name)
        )


def _experiments(conn: Connection, workspace_id: str, name: str | None) -> _Experiments:
    if name is None:
        return _Experiments(workspace_id, None)
    c = t.experiments.c
    found = conn.execute(select(c.pk).where(c.workspace_id == workspace_id, c.name == name)).scalars()
    return _Experiments(workspace_id, list(found))


def _clauses(conn: Connection, where: WorkspacePath, asked: RunFilter) -> list[ColumnElement[bool]]:
    c = t.runs.c
    clauses: list[ColumnElement[bool]] = []
    if asked.parent is not None:
        clauses.append(c.parent_pk == get_run_row(conn, where, asked.parent).pk)
    if asked.root is not None:
        clauses.append(c.root_pk == get_run_row(conn, where, asked.root).pk)
    if asked.parent is None and asked.root is None and not asked.include_children:
        # "IS NULL" would lead the database to the index on parents, where nearly all runs are.
        clauses.append(func.coalesce(c.parent_pk, 0) == 0)
    if asked.statuses:
        clauses.append(c.status.in_(asked.statuses))
    if asked.types:
        clauses.append(c.type.in_(asked.types))
    clauses += [_labelled(t.run_tags, text) for text in asked.tags]
    clauses += [_labelled(t.run_properties, text) for text in asked.properties]
    return clauses


def _labelled(table: Table, text: str) -> ColumnElement[bool]:
    key, equals, value = text.partition("=")
    query = select(table.c.run_pk).where(table.c.key == key)
    if equals:
        query = query.where(t.head(table) == value[:64], table.c.value == value)
    return t.runs.c.pk.in_(query)


def _below(pk: int) -> ColumnElement[bool]:
    tree = select(t.runs.c.pk).where(t.runs.c.parent_pk == pk).cte("below", recursive=True)
    children = t.runs.alias("child")
    tree = tree.union_all(select(children.c.pk).join(tree, children.c.parent_pk == tree.c.pk))
    return t.runs.c.pk.in_(select(tree.c.pk))


def _page(
    conn: Connection,
    experiments: _Experiments,
    clauses: list[ColumnElement[bool]],
    order_by: str,
    cursor: str | None,
    limit: int | None,
) -> Page[Run]:
    order = sorting.parse_order(order_by)
    # Only keys are sorted; the rows of the one page are read afterwards.
    runs = select(t.runs.c.pk).where(t.runs.c.deleted_at.is_(None), *clauses)
    if order.key.startswith(_METRIC):
        names = conn.execute(experiments.metric(order.key.removeprefix(_METRIC))).scalars().all()
        rows_of = _by_metric(runs, experiments, names)
    else:
        rows_of = _by_column(runs.where(experiments.runs()), order)
    return sorting.read_page(
        conn,
        rows_of,
        descending=order.descending,
        cursor=cursor,
        limit=limit,
        make=lambda rows: read_runs(conn, [row.pk for row in rows]),
    )


def _by_column(runs: Select[Any], order: sorting.Order) -> sorting.Sorted:
    key = _SORT.get(order.key)
    if key is None:
        raise sorting.unknown_order(order, ", ".join(_SORT) + " or metric:<name>")
    pk = t.runs.c.pk
    return sorting.Sorted(
        filled=(runs.where(key.is_not(None)) if key.nullable else runs).add_columns(key.label("sort_key")),
        empty=runs.where(key.is_(None)) if key.nullable else None,
        key=key,
        tie=pk,
        pk=pk,
    )


def _by_metric(runs: Select[Any], experiments: _Experiments, names: Sequence[int]) -> sorting.Sorted:
    m, pk = t.metrics.c, t.runs.c.pk
    named = m.name_pk == names[0] if len(names) == 1 else m.name_pk.in_(names)
    # The names' keys say the experiments already: no more clauses, so that the index on last values is walked.
    filled = runs.join(t.metrics, m.run_pk == pk).where(named, m.last.is_not(None))
    without = ~select(m.pk).where(m.run_pk == pk, named, m.last.is_not(None)).correlate(t.runs).exists()
    return sorting.Sorted(
        filled=filled.add_columns(m.last.label("sort_key")),
        empty=runs.where(experiments.runs(), without),
        key=m.last,
        tie=m.run_pk,
        pk=pk,
    )
