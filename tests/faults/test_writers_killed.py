"""kill -9 of the server under eight writers, ten rounds, both databases: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

import live
from writers import Writer

WRITERS = 8
ROUNDS = 10


@pytest.mark.long
def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path, database_env: dict[str, str]) -> None:
    server = live.start(tmp_path / "home", env=database_env)
    port = int(server.url.rpartition(":")[2])
    where = server.make_workspace("faults")
    writers = [Writer(server, where, f"writer{number}") for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for turn in range(ROUNDS):
        before = sum(writer.acknowledged for writer in writers)
        time.sleep(0.2 + 0.07 * turn)  # at another moment of the commit each time
        server.kill()
        assert sum(writer.acknowledged for writer in writers) > before
        server = live.start(tmp_path / "home", env=database_env, port=port)
        for writer in writers:
            writer.server = server
    for writer in writers:
        writer.finish()
    for writer in writers:
        writer.check()
        assert writer.refused == []
    assert server.stop() == 0
    if not database_env:
        with sqlite3.connect(tmp_path / "home" / "workstead.db") as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
