"""Searches for evaluation sets: by their names, times, makers, tags and experiments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, exists, select

from workstead.evaluations import tables as t
from workstead.evaluations.service.sets import EvaluationSet, read_sets
from workstead.foundation.conditions import compare_text, compare_time
from workstead.foundation.filters import Clause
from workstead.workspaces.service import get_workspace_id
from workstead_wire.workspaces import WorkspacePath

_S = t.sets.c
_TEXTS: dict[str, ColumnElement[Any]] = {"name": _S.name, "created_by": _S.created_by, "updated_by": _S.updated_by}
_TIMES: dict[str, ColumnElement[Any]] = {"created_at": _S.created_at, "updated_at": _S.updated_at}


class Order(msgspec.Struct, frozen=True):
    """A sort key: a set's own word."""

    key: str
    descending: bool = False


def search_sets(
    conn: Connection,
    where: WorkspacePath,
    experiments: Sequence[str] | None,
    clauses: Sequence[Clause],
    orders: Sequence[Order],
    offset: int,
    limit: int,
) -> list[EvaluationSet]:
    """Sets under a filter, the newest first unless told; those that one of the experiments uses, or of all.

    Clauses are of kind "" (name, created_by, updated_by, created_at, updated_at) or tags.
    """
    query = select(t.sets).where(_S.workspace_id == get_workspace_id(conn, where), *map(_condition, clauses))
    if experiments is not None:
        query = query.where(exists().where(t.links.c.set_pk == _S.pk, t.links.c.experiment_id.in_(experiments)))
    for order in orders or [Order("created_at", descending=True)]:
        column = (_TEXTS | _TIMES)[order.key]
        query = query.order_by(column.desc() if order.descending else column)
    return read_sets(conn, conn.execute(query.order_by(_S.pk.desc()).offset(offset).limit(limit)).all())


def _condition(clause: Clause) -> ColumnElement[bool]:
    if clause.kind == "tags":
        c = t.tags.c
        return exists().where(c.set_pk == _S.pk, c.key == clause.key, compare_text(c.value, clause))
    if clause.key in _TIMES:
        return compare_time(_TIMES[clause.key], clause)
    return compare_text(_TEXTS[clause.key], clause)
