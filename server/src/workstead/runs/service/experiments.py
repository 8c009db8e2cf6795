"""Experiments: named series of runs."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec
from sqlalchemy import Column, Connection, Row, Select, bindparam, delete, exists, func, insert, select, update

from workstead.foundation import clock, ids
from workstead.runs import tables as t
from workstead.runs.service import sorting
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Page, Tags
from workstead_wire.errors import AlreadyExists, ExperimentNotFound, NotEmpty
from workstead_wire.runs import Experiment, ExperimentUpdate
from workstead_wire.workspaces import WorkspacePath

Archived = Literal["active", "archived", "all"]

_NAME = re.compile(r"(?!\s)[^/\\\x00-\x1f\x7f]{0,254}[^/\\\s\x00-\x1f\x7f]")
_NAME_RULE = "1 to 255 characters, without '/', '\\' and control characters, no blank at either end"
_ANY_NAME = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f]{1,255}")
_ANY_NAME_RULE = "1 to 255 characters, no control characters"
"""What MLflow takes: its users name experiments like paths."""
_NUMBER_DIGITS = 9
_BY_NAME = select(t.experiments).where(
    t.experiments.c.workspace_id == bindparam("workspace_id"), t.experiments.c.name == bindparam("name")
)
_SORT: dict[str, Column[Any]] = {
    name: t.experiments.c[name] for name in ("name", "created_at", "last_run_at", "run_count")
}


def list_experiments(
    conn: Connection,
    where: WorkspacePath,
    archived: Archived,
    name_contains: str | None,
    order_by: str,
    cursor: str | None,
    limit: int | None,
) -> Page[Experiment]:
    """Experiments of a workspace. ``order_by``: name, created_at, last_run_at or run_count, then asc or desc."""
    c = t.experiments.c
    query = select(t.experiments).where(c.workspace_id == get_workspace_id(conn, where))
    if archived != "all":
        query = query.where(c.archived_at.is_(None) if archived == "active" else c.archived_at.is_not(None))
    if name_contains:
        query = query.where(c.name.icontains(name_contains, autoescape=True))
    return _page(conn, query, sorting.parse_order(order_by), cursor, limit)


def put_experiment(conn: Connection, where: WorkspacePath, name: str) -> Experiment:
    """The experiment of that name; made when there is none."""
    return make_experiment(ensure_experiment(conn, get_workspace_id(conn, where), name))


def get_experiment(conn: Connection, where: WorkspacePath, name: str) -> Experiment:
    """One experiment."""
    return make_experiment(get_experiment_row(conn, where, name))


def create_experiment(
    conn: Connection, where: WorkspacePath, name: str, tags: Tags, artifact_location: str | None
) -> Experiment:
    """Make an experiment.

    Raises:
        AlreadyExists: there is one of that name, active or archived.
    """
    workspace_id = get_workspace_id(conn, where)
    if conn.execute(_BY_NAME, {"workspace_id": workspace_id, "name": name}).first() is not None:
        raise AlreadyExists(f"there is an experiment {name!r} already; choose another name")
    row = _insert(conn, workspace_id, name, any_name=True, tags=tags, artifact_location=artifact_location)
    return make_experiment(row)


def find_experiment(conn: Connection, where: WorkspacePath, experiment_id: str) -> Experiment | None:
    """The experiment with this id, which is its GUID or its number; None when there is none."""
    c = t.experiments.c
    is_number = experiment_id.isascii() and experiment_id.isdigit() and len(experiment_id) <= _NUMBER_DIGITS
    by_id = c.number == int(experiment_id) if is_number else c.id == experiment_id
    row = conn.execute(select(t.experiments).where(c.workspace_id == get_workspace_id(conn, where), by_id)).first()
    return None if row is None else make_experiment(row)


def find_by_name(conn: Connection, where: WorkspacePath, name: str) -> Experiment | None:
    """The experiment of that name; None when there is none."""
    row = conn.execute(_BY_NAME, {"workspace_id": get_workspace_id(conn, where), "name": name}).first()
    return None if row is None else make_experiment(row)


def put_first(conn: Connection, where: WorkspacePath, name: str, since: int) -> None:
    """Have an experiment with the number 0: the one of that name, unless another has it.

    Where there is none it is made, and has been there since ``since``.
    """
    if find_experiment(conn, where, "0") is not None:
        return
    workspace_id = get_workspace_id(conn, where)
    row = conn.execute(_BY_NAME, {"workspace_id": workspace_id, "name": name}).first()
    values = {"number": 0} if row else {"number": 0, "created_at": since}
    row = row or _insert(conn, workspace_id, name)
    conn.execute(update(t.experiments).where(t.experiments.c.pk == row.pk).values(values))


def rename_experiment(conn: Connection, where: WorkspacePath, name: str, new_name: str) -> Experiment:
    """Give an experiment another name.

    Raises:
        AlreadyExists: the name is taken.
    """
    row = get_experiment_row(conn, where, name)
    key = {"workspace_id": row.workspace_id, "name": new_name}
    if new_name != name and conn.execute(_BY_NAME, key).first() is not None:
        raise AlreadyExists(f"there is an experiment {new_name!r} already; choose another name")
    c = t.experiments.c
    conn.execute(update(t.experiments).where(c.pk == row.pk).values(name=new_name, updated_at=clock.now()))
    return get_experiment(conn, where, new_name)


def update_experiment(conn: Connection, where: WorkspacePath, name: str, change: ExperimentUpdate) -> Experiment:
    """Change an experiment's description or tags, archive it or bring it back."""
    row = get_experiment_row(conn, where, name)
    values: dict[str, Any] = {}
    if change.description is not None:
        values["description"] = change.description
    if change.tags is not None:
        values["tags"] = _merge(row.tags, change.tags)
    if change.archived is not None:
        values["archived_at"] = (row.archived_at or clock.now()) if change.archived else None
    if values:
        values["updated_at"] = clock.now()
        conn.execute(update(t.experiments).where(t.experiments.c.pk == row.pk).values(values))
    return get_experiment(conn, where, name)


