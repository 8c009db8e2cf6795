"""Where runs are looked for: in a whole workspace, or in some of its experiments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, func, select

from workstead.runs import tables as t

T = TypeVar("T")


class Scope(msgspec.Struct, frozen=True):
    """A workspace, or those of its experiments that were named.

    An experiment that is not there (yet) has no runs; that is no error of whoever watches it.
    """

    workspace_id: str
    experiments: list[int] | None

    def holds_runs(self) -> ColumnElement[bool]:
        """A run is in it."""
        c = t.runs.c
        if self.experiments is None:
            return c.workspace_id == self.workspace_id
        return among(c.experiment_pk, self.experiments)

    def tests_run(self) -> ColumnElement[bool]:
        """The same, of a run that is at hand: not what a database should begin with."""
        c = t.runs.c
        if self.experiments is None:
            return func.coalesce(c.workspace_id, "") == self.workspace_id
        return func.coalesce(c.experiment_pk, 0).in_(self.experiments)

    def names(self, conn: Connection, table: Table, name: str) -> list[int]:
        """The keys of a metric's or parameter's name, one an experiment that has it."""
        n, e = table.c, t.experiments.c
        query = select(n.pk).where(n.name == name)
        if self.experiments is None:
            query = query.join_from(t.experiments, table, n.experiment_pk == e.pk).where(
                e.workspace_id == self.workspace_id
            )
        else:
            query = query.where(among(n.experiment_pk, self.experiments))
        return list(conn.execute(query).scalars())


def find_scope(conn: Connection, workspace_id: str, names: Sequence[str] | None) -> Scope:
    """The experiments of these names; None is all of the workspace."""
    if names is None:
        return Scope(workspace_id, None)
    c = t.experiments.c
    found = conn.execute(select(c.pk).where(c.workspace_id == workspace_id, c.name.in_(names))).scalars()
    return Scope(workspace_id, list(found))


def among(column: ColumnElement[T], keys: Sequence[T]) -> ColumnElement[bool]:
    """One of the keys; of a single one the database knows best how many rows have it."""
    return column == keys[0] if len(keys) == 1 else column.in_(keys)
