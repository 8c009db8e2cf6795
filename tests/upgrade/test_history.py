"""The database's history: made at once or step by step it is the same, and it goes back; on both databases."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

import workstead
import workstead.app
from postgres import need_postgres, running_postgres
from workstead import migrations
from workstead.foundation.db import Database, metadata
from workstead.foundation.schema import HEAD, ensure_schema, find_revision

PLACE = Path(workstead.__file__).parent


@pytest.fixture(params=["sqlite", "postgresql"])
def engines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """Two empty databases of one kind."""
    if request.param == "sqlite":
        databases = [Database(f"sqlite:///{tmp_path / name}.db") for name in ("one", "two")]
        yield databases[0].engine, databases[1].engine
        for database in databases:
            database.close()
        return
    need_postgres()
    with running_postgres(["one", "two"]) as urls:
        databases = [Database(url) for url in urls]
        yield databases[0].engine, databases[1].engine
        for database in databases:
            database.close()


def describe(engine: Engine) -> dict[str, Any]:
    """Tables, columns, keys and indexes as the database tells them."""
    look = inspect(engine)
    tables: dict[str, Any] = {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(table)],
            "primary key": look.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(tuple(u["column_names"]) for u in look.get_unique_constraints(table)),
            "indexes": sorted(
                (i["name"] or "", tuple(i["column_names"]), bool(i["unique"])) for i in look.get_indexes(table)
            ),
            "foreign keys": sorted(
                (tuple(f["constrained_columns"]), f["referred_table"], tuple(f["referred_columns"]))
                for f in look.get_foreign_keys(table)
            ),
        }
        for table in sorted(look.get_table_names())
        if table != "alembic_version"
    }
    if engine.dialect.name == "sqlite" and tables:
        # SQLite's inspector leaves out indexes on expressions; their statements tell all.
        with engine.connect() as connection:
            query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
            tables["index statements"] = [tuple(row) for row in connection.exec_driver_sql(query)]
    return tables


def names(engine: Engine) -> set[str]:
    """The tables that are there."""
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_made_at_once_equals_step_by_step(engines: tuple[Engine, Engine]) -> None:
    at_once, by_steps = engines
    ensure_schema(at_once)
    migrations.upgrade(by_steps)
    assert describe(at_once) == describe(by_steps)
    assert names(at_once) == set(metadata.tables)
    for engine in engines:
        with engine.connect() as connection:
            assert find_revision(connection) == HEAD
        migrations.check(engine, metadata)


def test_down_leaves_nothing(engines: tuple[Engine, Engine]) -> None:
    engine, _ = engines
    migrations.upgrade(engine)
    migrations.downgrade(engine, "base")
    assert names(engine) == set()
    migrations.upgrade(engine)
    assert names(engine) == set(metadata.tables)


def test_opening_twice_changes_nothing(engines: tuple[Engine, Engine]) -> None:
    engine, _ = engines
    ensure_schema(engine)
    before = describe(engine)
    ensure_schema(engine)
    assert describe(engine) == before


_PLACE = """
INSERT INTO subscriptions VALUES ('s', 's', 0);
INSERT INTO resource_groups VALUES ('g', 's', 'g', 'g', 'here', '{}', 0, NULL);
INSERT INTO workspaces (id, group_id, name, key, location, friendly_name, description, tags, created_at, created_by)
VALUES ('w', 'g', 'w', 'w', 'here', 'w', '', '{}', 0, 'me');
INSERT INTO experiments (pk, id, workspace_id, name, description, tags, created_at, last_number, run_count)
VALUES (1, 'e', 'w', 'e', '', '{}', 0, 0, 0);
"""
_TRACE = "INSERT INTO traces (pk, workspace_id, experiment_id, id, at, state) VALUES (:pk, 'w', 'e', :id, 0, '')"
_LABEL = "INSERT INTO trace_labels VALUES (:pk, 'metadata', 'mlflow.trace.tokenUsage', :usage)"
_SPAN = (
    "INSERT INTO trace_spans (trace_pk, id, name, status, start_ns, cost, content)"
    " VALUES (2000, 'a', '', '', 0, :cost, '')"
)


def test_traces_that_were_there_get_their_numbers(engines: tuple[Engine, Engine]) -> None:
    engine, _ = engines
    migrations.upgrade(engine, "0016")
    usages = ['{"input_tokens": 5, "total_tokens": true}', "no JSON", '{"input_tokens": 1e999}', "[1]"]
    with engine.begin() as connection:
        for statement in _PLACE.strip().split(";\n"):
            connection.exec_driver_sql(statement)
        for pk, usage in enumerate(usages, 1999):
            given = {"pk": pk, "id": str(pk), "usage": usage}
            connection.execute(text(_TRACE), given)
            connection.execute(text(_LABEL), given)
        connection.execute(text(_SPAN), {"cost": '{"total_cost": 0.5, "other": 1}'})
    migrations.upgrade(engine)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM trace_amounts ORDER BY trace_pk").all()
    assert [tuple(row) for row in rows] == [(1999, "", "input_tokens", 5), (2000, "a", "total_cost", 0.5)]


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(migrations.make_config()).get_heads() == [HEAD]


def test_app_brings_every_rooms_tables() -> None:
    """``create_all`` makes what is imported; a room whose tables are not would come to be without them."""
    rooms = [file.parent.name for file in PLACE.glob("*/tables.py")]
    assert len(rooms) > 2
    missing = [room for room in rooms if f"workstead.{room}.tables" not in sys.modules]
    assert missing == []
    assert importlib.import_module("workstead.app").create_app
