"""Many runs out of one: its rows copied inside a stopped server's database, ours or MLflow's, to the same figures.

The planner is told nothing afterwards: neither server's users run ANALYZE by hand.
"""

from __future__ import annotations

from sqlalchemy import Connection, create_engine, inspect, text

from workstead.foundation.db import parse_url

COPIES = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :runs) "
NUMBER = "((n.i * 7919) % 100003) / 100003.0"
"""A number between 0 and 1 that differs from run to run and is the same in all databases."""
PADDED = {"sqlite": "printf('%032x', n.i)", "postgresql": "lpad(to_hex(n.i), 32, '0')"}


def copy_rows(conn: Connection, table: str, runs: int, changed: dict[str, str]) -> None:
    """Copy every row of the first run for all others, with these columns as SQL says."""
    columns = [column["name"] for column in inspect(conn).get_columns(table)]
    quoted = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(changed.get(name, f'{table}."{name}"') for name in columns)
    conn.execute(text(f"INSERT INTO {table} ({quoted}) {COPIES} SELECT {values} FROM n, {table}"), {"runs": runs})  # noqa: S608


def fill_workstead(url: str, runs: int) -> None:
    """Copy the one run of a stopped server's database."""
    engine = create_engine(parse_url(url))
    with engine.begin() as conn:
        shifted = {
            name: f"runs.{name} - CAST(n.i AS BIGINT) * 1000000" for name in ("created_at", "started_at", "ended_at")
        }
        names = {"pk": "n.i", "id": "'run-' || n.i", "number": "n.i", "display_name": "'run_' || n.i"}
        copy_rows(conn, "runs", runs, names | shifted)
        copy_rows(conn, "metrics", runs, {
            "pk": "metrics.pk + n.i * 1000", "run_pk": "n.i", "last": NUMBER, "last_value": NUMBER,
            "minimum": NUMBER, "maximum": NUMBER,
        })  # fmt: skip
        for table in ("run_tags", "run_params"):
            copy_rows(conn, table, runs, {"run_pk": "n.i"})
        count = "UPDATE experiments SET run_count = :runs, last_number = :runs WHERE run_count = 1"
        conn.execute(text(count), {"runs": runs})
        if engine.dialect.name == "postgresql":
            for table in ("runs", "metrics"):
                last = f"SELECT setval(pg_get_serial_sequence('{table}', 'pk'), max(pk)) FROM {table}"  # noqa: S608
                conn.execute(text(last))
    engine.dispose()


def fill_mlflow(url: str, runs: int) -> None:
    """The same in MLflow's database."""
    engine = create_engine(parse_url(url))
    key = {"run_uuid": PADDED[engine.dialect.name]}
    with engine.begin() as conn:
        times = {name: f"runs.{name} - n.i * 1000" for name in ("start_time", "end_time")}
        copy_rows(conn, "runs", runs, key | times | {"name": "'run_' || n.i"})
        for table in ("metrics", "latest_metrics"):
            copy_rows(conn, table, runs, key | {"value": NUMBER})
        for table in ("tags", "params"):
            copy_rows(conn, table, runs, key)
    engine.dispose()
