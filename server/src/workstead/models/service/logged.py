"""Logged models: what runs make before anybody registers it, and what was measured of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from workstead.foundation import clock
from workstead.models import tables as t
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Tags
from workstead_wire.errors import ModelNotFound
from workstead_wire.workspaces import WorkspacePath

LabelKind = Literal["tag", "param"]


class LoggedMetric(msgspec.Struct, frozen=True, kw_only=True):
    """A value measured by a run, on a data set if one is named; ``at`` in ms since 1970."""

    key: str
    value: float
    at: int
    step: int
    run_id: str
    dataset_name: str | None = None
    dataset_digest: str | None = None


class LoggedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A logged model; times in microseconds since 1970. Of each metric, run and data set the newest value is there."""

    id: str
    experiment_id: str
    name: str
    location: str
    type: str
    status: str
    created_at: int
    updated_at: int
    run_id: str | None = None
    deleted_at: int | None = None
    tags: Tags = {}
    params: Tags = {}
    metrics: list[LoggedMetric] = []


def create_logged(conn: Connection, where: WorkspacePath, made: LoggedModel) -> LoggedModel:
    """Keep a new logged model."""
    values = {
        "workspace_id": get_workspace_id(conn, where), "id": made.id, "experiment_id": made.experiment_id,
        "name": made.name, "location": made.location, "type": made.type, "status": made.status,
        "run_id": made.run_id, "created_at": made.created_at, "updated_at": made.updated_at,
    }  # fmt: skip
    pk = conn.execute(insert(t.logged_models).values(values).returning(t.logged_models.c.pk)).scalar_one()
    _set_labels(conn, pk, "tag", made.tags)
    _set_labels(conn, pk, "param", made.params)
    return get_logged(conn, where, made.id)


def get_logged(conn: Connection, where: WorkspacePath, model_id: str, *, deleted: bool = False) -> LoggedModel:
    """One logged model; with ``deleted`` also one that was deleted."""
    return make_logged(conn, [_get_row(conn, where, model_id, deleted=deleted)])[0]


def update_logged(conn: Connection, where: WorkspacePath, model_id: str, status: str) -> LoggedModel:
    """Change a logged model's status."""
    row = _get_row(conn, where, model_id)
    _touch(conn, row, status=status)
    return get_logged(conn, where, model_id)


def delete_logged(conn: Connection, where: WorkspacePath, model_id: str) -> None:
    """Take a logged model out of sight; its files stay."""
    _touch(conn, _get_row(conn, where, model_id), deleted_at=clock.now())


def label_logged(
    conn: Connection, where: WorkspacePath, model_id: str, kind: LabelKind, labels: Mapping[str, str | None]
) -> None:
    """Set tags or parameters; None removes."""
    row = _get_row(conn, where, model_id)
    _set_labels(conn, row.pk, kind, labels)
    _touch(conn, row)


def log_model_metrics(conn: Connection, where: WorkspacePath, model_id: str, metrics: Sequence[LoggedMetric]) -> None:
    """Keep what was measured of a logged model."""
    row = _get_row(conn, where, model_id)
    values = [
        msgspec.structs.asdict(metric)
        | {"model_pk": row.pk, "value": None if math.isnan(metric.value) else metric.value}
        for metric in metrics
    ]
    if values:
        conn.execute(insert(t.logged_metrics), values)


def make_logged(conn: Connection, rows: Sequence[Row[Any]]) -> list[LoggedModel]:
    """The logged models that rows stand for."""
    pks = [row.pk for row in rows]
    c = t.logged_labels.c
    labels: dict[tuple[int, str], Tags] = {}
    for label in conn.execute(select(t.logged_labels).where(c.model_pk.in_(pks)).order_by(c.key)):
        labels.setdefault((label.model_pk, label.kind), {})[label.key] = label.value
    metrics = _read_metrics(conn, pks)
    return [
        LoggedModel(
            id=row.id,
            experiment_id=row.experiment_id,
            name=row.name,
            location=row.location,
            type=row.type,
            status=row.status,
            created_at=row.created_at,
            updated_at=row.updated_at,
            run_id=row.run_id,
            deleted_at=row.deleted_at,
            tags=labels.get((row.pk, "tag"), {}),
            params=labels.get((row.pk, "param"), {}),
            metrics=metrics.get(row.pk, []),
        )
        for row in rows
    ]


def _read_metrics(conn: Connection, pks: Sequence[int]) -> dict[int, list[LoggedMetric]]:
    c = t.logged_metrics.c
    newest: dict[tuple[Any, ...], Row[Any]] = {}
    query = select(t.logged_metrics).where(c.model_pk.in_(pks)).order_by(c.step, c.at, c.pk)
    for row in conn.execute(query):
        newest[row.model_pk, row.key, row.run_id, row.dataset_name, row.dataset_digest] = row
    found: dict[int, list[LoggedMetric]] = {}
    for row in newest.values():
        value = math.nan if row.value is None else row.value
        metric = LoggedMetric(
            key=row.key, value=value, at=row.at, step=row.step, run_id=row.run_id,
            dataset_name=row.dataset_name, dataset_digest=row.dataset_digest,
        )  # fmt: skip
        found.setdefault(row.model_pk, []).append(metric)
    return found


def _set_labels(conn: Connection, pk: int, kind: LabelKind, labels: Mapping[str, str | None]) -> None:
    if not labels:
        return
    c = t.logged_labels.c
    conn.execute(delete(t.logged_labels).where(c.model_pk == pk, c.kind == kind, c.key.in_(list(labels))))
    rows = [
        {"model_pk": pk, "kind": kind, "key": key, "value": value} for key, value in labels.items() if value is not None
    ]
    if rows:
        conn.execute(insert(t.logged_labels), rows)


def _touch(conn: Connection, row: Row[Any], **changed: Any) -> None:
    at = t.logged_models.c.pk == row.pk
    conn.execute(update(t.logged_models).where(at).values(updated_at=clock.now(), **changed))


def _get_row(conn: Connection, where: WorkspacePath, model_id: str, *, deleted: bool = False) -> Row[Any]:
    c = t.logged_models.c
    query = select(t.logged_models).where(c.workspace_id == get_workspace_id(conn, where), c.id == model_id)
    row = conn.execute(query if deleted else query.where(c.deleted_at.is_(None))).first()
    if row is None:
        raise ModelNotFound(f"there is no logged model {model_id!r} in workspace {where.workspace!r}")
    return row
