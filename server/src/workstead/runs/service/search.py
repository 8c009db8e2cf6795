"""Which runs a list shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, TypeVarTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from workstead.foundation import pages
from workstead.foundation.filters import Clause
from workstead.runs import tables as t
from workstead.runs.service import sorting
from workstead.runs.service.details import RunDetails, read_details_of
from workstead.runs.service.filter import Condition, label_condition, make_conditions, own_condition
from workstead.runs.service.ordering import Key, Sorting, find_key
from workstead.runs.service.rows import get_run_row, read_runs
from workstead.runs.service.scope import Scope, find_scope
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Page
from workstead_wire.runs import Run, RunCounts, Status
from workstead_wire.workspaces import WorkspacePath

Columns = TypeVarTuple("Columns")
T = TypeVar("T")
Read = Callable[[list[int]], list[T]]

_FEW = 2000
"""So many runs are sorted sooner than an order is walked past all others."""


class RunFilter(msgspec.Struct, kw_only=True, frozen=True):
    """What a list of runs is narrowed to; everything given must hold.

    Without ``parent`` and ``root``, children are left out unless ``include_children``. ``tags`` and ``properties``
    are ``key`` (it is there) or ``key=value``. ``search`` is a part of the display name or the id, in any case of
    letters. ``mine`` and ``starred`` are the ``user``'s. ``deleted`` runs can be brought back.
    """

    user: str = ""
    experiments: list[str] | None = None
    parent: str | None = None
    root: str | None = None
    include_children: bool = False
    statuses: list[Status] = []
    types: list[str] = []
    tags: list[str] = []
    properties: list[str] = []
    clauses: list[Clause] = []
    search: str = ""
    mine: bool = False
    starred: bool = False
    deleted: Literal["active", "deleted", "all"] = "active"


def list_runs(
    conn: Connection,
    where: WorkspacePath,
    asked: RunFilter,
    order_by: str | Sequence[str],
    cursor: str | None,
    limit: int | None,
) -> Page[Run]:
    """Runs by their times, names, last values, parameters or tags; those without one come last.

    ``order_by``: see ``ordering.find_key``; of several the later ones decide where the earlier ones are equal.
    """
    orders = [order_by] if isinstance(order_by, str) else order_by
    return _search(conn, where, asked).page(orders, cursor, limit, lambda pks: read_runs(conn, pks, asked.user))


def list_details(
    conn: Connection, where: WorkspacePath, asked: RunFilter, orders: Sequence[str], cursor: str | None, limit: int
) -> Page[RunDetails]:
    """As ``list_runs``, with all that lists leave out."""
    return _search(conn, where, asked).page(orders, cursor, limit, lambda pks: read_details_of(conn, pks))


def count_runs(conn: Connection, where: WorkspacePath, asked: RunFilter) -> RunCounts:
    """How many runs ``list_runs`` would show, by status."""
    return _search(conn, where, asked).counts()


def list_children(
    conn: Connection,
    where: WorkspacePath,
    run_id: str,
    order_by: str,
    cursor: str | None,
    limit: int | None,
    *,
    recursive: bool,
    user: str = "",
) -> Page[Run]:
    """The runs below a run; with ``recursive`` at any depth."""
    row = get_run_row(conn, where, run_id)
    below = _below(row.pk) if recursive else t.runs.c.parent_pk == row.pk
    search = _Search(
        conn, find_scope(conn, row.workspace_id, None), [own_condition(t.runs.c.pk, below), _not_deleted()]
    )
    return search.page([order_by], cursor, limit, lambda pks: read_runs(conn, pks, user))


def _search(conn: Connection, where: WorkspacePath, asked: RunFilter) -> _Search:
    scope = find_scope(conn, get_workspace_id(conn, where), asked.experiments)
    return _Search(conn, scope, _conditions(conn, where, scope, asked))


class _Search:
    """Runs under conditions: walked in their order, or gathered where a condition leaves few."""

    def __init__(self, conn: Connection, scope: Scope, conditions: list[Condition]) -> None:
        self._conn = conn
        self._scope = scope
        self._conditions = conditions

    def page(self, orders: Sequence[str], cursor: str | None, limit: int | None, read: Read[T]) -> Page[T]:
        """``read`` makes what is shown out of the keys of the page's runs."""
        parsed = [sorting.parse_order(text) for text in orders]
        keys = [find_key(self._conn, self._scope, order) for order in parsed]
        few = self._find_few()
        if few is None and keys[0].reaches_beyond:
            few = self._at_most(select(t.runs.c.pk).where(self._scope.holds_runs()), _FEW)
        # Only keys are sorted; the rows of the one page are read afterwards.
        if few is None and len(keys) == 1:
            return sorting.read_page(
                self._conn,
                self._walk(keys[0]),
                descending=parsed[0].descending,
                cursor=cursor,
                limit=limit,
                make=lambda rows: read([row.pk for row in rows]),
            )
        by = Sorting(keys, [order.descending for order in parsed])
        runs = self._find_foremost(by, cursor, limit) if few is None else self._among(few, select(t.runs.c.pk))
        return self._sort(by, runs, cursor, limit, read)

    def counts(self) -> RunCounts:
        every: Select[Any, Any] = select(t.runs.c.status, func.count())
        query = self._among(self._find_few(), every).group_by(t.runs.c.status)
        return RunCounts(by_status={status: count for status, count in self._conn.execute(query)})  # noqa: C416 - typed

    def _walk(self, key: Key) -> list[sorting.Rank]:
        runs = select(t.runs.c.pk).where(*(condition.on_the_way(key.values[0]) for condition in self._conditions))
        return key.walk(runs, self._scope)

    def _find_foremost(self, by: Sorting, cursor: str | None, limit: int | None) -> Select[Any]:
        """Runs among which those of the page are, by the first key alone; all where too many are alike in that.

        Each value comes with all its runs, so that the other keys can be left to sort them.
        """
        wanted = pages.check_limit(limit) + 1
        first = by.first(cursor)
        start = (*first, sorting.LAST if by.descending[0] else sorting.FIRST) if first else (0,)
        ranks = self._walk(by.keys[0])
        for count in (2 * wanted, _FEW):
            found = sorting.walk(self._conn, ranks, start, count, descending=by.descending[0])
            places = [place[:2] for place, _ in found]
            whole = count if len(found) < count else places.index(places[-1])  # there may be more of the last value
            if len(found) < count or sum(place != first for place in places[:whole]) >= wanted:
                return select(t.runs.c.pk).where(t.runs.c.pk.in_([row.pk for _, row in found[:whole]]))
        return self._among(None, select(t.runs.c.pk))

    def _sort(self, by: Sorting, runs: Select[Any], cursor: str | None, limit: int | None, read: Read[T]) -> Page[T]:
        size = pages.check_limit(limit)
        query = by.select(runs)
        place = by.decode(cursor)
        if place is not None:
            query = query.where(by.behind(place))
        rows = self._conn.execute(query.limit(size + 1)).all()
        more = sorting.encode(*by.place(rows[size - 1])) if len(rows) > size else None
        return Page(items=read([row.pk for row in rows[:size]]), next_cursor=more)

    def _among(self, few: Sequence[int] | None, query: Select[*Columns]) -> Select[*Columns]:
        tests = [condition.holds for condition in self._conditions]
        if few is None:
            return query.where(self._scope.holds_runs(), *tests)
        return query.where(t.runs.c.pk.in_(few), self._scope.tests_run(), *tests)

    def _find_few(self) -> Sequence[int] | None:
        """The shortest list of runs outside of which no run passes; None if none is short."""
        few: Sequence[int] | None = None
        for condition in self._conditions:
            if condition.passing is not None:
                found = self._at_most(condition.passing, _FEW if few is None else len(few))
                few = few if found is None else found
        return few

    def _at_most(self, query: Select[Any], count: int) -> Sequence[int] | None:
        # Counted first: to hand over thousands of keys that are too many would take longer than the rest of the page.
        some = query.limit(count + 1).subquery()
        if self._conn.execute(select(func.count()).select_from(some)).scalar_one() > count:
            return None
        return self._conn.execute(query).scalars().all()


