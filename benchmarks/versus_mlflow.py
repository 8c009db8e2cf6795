"""Ours against ``mlflow server``, in one run: the same client does the same to each, on SQLite, then on PostgreSQL.

MLflow is taken twice, with its default workers and with one; each ratio is against the better of the two. Run it from
the repository's root, on a quiet machine: ``python benchmarks/versus_mlflow.py [--database sqlite]``. It writes its
sections of docs/performance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import psutil
from sqlalchemy import create_engine, text

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from copies import fill_mlflow, fill_workstead
from figures import Figures
from page import machine, write_section
from startup import free_port, wait_for_answer

import live
import postgres
from environments import make_environment
from workstead.foundation.db import parse_url

VERSION = "3.17.2"
MLFLOW = [f"mlflow=={VERSION}", "psycopg[binary]"]
RUNS = 10_000
IDLE_S = 3
SCRIPT = Path(__file__).parent / "versus_mlflow_client.py"
DEFAULT = "MLflow, default workers"
LESS_IS_BETTER = ("ms", "s", "MiB", "B")
"""Units of figures of which the smaller is the better; all others are rates."""
AIMS = {
    "start, s": 10, "idle, MiB": 10, "one metric, ms": 4,
    "batches of 1,000, one client, metrics/s": 25, "batches of 1,000, eight clients, metrics/s": 17,
    "a metric of 100,000 points, ms": 50, "newest 100 of 10,000 runs, ms": 10,
    "best 100 of 10,000 runs by a metric, ms": 50, "100 of 10,000 runs by a filter, ms": 10,
    "large file up, MiB/s": 2, "large file down, MiB/s": 2,
    "small files up, eight clients, files/s": 10, "small files down, eight clients, files/s": 10,
}  # fmt: skip
"""How many times better ours should be."""
AIM_AS_SEEN = 25
"""The same of one metric, against MLflow's default workers."""

Open = Callable[[], AbstractContextManager[tuple[str, int]]]


class Peer(NamedTuple):
    """A server to measure: ``open`` gives its address for clients and its process, once it answers."""

    open: Open
    token: Callable[[], str]
    fill: Callable[[str, int], None]
    url: str
    """Of its database."""


def workstead(folder: Path, url: str) -> Peer:
    """Our server, as it starts by itself."""
    home = folder / "home"
    env = {"WORKSTEAD_THROWAWAY_WORKSPACES": "1"} | ({"WORKSTEAD_DATABASE_URL": url} if url else {})

    @contextlib.contextmanager
    def run() -> Iterator[tuple[str, int]]:
        with live.running(home, env=env) as server:
            path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/versus"
            yield f"{server.url}/mlflow/v1.0{path}", server.pid

    address = url or f"sqlite:///{home / 'workstead.db'}"
    return Peer(run, lambda: (home / "token").read_text().strip(), fill_workstead, address)


def mlflow(folder: Path, url: str, options: list[str]) -> Peer:
    """MLflow's server with these options."""
    address = url or f"sqlite:///{folder / 'mlflow.db'}"
    command = [
        make_environment(MLFLOW), "-m", "mlflow", "server", "--host", "127.0.0.1",
        "--backend-store-uri", address, "--artifacts-destination", folder / "files", *options,
    ]  # fmt: skip

    @contextlib.contextmanager
    def run() -> Iterator[tuple[str, int]]:
        port = free_port()
        with (folder / "log").open("ab") as log:
            server = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for_answer(server, f"http://127.0.0.1:{port}/health", time.perf_counter())
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)

    return Peer(run, lambda: "", fill_mlflow, address)


def measure(peer: Peer, *, files: bool) -> Figures:
    """All figures of one server, on a database that was filled with runs while no server ran on it."""
    with peer.open() as (url, _):
        ask(peer, url, "template")
    peer.fill(peer.url, RUNS)
    began = time.perf_counter()
    with peer.open() as (url, pid):
        figures: Figures = {"start, s": time.perf_counter() - began}
        time.sleep(IDLE_S)
        figures["idle, MiB"] = held(pid)
        figures |= ask(peer, url, "search", str(RUNS)) | ask(peer, url, "write")
        before = size(peer.url)
        points = ask(peer, url, "long")["points"]
        figures["on disk a point, B"] = (size(peer.url) - before) / points
        figures |= ask(peer, url, "read")
        return figures | (ask(peer, url, "files") if files else {})


