"""Runs: made, read, changed, ended, deleted."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, insert, select, update

from workstead.foundation import clock, ids
from workstead.runs import tables as t
from workstead.runs.service import labels
from workstead.runs.service.experiments import ensure_experiment
from workstead.runs.service.metrics import delete_metrics
from workstead.runs.service.params import log_params
from workstead.runs.service.rows import get_run_row, make_runs
from workstead.runs.service.telling import tell_status
from workstead.workspaces.service import get_workspace_id
from workstead_wire.errors import AlreadyExists, Conflict, InvalidInput
from workstead_wire.runs import ENDED, Run, RunCreate, RunUpdate, Status, StatusChange
from workstead_wire.workspaces import WorkspacePath

_ID = re.compile(r"(?!(?:counts|tags|cancel|delete)$)[A-Za-z0-9_][\w.-]{0,254}", re.ASCII)
_ID_RULE = "1 to 255 letters, digits, '_', '-' or '.', not beginning with '-' or '.', and no word of the address"
_LIMITS = {"display_name": 255, "type": 64, "compute_target": 255, "snapshot_id": 64}
_STARTED = ("Running", "Finalizing", "Completed", "Failed")
_AT_ONCE = 50
"""Runs that one step of a removal deletes."""
_FIND_PK = select(t.runs.c.pk, t.runs.c.experiment_pk).where(
    t.runs.c.workspace_id == bindparam("workspace_id"), t.runs.c.id == bindparam("id")
)


def create_run(conn: Connection, where: WorkspacePath, user: str, asked: RunCreate) -> Run:
    """Create a run, and its experiment on the way; the run that is there already when asked twice."""
    ids.check_name("a run's id", asked.id, _ID, _ID_RULE)
    workspace_id = get_workspace_id(conn, where)
    experiment = ensure_experiment(conn, workspace_id, asked.experiment)
    found = conn.execute(_FIND_PK, {"workspace_id": workspace_id, "id": asked.id}).first()
    if found is None:
        _insert_run(conn, where, experiment, user, asked)
        tell_status(conn, where, workspace_id, asked.id, asked.status)
    elif found.experiment_pk != experiment.pk:
        other = get_run(conn, where, asked.id).experiment
        raise AlreadyExists(f"run {asked.id!r} exists in experiment {other!r}; choose another id")
    return get_run(conn, where, asked.id, user)


def get_run(conn: Connection, where: WorkspacePath, run_id: str, user: str = "") -> Run:
    """One run with its tags, properties, parameters and last metrics; ``starred`` if ``user`` did so."""
    return make_runs(conn, [get_run_row(conn, where, run_id)], user)[0]


def update_run(conn: Connection, where: WorkspacePath, run_id: str, change: RunUpdate, user: str = "") -> Run:
    """Change names, tags and the snapshot; add properties and parameters.

    Raises:
        PropertyImmutable: a property has another value already.
        ParameterImmutable: a parameter has.
    """
    row = get_run_row(conn, where, run_id)
    given = {
        "display_name": change.display_name,
        "description": change.description,
        "snapshot_id": change.snapshot_id,
    }
    values = {key: value for key, value in given.items() if value is not None}
    _check_lengths(values)
    if values:
        conn.execute(update(t.runs).where(t.runs.c.pk == row.pk).values(values))
    labels.merge_tags(conn, row.pk, change.tags or {})
    labels.add_properties(conn, row.pk, run_id, change.properties or {})
    log_params(conn, row.pk, row.experiment_pk, run_id, change.params or {})
    return get_run(conn, where, run_id, user)


def change_status(conn: Connection, where: WorkspacePath, run_id: str, change: StatusChange, user: str = "") -> Run:
    """Move a run to another status.

    Raises:
        Conflict: the run has ended with another one.
    """
    row = get_run_row(conn, where, run_id, lock=True)
    if row.status in ENDED and row.status != change.status:
        raise Conflict(f"run {run_id!r} has ended as {row.status} and cannot become {change.status}; start a new run")
    if row.status not in ENDED:
        values: dict[str, Any] = {"status": change.status, **_times(change.status, row.started_at)}
        if change.error is not None:
            values |= {"error_code": change.error.code, "error_message": change.error.message}
        conn.execute(update(t.runs).where(t.runs.c.pk == row.pk).values(values))
        if change.status != row.status:
            tell_status(conn, where, row.workspace_id, run_id, change.status)
    return get_run(conn, where, run_id, user)


def delete_run(conn: Connection, where: WorkspacePath, run_id: str) -> None:
    """Delete an ended run with its children and everything logged to them.

    Files stay: models may have been registered from them.
    """
    row = get_run_row(conn, where, run_id, lock=True)
    doomed = [row, *_descendants(conn, row.pk)]
    for one in doomed:
        if one.status not in ENDED:
            raise Conflict(f"run {one.id!r} is {one.status}; complete or cancel it before {run_id!r} is deleted")
    for one in reversed(doomed):
        delete_metrics(conn, one.pk)
        conn.execute(delete(t.runs).where(t.runs.c.pk == one.pk))
        conn.execute(
            update(t.experiments)
            .where(t.experiments.c.pk == one.experiment_pk)
            .values(run_count=t.experiments.c.run_count - 1)
        )


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete some runs of a workspace that is being removed, children first; whether nothing is left."""
    c, child = t.runs.c, t.runs.alias()
    childless = ~exists().where(child.c.parent_pk == c.pk)
    doomed = conn.execute(select(c.pk).where(c.workspace_id == workspace_id, childless).limit(_AT_ONCE)).scalars().all()
    for pk in doomed:
        delete_metrics(conn, pk)
    conn.execute(delete(t.runs).where(c.pk.in_(doomed)))
    if doomed:
        return False
    ours = select(t.experiments.c.pk).where(t.experiments.c.workspace_id == workspace_id)
    conn.execute(delete(t.metric_names).where(t.metric_names.c.experiment_pk.in_(ours)))
    conn.execute(delete(t.experiments).where(t.experiments.c.workspace_id == workspace_id))
    return True


