"""How fast metrics come in: over HTTP from one client and from eight, against the bare database in the same run.

Run it from the repository's root: ``python benchmarks/ingest.py [--database postgresql]``.
"""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
import statistics
import sys
import tempfile
import time
import urllib.parse
from http.client import HTTPConnection
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import live
import postgres
from workstead_wire.workspaces import WorkspacePath

POINTS = 1_000_000
BATCH = 20_000
METRICS = 10
CLIENTS = 8
SINGLES = 1_000
START_AT = 1_767_225_600_000


class Client:
    """One client on one kept connection, as the SDK's spool sends."""

    def __init__(self, url: str, token: str, path: str) -> None:
        self.connection = HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
        self.path = path
        self.headers = {"Authorization": f"Bearer {token}"}

    def send(self, source: str, first: int, body: bytes) -> None:
        """Send a batch and wait for its acknowledgement."""
        self.connection.request("POST", f"{self.path}?source={source}&first={first}", body, self.headers)
        reply = self.connection.getresponse()
        text = reply.read()
        assert reply.status == 200, text


def make_batches(metrics: int = METRICS) -> list[bytes]:
    """The points as the SDK writes them: steps given, values of full length."""
    lines = (
        f'["metric_{number % metrics}",{number / 7!r},{START_AT + number // 20},{number // metrics}]\n'
        for number in range(POINTS)
    )
    text = list(lines)
    return ["".join(text[start : start + BATCH]).encode() for start in range(0, POINTS, BATCH)]


