"""Twenty instances' worth of WebSockets on one server, and what they cost it in memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "proxy.py"
MIB_MAX = 40
"""What 60 WebSockets may add; 4 was measured."""


@pytest.mark.long
def test_sixty_kernels_sockets_take_little_memory() -> None:
    """Three to an instance, on the kernels of one real Jupyter: it is the server that is tried."""
    command = [sys.executable, str(BENCHMARK), "--sockets", "60", "--json"]
    figures = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert figures["WebSockets of kernels open"] == 60
    assert figures["server's memory with them, MiB"] - figures["server's memory before, MiB"] < MIB_MAX
    print(figures)
