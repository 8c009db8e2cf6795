"""Many runs out of one: its rows copied inside a stopped server's database, ours or MLflow's, to the same figures."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

COPIES = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :runs) "
RANDOM = "((n.i * 7919 + {table}.rowid * 104729) % 100003) / 100003.0"
"""A number between 0 and 1 that differs from run to run and is the same in both databases."""


def copy_rows(database: sqlite3.Connection, table: str, runs: int, changed: dict[str, str]) -> None:
    """Copy every row of the first run for all others, with these columns as SQL says."""
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    quoted = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(changed.get(name, f'{table}."{name}"') for name in columns)
    database.execute(f"INSERT INTO {table} ({quoted}) {COPIES} SELECT {values} FROM n, {table}", {"runs": runs})  # noqa: S608


def fill_workstead(home: Path, runs: int) -> None:
    """Copy the one run of a stopped server's home."""
    number = RANDOM.format(table="metrics")
    with contextlib.closing(sqlite3.connect(home / "workstead.db")) as database, database:
        shifted = {name: f"runs.{name} - n.i * 1000000" for name in ("created_at", "started_at", "ended_at")}
        copy_rows(database, "metrics", runs, {
            "pk": "metrics.pk + n.i * 1000", "run_pk": "n.i", "last": number, "last_value": number,
            "minimum": number, "maximum": number,
        })  # fmt: skip
        for table in ("run_tags", "run_params"):
            copy_rows(database, table, runs, {"run_pk": "n.i"})
        names = {"pk": "n.i", "id": "'run-' || n.i", "number": "n.i", "display_name": "'run_' || n.i"}
        copy_rows(database, "runs", runs, names | shifted)
        database.execute("UPDATE experiments SET run_count = :runs, last_number = :runs", {"runs": runs})
        database.execute("ANALYZE")


def fill_mlflow(file: Path, runs: int) -> None:
    """The same in MLflow's database."""
    number = RANDOM.format(table="latest_metrics")
    key = {"run_uuid": "printf('%032x', n.i)"}
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        for table in ("metrics", "latest_metrics"):
            copy_rows(database, table, runs, key | {"value": number.replace("latest_metrics", table)})
        for table in ("tags", "params"):
            copy_rows(database, table, runs, key)
        times = {name: f"runs.{name} - n.i * 1000" for name in ("start_time", "end_time")}
        copy_rows(database, "runs", runs, key | times | {"name": "'run_' || n.i"})
        database.execute("ANALYZE")
