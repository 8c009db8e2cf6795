"""What the way through the server adds to a request to an instance's Jupyter, and what WebSockets cost it in memory.

The same requests go to Jupyter's own socket and through the server, in turn, in one run. Then as many WebSockets of
kernels as ``--sockets`` says are opened through the server, each with a word to and fro.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
from websockets.sync.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from figures import Figures, make_parser, print_figures

import live

REQUESTS = 400
KERNELS = 4
DEADLINE_S = 180
ENV = {"WORKSTEAD_STOP_INSTANCES": "1"}


def measure(sockets: int) -> Figures:
    """Milliseconds, and MiB of the server's memory."""
    with tempfile.TemporaryDirectory() as folder, live.running(Path(folder) / "h", env=ENV) as server:
        computes = server.make_workspace("bench").url + "/computes/bench"
        server.http.put(computes, json={"size": "STANDARD_D3_V2"}).raise_for_status()
        instance = wait_for(server, computes, "Running")
        (file,) = server.home.glob("instances/*/bench/run/process.json")
        process = json.loads(file.read_text())
        host = f"{instance['host']}:{urlsplit(server.url).port}"
        try:
            return measure_requests(server, host, process) | measure_sockets(server, host, sockets)
        finally:
            server.http.delete(computes)
            deadline = time.monotonic() + DEADLINE_S
            while server.http.get(computes).status_code != 404 and time.monotonic() < deadline:
                time.sleep(0.1)


def wait_for(server: live.Live, address: str, state: str) -> dict:
    deadline = time.monotonic() + DEADLINE_S
    while (instance := server.http.get(address).json())["state"] != state:
        assert time.monotonic() < deadline, instance
        time.sleep(0.1)
    return instance


def measure_requests(server: live.Live, host: str, process: dict) -> Figures:
    direct = httpx.Client(
        transport=httpx.HTTPTransport(uds=process["socket"]),
        base_url="http://localhost",
        headers={"Authorization": f"token {process['secret']}"},
    )
    through = httpx.Client(
        base_url=server.url, headers={"Host": host, "Authorization": f"Bearer {server.token}"}, trust_env=False
    )
    took: dict[str, list[float]] = {"direct": [], "through": []}
    for _ in range(REQUESTS):
        for name, client in (("direct", direct), ("through", through)):
            began = time.perf_counter()
            client.get("/api/status").raise_for_status()
            took[name].append((time.perf_counter() - began) * 1000)
    p50 = {name: statistics.median(values) for name, values in took.items()}
    return {
        "Jupyter directly, p50 ms": p50["direct"],
        "Jupyter through the server, p50 ms": p50["through"],
        "added by the server, p50 ms": p50["through"] - p50["direct"],
        "load of the machine": os.getloadavg()[0],
    }


def measure_sockets(server: live.Live, host: str, count: int) -> Figures:
    """WebSockets share a few kernels, since it is the server that is measured and not ipykernel."""
    headers = {"Host": host}
    kernels = [server.http.post("/api/kernels", headers=headers, json={}).json()["id"] for _ in range(KERNELS)]
    before = psutil.Process(server.pid).memory_info().rss
    with ExitStack() as stack:
        opened = [stack.enter_context(open_kernel(server, host, kernels[n % KERNELS])) for n in range(count)]
        began = time.perf_counter()
        for kernel in opened:
            ask(kernel)
        answered = (time.perf_counter() - began) * 1000 / count
        held = psutil.Process(server.pid).memory_info().rss
    return {
        "WebSockets of kernels open": float(count),
        "kernel's answer through the server, mean ms": answered,
        "server's memory before, MiB": before / 2**20,
        "server's memory with them, MiB": held / 2**20,
        "memory a WebSocket, KiB": (held - before) / 1024 / count,
    }


def open_kernel(server: live.Live, host: str, kernel: str) -> ClientConnection:
    return connect(
        f"ws://{host}/api/kernels/{kernel}/channels",
        sock=socket.create_connection(("127.0.0.1", urlsplit(server.url).port)),
        additional_headers={"Authorization": f"Bearer {server.token}"},
        origin=f"http://{host}",  # pyright: ignore[reportArgumentType]
        proxy=None,
        max_queue=None,  # what nobody reads must not keep a connection from its end
    )


def ask(kernel: ClientConnection) -> None:
    """Ask the kernel who it is, and wait for its answer."""
    header = {"msg_id": "1", "msg_type": "kernel_info_request", "username": "", "session": "s", "version": "5.3"}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": {}, "channel": "shell"}
    kernel.send(json.dumps(message))
    while json.loads(kernel.recv(timeout=60))["msg_type"] != "kernel_info_reply":
        pass


if __name__ == "__main__":
    parser = make_parser(__doc__)
    parser.add_argument("--sockets", type=int, default=60, help="20 instances' worth, at three each")
    asked = parser.parse_args()
    print_figures(measure(asked.sockets), as_json=asked.json)
