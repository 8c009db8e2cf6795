"""What ``run.log`` costs: microseconds a call, calls a second until the server has acknowledged the last, and runs.

Measured in this process against a server in one of its own, with a bare encode and ``write(2)`` in the same run.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from figures import show

import live

SAMPLES = 50_000
CALLS = 1_000_000
RUNS, METRICS = 1_000, 10


def bare() -> float:
    """Median microseconds of encoding a point and writing it to a file, the least that a durable log can cost."""
    encode, write, clock = msgspec.json.Encoder().encode, os.write, time.perf_counter_ns
    with tempfile.TemporaryFile() as file:
        descriptor = file.fileno()
        took = []
        for number in range(SAMPLES):
            began = clock()
            write(descriptor, encode(("loss", number * 0.5, 1767225600000)) + b"\n")
            took.append(clock() - began)
    return statistics.median(took) / 1000


def call(run) -> float:
    """Median microseconds of one ``run.log``."""
    log, clock = run.log, time.perf_counter_ns
    took = []
    for number in range(SAMPLES):
        began = clock()
        log("loss", number * 0.5)
        took.append(clock() - began)
    run.flush()
    return statistics.median(took) / 1000


def rate(run) -> float:
    """Calls a second, counted until the server has acknowledged the last."""
    log = run.log
    began = time.perf_counter()
    for number in range(CALLS):
        log("rate", number * 0.5)
    run.flush()
    return CALLS / (time.perf_counter() - began)


def many_runs(experiment) -> float:
    """Seconds for 1,000 runs with 10 metrics each, from start to completed, one after the other."""
    began = time.perf_counter()
    for _ in range(RUNS):
        run = experiment.start_logging(snapshot_directory=None)
        for metric in range(METRICS):
            run.log(f"metric{metric}", 0.5)
        run.complete()
    return time.perf_counter() - began


def measure() -> dict[str, float]:
    """All figures, on a server of their own."""
    with tempfile.TemporaryDirectory() as folder, live.running(Path(folder) / "server") as server:
        os.environ.update(server.environ(), WORKSTEAD_HOME=str(Path(folder) / "client"))
        from azureml.core import Experiment, Workspace

        where = server.make_workspace("bench")
        ws = Workspace.get(where.workspace, subscription_id=where.subscription_id, resource_group=where.resource_group)
        experiment = Experiment(ws, "bench")
        run = experiment.start_logging(snapshot_directory=None)
        figures = {
            "bare encode and write, µs": bare(),
            "run.log, µs (median)": call(run),
            "run.log calls/s until acknowledged": rate(run),
        }
        run.complete()
        figures["1,000 runs × 10 metrics, s"] = many_runs(experiment)
        return figures


def main() -> None:
    """Print the figures, as a table or as JSON."""
    show(__doc__, measure)


if __name__ == "__main__":
    main()