def _conditions(conn: Connection, where: WorkspacePath, scope: Scope, asked: RunFilter) -> list[Condition]:
    c = t.runs.c
    found = _family(conn, where, asked)
    if asked.deleted != "all":
        found.append(_not_deleted() if asked.deleted == "active" else Condition(c.deleted_at.is_not(None)))
    if asked.statuses:
        found.append(own_condition(c.status, c.status.in_(asked.statuses), scope))
    if asked.types:
        found.append(Condition(c.type.in_(asked.types)))
    if asked.search:
        found.append(_searched(scope, asked.search))
    if asked.mine:
        found.append(own_condition(c.created_by, c.created_by == asked.user, scope))
    if asked.starred:
        found.append(_starred_by(asked.user))
    found += [_labelled(t.run_tags, text) for text in asked.tags]
    found += [_labelled(t.run_properties, text) for text in asked.properties]
    return found + make_conditions(conn, scope, asked.clauses)


def _family(conn: Connection, where: WorkspacePath, asked: RunFilter) -> list[Condition]:
    c = t.runs.c
    found: list[Condition] = []
    if asked.parent is not None:
        found.append(own_condition(c.parent_pk, c.parent_pk == get_run_row(conn, where, asked.parent).pk))
    if asked.root is not None:
        found.append(own_condition(c.root_pk, c.root_pk == get_run_row(conn, where, asked.root).pk))
    if not (found or asked.include_children):
        # "IS NULL" would lead the database to the index on parents, where nearly all runs are.
        found.append(Condition(func.coalesce(c.parent_pk, 0) == 0))
    return found


def _labelled(table: Table, text: str) -> Condition:
    key, equals, value = text.partition("=")
    return label_condition(table, key, value if equals else None)


def _searched(scope: Scope, text: str) -> Condition:
    c = t.runs.c
    name, run_id = (column.icontains(text, autoescape=True) for column in (c.display_name, c.id))
    # Each by an index that has all of it: far fewer bytes than the runs themselves.
    by_name = select(c.pk.label("run_pk")).where(scope.holds_runs(), name)
    by_id = select(c.pk.label("run_pk")).where(c.workspace_id == scope.workspace_id, run_id)
    either = by_name.union_all(by_id).subquery()
    return Condition(name | run_id, select(either.c.run_pk))


def _starred_by(user: str) -> Condition:
    s = t.run_stars.c
    starred = select(s.run_pk).where(s.user == user)
    return Condition(t.runs.c.pk.in_(starred), starred)


def _not_deleted() -> Condition:
    return Condition(t.runs.c.deleted_at.is_(None))


def _below(pk: int) -> ColumnElement[bool]:
    tree = select(t.runs.c.pk).where(t.runs.c.parent_pk == pk).cte("below", recursive=True)
    children = t.runs.alias("child")
    tree = tree.union_all(select(children.c.pk).join(tree, children.c.parent_pk == tree.c.pk))
    return t.runs.c.pk.in_(select(tree.c.pk))
