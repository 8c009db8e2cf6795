"""Ours against ``mlflow server``, in one run: the same unmodified MLflow client does the same to each, on SQLite.

MLflow is taken twice, with its default workers and with one; each ratio is against the better of the two. Run it from
the repository's root, on a quiet machine: ``python benchmarks/versus_mlflow.py [--json]``.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from copies import fill_mlflow, fill_workstead
from figures import Figures, make_parser, print_figures
from startup import free_port, wait_for_answer

import live
from environments import make_environment

MLFLOW = ["mlflow==3.17.2"]
RUNS = 10_000
IDLE_S = 3
SCRIPT = Path(__file__).parent / "versus_mlflow_client.py"
KINDS = {"mlflow, default workers": [], "mlflow, one worker": ["--workers", "1"]}
LESS_IS_BETTER = ("ms", "s", "MiB", "B")
"""Units of figures of which the smaller is the better; all others are rates."""


@contextlib.contextmanager
def workstead(folder: Path) -> Iterator[tuple[str, int, float]]:
    """Our server: address for MLflow's clients, process, seconds until it answered."""
    began = time.perf_counter()
    with live.running(folder / "home", env={"WORKSTEAD_THROWAWAY_WORKSPACES": "1"}) as server:
        took = time.perf_counter() - began
        path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/versus"
        yield f"{server.url}/mlflow/v1.0{path}", server.pid, took


@contextlib.contextmanager
def mlflow(folder: Path, options: list[str]) -> Iterator[tuple[str, int, float]]:
    """MLflow's server, the same of it."""
    port = free_port()
    store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "files")]
    command = [make_environment(MLFLOW), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    began = time.perf_counter()
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen([*command, *store, *options], stdout=log, stderr=log, start_new_session=True)
    try:
        yield f"http://127.0.0.1:{port}", server.pid, wait_for_answer(server, f"http://127.0.0.1:{port}/health", began)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def held(pid: int) -> float:
    """MiB that a process and its children hold."""
    process = psutil.Process(pid)
    return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)]) / 2**20


def ask(url: str, token: str, *words: str) -> Figures:
    """What the client measures."""
    env = {**live.clean_environ(Path(tempfile.gettempdir())), "MLFLOW_TRACKING_TOKEN": token}
    command = [make_environment(MLFLOW), SCRIPT, url, *words]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env).stdout
    return json.loads(said.splitlines()[-1])


class Peer(NamedTuple):
    """A server to measure. ``database`` and ``token`` are found from the folder that ``open`` was given."""

    open: Callable[[Path], contextlib.AbstractContextManager[tuple[str, int, float]]]
    token: Callable[[Path], str]
    database: Callable[[Path], Path]
    fill: Callable[[Path], None]


WORKSTEAD = Peer(
    workstead,
    lambda folder: (folder / "home" / "token").read_text().strip(),
    lambda folder: folder / "home" / "workstead.db",
    lambda folder: fill_workstead(folder / "home", RUNS),
)


def mlflow_with(options: list[str]) -> Peer:
    """MLflow with these options."""
    return Peer(
        lambda folder: mlflow(folder, options),
        lambda _: "",
        lambda folder: folder / "mlflow.db",
        lambda folder: fill_mlflow(folder / "mlflow.db", RUNS),
    )


def measure(peer: Peer, folder: Path) -> Figures:
    """All figures of one server; the search goes over a store of its own, filled while no server runs on it."""
    used, many = folder / "used", folder / "many"
    used.mkdir(parents=True)
    many.mkdir()
    with peer.open(used) as (url, pid, took):
        time.sleep(IDLE_S)
        figures = {"start, s": took, "idle, MiB": held(pid)}
        figures |= ask(url, peer.token(used), "write")
        figures["on disk a point, B"] = bytes_a_point(peer, used, url)
        figures |= ask(url, peer.token(used), "files")
    with peer.open(many) as (url, _, _):
        ask(url, peer.token(many), "template")
    peer.fill(many)
    with peer.open(many) as (url, _, _):
        return figures | ask(url, peer.token(many), "search", str(RUNS))


def bytes_a_point(peer: Peer, folder: Path, url: str) -> float:
    """How much the database grows by a point."""
    file = peer.database(folder)
    before = file.stat().st_size + log_size(file)
    points = ask(url, peer.token(folder), "points")["points"]
    return (file.stat().st_size + log_size(file) - before) / points


def log_size(file: Path) -> int:
    """Bytes that SQLite has not moved into the database yet, first moved as far as they go."""
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    log = file.with_name(file.name + "-wal")
    return log.stat().st_size if log.exists() else 0


def ratios(ours: Figures, theirs: list[Figures]) -> Figures:
    """How many times better ours is than the better of theirs."""
    found = {}
    for name, figure in ours.items():
        if name.rpartition(", ")[2] in LESS_IS_BETTER:
            found[name] = min(other[name] for other in theirs) / figure
        else:
            found[name] = figure / max(other[name] for other in theirs)
    return found


def table(every: dict[str, Figures], times: Figures) -> str:
    """All of it as Markdown."""
    head = "| | " + " | ".join(every) + " | ours better by |\n|---|" + "---:|" * (len(every) + 1)
    rows = [
        f"| {name} | " + " | ".join(f"{figures[name]:,.2f}" for figures in every.values()) + f" | {factor:,.1f} × |"
        for name, factor in times.items()
    ]
    return "\n".join([head, *rows])


def main() -> None:
    """Measure and print."""
    asked = make_parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        every: dict[str, Figures] = {}
        for name, options in KINDS.items():
            every[name] = measure(mlflow_with(options), Path(folder) / name.replace(" ", "-"))
        ours = measure(WORKSTEAD, Path(folder) / "ours")
    times = ratios(ours, list(every.values()))
    if asked.json:
        print_figures(times, as_json=True)
    else:
        print(table({"Workstead": ours, **every}, times))


if __name__ == "__main__":
    main()