def make_rows() -> list[tuple[int, int, int, float]]:
    """The same points as rows."""
    return [
        ((number % METRICS + 1) << 32 | number // METRICS, number // METRICS, number // 20, number / 7)
        for number in range(POINTS)
    ]


def measure_http(server: live.Live, path: str, batches: list[bytes]) -> float:
    began = time.perf_counter()
    send_all(server.url, server.token, path, batches)
    return POINTS / (time.perf_counter() - began)


def measure_single(server: live.Live, path: str) -> float:
    client = Client(server.url, server.token, path)
    taken: list[float] = []
    for number in range(SINGLES):
        body = b'["single",0.3,%d,%d]\n' % (START_AT + number, number)
        began = time.perf_counter()
        client.send("singles", number, body)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def measure_bare(folder: Path) -> float:
    """Points a second of ``executemany`` into the same table, a transaction and an fsync a batch."""
    database = sqlite3.connect(folder / "bare.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE points (place INTEGER PRIMARY KEY, step BIGINT, at BIGINT, value DOUBLE)")
    rows = make_rows()
    began = time.perf_counter()
    for start in range(0, POINTS, BATCH):
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO points VALUES (?, ?, ?, ?)", rows[start : start + BATCH])
        database.execute("COMMIT")
    took = time.perf_counter() - began
    database.close()
    return POINTS / took


def measure_reading(server: live.Live, path: str) -> float:
    """Seconds to read one metric's points, thinned to a thousand."""
    taken: list[float] = []
    for _ in range(15):
        began = time.perf_counter()
        server.http.get(path + "/series", params={"name": "metric_0", "points": 1000}).raise_for_status()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def measure_eight(server: live.Live, where: WorkspacePath, batches: list[bytes]) -> float:
    """Points a second of eight processes, each with a run of its own."""
    for number in range(CLIENTS):
        path = where.url.removeprefix("/api/v1") + "/runs"
        server.call("POST", path, {"id": f"client{number}", "experiment": "ingest"})
    part = batches[: len(batches) // CLIENTS]
    context = get_context("spawn")
    ready = context.Barrier(CLIENTS + 1)
    clients = [
        context.Process(
            target=_send_when_ready,
            args=(ready, server.url, server.token, f"{where.url}/runs/client{number}/metrics", part),
        )
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    ready.wait()  # all have their points
    began = time.perf_counter()
    for client in clients:
        client.join()
    took = time.perf_counter() - began
    assert not any(client.exitcode for client in clients)
    return CLIENTS * len(part) * BATCH / took


def _send_when_ready(ready: Barrier, url: str, token: str, path: str, batches: list[bytes]) -> None:
    ready.wait()
    send_all(url, token, path, batches)


def send_all(url: str, token: str, path: str, batches: list[bytes]) -> None:
    client = Client(url, token, path)
    for number, body in enumerate(batches):
        client.send("batches", number * BATCH, body)


def measure_bare_postgres(url: str) -> float:
    """Points a second of psycopg's COPY into the same table, a transaction a batch."""
    import psycopg

    rows = make_rows()
    with psycopg.connect(url) as database:
        database.execute(
            "CREATE TABLE bare (place bigint PRIMARY KEY, step bigint, at bigint NOT NULL, value double precision)"
        )
        database.commit()
        began = time.perf_counter()
        for start in range(0, POINTS, BATCH):
            statement = "COPY bare (place, step, at, value) FROM STDIN (FORMAT BINARY)"
            with database.cursor() as cursor, cursor.copy(statement) as copy:
                copy.set_types(["int8", "int8", "int8", "float8"])
                for row in rows[start : start + BATCH]:
                    copy.write_row(row)
            database.commit()
        took = time.perf_counter() - began
        database.execute("DROP TABLE bare")
    return POINTS / took


def database_size(server: live.Live) -> int:
    if not server.database_url.startswith("sqlite"):
        import psycopg

        with psycopg.connect(server.database_url) as database:
            found = database.execute("SELECT pg_database_size(current_database())").fetchone()
        assert found
        return found[0]
    with sqlite3.connect(server.home / "workstead.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (server.home / "workstead.db").stat().st_size


def measure(server: live.Live, folder: Path) -> None:
    where = server.make_workspace("benchmark")
    run = where.url.removeprefix("/api/v1") + "/runs"
    for run_id in ("one", "long"):
        server.call("POST", run, {"id": run_id, "experiment": "ingest"})
    path = where.url + "/runs/one/metrics"
    batches = make_batches()
    empty = database_size(server)
    sqlite = server.database_url.startswith("sqlite")
    bare = measure_bare(folder) if sqlite else measure_bare_postgres(server.database_url)
    rate = measure_http(server, path, batches)
    bytes_a_point = (database_size(server) - empty) / POINTS
    eight = measure_eight(server, where, batches)
    single = measure_single(server, path)
    reading = measure_reading(server, path)
    path = where.url + "/runs/long/metrics"
    measure_http(server, path, make_batches(metrics=1))
    reading_long = measure_reading(server, path)
    print(f"points a second over HTTP, one client   {rate:12,.0f}   (aim: 250,000)")
    print(f"points a second, eight clients          {eight:12,.0f}   (aim: 250,000)")
    print(f"points a second, bare {'SQLite' if sqlite else 'COPY  '}            {bare:12,.0f}")
    print(f"ratio to the bare database              {rate / bare:12.0%}   (aim: 45%)")
    print(f"bytes a point on disk                   {bytes_a_point:12.1f}   (aim: at most 36, SQLite)")
    print(f"one acknowledged point, p50             {single * 1000:9.2f} ms   (aim: at most 1.5)")
    print(f"{POINTS // METRICS:,} points thinned to 1,000, p50     {reading * 1000:6.1f} ms")
    print(f"{POINTS:,} points thinned to 1,000, p50   {reading_long * 1000:6.1f} ms   (aim: at most 30)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        env: dict[str, str] = {}
        if asked.database == "postgresql":
            env["WORKSTEAD_DATABASE_URL"] = stack.enter_context(postgres.running(durable=True)).create("ingest")
        server = stack.enter_context(live.running(Path(name) / "home", env=env))
        measure(server, Path(name))


if __name__ == "__main__":
    main()
