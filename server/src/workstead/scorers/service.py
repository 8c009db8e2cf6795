"""What can be done with scorers: registered version by version, read and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select, update

from workstead.foundation import clock
from workstead.scorers import tables as t
from workstead.workspaces.service import get_workspace_id
from workstead_wire.errors import ScorerNotFound
from workstead_wire.workspaces import WorkspacePath

LISTED_MAX = 1000
"""Most scorers of one list."""
_FEW = 200
"""Scorers that are forgotten in one transaction: each may have many versions."""
_S, _V = t.scorers.c, t.versions.c


class Scorer(msgspec.Struct, frozen=True):
    """A version of a scorer; ``created_at`` in microseconds since 1970."""

    id: str
    experiment_id: str
    name: str
    version: int
    created_at: int
    content: str


def register_scorer(conn: Connection, where: WorkspacePath, experiment_id: str, name: str, content: str) -> Scorer:
    """Keep a new version of an experiment's scorer, the first one if there was none of that name."""
    found = conn.execute(select(t.scorers).where(_of(experiment_id, name))).first() or _create(
        conn, where, experiment_id, name
    )
    made = Scorer(found.id, experiment_id, name, found.last_version + 1, clock.now(), content)
    conn.execute(update(t.scorers).where(_S.pk == found.pk).values(last_version=made.version))
    values = {"scorer_pk": found.pk, "version": made.version, "created_at": made.created_at, "content": content}
    conn.execute(insert(t.versions).values(values))
    return made


def get_scorer(conn: Connection, experiment_id: str, name: str, version: int | None = None) -> Scorer:
    """One version of a scorer, the newest unless told.

    Raises:
        ScorerNotFound: there is none.
    """
    query = _query().where(_of(experiment_id, name)).order_by(_V.version.desc()).limit(1)
    found = conn.execute(query if version is None else query.where(_V.version == version)).first()
    if found is None:
        raise _missing(name, version)
    return _make(found)


def list_scorers(conn: Connection, where: WorkspacePath, experiments: Sequence[str], offset: int = 0) -> list[Scorer]:
    """The newest version of each scorer of experiments, by their names; up to ``LISTED_MAX`` from ``offset`` on."""
    newest = select(func.max(_V.version)).where(_V.scorer_pk == _S.pk).correlate(t.scorers).scalar_subquery()
    in_them = (_S.workspace_id == get_workspace_id(conn, where)) & _S.experiment_id.in_(experiments)
    query = _query().where(in_them, _V.version == newest).order_by(_S.name, _S.experiment_id)
    return [_make(row) for row in conn.execute(query.offset(offset).limit(LISTED_MAX))]


def list_versions(conn: Connection, experiment_id: str, name: str, offset: int = 0) -> list[Scorer]:
    """The versions of a scorer, the oldest first; up to ``LISTED_MAX`` from ``offset`` on.

    Raises:
        ScorerNotFound: there is none of that name.
    """
    query = _query().where(_of(experiment_id, name)).order_by(_V.version)
    found = [_make(row) for row in conn.execute(query.offset(offset).limit(LISTED_MAX))]
    if not found and not offset:
        raise _missing(name, None)
    return found


def delete_scorer(conn: Connection, experiment_id: str, name: str, version: int | None = None) -> None:
    """Delete one version of a scorer, or the scorer as a whole.

    Raises:
        ScorerNotFound: there is none.
    """
    known = select(_S.pk).where(_of(experiment_id, name)).scalar_subquery()
    gone = delete(t.versions).where(_V.scorer_pk == known)
    if version is not None:
        gone = gone.where(_V.version == version)
    if not conn.execute(gone).rowcount:
        raise _missing(name, version)
    if version is None:
        conn.execute(delete(t.scorers).where(_of(experiment_id, name)))


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete some scorers of a workspace that is being removed; whether none is left."""
    few = list(conn.execute(select(_S.pk).where(_S.workspace_id == workspace_id).limit(_FEW)).scalars())
    if few:
        conn.execute(delete(t.scorers).where(_S.pk.in_(few)))
    return len(few) < _FEW


def _create(conn: Connection, where: WorkspacePath, experiment_id: str, name: str) -> Row[Any]:
    values = {
        "id": str(uuid4()), "workspace_id": get_workspace_id(conn, where), "experiment_id": experiment_id,
        "name": name, "last_version": 0,
    }  # fmt: skip
    return conn.execute(insert(t.scorers).values(values).returning(t.scorers)).one()


def _of(experiment_id: str, name: str) -> ColumnElement[bool]:
    return (_S.experiment_id == experiment_id) & (_S.name == name)


def _query() -> Select[*tuple[Any, ...]]:
    columns = (_S.id, _S.experiment_id, _S.name, _V.version, _V.created_at, _V.content)
    return select(*columns).join_from(t.scorers, t.versions, _V.scorer_pk == _S.pk)


def _make(row: Row[Any]) -> Scorer:
    return Scorer(*row)


def _missing(name: str, version: int | None) -> ScorerNotFound:
    which = "" if version is None else f" and version {version}"
    return ScorerNotFound(f"there is no scorer with name {name[:80]!r}{which} in this experiment; list those there are")
