"""Which runs a list shows, and in which order."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Select, Table, and_, null, select

from workstead.runs import tables as t
from workstead.runs.service import sorting
from workstead.runs.service.rows import RUNS, get_run_row, make_runs
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
    clauses = _clauses(conn, where, asked)
    return _page(conn, clauses, asked.experiment, order_by, cursor, limit)


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
    clauses = [t.runs.c.workspace_id == row.workspace_id, below]
    return _page(conn, clauses, None, order_by, cursor, limit)


def _clauses(conn: Connection, where: WorkspacePath, asked: RunFilter) -> list[ColumnElement[bool]]:
    c = t.runs.c
    clauses = [c.workspace_id == get_workspace_id(conn, where)]
    if asked.experiment is not None:
        # An experiment that is not there (yet) has no runs; that is no error of whoever watches it.
        clauses.append(t.experiments.c.name == asked.experiment)
    if asked.parent is not None:
        clauses.append(c.parent_pk == get_run_row(conn, where, asked.parent).pk)
    if asked.root is not None:
        clauses.append(c.root_pk == get_run_row(conn, where, asked.root).pk)
    if asked.parent is None and asked.root is None and not asked.include_children:
        clauses.append(c.parent_pk.is_(None))
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
    clauses: list[ColumnElement[bool]],
    experiment: str | None,
    order_by: str,
    cursor: str | None,
    limit: int | None,
) -> Page[Run]:
    order = sorting.parse_order(order_by)
    runs = RUNS.where(*clauses)
    if order.key.startswith(_METRIC):
        filled, empty, by = _by_metric(runs, experiment, order.key.removeprefix(_METRIC))
    else:
        filled, empty, by = _by_column(runs, order)
    return sorting.read_page(
        conn,
        filled,
        empty,
        by=by,
        descending=order.descending,
        cursor=cursor,
        limit=limit,
        make=lambda rows: make_runs(conn, rows),
    )


_Sorted = tuple[Select[Any], Select[Any] | None, tuple[ColumnElement[Any], ColumnElement[int]]]


def _by_column(runs: Select[Any], order: sorting.Order) -> _Sorted:
    key = _SORT.get(order.key)
    if key is None:
        raise sorting.unknown_order(order, ", ".join(_SORT) + " or metric:<name>")
    empty = runs.where(key.is_(None)).add_columns(null().label("sort_key")) if key.nullable else None
    filled = runs.where(key.is_not(None)) if key.nullable else runs
    return filled.add_columns(key.label("sort_key")), empty, (key, t.runs.c.pk)


def _by_metric(runs: Select[Any], experiment: str | None, name: str) -> _Sorted:
    m, n = t.metrics.c, t.metric_names.c
    named = select(n.pk).where(n.name == name)
    if experiment is not None:
        named = named.where(n.experiment_pk == t.experiments.c.pk).correlate(t.experiments)
    here = and_(m.run_pk == t.runs.c.pk, m.name_pk.in_(named), m.last.is_not(None))
    filled = runs.join(t.metrics, here).add_columns(m.last.label("sort_key"))
    without = ~select(m.pk).where(here).correlate(t.runs, t.experiments).exists()
    empty = runs.where(without).add_columns(null().label("sort_key"))
    return filled, empty, (m.last, t.runs.c.pk)
