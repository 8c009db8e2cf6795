"""Many runs in a database, quickly: rows written as the services write them, without asking for each run.

Each run has 10 metrics of one point, 5 parameters and 3 tags. Values are made so that filters of every width exist.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from workstead.foundation import ids
from workstead.foundation.db import Database
from workstead.runs import tables as t
from workstead.runs.service.experiments import ensure_experiment
from workstead.runs.service.params import number_in
from workstead.workspaces.service import get_workspace_id
from workstead_wire.workspaces import WorkspacePath

METRICS = ("accuracy", "loss", "f1", "auc", "recall", "precision", "val_loss", "val_accuracy", "epoch_s", "memory")
PARAMS = ("lr", "batch", "depth", "optimizer", "seed")
AT_ONCE = 5_000
BEGAN = 1_767_225_600_000_000
_SECOND = 1_000_000


def seed(db: Database, where: WorkspacePath, experiment: str, count: int) -> None:
    """Add so many runs to an experiment that has none, in transactions of 5,000; the planner is told nothing."""
    dice = random.Random(count)  # noqa: S311 - the same runs every time
    names = db.write_now(_make_names, where, experiment)
    for start in range(0, count, AT_ONCE):
        numbers = range(start + 1, min(start + AT_ONCE, count) + 1)
        db.write_now(_add, names, list(numbers), dice)


def _make_names(conn: Connection, where: WorkspacePath, experiment: str) -> dict[str, Any]:
    workspace_id = get_workspace_id(conn, where)
    row = ensure_experiment(conn, workspace_id, experiment)
    made: dict[str, Any] = {"workspace_id": workspace_id, "experiment_pk": row.pk}
    for table, names in ((t.metric_names, METRICS), (t.param_names, PARAMS)):
        conn.execute(insert(table), [{"experiment_pk": row.pk, "name": name} for name in names])
        found = conn.execute(select(table.c.name, table.c.pk).where(table.c.experiment_pk == row.pk))
        made[table.name] = {name: pk for name, pk in found}  # noqa: C416 - typed
    return made


def _add(conn: Connection, names: dict[str, Any], numbers: list[int], dice: random.Random) -> None:
    first = (conn.execute(select(func.max(t.runs.c.pk))).scalar() or 0) + 1
    point = (conn.execute(select(func.max(t.metrics.c.pk))).scalar() or 0) + 1
    keys = list(enumerate(numbers, first))
    conn.execute(insert(t.runs), [_run(names, pk, number, dice) for pk, number in keys])
    metrics = [row for pk, _ in keys for row in _metrics(names, pk, dice)]
    for at, row in enumerate(metrics, point):
        row["pk"] = at
    conn.execute(insert(t.metrics), metrics)
    points = [{"place": t.place(row["pk"], 0), "step": 0, "at": 0, "value": row["last"]} for row in metrics]
    conn.execute(insert(t.points), points)
    _insert(conn, t.run_params, (row for pk, _ in keys for row in _params(names, pk, dice)))
    _insert(conn, t.run_tags, (row for pk, number in keys for row in _tags(pk, number, dice)))
    runs = len(numbers)
    c = t.experiments.c
    values = {"run_count": c.run_count + runs, "last_number": c.last_number + runs, "last_run_at": BEGAN}
    conn.execute(t.experiments.update().where(c.pk == names["experiment_pk"]).values(values))


def _insert(conn: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    conn.execute(insert(table), list(rows))


def _run(names: dict[str, Any], pk: int, number: int, dice: random.Random) -> dict[str, Any]:
    created = BEGAN + number * 10 * _SECOND
    status = dice.choices(("Completed", "Failed", "Canceled", "Running"), (90, 6, 3, 1))[0]
    ended = None if status == "Running" else created + dice.randrange(1, 7200) * _SECOND
    return {
        "pk": pk, "workspace_id": names["workspace_id"], "id": f"run-{pk}", "experiment_pk": names["experiment_pk"],
        "number": number, "status": status, "type": "interactive", "display_name": ids.display_name(),
        "description": "", "compute_target": "local", "created_by": dice.choice(("ann", "bob", "eve")),
        "created_at": created, "started_at": created + _SECOND, "ended_at": ended,
    }  # fmt: skip


def _metrics(names: dict[str, Any], run_pk: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    for name, name_pk in names["metric_names"].items():
        value = dice.random()
        yield {
            "run_pk": run_pk, "name_pk": name_pk, "kind": "scalar", "columns": f'{{"{name}":"double"}}', "total": 1,
            "last": value, "last_value": repr(value), "last_step": 0, "minimum": value, "maximum": value,
            "first_at": BEGAN // 1000, "last_at": BEGAN // 1000,
        }  # fmt: skip


def _params(names: dict[str, Any], run_pk: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    values = {
        "lr": dice.choice(("0.1", "0.01", "0.001", "1e-4")), "batch": str(2 ** dice.randrange(4, 10)),
        "depth": str(dice.randrange(1, 50)), "optimizer": dice.choice(("adam", "sgd", "lion")),
        "seed": str(dice.randrange(10**6)),
    }  # fmt: skip
    for name, name_pk in names["param_names"].items():
        yield {"run_pk": run_pk, "name_pk": name_pk, "value": values[name], "number": number_in(values[name])}


def _tags(run_pk: int, number: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    for key, value in (
        ("kind", dice.choice(("base", "large", "tiny"))),
        ("mlflow.user", dice.choice(("ann", "bob", "eve"))),
        ("sweep", f"sweep-{number // 50}"),
    ):
        yield {"run_pk": run_pk, "key": key, "value": value}
