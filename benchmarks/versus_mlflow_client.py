"""What a client measures of a server that speaks MLflow's API; runs in MLflow's environment, for versus_mlflow.py.

Most is asked with requests that MLflow's own client has written, sent over a kept connection by nothing but Python's
``http.client``: its Python client works longer on a batch of 1,000 metrics than a server should, and would hide it.
What a user of that client sees is measured beside it. Prints one line of JSON: figure to number.
"""

import json
import logging
import os
import statistics
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.protos.service_pb2 import LogBatch
from mlflow.utils.proto_json_utils import message_to_json

logging.getLogger("mlflow").setLevel(logging.ERROR)
NOW_MS = 1_767_225_600_000
CLIENTS = 8
BATCHES = 15
LONG = 100_000
LARGE_MIB = 512
SMALL_FILES = 200
RUN = "r" * 32
"""Stands in a prepared request for the run's id."""


class Wire:
    """One kept connection; whatever is answered but 200 ends the measuring."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self._connection = HTTPConnection(parts.netloc, timeout=600)
        self._root = parts.path + "/api/2.0/"
        self._headers = {"Content-Type": "application/json"}
        if os.environ.get("MLFLOW_TRACKING_TOKEN"):
            self._headers["Authorization"] = f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}"

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Ask, and return the body of the answer."""
        self._connection.request(method, self._root + path, body, self._headers)
        reply = self._connection.getresponse()
        text = reply.read()
        if reply.status != 200:
            message = f"{method} {path[:200]}: {reply.status} {text[:500]!r}"
            raise RuntimeError(message)
        return text

    def post(self, path: str, asked: dict) -> bytes:
        """Ask by JSON."""
        return self.ask("POST", path, json.dumps(asked).encode())


