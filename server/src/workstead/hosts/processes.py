"""Processes that outlive the server: recognised again by id and start time, and ended with all that they began."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from pathlib import Path

MARK = "WORKSTEAD_INSTANCE"
"""The environment variable by which every process of an instance is known."""
POLL_S = 0.05


def started_at(pid: int) -> str | None:
    """When the process began, as a text that tells it from a later one of the same id; None if it runs no more."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return None if Path("/proc/self").exists() else _started_by_ps(pid)
    except ProcessLookupError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _started_by_ps(pid: int) -> str | None:
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(maxsplit=1)
    return shown[1] if shown and not shown[0].startswith("Z") else None


async def end_process(pid: int, started: str, grace_s: float) -> None:
    """Ask the process to end, and kill it if it does not within ``grace_s`` seconds."""
    for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 5.0)):
        if started_at(pid) != started:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        for _ in range(int(patience_s / POLL_S)):
            if started_at(pid) != started:
                return
            await asyncio.sleep(POLL_S)


def kill_marked(instance: str) -> int:
    """Kill what still runs of an instance, such as kernels that lost their Jupyter; how many there were.

    Needs ``/proc``; elsewhere kernels end by themselves when their Jupyter has gone.
    """
    mark = f"{MARK}={instance}".encode()
    killed = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
                killed += 1
    return killed
