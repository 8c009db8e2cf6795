"""By what runs are sorted: their own columns, last values of metrics, parameters, tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, FromClause, Select, Table, and_, case, null, or_, select, true

from workstead.runs import tables as t
from workstead.runs.service import sorting
from workstead.runs.service.scope import Scope, among

COLUMNS: dict[str, ColumnElement[Any]] = {
    name: t.runs.c[name]
    for name in (
        "created_at", "started_at", "ended_at", "number", "display_name", "status", "type", "id", "compute_target",
        "created_by",
    )
} | {"duration": t.duration}  # fmt: skip

_PK = t.runs.c.pk


class Key(msgspec.Struct, frozen=True):
    """A sort key. ``tests`` says for each rank but the last which rows of the key's table are of it.

    ``values`` has each rank's value. ``table`` is where the key lies (None: in the runs themselves), ``tie`` its
    column of runs, ``on`` which of its rows are meant.
    """

    tests: Sequence[ColumnElement[bool]]
    values: Sequence[ColumnElement[Any] | None]
    table: FromClause | None = None
    tie: ColumnElement[int] = _PK
    on: ColumnElement[bool] | None = None

    @property
    def reaches_beyond(self) -> bool:
        """Its index holds runs of all experiments, not of those that are looked at."""
        return self.table is not None and "name_pk" not in self.table.c

    def walk(self, runs: Select[Any], scope: Scope) -> list[sorting.Rank]:
        """The ranks, each to be walked along an index."""
        here = scope.holds_runs()
        if self.table is None or self.on is None:
            return [
                sorting.Rank(runs.where(here, test), self.tie, value)
                for test, value in zip(self._all_tests(), self.values, strict=True)
            ]
        # What the key's rows say of their experiments is enough: the index is to be walked.
        joined = runs.join(self.table, self.tie == _PK).where(self.on)
        if self.reaches_beyond:
            joined = joined.where(here)
        ranks = [
            sorting.Rank(joined.where(test), self.tie, value)
            for test, value in zip(self.tests, self.values[:-1], strict=True)
        ]
        without = ~select(null()).where(self.tie == _PK, self.on).correlate(t.runs).exists()
        return [*ranks, sorting.Rank(runs.where(here, without), _PK)]

    def join(self, runs: Select[Any]) -> Select[Any]:
        """The runs with the key beside them, or with nothing."""
        if self.table is None or self.on is None:
            return runs
        return runs.outerjoin(self.table, and_(self.tie == _PK, self.on))

    def rank(self) -> ColumnElement[int] | None:
        """The number of a row's rank, in ``join``; None where there is one rank only."""
        return (
            None
            if not self.tests
            else case(*((test, number) for number, test in enumerate(self.tests)), else_=len(self.tests))
        )

    def _all_tests(self) -> list[ColumnElement[bool]]:
        return [*self.tests, and_(true(), *(~test for test in self.tests))]


def find_key(conn: Connection, scope: Scope, order: sorting.Order) -> Key:
    """The key that an order names: a column, or ``metric:``, ``param:`` or ``tag:`` and a name."""
    kind, colon, name = order.key.partition(":")
    make = _KINDS.get(kind) if colon else None
    if make is not None:
        return make(conn, scope, name)
    column = COLUMNS.get(order.key)
    if column is None:
        raise sorting.unknown_order(order, ", ".join(COLUMNS) + ", metric:<name>, param:<name> or tag:<name>")
    if isinstance(column, Column) and not column.nullable:
        return Key([], [column])
    return Key([column.is_not(None)], [column, None])


def _by_metric(conn: Connection, scope: Scope, name: str) -> Key:
    """Numbers, then NaN and what is no number, then runs without the metric."""
    m = t.metrics.alias()
    there = m.c.last.is_not(None)
    named = among(m.c.name_pk, scope.names(conn, t.metric_names, name))
    return Key([there, and_(m.c.pk.is_not(None), ~there)], [m.c.last, None, None], m, m.c.run_pk, named)


