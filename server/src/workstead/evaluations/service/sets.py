"""Evaluation sets: made, read, tagged, tied to experiments and deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from workstead.evaluations import tables as t
from workstead.foundation import clock
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Tags
from workstead_wire.errors import EvaluationSetNotFound
from workstead_wire.workspaces import WorkspacePath

MANY = 500
"""Most keys of one statement."""
_FEW = 20
"""Sets that are forgotten in one transaction: each may have thousands of records."""


class EvaluationSet(msgspec.Struct, frozen=True, kw_only=True):
    """A set without its records; times in microseconds since 1970, ``schema`` a JSON map of the records' fields."""

    id: str
    name: str
    digest: str
    record_count: int
    created_at: int
    updated_at: int
    schema: str | None = None
    created_by: str | None = None
    updated_by: str | None = None
    tags: Tags = {}


def create_set(
    conn: Connection, where: WorkspacePath, name: str, tags: Tags, experiments: Iterable[str], user: str | None
) -> EvaluationSet:
    """Make an empty set; several may bear one name."""
    now = clock.now()
    values = {
        "id": f"d-{uuid4().hex}", "workspace_id": get_workspace_id(conn, where), "name": name,
        "digest": digest_of(name, now), "record_count": 0, "created_at": now, "updated_at": now, "created_by": user,
        "updated_by": user,
    }  # fmt: skip
    row = conn.execute(insert(t.sets).values(values).returning(t.sets)).one()
    _set_tags(conn, row.pk, tags)
    _link(conn, row.pk, experiments)
    return read_sets(conn, [row])[0]


def get_set(conn: Connection, where: WorkspacePath, set_id: str) -> EvaluationSet:
    """One set.

    Raises:
        EvaluationSetNotFound: there is none of that id.
    """
    return read_sets(conn, [get_row(conn, where, set_id)])[0]


def delete_set(conn: Connection, where: WorkspacePath, set_id: str) -> None:
    """Delete a set with its records.

    Raises:
        EvaluationSetNotFound: there is none of that id.
    """
    conn.execute(delete(t.sets).where(t.sets.c.pk == get_row(conn, where, set_id).pk))


def tag_set(conn: Connection, where: WorkspacePath, set_id: str, tags: Mapping[str, str | None]) -> None:
    """Set tags; None removes."""
    _set_tags(conn, get_row(conn, where, set_id).pk, tags)


def link_set(conn: Connection, where: WorkspacePath, set_id: str, experiments: Iterable[str]) -> EvaluationSet:
    """Tie a set to experiments, also to those that use it already."""
    row = get_row(conn, where, set_id)
    _link(conn, row.pk, experiments)
    return _touched(conn, row)


def unlink_set(conn: Connection, where: WorkspacePath, set_id: str, experiments: Sequence[str]) -> EvaluationSet:
    """Untie a set from experiments, also from those that never used it."""
    row, c = get_row(conn, where, set_id), t.links.c
    gone = delete(t.links).where(c.set_pk == row.pk, c.experiment_id.in_(experiments))
    return _touched(conn, row) if conn.execute(gone).rowcount else read_sets(conn, [row])[0]


def list_experiments(conn: Connection, where: WorkspacePath, set_id: str) -> list[str]:
    """The ids of the experiments that use a set."""
    c = t.links.c
    at = c.set_pk == get_row(conn, where, set_id).pk
    return list(conn.execute(select(c.experiment_id).where(at).order_by(c.experiment_id)).scalars())


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete some sets of a workspace that is being removed; whether none is left."""
    c = t.sets.c
    few = list(conn.execute(select(c.pk).where(c.workspace_id == workspace_id).limit(_FEW)).scalars())
    if few:
        conn.execute(delete(t.sets).where(c.pk.in_(few)))
    return len(few) < _FEW


def read_sets(conn: Connection, rows: Sequence[Row[Any]]) -> list[EvaluationSet]:
    """The sets that rows stand for, with their tags."""
    tags: dict[int, Tags] = {}
    for start in range(0, len(rows), MANY):
        pks = [row.pk for row in rows[start : start + MANY]]
        for one in conn.execute(select(t.tags).where(t.tags.c.set_pk.in_(pks)).order_by(t.tags.c.key)):
            tags.setdefault(one.set_pk, {})[one.key] = one.value
    return [
        EvaluationSet(
            id=row.id,
            name=row.name,
            digest=row.digest,
            record_count=row.record_count,
            created_at=row.created_at,
            updated_at=row.updated_at,
            schema=row.schema,
            created_by=row.created_by,
            updated_by=row.updated_by,
            tags=tags.get(row.pk, {}),
        )
        for row in rows
    ]


def get_row(conn: Connection, where: WorkspacePath, set_id: str) -> Row[Any]:
    """The row of a set.

    Raises:
        EvaluationSetNotFound: there is none of that id.
    """
    c = t.sets.c
    at = (c.workspace_id == get_workspace_id(conn, where)) & (c.id == set_id)
    row = conn.execute(select(t.sets).where(at)).first()
    if row is None:
        raise EvaluationSetNotFound(f"there is no evaluation set {set_id[:80]!r} in workspace {where.workspace!r}")
    return row


def digest_of(name: str, moment: int) -> str:
    """What tells a set's states apart."""
    return hashlib.sha256(f"{name}:{moment}".encode()).hexdigest()[:8]


def _touched(conn: Connection, row: Row[Any]) -> EvaluationSet:
    changed = update(t.sets).where(t.sets.c.pk == row.pk).values(updated_at=clock.now()).returning(t.sets)
    return read_sets(conn, [conn.execute(changed).one()])[0]


def _set_tags(conn: Connection, pk: int, tags: Mapping[str, str | None]) -> None:
    if not tags:
        return
    conn.execute(delete(t.tags).where(t.tags.c.set_pk == pk, t.tags.c.key.in_(tags)))
    rows = [{"set_pk": pk, "key": key, "value": value} for key, value in tags.items() if value is not None]
    if rows:
        conn.execute(insert(t.tags), rows)


def _link(conn: Connection, pk: int, experiments: Iterable[str]) -> None:
    known = set(conn.execute(select(t.links.c.experiment_id).where(t.links.c.set_pk == pk)).scalars())
    rows = [{"set_pk": pk, "experiment_id": one} for one in dict.fromkeys(experiments) if one not in known]
    if rows:
        conn.execute(insert(t.links), rows)
