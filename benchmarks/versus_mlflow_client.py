"""What MLflow's own client measures of a server; runs in MLflow's environment. Used by versus_mlflow.py.

Prints one line of JSON: figure to number.
"""

import json
import logging
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

logging.getLogger("mlflow").setLevel(logging.ERROR)
NOW_MS = 1_767_225_600_000
LARGE_MIB = 512
SMALL_FILES = 200
LONG = 100_000


def batch(begin: int, count: int) -> list:
    return [Metric(f"m{at % 10}", at / 7, NOW_MS + at, begin + at) for at in range(count)]


def median_ms(work, times: int) -> float:
    work()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def new_run(client: MlflowClient, name: str) -> str:
    found = client.get_experiment_by_name(name)
    return client.create_run(found.experiment_id if found else client.create_experiment(name)).info.run_id


def rate(client: MlflowClient, writers: int, batches: int) -> float:
    runs = [new_run(client, "rates") for _ in range(writers)]

    def write(run: str) -> None:
        for number in range(batches):
            client.log_batch(run, metrics=batch(number * 1000, 1000))

    began = time.perf_counter()
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, runs))
    return writers * batches * 1000 / (time.perf_counter() - began)


def write(client: MlflowClient) -> dict:
    run = new_run(client, "single")
    steps = iter(range(10**9))
    long = new_run(client, "long")
    for begin in range(0, LONG, 1000):
        points = [Metric("loss", at / 7, NOW_MS + at, at) for at in range(begin, begin + 1000)]
        client.log_batch(long, metrics=points)
    return {
        "one metric, ms": median_ms(lambda: client.log_metric(run, "m", 0.5, step=next(steps)), 50),
        "batches of 1,000, one client, metrics/s": rate(client, 1, 15),
        "batches of 1,000, eight clients, metrics/s": rate(client, 8, 5),
        "a metric of 100,000 points read, ms": median_ms(lambda: client.get_metric_history(long, "loss"), 2),
    }


def points(client: MlflowClient) -> dict:
    run = new_run(client, "points")
    for number in range(50):
        client.log_batch(run, metrics=batch(number * 1000, 1000))
    return {"points": 50_000}


def files(client: MlflowClient) -> dict:
    run = new_run(client, "files")
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.bin"
        with large.open("wb") as stream:
            for _ in range(LARGE_MIB):
                stream.write(os.urandom(2**20))
        began = time.perf_counter()
        client.log_artifact(run, str(large), "large")
        up = LARGE_MIB / (time.perf_counter() - began)
        began = time.perf_counter()
        client.download_artifacts(run, "large/large.bin", folder)
        down = LARGE_MIB / (time.perf_counter() - began)
        many = Path(folder) / "many"
        many.mkdir()
        for number in range(SMALL_FILES):
            (many / f"{number}.txt").write_bytes(os.urandom(1000))
        began = time.perf_counter()
        client.log_artifacts(run, str(many), "many")
        small_up = SMALL_FILES / (time.perf_counter() - began)
        began = time.perf_counter()
        client.download_artifacts(run, "many", folder)
        small_down = SMALL_FILES / (time.perf_counter() - began)
    return {
        "large file up, MiB/s": up, "large file down, MiB/s": down,
        "small files up, files/s": small_up, "small files down, files/s": small_down,
    }  # fmt: skip


def template(client: MlflowClient) -> dict:
    run = new_run(client, "many")
    metrics = [Metric(f"m{at}" if at else "accuracy", 0.5, NOW_MS, 0) for at in range(10)]
    params = [Param(f"p{at}", str(at)) for at in range(5)]
    client.log_batch(run, metrics=metrics, params=params, tags=[RunTag(f"t{at}", "x") for at in range(3)])
    client.set_terminated(run)
    return {}


def search(client: MlflowClient, runs: str) -> dict:
    where = [client.get_experiment_by_name("many").experiment_id]
    count = f"{int(runs):,} runs"
    return {
        f"newest 100 of {count}, ms": median_ms(lambda: client.search_runs(where, max_results=100), 5),
        f"best 100 of {count} by a metric, ms": median_ms(
            lambda: client.search_runs(where, order_by=["metrics.accuracy DESC"], max_results=100), 3
        ),
        f"100 of {count} by a filter, ms": median_ms(
            lambda: client.search_runs(where, "metrics.accuracy > 0.5 and params.p1 = '1'", max_results=100), 3
        ),
    }


if __name__ == "__main__":
    url, verb, *rest = sys.argv[1:]
    print(json.dumps(globals()[verb](MlflowClient(url), *rest)))
