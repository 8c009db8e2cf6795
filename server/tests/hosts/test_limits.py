"""How cores are shared out, and the command line that asks systemd for a scope."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstead.compute.sizes import get_size
from workstead.hosts.limits import Limits, choose_cores, describe_limits, find_cores

SYSTEMD = """#!/bin/sh
# Stands in for systemd-run: notes its own words, and becomes the command as a scope does.
echo "$@" > "$(dirname "$0")/asked"
while [ "$1" != "--" ]; do shift; done
shift
exec "$@"
"""


@given(st.lists(st.integers(1, 3), max_size=12))
def test_cores_are_spread(sizes: list[int]) -> None:
    """However instances come, no core has two more of them than another, as long as all ask for one core."""
    mine = find_cores() or frozenset()
    taken: list[frozenset[int]] = []
    for size in sizes:
        chosen = choose_cores(size, taken)
        assert len(chosen) == min(size, len(mine))
        assert chosen <= mine
        taken.append(chosen)
    ones: list[frozenset[int]] = []
    for _ in sizes:
        ones.append(choose_cores(1, ones))
    load = Counter(core for cores in ones for core in cores) if len(mine) > 1 else Counter()
    assert max(load.values(), default=0) - min((load[core] for core in mine), default=0) <= 1


def test_a_scope_is_asked_for_and_the_bus_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "systemd-run"
    tool.write_text(SYSTEMD)
    tool.chmod(0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/0")
    limits = Limits("systemd", (str(tool), "--user", "--scope"))
    script = "import os; print(os.getpid(), 'XDG_RUNTIME_DIR' in os.environ)"
    argv = limits.wrap(get_size("STANDARD_D3_V2"), [sys.executable, "-c", script])
    with subprocess.Popen(argv, env=limits.environment(), stdout=subprocess.PIPE, text=True) as child:
        said, _ = child.communicate(timeout=20)
    assert said.split() == [str(child.pid), "False"]  # it is the very process that was started
    asked = (tmp_path / "asked").read_text()
    assert f"-p MemoryMax={14 * 2**30} -p MemorySwapMax=0 -p CPUQuota=400%" in asked


def test_a_cgroup_is_told_the_size(tmp_path: Path) -> None:
    """The files' names and words; that the kernel heeds them is shown where it can be, in tests/contract."""
    limits = Limits("cgroup", group=tmp_path)
    limits.hold(4711, "abc", get_size("STANDARD_B1S"))
    own = tmp_path / "workstead-abc"
    assert {file.name: file.read_text() for file in own.iterdir()} == {
        "memory.max": str(2**30), "memory.swap.max": "0", "cpu.max": "100000 100000", "cgroup.procs": "4711",
    }  # fmt: skip


def test_what_is_less_than_asked_is_said() -> None:
    said = describe_limits("limits", get_size("STANDARD_NC96ADS_A100_V4")) or ""
    assert "96 cores" in said
    assert "GPUs are not set apart" in said
    assert "for each process" in said
    assert describe_limits("systemd", get_size("STANDARD_B1S")) is None
