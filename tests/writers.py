"""Clients that write metrics whatever happens to the server, and remember what it acknowledged."""

from __future__ import annotations

import itertools
import threading
import time

import httpx

import live
from workstead_wire.workspaces import WorkspacePath

METRICS = 3
BATCHES = (1, 7, 400, 1, 2000)


class Writer(threading.Thread):
    """Logs 0, 1, 2 … to a run of its own, round robin to three metrics, in batches of several sizes."""

    def __init__(self, server: live.Live, where: WorkspacePath, name: str) -> None:
        super().__init__(name=name)
        self.path = f"{where.url}/runs/{name}/metrics"
        self.run_path = f"{where.url}/runs"
        self.server = server
        self.acknowledged = 0
        """How many numbers the server has said it has."""
        self.sent = 0
        """How many it may have."""
        self.refused: list[str] = []
        self.longest_s = 0.0
        """Longest time from sending a batch first to its acknowledgement."""
        self._done = threading.Event()
        server.call("POST", self.run_path.removeprefix("/api/v1"), {"id": name, "experiment": "faults"})

    def run(self) -> None:
        """Write until told to stop."""
        headers = {"Authorization": f"Bearer {self.server.token}"}
        with httpx.Client(headers=headers, trust_env=False, timeout=30) as http:
            for size in itertools.cycle(BATCHES):
                began = time.monotonic()
                while not self._done.is_set() and not self._send(http, size):
                    time.sleep(0.02)
                if self._done.is_set():
                    return
                self.longest_s = max(self.longest_s, time.monotonic() - began)

    def finish(self) -> None:
        """Stop writing."""
        self._done.set()
        self.join(60)
        assert not self.is_alive()

    def check(self) -> None:
        """Everything that was acknowledged is there once, in order; beyond that at most what was under way."""
        total = 0
        for metric in range(METRICS):
            expected = list(range(metric, self.sent, METRICS))
            found = self._read(metric)
            assert found == expected[: len(found)]
            assert len(found) >= len(range(metric, self.acknowledged, METRICS))
            total += len(found)
        assert self.acknowledged <= total <= self.sent

    def _send(self, http: httpx.Client, size: int) -> bool:
        numbers = range(self.acknowledged, self.acknowledged + size)
        body = b"".join(b'["m%d",%d,1767225600000,%d]\n' % (number % METRICS, number, number) for number in numbers)
        self.sent = max(self.sent, numbers.stop)
        try:
            query = {"source": "writer", "first": self.acknowledged}
            reply = http.post(self.server.url + self.path, params=query, content=body)
        except httpx.TransportError:
            return False
        if reply.status_code != 200:
            self.refused.append(f"{reply.status_code} {reply.text}")
            return False
        self.acknowledged = reply.json()["next"]
        return True

    def _read(self, metric: int) -> list[int]:
        found: list[int] = []
        query: dict[str, int | str] = {"name": f"m{metric}", "limit": 100_000}
        while True:
            reply = self.server.http.get(self.path + "/series", params=query)
            if reply.status_code == 404:
                return []
            series = reply.raise_for_status().json()
            found += series["values"][f"m{metric}"]
            if series["next_cursor"] is None:
                return found
            query["after"] = series["next_cursor"]
