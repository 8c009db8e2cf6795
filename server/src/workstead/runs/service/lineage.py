"""What runs say they used and made: data sets, and logged models by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, insert, select

from workstead.runs import tables as t
from workstead.runs.service.rows import get_run_row
from workstead_wire.base import Tags
from workstead_wire.runs import RunInput
from workstead_wire.workspaces import WorkspacePath

Direction = Literal["input", "output"]

CONTEXT = "mlflow.data.context"
"""The tag that says what a run used a data set for: ``train``, ``eval``."""


class RunDataset(msgspec.Struct, frozen=True, kw_only=True):
    """A data set that a run used. ``source``, ``schema`` and ``profile`` are JSON that nobody here looks into."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None
    tags: Tags = {}


class RunModel(msgspec.Struct, frozen=True, kw_only=True):
    """A logged model that a run used or made."""

    model_id: str
    direction: Direction
    step: int = 0


def add_datasets(conn: Connection, where: WorkspacePath, run_id: str, datasets: Sequence[RunDataset]) -> None:
    """Note data sets that a run used; one that is noted (by name and digest) stays as it is."""
    run = get_run_row(conn, where, run_id)
    c = t.run_datasets.c
    known = {(row.name, row.digest) for row in conn.execute(select(c.name, c.digest).where(c.run_pk == run.pk))}
    fresh = {(item.name, item.digest): item for item in reversed(datasets)}
    rows = [_row(run.pk, item) for key, item in reversed(fresh.items()) if key not in known]
    if rows:
        conn.execute(insert(t.run_datasets), rows)


def add_models(conn: Connection, where: WorkspacePath, run_id: str, models: Sequence[RunModel]) -> None:
    """Note logged models that a run used or made; one that is noted stays as it is."""
    run = get_run_row(conn, where, run_id)
    c = t.run_models.c
    known = {tuple(row) for row in conn.execute(select(c.model_id, c.direction).where(c.run_pk == run.pk))}
    fresh = {(item.model_id, item.direction): item for item in models}
    rows = [
        {"run_pk": run.pk, "model_id": item.model_id, "direction": item.direction, "step": item.step}
        for key, item in fresh.items()
        if key not in known
    ]
    if rows:
        conn.execute(insert(t.run_models), rows)


def list_datasets(conn: Connection, experiment_ids: Sequence[str], limit: int) -> list[tuple[str, RunDataset]]:
    """Data sets of the runs of these experiments, each with the experiment's id; one a name, digest and context."""
    d, e = t.run_datasets.c, t.experiments.c
    query = (
        select(e.id, t.run_datasets)
        .join_from(t.run_datasets, t.runs, d.run_pk == t.runs.c.pk)
        .join(t.experiments, t.runs.c.experiment_pk == e.pk)
        .where(e.id.in_(experiment_ids), t.runs.c.deleted_at.is_(None))
    )
    found: dict[tuple[Any, ...], tuple[str, RunDataset]] = {}
    for row in conn.execute(query):
        found.setdefault((row.id, row.name, row.digest, row.context), (row.id, make_dataset(row)))
    return list(found.values())[:limit]


def list_inputs(conn: Connection, where: WorkspacePath, run_id: str) -> list[RunInput]:
    """The data sets that a run said it used, by name."""
    run = get_run_row(conn, where, run_id)
    d = t.run_datasets.c
    query = select(d.name, d.digest, d.source_type, d.source, d.context).where(d.run_pk == run.pk)
    return [RunInput(**row) for row in conn.execute(query.order_by(d.name, d.digest)).mappings()]


def read_datasets(conn: Connection, run_pks: Sequence[int]) -> dict[int, list[RunDataset]]:
    """The data sets of each run that has some."""
    found: dict[int, list[RunDataset]] = {}
    for row in conn.execute(select(t.run_datasets).where(t.run_datasets.c.run_pk.in_(run_pks))):
        found.setdefault(row.run_pk, []).append(make_dataset(row))
    return found


def read_models(conn: Connection, run_pks: Sequence[int]) -> dict[int, list[RunModel]]:
    """The logged models of each run that has some."""
    found: dict[int, list[RunModel]] = {}
    for row in conn.execute(select(t.run_models).where(t.run_models.c.run_pk.in_(run_pks))):
        made = RunModel(model_id=row.model_id, direction=row.direction, step=row.step)
        found.setdefault(row.run_pk, []).append(made)
    return found


def make_dataset(row: Row[Any]) -> RunDataset:
    """The data set that a row stands for."""
    return RunDataset(
        name=row.name,
        digest=row.digest,
        source_type=row.source_type,
        source=row.source,
        schema=row.schema,
        profile=row.profile,
        tags=msgspec.json.decode(row.tags, type=Tags),
    )


def _row(run_pk: int, item: RunDataset) -> dict[str, Any]:
    return msgspec.structs.asdict(item) | {
        "run_pk": run_pk,
        "tags": msgspec.json.encode(item.tags).decode(),
        "context": item.tags.get(CONTEXT),
    }
