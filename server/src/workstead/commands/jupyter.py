"""Drives the Jupyter of a compute instance as its browser page does: contents by REST, cells over a WebSocket.

The protocol is Jupyter's messaging, version 5.3 (https://jupyter-client.readthedocs.io/en/stable/messaging.html).
"""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import urllib3
from websockets.sync.client import ClientConnection, connect

from workstead_wire.errors import NotFound, WorksteadError

Notebook = dict[str, Any]
Cell = dict[str, Any]

CONNECT_S = 10
IDLE_S = 3600
"""A cell that says nothing for so long is given up."""


class CellFailed(WorksteadError):
    """A cell raised; the message is its traceback's last line."""


class Jupyter:
    """The Jupyter behind ``host`` (such as ``aidevcollege.localhost``) on the server at ``server_url``."""

    def __init__(self, server_url: str, host: str, token: str) -> None:
        address = urlsplit(server_url)
        self._peer = (address.hostname or "127.0.0.1", address.port or 80)
        self._host = f"{host}:{self._peer[1]}"
        self._token = token
        self._pool = urllib3.HTTPConnectionPool(*self._peer, timeout=60, retries=False)

    def create_folder(self, path: str) -> None:
        """Make a folder; one that is there is left as it is."""
        self._call("PUT", f"/api/contents/{quote(path)}", {"type": "directory"})

    def save_notebook(self, path: str, notebook: Notebook) -> None:
        """Write a notebook at ``path`` below the instance's files."""
        body = {"type": "notebook", "format": "json", "content": notebook}
        self._call("PUT", f"/api/contents/{quote(path)}", body)

    def read_notebook(self, path: str) -> Notebook:
        """The notebook at ``path``."""
        return self._call("GET", f"/api/contents/{quote(path)}?type=notebook")["content"]

    def run_notebook(
        self, path: str, notebook: Notebook, kernel: str, done: Callable[[Cell, float], None]
    ) -> list[float]:
        """Run every code cell through the kernel with display name ``kernel``; outputs go into ``notebook``.

        ``done`` is called after each code cell with the cell and its seconds. Returns the seconds of each code cell.

        Raises:
            CellFailed: a cell raised; cells after it were not run.
        """
        session = self._call(
            "POST",
            "/api/sessions",
            {"path": path, "name": path, "type": "notebook", "kernel": {"name": self._kernel_name(kernel)}},
        )
        seconds: list[float] = []
        try:
            with self._channels(session["kernel"]["id"]) as channel:
                for count, cell in enumerate(_code_cells(notebook), start=1):
                    began = time.perf_counter()
                    _run_cell(channel, cell, count)
                    seconds.append(time.perf_counter() - began)
                    done(cell, seconds[-1])
        finally:
            self.save_notebook(path, notebook)
            self._call("DELETE", f"/api/sessions/{session['id']}")
        return seconds

    def _kernel_name(self, display_name: str) -> str:
        specs = self._call("GET", "/api/kernelspecs")["kernelspecs"]
        for name, spec in specs.items():
            if spec["spec"]["display_name"] == display_name:
                return name
        known = ", ".join(repr(spec["spec"]["display_name"]) for spec in specs.values())
        raise NotFound(f"the instance has no kernel {display_name!r}; it has {known}")

    def _channels(self, kernel_id: str) -> ClientConnection:
        return connect(
            f"ws://{self._host}/api/kernels/{kernel_id}/channels",
            sock=socket.create_connection(self._peer, timeout=CONNECT_S),
            additional_headers={"Authorization": f"Bearer {self._token}"},
            open_timeout=CONNECT_S,
            max_size=None,
        )

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        reply = self._pool.request(
            method,
            path,
            body=None if body is None else msgspec.json.encode(body),
            headers={
                "Host": self._host,
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
            },
        )
        if reply.status >= 400:  # noqa: PLR2004
            raise WorksteadError(f"Jupyter answered {method} {path} with {reply.status}: {reply.data[:300].decode()}")
        return msgspec.json.decode(reply.data) if reply.data else None


def _code_cells(notebook: Notebook) -> list[Cell]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _run_cell(channel: ClientConnection, cell: Cell, count: int) -> None:
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    request_id = _send_execute(channel, source)
    cell["outputs"], cell["execution_count"] = [], count
    while True:
        message = msgspec.json.decode(channel.recv(timeout=IDLE_S))
        if message["parent_header"].get("msg_id") != request_id:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] == "idle":
            return
        _take_output(cell, kind, content)
        if kind == "error":
            raise CellFailed(f"cell {count} raised {content['ename']}: {content['evalue']}")


def _send_execute(channel: ClientConnection, source: str) -> str:
    request_id = uuid.uuid4().hex
    header = {
        "msg_id": request_id,
        "msg_type": "execute_request",
        "username": "",
        "session": uuid.uuid4().hex,
        "version": "5.3",
    }
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    channel.send(msgspec.json.encode(message).decode())
    return request_id


def _take_output(cell: Cell, kind: str, content: dict[str, Any]) -> None:
    outputs: list[Any] = cell["outputs"]
    if kind == "stream":
        if outputs and outputs[-1].get("name") == content["name"]:
            outputs[-1]["text"] += content["text"]
        else:
            outputs.append({"output_type": "stream", "name": content["name"], "text": content["text"]})
    elif kind == "error":
        outputs.append({"output_type": "error", **content})
    elif kind in ("execute_result", "display_data"):
        output = {"output_type": kind, "data": content["data"], "metadata": content["metadata"]}
        if kind == "execute_result":
            output["execution_count"] = content["execution_count"]
        outputs.append(output)