def delete_experiment(conn: Connection, where: WorkspacePath, name: str) -> None:
    """Delete an experiment that has no runs."""
    row = get_experiment_row(conn, where, name)
    if conn.execute(select(exists().where(t.runs.c.experiment_pk == row.pk))).scalar():
        raise NotEmpty(
            f"experiment {name!r} holds {row.run_count} run(s); delete those first, or archive the experiment"
        )
    conn.execute(delete(t.metric_names).where(t.metric_names.c.experiment_pk == row.pk))
    conn.execute(delete(t.experiments).where(t.experiments.c.pk == row.pk))


def get_experiment_row(conn: Connection, where: WorkspacePath, name: str) -> Row[Any]:
    """The experiment's row; ExperimentNotFound when there is none."""
    workspace_id = get_workspace_id(conn, where)
    row = conn.execute(_BY_NAME, {"workspace_id": workspace_id, "name": name}).first()
    if row is None:
        raise ExperimentNotFound(f"there is no experiment {name!r} in workspace {where.workspace!r}")
    return row


def ensure_experiment(conn: Connection, workspace_id: str, name: str) -> Row[Any]:
    """The experiment's row; made when there is none."""
    key = {"workspace_id": workspace_id, "name": name}
    row = conn.execute(_BY_NAME, key).first()
    if row is not None:
        return row
    return _insert(conn, workspace_id, name)


def _insert(
    conn: Connection,
    workspace_id: str,
    name: str,
    *,
    any_name: bool = False,
    tags: Tags | None = None,
    artifact_location: str | None = None,
) -> Row[Any]:
    if any_name:
        ids.check_name("an experiment", name, _ANY_NAME, _ANY_NAME_RULE)
    else:
        ids.check_name("an experiment", name, _NAME, _NAME_RULE)
    values = {
        "workspace_id": workspace_id, "name": name, "id": ids.new_id(), "description": "",
        "tags": msgspec.json.encode(tags or {}).decode(), "created_at": clock.now(), "last_number": 0, "run_count": 0,
        "artifact_location": artifact_location, "number": _next_number(conn, workspace_id),
    }  # fmt: skip
    return conn.execute(insert(t.experiments).values(values).returning(t.experiments)).one()


def _next_number(conn: Connection, workspace_id: str) -> int:
    c = t.experiments.c
    return (conn.execute(select(func.max(c.number)).where(c.workspace_id == workspace_id)).scalar() or 0) + 1


def _merge(kept: str, change: dict[str, str | None]) -> str:
    tags = msgspec.json.decode(kept, type=Tags) | change
    return msgspec.json.encode({key: value for key, value in tags.items() if value is not None}).decode()


def _page(
    conn: Connection, query: Select[Any], order: sorting.Order, cursor: str | None, limit: int | None
) -> Page[Experiment]:
    key = _SORT.get(order.key)
    if key is None:
        raise sorting.unknown_order(order, ", ".join(_SORT))
    pk = t.experiments.c.pk
    ranks = sorting.rank_by_column(query, key, pk) if key.nullable else [sorting.Rank(query, pk, key)]
    return sorting.read_page(
        conn,
        ranks,
        descending=order.descending,
        cursor=cursor,
        limit=limit,
        make=lambda rows: [make_experiment(row) for row in rows],
    )


def make_experiment(row: Row[Any]) -> Experiment:
    """The experiment that a row stands for."""
    return Experiment(
        id=row.id,
        name=row.name,
        description=row.description,
        tags=msgspec.json.decode(row.tags, type=Tags),
        created_at=clock.to_datetime(row.created_at),
        archived_at=clock.to_datetime_or_none(row.archived_at),
        run_count=row.run_count,
        last_run_at=clock.to_datetime_or_none(row.last_run_at),
        number=row.number,
        updated_at=clock.to_datetime_or_none(row.updated_at),
        artifact_location=row.artifact_location,
    )
