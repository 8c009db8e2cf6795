"""Fills a live server with a workspace that looks lived in: ``python tests/browser/seed.py URL TOKEN``."""

from __future__ import annotations

import hashlib
import math
import random
import struct
import sys
import time
import uuid
import zlib

import httpx
import msgspec

from workstead_wire import API
from workstead_wire.workspaces import WorkspacePath

HOSTILE = '<img src=x onerror="document.title=1;window.hacked=1"><script>window.hacked=1</script>'


def picture(side: int = 240) -> bytes:
    """A PNG that anybody can see: rings in blue."""
    rows = bytearray()
    for y in range(side):
        rows.append(0)
        for x in range(side):
            tone = int(127 + 127 * math.sin(math.hypot(x - side / 2, y - side / 2) / 9))
            rows += bytes((tone // 2, tone * 3 // 4, 200))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(rows))),
        (b"IEND", b""),
    )
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


class Seed:
    """Writes through the native API, as the SDK would."""

    def __init__(self, url: str, token: str) -> None:
        self.http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        )
        subscription = self.call("GET", f"{API}/subscriptions")["items"][0]["id"]
        self.where = WorkspacePath(
            subscription_id=subscription, resource_group="aidevcollege", workspace="aidevcollege"
        )
        self.random = random.Random(7)  # noqa: S311 - the same picture every time

    def call(self, method: str, path: str, body: object = None) -> dict:
        """The decoded answer; raises on an error."""
        content = None if body is None else msgspec.json.encode(body)
        reply = self.http.request(method, path, content=content, headers={"Content-Type": "application/json"})
        reply.raise_for_status()
        return reply.json() if reply.content else {}

    def workspace(self) -> None:
        """The lesson's resource group and workspace."""
        body = {"location": "westeurope", "create_resource_group": True, "exist_ok": True}
        self.call("PUT", self.where.url, body)

    def run(self, experiment: str, **fields: object) -> str:
        """A new run."""
        body = {"id": str(uuid.uuid4()), "experiment": experiment} | fields
        return self.call("POST", f"{self.where.url}/runs", body)["id"]

    def log(self, run: str, points: list[list]) -> None:
        """Metric points."""
        lines = b"\n".join(msgspec.json.encode(point) for point in points)
        address = f"{self.where.url}/runs/{run}/metrics?source={uuid.uuid4()}&first=0"
        self.http.post(address, content=lines).raise_for_status()

    def upload(self, run: str, path: str, content: bytes) -> None:
        """A file of a run."""
        self.http.put(f"{self.where.url}/artifacts/ExperimentRun/dcid.{run}/{path}", content=content).raise_for_status()

    def end(self, run: str, status: str = "Completed", **fields: object) -> None:
        """The run's end."""
        self.call("POST", f"{self.where.url}/runs/{run}/status", {"status": status} | fields)

    def lesson_run(self) -> str:
        """A run as the lesson leaves it: one metric, a pickle, a model."""
        run = self.run("scikit-learn-mnist", snapshot_id=self.snapshot())
        now = int(time.time() * 1000)
        self.log(
            run, [["regularization rate", 0.5, now], ["accuracy", 0.926 + self.random.uniform(-0.004, 0.004), now]]
        )
        self.upload(run, "outputs/scikit-learn-mnist.pkl", b"\x80\x04\x95\x00" + self.random.randbytes(63_600))
        self.upload(
            run, "logs/driver.log", "".join(f"2026-11-23 18:0{i % 10}:12 epoch {i}\n" for i in range(300)).encode()
        )
        self.end(run)
        body = {
            "name": "scikit-learn-mnist-model", "origin": "ExperimentRun", "container": f"dcid.{run}",
            "path": "outputs/scikit-learn-mnist.pkl", "run_id": run,
            "tags": {"area": "MNIST", "type": "classification"},
        }  # fmt: skip
        self.call("POST", f"{self.where.url}/models", body)
        return run

    def snapshot(self, files: dict[str, bytes] | None = None) -> str:
        """A source folder; a small one unless told."""
        files = files or {
            "train.py": b"import numpy as np\n\n\ndef main():\n    print(np.zeros(3))\n",
            "conf/a.json": b'{"c": 0.5}',
        }
        listed = {}
        for path, content in files.items():
            digest = hashlib.sha256(content).hexdigest()
            self.http.put(f"{self.where.url}/snapshots/contents/{digest}", content=content).raise_for_status()
            listed[path] = {"sha256": digest, "size": len(content)}
        return self.call("POST", f"{self.where.url}/snapshots", {"files": listed})["id"]

    def training(self, experiment: str, steps: int, *, ended: bool = True, **fields: object) -> str:
        """A run with curves, a table, an image and CSV."""
        run = self.run(experiment, **fields)
        now, rate = int(time.time() * 1000) - steps * 200, self.random.choice([0.1, 0.01, 0.001])
        points: list[list] = [["learning_rate", rate, now], ["epochs", 20, now]]
        for step in range(steps):
            at = now + step * 200
            loss = 2.3 * math.exp(-step / steps * 4) + abs(self.random.gauss(0, 0.05))
            points += [["loss", loss, at, step], ["accuracy", 1 - loss / 2.4, at, step]]
            if step % 10 == 0:
                points.append(["val/loss", loss * 1.1, at, step])
        points += [["confusion", {"true": 3, "predicted": 8, "count": 12}, now, None, "row"]]
        points += [["sine", {"x": [1, 2, 3], "y": [0.84, 0.91, 0.14]}, now, None, "table"]]
        points += [["digits", "images/digits.png", now, None, "image"]]
        self.log(run, points)
        self.upload(run, "images/digits.png", picture())
        self.upload(
            run,
            "outputs/history.csv",
            b"epoch,loss,accuracy\n"
            + b"".join(b"%d,%.4f,%.4f\n" % (i, 2 / (i + 1), 1 - 1 / (i + 2)) for i in range(40)),
        )
        self.upload(run, "outputs/report.html", f"<h1>Report</h1>{HOSTILE}".encode())
        self.upload(run, "outputs/summary.json", b'{"accuracy": 0.93, "classes": [0, 1, 2]}')
        if ended:
            self.end(run)
        return run

    def documents(self, run: str) -> None:
        """The four kinds of metric that are files, as azureml's SDK writes them, and a table over words."""
        truth = [
            [self.random.randint(40, 60) if x == y else self.random.randint(0, 9) for x in range(4)] for y in range(4)
        ]
        thresholds = [i / 20 for i in range(21)]
        tables = [[self._outcome(cut, skill) for cut in thresholds] for skill in (0.5, 0.7, 0.9)]
        bins = [i / 10 for i in range(11)]
        documents: dict[str, dict[str, object]] = {
            "confusion_matrix": {"class_labels": ["cat", "dog", "bird", "fish"], "matrix": truth},
            "accuracy_table": {
                "probability_tables": tables, "percentile_tables": tables, "probability_thresholds": thresholds,
                "percentile_thresholds": thresholds, "class_labels": ["0", "1", "2"],
            },
            "residuals": {"bin_edges": list(range(-5, 6)), "bin_counts": [1, 4, 14, 44, 90, 95, 41, 12, 5, 2]},
            "predictions": {
                "bin_averages": [x + 0.05 + self.random.uniform(-0.06, 0.06) for x in bins[:-1]],
                "bin_errors": [0.02 + x / 20 for x in bins[:-1]], "bin_counts": [9] * 10, "bin_edges": bins,
            },
        }  # fmt: skip
        now = int(time.time() * 1000)
        for kind, data in documents.items():
            content = msgspec.json.encode({"schema_type": kind, "schema_version": "1.0.0", "data": data})
            self.upload(run, f"{kind}.json", content)
            self.log(run, [[kind.replace("_", " "), f"{kind}.json", now, None, kind]])
        scores = {"class": ["cat", "dog", "bird"], "precision": [0.91, 0.84, 0.77], "recall": [0.89, 0.9, 0.71]}
        self.log(run, [["scores", scores, now, None, "table"]])

    @staticmethod
    def _outcome(cut: float, skill: float) -> list[int]:
        """True and false positives, true and false negatives among 100 and 200 at a threshold."""
        found, wrong = round(100 * (1 - cut ** (1 / (1 - skill)))), round(200 * (1 - cut) ** (1 / (1 - skill)))
        return [found, wrong, 200 - wrong, 100 - found]

    def everything(self) -> dict[str, str]:
        """A workspace with all there is; the ids of runs worth a visit."""
        self.workspace()
        runs = {"lesson": self.lesson_run(), "again": self.lesson_run()}
        runs["curves"] = self.training("mnist-cnn", 400, tags={"kind": "base", "gpu": "no"}, description="Baseline")
        self.documents(runs["curves"])
        for _ in range(12):
            self.training("mnist-cnn", 60, tags={"kind": "sweep"})
        runs["live"] = self.training("mnist-cnn", 80, ended=False, tags={"kind": "sweep"})
        runs["parent"] = self.run("sweep", type="hyperdrive", tags={"kind": "sweep"})
        for _ in range(3):
            child = self.run("sweep", parent_id=runs["parent"])
            self.log(child, [["accuracy", self.random.random(), int(time.time() * 1000)]])
            self.end(child)
        failed = self.run("mnist-cnn")
        self.end(failed, "Failed", error={"code": "ValueError", "message": "multi_class must be 'auto'"})
        self.end(self.run("mnist-cnn"), "Canceled")
        runs["failed"] = failed
        runs["hostile"] = self.run("injection", display_name=HOSTILE, description=HOSTILE, tags={"note": HOSTILE})
        self.log(runs["hostile"], [[HOSTILE, 1.0, int(time.time() * 1000)]])
        self.end(runs["hostile"])
        return runs


if __name__ == "__main__":
    print(msgspec.json.encode(Seed(sys.argv[1], sys.argv[2]).everything()).decode())
