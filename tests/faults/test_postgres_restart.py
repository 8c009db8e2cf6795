"""PostgreSQL restarted under load: requests wait and are answered, nothing is lost, servers hear each other again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import live
import postgres
from workstead_client import runs
from workstead_client.transport import Transport
from workstead_wire.runs import RunCreate
from writers import Writer

WRITERS = 8
RESTARTS = 3
AWAY_S = 1.0


@pytest.mark.long
def test_writers_only_wait(tmp_path: Path) -> None:
    postgres.need_postgres()
    with postgres.running(durable=True) as database:
        env = {"WORKSTEAD_DATABASE_URL": database.create("load"), "WORKSTEAD_STORAGE_URL": str(tmp_path / "storage")}
        with live.running(tmp_path / "one", env=env) as server, live.running(tmp_path / "two", env=env) as other:
            where = server.make_workspace("load")
            writers = [Writer(server, where, f"writer{number}") for number in range(WRITERS)]
            for writer in writers:
                writer.start()
            for _ in range(RESTARTS):
                time.sleep(0.7)
                database.restart(AWAY_S)
            time.sleep(1)
            for writer in writers:
                writer.finish()
                writer.check()
            # A commit that the database was cut off from is told as such, and sent again it does no harm.
            refused = [said for writer in writers for said in writer.refused]
            assert all(said.startswith("503") and "went away while it wrote" in said for said in refused), refused
            check_bells(server, other, where)


def check_bells(one: live.Live, two: live.Live, where) -> None:
    here, there = Transport(one.url, one.token), Transport(two.url, two.token)
    runs.create_run(here, where, RunCreate(id="told", experiment="e"))
    feed = runs.follow_run(there, where, "told")
    next(feed)
    time.sleep(0.5)  # past the feed's own pause
    began = time.monotonic()
    runs.log_batch(here, where, "told", "s", 0, b'["loss",1,1]')
    assert next(feed).metrics[0].count == 1
    assert time.monotonic() - began < 1
    feed.close()