class Measuring:
    """A server, asked both ways."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = MlflowClient(url)
        self._wire = Wire(url)

    def template(self) -> dict:
        """Make the run that is copied many times."""
        run = self._new_run("many")
        metrics = [Metric(f"m{at}" if at else "accuracy", 0.5, NOW_MS, 0) for at in range(10)]
        params = [Param(f"p{at}", str(at)) for at in range(5)]
        self._client.log_batch(run, metrics=metrics, params=params, tags=[RunTag(f"t{at}", "x") for at in range(3)])
        self._client.set_terminated(run)
        return {}

    def search(self, runs: str) -> dict:
        """Search where it was copied."""
        where = self._client.get_experiment_by_name("many").experiment_id
        count = f"{int(runs):,} runs"

        def median(**more: object) -> float:
            asked = {"experiment_ids": [where], "max_results": 100, "run_view_type": "ACTIVE_ONLY", **more}
            return median_ms(lambda: self._wire.post("mlflow/runs/search", asked), 2)

        return {
            f"newest 100 of {count}, ms": median(),
            f"best 100 of {count} by a metric, ms": median(order_by=["metrics.accuracy DESC"]),
            f"100 of {count} by a filter, ms": median(filter="metrics.accuracy > 0.5 and params.p1 = '1'"),
        }

    def write(self) -> dict:
        """Write metrics one by one, and in batches."""
        run = self._new_run("single")
        steps = iter(range(10**9))
        return {
            "one metric, ms": median_ms(lambda: self._log_one(run, next(steps)), 50),
            "one metric by MLflow's Python client, ms": median_ms(
                lambda: self._client.log_metric(run, "m", 0.5, step=next(steps)), 30
            ),
            "batches of 1,000, one client, metrics/s": self._rate(1),
            "batches of 1,000, eight clients, metrics/s": self._rate(CLIENTS),
            "batches of 1,000 by MLflow's Python client, metrics/s": self._client_rate(),
        }

    def long(self) -> dict:
        """Write a long metric."""
        run = self._new_run("long")
        for body in prepare(range(0, LONG, 1000), names=1):
            self._wire.ask("POST", "mlflow/runs/log-batch", body.replace(RUN.encode(), run.encode()))
        return {"points": LONG}

    def read(self) -> dict:
        """Read the long metric."""
        where = self._client.get_experiment_by_name("long").experiment_id
        run = self._client.search_runs([where])[0].info.run_id
        path = f"mlflow/metrics/get-history?run_id={run}&metric_key=m0"
        raw = median_ms(lambda: self._wire.ask("GET", path), 2)
        began = time.perf_counter()
        assert len(self._client.get_metric_history(run, "m0")) == LONG
        return {
            "a metric of 100,000 points, ms": raw,
            "the same by MLflow's Python client, ms": (time.perf_counter() - began) * 1000,
        }

    def files(self) -> dict:
        """Send files and get them."""
        run = self._new_run("files")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            return self._large(run, folder) | self._small(run, folder) | self._small_raw(run)

    def _large(self, run: str, folder: Path) -> dict:
        large = folder / "large.bin"
        with large.open("wb") as stream:
            for _ in range(LARGE_MIB):
                stream.write(os.urandom(2**20))
            os.fsync(stream.fileno())  # or a server that flushes would wait for this file's bytes too
        up = seconds(lambda: self._client.log_artifact(run, str(large), "large"))
        down = seconds(lambda: self._client.download_artifacts(run, "large/large.bin", str(folder)))
        return {"large file up, MiB/s": LARGE_MIB / up, "large file down, MiB/s": LARGE_MIB / down}

    def _small(self, run: str, folder: Path) -> dict:
        many = folder / "many"
        many.mkdir()
        for number in range(SMALL_FILES):
            (many / f"{number}.txt").write_bytes(os.urandom(1000))
        up = seconds(lambda: self._client.log_artifacts(run, str(many), "many"))
        down = seconds(lambda: self._client.download_artifacts(run, "many", str(folder)))
        return {
            "small files up by MLflow's Python client, files/s": SMALL_FILES / up,
            "small files down by MLflow's Python client, files/s": SMALL_FILES / down,
        }

    def _small_raw(self, run: str) -> dict:
        uri = self._client.get_run(run).info.artifact_uri
        below = urllib.parse.urlsplit(uri).path.strip("/")
        wires = [Wire(self._url) for _ in range(CLIENTS)]
        each = SMALL_FILES // CLIENTS

        def all_of(method: str) -> float:
            def work(client: int) -> None:
                for number in range(each):
                    body = os.urandom(1000) if method == "PUT" else None
                    path = f"mlflow-artifacts/artifacts/{below}/raw/{client}-{number}.txt"
                    wires[client].ask(method, path, body)

            with ThreadPoolExecutor(CLIENTS) as pool:
                return CLIENTS * each / seconds(lambda: list(pool.map(work, range(CLIENTS))))

        return {"small files up, eight clients, files/s": all_of("PUT"),
                "small files down, eight clients, files/s": all_of("GET")}  # fmt: skip

    def _new_run(self, name: str) -> str:
        found = self._client.get_experiment_by_name(name)
        where = found.experiment_id if found else self._client.create_experiment(name)
        return self._client.create_run(where).info.run_id

    def _log_one(self, run: str, step: int) -> None:
        self._wire.post(
            "mlflow/runs/log-metric",
            {"run_uuid": run, "run_id": run, "key": "m", "value": 0.5, "timestamp": NOW_MS, "step": step},
        )

    def _rate(self, writers: int) -> float:
        """The median of three; one batch takes some servers so little that a single flush of the disk would tell."""
        bodies = prepare(range(0, BATCHES * 1000 // (1 if writers == 1 else 3), 1000))

        def write(run: str) -> None:
            wire = Wire(self._url)
            for body in bodies:
                wire.ask("POST", "mlflow/runs/log-batch", body.replace(RUN.encode(), run.encode()))

        def measure() -> float:
            runs = [self._new_run("rates") for _ in range(writers)]
            with ThreadPoolExecutor(writers) as pool:
                return writers * len(bodies) * 1000 / seconds(lambda: list(pool.map(write, runs)))

        return statistics.median(measure() for _ in range(3))

    def _client_rate(self) -> float:
        run = self._new_run("rates")
        batches = [batch(number * 1000) for number in range(BATCHES)]

        def write() -> None:
            for metrics in batches:
                self._client.log_batch(run, metrics=metrics)

        return BATCHES * 1000 / seconds(write)


def batch(begin: int, names: int = 10) -> list:
    return [Metric(f"m{at % names}", at / 7, NOW_MS + at, at) for at in range(begin, begin + 1000)]


def prepare(begins: range, names: int = 10) -> list[bytes]:
    """Batches as MLflow's client writes them."""
    return [
        message_to_json(LogBatch(run_id=RUN, metrics=[metric.to_proto() for metric in batch(begin, names)])).encode()
        for begin in begins
    ]


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_ms(work: Callable[[], object], times: int) -> float:
    work()
    return statistics.median(seconds(work) for _ in range(times)) * 1000


if __name__ == "__main__":
    url, verb, *rest = sys.argv[1:]
    print(json.dumps(getattr(Measuring(url), verb)(*rest)))