def _by_param(conn: Connection, scope: Scope, name: str) -> Key:
    """Numbers by their size, then other texts, then runs without the parameter."""
    p = t.run_params.alias()
    numeric = p.c.number.is_not(None)
    text = t.head(p)
    named = among(p.c.name_pk, scope.names(conn, t.param_names, name))
    return Key([numeric, and_(p.c.value.is_not(None), ~numeric)], [p.c.number, text, None], p, p.c.run_pk, named)


def _by_label(table: Table) -> Callable[[Connection, Scope, str], Key]:
    def by_label(_conn: Connection, _scope: Scope, name: str) -> Key:
        """By the first 64 characters, which are in the index."""
        label = table.alias()
        return Key([label.c.value.is_not(None)], [t.head(label), None], label, label.c.run_pk, label.c.key == name)

    return by_label


_KINDS: dict[str, Callable[[Connection, Scope, str], Key]] = {
    "metric": _by_metric,
    "param": _by_param,
    "tag": _by_label(t.run_tags),
}


class Sorting(msgspec.Struct, frozen=True):
    """Several keys at once, or few rows, all of which are sorted; places are those of ``walk``."""

    keys: Sequence[Key]
    descending: Sequence[bool]

    def select(self, runs: Select[Any]) -> Select[Any]:
        """The runs in their order, each with the parts of its place."""
        query, order = runs, list[ColumnElement[Any]]()
        for number, (key, descending) in enumerate(zip(self.keys, self.descending, strict=True)):
            query, rank = key.join(query), key.rank()
            if rank is not None:
                query = query.add_columns(rank.label(f"rank_{number}"))
                order.append(rank)
            for at, value in enumerate(key.values):
                if value is not None:
                    # Of its own rank only: a parameter's number has a text too, which must not break ties.
                    own = value if rank is None else case((rank == at, value))
                    query = query.add_columns(own.label(f"value_{number}_{at}"))
                    order.append(sorting.directed(own, descending=descending))
        return query.order_by(*order, sorting.directed(_PK, descending=self.descending[0]))

    def decode(self, cursor: str | None) -> tuple[Any, ...] | None:
        """The place that a cursor holds."""
        return sorting.decode(cursor, *(sorting.Value for _ in range(2 * len(self.keys))), sorting.Integer)

    def first(self, cursor: str | None) -> tuple[int, Any] | None:
        """Rank and value of the first key at a cursor's place."""
        place = self.decode(cursor)
        if place is None:
            return None
        rank, value, *_ = place
        if not isinstance(rank, int) or not 0 <= rank < len(self.keys[0].values):
            raise sorting.other_order()
        return rank, sorting.check_value(self.keys[0].values[rank], value)

    def behind(self, place: Sequence[Any]) -> ColumnElement[bool]:
        """Comes after the row at this place."""
        if len(place) != 2 * len(self.keys) + 1:
            raise sorting.other_order()
        later = sorting.beyond(_PK, place[-1], descending=self.descending[0])
        for number in reversed(range(len(self.keys))):
            key, descending = self.keys[number], self.descending[number]
            at, rank = place[2 * number], key.rank()
            if not isinstance(at, int) or not 0 <= at < len(key.values):
                raise sorting.other_order()
            column = key.values[at]
            value = sorting.check_value(column, place[2 * number + 1])
            if column is not None:
                later = or_(sorting.beyond(column, value, descending=descending), and_(column == value, later))
            if rank is not None:
                later = or_(rank > at, and_(rank == at, later))
        return later

    def place(self, row: Any) -> list[Any]:
        """A row's place."""
        place: list[Any] = []
        for number in range(len(self.keys)):
            rank = getattr(row, f"rank_{number}", 0)
            place += [rank, getattr(row, f"value_{number}_{rank}", None)]
        return [*place, row.pk]
