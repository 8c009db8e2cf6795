"""How long a server takes from exec to its first answer, and how much memory it holds when idle.

``mlflow server`` is measured in the same way, in the same run, where it is installed (``--mlflow PYTHON``).
"""

from __future__ import annotations

import contextlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from figures import make_parser, print_figures

import live

STARTS = 5
IDLE_S = 5
DEADLINE_S = 300


def start_and_stop(command: list[str], home: Path, port: int, path: str) -> tuple[float, float]:
    """Seconds from exec to the first answer, and MiB that the server and its children hold after ``IDLE_S``."""
    began = time.perf_counter()
    with (home / "log").open("ab") as log:
        server = subprocess.Popen(command, env=live.clean_environ(home), stdout=log, stderr=log)
    try:
        took = wait_for_answer(server, f"http://127.0.0.1:{port}{path}", began)
        time.sleep(IDLE_S)
        process = psutil.Process(server.pid)
        held = sum(each.memory_info().rss for each in [process, *process.children(recursive=True)])
    finally:
        server.terminate()
        server.wait(30)
    return took, held / 2**20


def wait_for_answer(server: subprocess.Popen[bytes], url: str, began: float) -> float:
    """Seconds since ``began`` when ``url`` answered."""
    with httpx.Client(trust_env=False, timeout=30) as client:
        while time.perf_counter() - began < DEADLINE_S and server.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if client.get(url).is_success:
                    return time.perf_counter() - began
            time.sleep(0.005)
    message = f"{url} did not answer"
    raise TimeoutError(message)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def measure_workstead() -> dict[str, float]:
    """First start on a new home, then the median of the warm ones."""
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), free_port()
        command = [sys.executable, "-m", "workstead", "up", "--port", str(port)]
        first, _ = start_and_stop(command, home, port, "/api/v1/about")
        warm = [start_and_stop(command, home, port, "/api/v1/about") for _ in range(STARTS)]
    return {
        "server ready on a new home, s": first,
        "server ready, warm, s": statistics.median(took for took, _ in warm),
        "server idle, MiB": statistics.median(held for _, held in warm),
    }


def measure_mlflow(python: str) -> dict[str, float]:
    """The same for MLflow's server."""
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), free_port()
        store = ["--backend-store-uri", f"sqlite:///{home}/mlflow.db", "--artifacts-destination", str(home / "files")]
        command = [python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), *store]
        start_and_stop(command, home, port, "/health")
        took, held = start_and_stop(command, home, port, "/health")
    return {"MLflow's server ready, warm, s": took, "MLflow's server idle, MiB": held}


def main() -> None:
    """Print the figures, as a table or as JSON."""
    parser = make_parser(__doc__)
    parser.add_argument("--mlflow", metavar="PYTHON", help="a Python that has mlflow, to compare with")
    asked = parser.parse_args()
    figures = measure_workstead() | (measure_mlflow(asked.mlflow) if asked.mlflow else {})
    print_figures(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
