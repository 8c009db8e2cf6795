"""How much telemetry a server takes in, for how long, and how quick questions are meanwhile.

Run it from the repository's root: ``python benchmarks/telemetry.py [--seconds 60] [--rate 20000] [--json]``. A process
sends Application Insights envelopes at that rate; another asks for the overview, failures and a search all the while.
The server has the machine's other cores.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
from datetime import UTC, datetime
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import live

BATCH = 500
MARK = "MOMENT"


def make_batch(key: str) -> str:
    """A batch of operations of five items each, as exporters write them, with marks where time and operation go."""
    envelopes = []
    for number in range(BATCH // 5):
        operation = f"{MARK}{number:08x}"
        for kind, body in make_bodies(number):
            tags = {
                "ai.operation.id": operation,
                "ai.operation.parentId": f"a{number}",
                "ai.cloud.role": "shop",
            }
            data = {"baseType": kind, "baseData": {"ver": 2, **body}}
            envelopes.append({"name": kind, "time": f"{MARK}T", "iKey": key, "tags": tags, "data": data})
    return json.dumps(envelopes)


def make_bodies(number: int) -> list[tuple[str, dict[str, object]]]:
    """What one operation consists of."""
    request = {
        "id": f"a{number}", "name": f"GET /score/{number % 10}", "duration": f"0.00:00:00.{number:03}",
        "success": number % 20 != 0, "responseCode": "200", "url": "http://shop/score",
    }  # fmt: skip
    dependency = {
        "id": f"b{number}", "name": "SELECT", "duration": "0.00:00:00.002", "success": True, "resultCode": "0",
        "type": "sqlite", "target": "shop",
    }  # fmt: skip
    return [
        ("RequestData", request),
        ("RemoteDependencyData", dependency),
        ("MessageData", {"message": f"scored {number} rows of the request", "severityLevel": 1}),
        ("EventData", {"name": "scored", "properties": {"model": "digits", "version": str(number % 3)}}),
        ("MetricData", {"metrics": [{"name": "queue", "value": number / 7, "count": 1}]}),
    ]


def send(url: str, key: str, rate: int, seconds: float, tell: object) -> None:
    """Send ``rate`` items a second for a while, and tell how many were sent and how long it took."""
    connection = HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
    batch = make_batch(key)
    began, sent = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        now = datetime.now(UTC)
        body = batch.replace(f"{MARK}T", now.isoformat()).replace(MARK, f"{sent:024x}")
        connection.request("POST", "/insights/v2.1/track", body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 200, reply.status
        sent += BATCH
        time.sleep(max(0.0, began + sent / rate - time.perf_counter()))
    tell.put((sent, time.perf_counter() - began))  # pyright: ignore[reportAttributeAccessIssue]


def memory_mb(pid: int) -> float:
    """What of a process is in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def cpu_s(pid: int) -> float:
    """Seconds that a process has been at work."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def ask(server: live.Live, url: str, stop: threading.Event, taken: dict[str, list[float]], memory: list[float]) -> None:
    questions = {
        "overview": ("overview", {}),
        "failures": ("operations", {}),
        "search": ("items", {"filter": "kind = 'request' and success = false"}),
        "search, nothing": ("items", {"filter": "properties.model = 'none'"}),
    }
    while not stop.wait(1):
        memory.append(memory_mb(server.pid))
        for name, (path, params) in questions.items():
            began = time.perf_counter()
            server.http.get(f"{url}/insights/{path}", params=params).raise_for_status()
            taken.setdefault(name, []).append(time.perf_counter() - began)


def measure(server: live.Live, rate: int, seconds: float) -> dict[str, float]:
    where = server.make_workspace("benchmark")
    key = server.http.post(f"{where.url}/insights/connection").json()["instrumentation_key"]
    taken: dict[str, list[float]] = {}
    memory: list[float] = []
    stop = threading.Event()
    asking = threading.Thread(target=ask, args=(server, where.url, stop, taken, memory))
    context = get_context("spawn")
    before = cpu_s(server.pid)
    told = context.SimpleQueue()
    sender = context.Process(target=send, args=(server.url, key, rate, seconds, told))
    asking.start()
    sender.start()
    sent, took = told.get()
    sender.join()
    stop.set()
    asking.join()
    used = cpu_s(server.pid) - before
    time.sleep(3)
    shown = server.http.get(f"{where.url}/insights").json()
    figures = {
        "items a second": sent / took,
        "dropped, of a hundred": 100 * shown["dropped"] / sent,
        "bytes an item on disk": shown["bytes"] / max(shown["items"], 1),
        "CPU s of the server for 20,000": 20_000 * used / sent,
        "memory at a third, MB": memory[len(memory) // 3],
        "memory at two thirds, MB": memory[2 * len(memory) // 3],
        "memory at the end, MB": memory[-1],
    }
    for name, times in taken.items():
        figures[f"{name}, p50 ms"] = 1000 * statistics.median(times)
        figures[f"{name}, most ms"] = 1000 * max(times)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, live.running(Path(name) / "home") as server:
        figures = measure(server, asked.rate, asked.seconds)
    if asked.json:
        print(json.dumps(figures))
        return
    print(
        f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; aims: 20,000 items/s, queries at most 300 ms"
    )
    for line, value in figures.items():
        print(f"{line:28} {value:12,.1f}")


if __name__ == "__main__":
    main()