def _insert_run(conn: Connection, where: WorkspacePath, experiment: Row[Any], user: str, asked: RunCreate) -> None:
    now = clock.now()
    parent = None if asked.parent_id is None else get_run_row(conn, where, asked.parent_id)
    values: dict[str, Any] = {
        "workspace_id": experiment.workspace_id, "id": asked.id, "experiment_pk": experiment.pk,
        "number": _next_number(conn, experiment.pk, now),
        "parent_pk": parent and parent.pk, "root_pk": parent and (parent.root_pk or parent.pk),
        "status": asked.status, "type": asked.type, "display_name": asked.display_name or ids.display_name(),
        "description": asked.description, "compute_target": asked.compute_target, "created_by": user,
        "created_at": now, "script_name": asked.script_name, "snapshot_id": asked.snapshot_id,
        **_times(asked.status, None),
    }  # fmt: skip
    _check_lengths(values)
    pk = conn.execute(insert(t.runs).values(values).returning(t.runs.c.pk)).scalar_one()
    labels.merge_tags(conn, pk, dict(asked.tags))
    labels.add_properties(conn, pk, asked.id, asked.properties)
    log_params(conn, pk, experiment.pk, asked.id, asked.params)


def _next_number(conn: Connection, experiment_pk: int, now: int) -> int:
    c = t.experiments.c
    query = (
        update(t.experiments)
        .where(c.pk == experiment_pk)
        .values(last_number=c.last_number + 1, run_count=c.run_count + 1, last_run_at=now)
        .returning(c.last_number)
    )
    return conn.execute(query).scalar_one()


def _times(status: Status, started_at: int | None) -> dict[str, int]:
    times: dict[str, int] = {}
    if started_at is None and status in _STARTED:
        times["started_at"] = clock.now()
    if status in ENDED:
        times["ended_at"] = clock.now()
    return times


def _check_lengths(values: dict[str, Any]) -> None:
    for key, most in _LIMITS.items():
        value = values.get(key)
        if value is not None and len(value) > most:
            raise InvalidInput(f"{key} has {len(value)} characters, but may have {most} at most")


def _descendants(conn: Connection, pk: int) -> list[Row[Any, Any, Any, Any]]:
    """All runs below, each after its parent."""
    c = t.runs.c
    found: list[Row[Any, Any, Any, Any]] = []
    layer = [pk]
    while layer:
        query = select(c.pk, c.id, c.status, c.experiment_pk).where(c.parent_pk.in_(layer))
        rows = conn.execute(query).all()
        found += rows
        layer = [row.pk for row in rows]
    return found
