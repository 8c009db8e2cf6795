"""``workstead migrate``: everything arrives, is compared, and goes on where it broke off."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

import live
import postgres
import workstead.app  # noqa: F401 - brings every room's tables
from workstead.foundation import moving
from workstead.foundation.db import Database, metadata
from workstead.foundation.schema import ensure_schema
from workstead_wire.errors import Conflict
from workstead_wire.workspaces import WorkspacePath


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Postgres]:
    postgres.need_postgres()
    with postgres.running() as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WorkspacePath]:
    """A home with a bit of everything, whose server has stopped."""
    folder = tmp_path_factory.mktemp("migrate") / "home"
    with live.running(folder) as server:
        where = server.make_workspace("moved")
        w = where.url.removeprefix("/api/v1")
        for run_id, parent in (("parent", None), ("child", "parent")):
            body = {"id": run_id, "experiment": "Grün", "parent_id": parent, "tags": {"Ä": "é", "a": "B"}}
            server.call("POST", f"{w}/runs", body)
        lines = b"".join(b'["loss",%d.25,%d,%d]\n' % (n, 10**12 + n, n) for n in range(5000))
        lines += b'["words","x",1]\n["loss","NaN",1]\n["loss","-Infinity",1]\n'
        server.http.post(f"{where.url}/runs/child/metrics?source=s&first=0", content=lines).raise_for_status()
        for name in ("a.txt", "ü/b c.txt"):
            url = f"{where.url}/artifacts/ExperimentRun/dcid.child/{name}"
            server.http.put(url, content=name.encode() * 1000).raise_for_status()
    return folder, where


def migrate(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workstead", "migrate", *args]
    return subprocess.run(
        command, env=live.clean_environ(home), capture_output=True, text=True, timeout=120, check=False
    )


def look(server: live.Live, where: WorkspacePath) -> list[object]:
    """What a client sees."""
    w = where.url.removeprefix("/api/v1")
    paths = ("", "/runs", "/runs/child/metrics/all", "/artifacts/ExperimentRun/dcid.child")
    files = [
        server.http.get(f"{where.url}/artifacts/ExperimentRun/dcid.child/{n}").text for n in ("a.txt", "ü/b c.txt")
    ]
    return [*(server.call("GET", w + path) for path in paths), *files]


def test_rows_and_bytes_move_and_all_is_as_it_was(home, server: postgres.Postgres, tmp_path: Path) -> None:
    folder, where = home
    with live.running(folder) as before:
        seen = look(before, where)
    url, store = server.create("whole"), str(tmp_path / "elsewhere")
    done = migrate(folder, "--to", url, "--storage", "folder", "--storage-url", store)
    assert done.returncode == 0, done.stderr
    assert "Rows, copied and compared" in done.stdout
    settings = dict(re.findall(r"^  (WORKSTEAD_\w+)=(.*)$", done.stdout, re.MULTILINE))
    assert settings["WORKSTEAD_DATABASE_URL"].startswith("postgresql://")
    with live.running(folder, env=settings) as after:
        assert look(after, where) == seen
        body = {"id": "new", "experiment": "Grün"}  # keys go on behind those that moved
        assert after.call("POST", where.url.removeprefix("/api/v1") + "/runs", body)["number"] == 3


def test_a_target_that_holds_anything_is_refused(home, server: postgres.Postgres, tmp_path: Path) -> None:
    folder, _ = home
    url = server.create("taken")
    with live.running(tmp_path / "other", env={"WORKSTEAD_DATABASE_URL": url}):
        pass
    done = migrate(folder, "--to", url)
    assert done.returncode == 1
    assert "the target is not empty" in done.stderr
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "own").write_text("x")
    done = migrate(folder, "--storage", "folder", "--storage-url", str(tmp_path / "store"))
    assert (done.returncode, "it has 'own'" in done.stderr) == (1, True)


def test_a_home_in_use_is_refused(live_server: live.Live) -> None:
    done = migrate(live_server.home, "--to", "postgresql://nowhere/none")
    assert (done.returncode, "another server runs" in done.stderr) == (1, True)


def test_a_move_that_broke_off_goes_on(
    home, server: postgres.Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, _ = home
    monkeypatch.setattr(moving, "BATCH", 1000)
    url = server.create("broken")
    source, target = Database(f"sqlite:///{folder / 'workstead.db'}"), Database(url)

    def break_off(name: str, done: int) -> None:
        if name == "points" and done >= 3000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moving.move_rows(source.engine, target.engine, "here", break_off)
    with pytest.raises(Conflict, match="half filled"):
        ensure_schema(target.engine)
    with pytest.raises(Conflict, match="half filled from here"):
        moving.move_rows(source.engine, target.engine, "another", lambda *_: None)
    told: list[int] = []
    total = moving.move_rows(
        source.engine, target.engine, "here", lambda name, done: told.append(done) if name == "points" else None
    )
    assert told == [4000, 5000, 5002]
    for table in metadata.sorted_tables:
        query = select(func.count()).select_from(table)
        with source.engine.connect() as one, target.engine.connect() as other:
            count = one.execute(query).scalar_one()
            assert count == other.execute(query).scalar_one()
            total -= count
    assert total == 0
    ensure_schema(target.engine)
    source.close()
    target.close()


def test_a_row_that_differs_is_found(home, server: postgres.Postgres) -> None:
    folder, _ = home
    source, target = Database(f"sqlite:///{folder / 'workstead.db'}"), Database(server.create("differs"))
    moving.move_rows(source.engine, target.engine, "here", lambda *_: None)
    for change in ("UPDATE points SET value = value + 1e-9 WHERE step = 77", "DELETE FROM points WHERE step = 99"):
        target.write_now(lambda conn, change=change: conn.execute(text(change)))
        with pytest.raises(Conflict, match="of table points is not the same"):
            moving.compare_rows(source.engine, target.engine, metadata.tables["points"])
    source.close()
    target.close()
