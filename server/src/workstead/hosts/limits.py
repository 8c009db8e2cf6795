"""Holds an instance to its size: through systemd, by a cgroup of its own, or by limits on each of its processes.

The first of the three that this machine offers is taken. Its processes are bound to as many cores as the size has in
any case, so that programs that count cores count right.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from workstead_wire.compute import Size

try:
    import resource
except ImportError:  # no POSIX system
    resource = None

GIB = 1024**3
PROBE_S = 5
PERIOD_US = 100_000
_CGROUPS = Path("/sys/fs/cgroup")
_BUS = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")

Kind = Literal["systemd", "cgroup", "limits"]


class Limits(msgspec.Struct, frozen=True):
    """How this machine holds instances to their sizes.

    ``command`` begins systemd's command line; ``group`` is the cgroup below which ours are made.
    """

    kind: Kind | None
    command: tuple[str, ...] = ()
    group: Path | None = None

    def wrap(self, size: Size, argv: list[str]) -> list[str]:
        """The command line that runs ``argv`` within the size; it keeps its process id."""
        if self.kind != "systemd":
            return argv
        # The instance itself has no business with the user's systemd.
        forget = [word for name in _BUS for word in ("-u", name)]
        return [*self.command, *_properties(size), "--", "env", *forget, *argv]

    def environment(self) -> dict[str, str]:
        """What ``wrap``'s command line needs of the server's environment."""
        return {name: os.environ[name] for name in _BUS if name in os.environ} if self.kind == "systemd" else {}

    def hold(self, pid: int, instance: str, size: Size) -> None:
        """Put a process that was just started, and all that it will start, within the size."""
        memory = int(size.memory_gib * GIB)
        if self.kind == "cgroup" and self.group is not None:
            own = self.group / f"workstead-{instance}"
            own.mkdir(exist_ok=True)
            (own / "memory.max").write_text(str(memory))
            with contextlib.suppress(OSError):  # a machine without swap has no such file
                (own / "memory.swap.max").write_text("0")
            (own / "cpu.max").write_text(f"{size.cores * PERIOD_US} {PERIOD_US}")
            (own / "cgroup.procs").write_text(str(pid))
        elif self.kind == "limits" and resource is not None:
            # Of the address space only what can be written counts here: programs reserve far more than they use.
            resource.prlimit(pid, resource.RLIMIT_DATA, (memory, memory))

    def release(self, instance: str) -> None:
        """Remove what ``hold`` made, once the processes have ended."""
        if self.group is not None:
            with contextlib.suppress(OSError):
                (self.group / f"workstead-{instance}").rmdir()


@cache
def find_limits() -> Limits:
    """What this machine offers. Asked once: it takes a moment where systemd does not answer."""
    return _systemd() or _cgroup() or Limits("limits" if hasattr(resource, "prlimit") else None)


def choose_cores(count: int, taken: Iterable[frozenset[int]]) -> frozenset[int]:
    """The ``count`` cores of this machine that fewest of ``taken`` hold; all of them where there are no more."""
    mine = find_cores()
    if mine is None:
        return frozenset()
    load = Counter(core for cores in taken if len(cores) < len(mine) for core in cores)
    return frozenset(sorted(mine, key=lambda core: (load[core], core))[:count])


def bind_cores(pid: int, cores: frozenset[int]) -> None:
    """Let a process run on ``cores`` alone, where the system has that."""
    if cores and hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(pid, cores)


def find_cores(pid: int = 0) -> frozenset[int] | None:
    """The cores on which a process may run, by default this one; None where that is unknown."""
    try:
        return frozenset(os.sched_getaffinity(pid))
    except (AttributeError, ProcessLookupError, PermissionError):
        return None


def describe_limits(kind: Kind | None, size: Size) -> str | None:
    """A sentence where the instance gets less than its size, or is held to it less firmly than by a cgroup."""
    mine = find_cores()
    cores = os.cpu_count() or 1 if mine is None else len(mine)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    sentences: list[str] = []
    if cores < size.cores or memory < size.memory_gib:
        sentences.append(
            f"{size.name} has {size.cores} cores and {size.memory_gib:g} GiB, this machine {cores} and {memory:.0f}: "
            "the instance has what there is."
        )
    if size.gpus:
        sentences.append(f"Its {size.gpus} GPUs are not set apart: the instance sees those that the machine has.")
    if kind == "limits":
        sentences.append(
            "Cores are held by affinity, memory by a limit for each process on its own, since this machine offers "
            "neither systemd nor a writable cgroup."
        )
    if kind is None:
        sentences.append("This system cannot hold the instance to its size.")
    return " ".join(sentences) or None


def _properties(size: Size) -> list[str]:
    memory = int(size.memory_gib * GIB)
    values = (f"MemoryMax={memory}", "MemorySwapMax=0", f"CPUQuota={size.cores * 100}%")
    return [word for value in values for word in ("-p", value)]


def _systemd() -> Limits | None:
    """systemd, if a scope of it holds what it is told; one of the user's own unless we are root."""
    tool = shutil.which("systemd-run")
    if tool is None or not Path("/run/systemd/system").exists():
        return None
    manager = () if os.getuid() == 0 else ("--user",)
    size = Size(name="probe", cores=1, memory_gib=1)
    # A kernel that takes too much is to end alone; older versions of systemd do so without being told.
    for policy in (("-p", "OOMPolicy=continue"), ()):
        found = Limits("systemd", (tool, *manager, "--scope", "--quiet", "--collect", *policy))
        script = "cat /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/memory.max"
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            shown = subprocess.run(
                found.wrap(size, ["sh", "-c", script]), capture_output=True, text=True, timeout=PROBE_S, check=True
            ).stdout
            if shown.strip() == str(GIB):
                return found
    return None


def _cgroup() -> Limits | None:
    """Our own cgroup, if we may divide it. Whoever divides one must not sit in it, so we go one level down."""
    try:
        own = next(line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
        group = _CGROUPS / own.lstrip("/")
        if not {"memory", "cpu"} <= set((group / "cgroup.controllers").read_text().split()):
            return None
        if group != _CGROUPS:
            (group / "workstead-server").mkdir(exist_ok=True)
            (group / "workstead-server" / "cgroup.procs").write_text(str(os.getpid()))
        (group / "cgroup.subtree_control").write_text("+memory +cpu")
    except (OSError, StopIteration):
        return None
    return Limits("cgroup", group=group)
