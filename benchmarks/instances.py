"""How long an instance takes from the request to Running: with nothing cached, with packages cached, started again.

The first downloads all packages into a cache of its own, so it depends on the network. Seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from figures import Figures, show

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import live


def measure() -> Figures:
    """One server, two instances one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with live.running(place / "h", env={"UV_CACHE_DIR": str(place / "uv")}) as server:
            base = server.make_workspace("bench").url.removeprefix("/api/v1") + "/computes"
            figures: Figures = {}
            for name, what in (("first", "nothing cached"), ("second", "packages cached")):
                figures[what] = until(server, f"{base}/{name}", "PUT", "Running", {"size": "STANDARD_D3_V2"})
                for step in server.call("GET", f"{base}/{name}")["steps"]:
                    figures[f"{what}: {step['name']}"] = step["seconds"]
            figures["stop"] = until(server, f"{base}/second", "POST", "Stopped", verb="/stop")
            figures["start"] = until(server, f"{base}/second", "POST", "Running", verb="/start")
            for name in ("first", "second"):
                server.call("DELETE", f"{base}/{name}")
            while server.call("GET", base)["items"]:
                time.sleep(0.1)
            return figures


def until(server: live.Live, path: str, method: str, state: str, body: object = None, verb: str = "") -> float:
    """Seconds from the request until the instance is in ``state``."""
    began = time.perf_counter()
    server.call(method, path + verb, body)
    while (instance := server.call("GET", path))["state"] != state:
        if instance["state"] == "Failed":
            raise SystemExit(instance["reason"])
        time.sleep(0.02)
    return time.perf_counter() - began


if __name__ == "__main__":
    show(__doc__, measure)