def ask(peer: Peer, url: str, *words: str) -> Figures:
    """What the client measures."""
    env = {**live.clean_environ(Path(tempfile.gettempdir())), "MLFLOW_TRACKING_TOKEN": peer.token()}
    command = [make_environment(MLFLOW), SCRIPT, url, *words]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env).stdout
    return json.loads(said.splitlines()[-1])


def held(pid: int) -> float:
    """MiB that a process and its children hold."""
    process = psutil.Process(pid)
    return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)]) / 2**20


def size(url: str) -> int:
    """Bytes that a database takes."""
    address = parse_url(url)
    if address.get_backend_name() == "sqlite":
        file = Path(address.database or "")
        with contextlib.closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        log = file.with_name(file.name + "-wal")
        return file.stat().st_size + (log.stat().st_size if log.exists() else 0)
    engine = create_engine(address)
    with engine.connect() as conn:
        found = conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    engine.dispose()
    return found


def ratio(name: str, ours: Figures, theirs: list[Figures]) -> float:
    """How many times better ours is than the better of theirs."""
    if name.rpartition(", ")[2] in LESS_IS_BETTER:
        return min(other[name] for other in theirs) / ours[name]
    return ours[name] / max(other[name] for other in theirs)


def report(database: str, every: dict[str, Figures]) -> str:
    """The section of a database, as Markdown. The first of ``every`` is ours."""
    ours, *theirs = every.values()
    times = {name: ratio(name, ours, theirs) for name in ours}
    seen = ratio("one metric, ms", ours, [every[DEFAULT]])
    missed = [f"{name} {times[name]:,.1f} × of {aim} ×" for name, aim in AIMS.items() if times.get(name, aim) < aim]
    missed += [f"one metric, against the default, {seen:,.1f} × of {AIM_AS_SEEN} ×"] if seen < AIM_AS_SEEN else []
    return (
        f"## Against MLflow, both on {database}\n\n"
        f"`benchmarks/versus_mlflow.py`, MLflow {VERSION}. {machine()}\n\n{table(every, times)}\n\n"
        "The factor is against the better of MLflow's two. Requests are those that MLflow's own client writes, sent by "
        "Python's `http.client`, since that client's own work on a batch or on a long metric is more than the "
        "server's; rows that name it, and those of large files, are measured by it.\n\n"
        f"Against its default workers, one metric is {seen:,.1f} × as fast (aim: {AIM_AS_SEEN} ×).\n\n"
        f"Aims missed: {'; '.join(missed) or 'none'}.\n"
    )


def table(every: dict[str, Figures], times: Figures) -> str:
    """All of it as Markdown."""
    head = f"| | {' | '.join(every)} | ours better by | aim |\n|---|{'---:|' * (len(every) + 2)}"
    rows = [
        f"| {name} | {' | '.join(f'{figures[name]:,.2f}' for figures in every.values())} "
        f"| {factor:,.1f} × | {f'{AIMS[name]} ×' if name in AIMS else ''} |"
        for name, factor in times.items()
    ]
    return "\n".join([head, *rows])


def compare(folder: Path, create: Callable[[str], str], *, files: bool) -> dict[str, Figures]:
    """All figures of all servers, one after the other. ``create`` makes a database, or says that a file will do."""
    every: dict[str, Figures] = {}
    for name, options in ((DEFAULT, []), ("MLflow, one worker", ["--workers", "1"]), ("Workstead", None)):
        place = folder / str(len(every))
        place.mkdir(parents=True)
        url = create(f"versus{len(every)}")
        peer = workstead(place, url) if options is None else mlflow(place, url, options)
        print(f"▸ {name}", flush=True)
        every[name] = measure(peer, files=files)
        for figure, value in every[name].items():
            print(f"    {figure:<60} {value:>14,.2f}", flush=True)
    return {"Workstead": every.pop("Workstead"), **every}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="one of them only")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.database != "postgresql":
            every = compare(Path(folder) / "sqlite", lambda _: "", files=True)
            write_section("versus_mlflow sqlite", report("SQLite", every))
        if asked.database != "sqlite":
            with postgres.running(durable=True) as server:
                every = compare(Path(folder) / "postgresql", server.create, files=False)
            write_section("versus_mlflow postgresql", report("PostgreSQL", every))


if __name__ == "__main__":
    main()
