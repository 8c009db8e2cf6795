"""How fast metrics come in: over HTTP from one client, against bare SQLite on the same disk in the same run.

Run it from the repository's root: ``python benchmarks/ingest.py``.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
import urllib.parse
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import live

POINTS = 1_000_000
BATCH = 20_000
METRICS = 10
SINGLES = 1_000
START_AT = 1_767_225_600_000


class Client:
    """One client on one kept connection, as the SDK's spool sends."""

    def __init__(self, server: live.Live, path: str) -> None:
        self.connection = HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=60)
        self.path = path
        self.headers = {"Authorization": f"Bearer {server.token}"}

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


def measure_http(server: live.Live, path: str, batches: list[bytes]) -> float:
    client = Client(server, path)
    began = time.perf_counter()
    for number, body in enumerate(batches):
        client.send("batches", number * BATCH, body)
    return POINTS / (time.perf_counter() - began)


def measure_single(server: live.Live, path: str) -> float:
    client = Client(server, path)
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
    rows = [
        ((number % METRICS + 1) << 32 | number // METRICS, number // METRICS, number // 20, number / 7)
        for number in range(POINTS)
    ]
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


def database_size(server: live.Live) -> int:
    with sqlite3.connect(server.home / "workstead.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (server.home / "workstead.db").stat().st_size


def main() -> None:
    with tempfile.TemporaryDirectory() as name, live.running(Path(name) / "home") as server:
        where = server.make_workspace("benchmark")
        run = where.url.removeprefix("/api/v1") + "/runs"
        for run_id in ("one", "long"):
            server.call("POST", run, {"id": run_id, "experiment": "ingest"})
        path = where.url + "/runs/one/metrics"
        batches = make_batches()
        empty = database_size(server)
        bare = measure_bare(Path(name))
        rate = measure_http(server, path, batches)
        bytes_a_point = (database_size(server) - empty) / POINTS
        single = measure_single(server, path)
        reading = measure_reading(server, path)
        path = where.url + "/runs/long/metrics"
        measure_http(server, path, make_batches(metrics=1))
        reading_long = measure_reading(server, path)
    print(f"points a second over HTTP, one client   {rate:12,.0f}   (aim: 250,000)")
    print(f"points a second, bare SQLite            {bare:12,.0f}")
    print(f"ratio to bare SQLite                    {rate / bare:12.0%}   (aim: 45%)")
    print(f"bytes a point on disk                   {bytes_a_point:12.1f}   (aim: at most 36)")
    print(f"one acknowledged point, p50             {single * 1000:9.2f} ms   (aim: at most 1.5)")
    print(f"{POINTS // METRICS:,} points thinned to 1,000, p50     {reading * 1000:6.1f} ms")
    print(f"{POINTS:,} points thinned to 1,000, p50   {reading_long * 1000:6.1f} ms   (aim: at most 30)")


if __name__ == "__main__":
    main()
