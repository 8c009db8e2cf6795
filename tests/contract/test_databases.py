"""One suite for both databases: what a service may rely on, whoever else writes; and all others on PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, column, select, table, text

import postgres
from workstead.foundation.db import Database, locks_first, parse_url
from workstead.foundation.schema import ensure_schema
from workstead_wire.errors import Conflict, InvalidInput, Unavailable

WRITERS = 8
T = table("t", column("n"), column("v"))
_numbers = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Postgres]:
    postgres.need_postgres()
    with postgres.running() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'a.db'}"
    else:
        url = request.getfixturevalue("server").create(f"d{next(_numbers)}")
    database = Database(url)
    database.write_now(lambda conn: conn.execute(text("CREATE TABLE t (n BIGINT PRIMARY KEY, v BIGINT)")))
    database.write_now(lambda conn: conn.execute(text("INSERT INTO t VALUES (0, 0)")))
    yield database
    database.close()


def value(conn: Connection) -> int:
    return conn.execute(text("SELECT v FROM t WHERE n = 0")).scalar_one()


def read_then_write(conn: Connection) -> None:
    conn.execute(text("UPDATE t SET v = :v WHERE n = 0"), {"v": value(conn) + 1})


@locks_first
def lock_then_write(conn: Connection) -> None:
    found = conn.execute(select(T.c.v).where(T.c.n == 0).with_for_update()).scalar_one()
    conn.execute(text("UPDATE t SET v = :v WHERE n = 0"), {"v": found + 1})


def ensure(conn: Connection, number: int) -> bool:
    """Whether this call made it."""
    if conn.execute(text("SELECT 1 FROM t WHERE n = :n"), {"n": number}).first():
        return False
    conn.execute(text("INSERT INTO t VALUES (:n, 0)"), {"n": number})
    return True


@pytest.mark.parametrize("step", [read_then_write, lock_then_write])
async def test_no_step_of_many_writers_is_lost(db: Database, step) -> None:
    await asyncio.gather(*(db.write(step) for _ in range(WRITERS * 10)))
    assert await db.read(value) == WRITERS * 10


async def test_of_many_makers_one_makes_and_none_fails(db: Database) -> None:
    for number in range(1, 6):
        assert sorted(await asyncio.gather(*(db.write(ensure, number) for _ in range(WRITERS)))) == [False] * 7 + [True]


async def test_what_is_taken_for_good_is_a_conflict(db: Database) -> None:
    with pytest.raises(Conflict):
        await db.write(lambda conn: conn.execute(text("INSERT INTO t VALUES (0, 0)")))


async def test_a_failed_write_leaves_nothing(db: Database) -> None:
    def fails(conn: Connection) -> None:
        read_then_write(conn)
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        await db.write(fails)
    assert await db.read(value) == 0


async def test_a_read_sees_one_moment(db: Database) -> None:
    inside, written = threading.Event(), threading.Event()

    def twice(conn: Connection) -> tuple[int, int]:
        first = value(conn)
        inside.set()
        assert written.wait(10)
        return first, value(conn)

    reading = asyncio.create_task(db.read(twice))
    assert await asyncio.to_thread(inside.wait, 10)
    await db.write(read_then_write)
    written.set()
    assert await reading == (0, 0)
    assert await db.read(value) == 1


async def test_turns_are_taken_one_after_the_other(db: Database, request: pytest.FixtureRequest) -> None:
    """By two servers on PostgreSQL, by one on SQLite."""
    other = db if db.is_sqlite else Database(db.engine.url.render_as_string(hide_password=False))
    inside = 0

    async def turn(turns, names: list[str]) -> None:
        nonlocal inside
        async with turns.take("g", names):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0.005)
            inside -= 1

    many = [f"n{number}" for number in range(40)]
    asked = [["n1"], ["n1", "n2"], many, ["n2", "n1"]] * 2
    await asyncio.gather(*(turn(turns, names) for turns in (db.turns, other.turns) for names in asked))
    async with asyncio.timeout(5), db.turns.take("g", ["n1"]), other.turns.take("g", ["n2"]):
        await asyncio.sleep(0)  # other names wait for nobody
    if db.line is not None and other.line is not None:
        await db.line.close()
        await other.line.close()
        other.close()


def test_plain_addresses_name_our_driver() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert parse_url(f"{scheme}://u@h/d").drivername == "postgresql+psycopg"


def test_nobody_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    database = Database(f"postgresql://tests@/none?host={tmp_path}")
    with pytest.raises(Unavailable, match="does not answer"):
        ensure_schema(database.engine)
    database.close()


def test_servers_that_start_together_make_one_schema(server: postgres.Postgres) -> None:
    url = server.create("together")
    code = (
        "import sys, workstead.app; from workstead.foundation.db import Database;"
        "from workstead.foundation.schema import ensure_schema; ensure_schema(Database(sys.argv[1]).engine)"
    )
    starting = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [process.wait(60) for process in starting] == [0, 0, 0]


def test_a_start_looks_at_tables_that_came_from_a_dump(server: postgres.Postgres) -> None:
    database = Database(server.create(f"d{next(_numbers)}"))
    known = text("SELECT count(*) FROM pg_class WHERE reltuples > 0 AND relname = 'subscriptions'")
    fill = text("INSERT INTO subscriptions SELECT 's' || n, 'x', 0 FROM generate_series(1, 1000) AS n")
    ensure_schema(database.engine)
    database.write_now(lambda conn: conn.execute(fill))
    assert database.read_now(lambda conn: conn.execute(known).scalar()) == 0
    ensure_schema(database.engine)
    assert database.read_now(lambda conn: conn.execute(known).scalar()) == 1
    database.close()


@pytest.mark.long
def test_the_servers_own_tests_pass_on_postgresql(server: postgres.Postgres) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "server/tests", "sdk/tests/azureml", "sdk/tests/client"]
    env = os.environ | {"WORKSTEAD_TEST_DATABASE": "postgresql"}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
