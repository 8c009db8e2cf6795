"""The database: group commit, jobs that fail alone, durability across a close."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from sqlalchemy import Connection, text

from workstead.foundation.db import Database
from workstead_wire.errors import Conflict, InvalidInput, OutOfSpace, Unavailable


@pytest.fixture
def db(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    database.write_now(lambda conn: conn.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)")))
    yield database
    database.close()


def add(conn: Connection, number: int) -> int:
    conn.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
    if number < 0:
        raise InvalidInput(f"{number} is negative")
    return number


def numbers(conn: Connection) -> list[int]:
    return list(conn.execute(text("SELECT n FROM t ORDER BY n")).scalars())


async def test_many_writes_at_once_are_all_there(db):
    results = await asyncio.gather(*(db.write(add, number) for number in range(500)))
    assert results == list(range(500))
    assert await db.read(numbers) == list(range(500))


async def test_a_failed_write_undoes_itself_and_nothing_else(db):
    jobs = [db.write(add, number) for number in (1, -2, 3)]
    first, second, third = await asyncio.gather(*jobs, return_exceptions=True)
    assert (first, third) == (1, 3)
    assert isinstance(second, InvalidInput)
    assert await db.read(numbers) == [1, 3]


async def test_breaking_a_constraint_is_a_conflict(db):
    await db.write(add, 1)
    with pytest.raises(Conflict, match="read it again"):
        await db.write(add, 1)


async def test_a_full_disk_is_said_so_and_nothing_is_half_written(db):
    pages = await db.read(lambda conn: conn.execute(text("PRAGMA page_count")).scalar())
    await db.write(lambda conn: conn.execute(text(f"PRAGMA max_page_count={pages}")))

    def fill(conn: Connection) -> None:
        for number in range(10, 20_000):
            conn.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})

    before, full, after = await asyncio.gather(
        db.write(add, 1), db.write(fill), db.write(add, 2), return_exceptions=True
    )
    assert (before, after) == (1, 2)
    assert isinstance(full, OutOfSpace)
    assert "disk is full" in full.message
    assert await db.read(numbers) == [1, 2]


async def test_after_close_writes_are_refused_and_the_file_is_whole(tmp_path):
    file = tmp_path / "b.db"
    database = Database(f"sqlite:///{file}")
    database.write_now(lambda conn: conn.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)")))
    await database.write(add, 7)
    database.close()
    with pytest.raises(Unavailable):
        await database.write(add, 8)
    with sqlite3.connect(file) as plain:
        assert plain.execute("SELECT n FROM t").fetchall() == [(7,)]
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
