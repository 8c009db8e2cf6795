"""Shuts an instance in by bubblewrap: it sees its own folder and the machine's programs, and none of its neighbours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from workstead_wire.errors import InvalidInput

KINDS = ("auto", "bubblewrap", "none")
_PROBE_S = 10
_BASE = ("--unshare-pid", "--unshare-ipc", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")
# What graphics cards are reached by; the rest of /dev is made new.
_DEVICES = ("nvidia*", "dri", "kfd")
_NAMES = ("/run/systemd/resolve", "/run/resolvconf")


def is_shut(kind: str) -> bool:
    """Whether instances are to be shut in; ``auto`` shuts in where bubblewrap is installed and allowed to work.

    Raises:
        InvalidInput: there is no such kind, or ``bubblewrap`` is asked for and does not work here.
    """
    if kind not in KINDS:
        raise InvalidInput(f"WORKSTEAD_INSTANCE_SANDBOX is {kind!r}, but must be one of {', '.join(KINDS)}")
    if kind == "bubblewrap" and not _works():
        raise InvalidInput(
            "WORKSTEAD_INSTANCE_SANDBOX is 'bubblewrap', which is not installed or not allowed here; "
            "install Debian's package bubblewrap, or choose 'none'"
        )
    return kind != "none" and _works()


def shut_in(command: list[str], home: Path, own: list[Path], *, into: Path) -> list[str]:
    """``command`` behind bubblewrap, begun in the folder ``into``.

    It may read the system and the home's ``cache``, write to the folders ``own``, and finds everything else of the
    home, of the user's home and of the folders for temporary files empty. The network is the machine's.
    """
    options = list(_BASE)
    for pattern in _DEVICES:
        for device in sorted(Path("/dev").glob(pattern)):
            options += ["--dev-bind", str(device), str(device)]
    for hidden in _hidden(home):
        options += ["--tmpfs", hidden]
    for kept in [*_NAMES, *_interpreters(), *_programs(home), str(home / "cache")]:
        options += ["--ro-bind-try", kept, kept]
    for folder in own:
        options += ["--bind", str(folder), str(folder)]
    return ["bwrap", *options, "--chdir", str(into), "--", *command]


def _hidden(home: Path) -> list[str]:
    """Folders that an instance finds empty, outer ones first."""
    user = Path.home()
    found = {Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run"), user, home}  # noqa: S108 - emptied, not used
    return [str(folder) for folder in sorted(found, key=lambda it: len(it.parts)) if folder.is_dir()]


def _interpreters() -> list[str]:
    """Where the Pythons lie that environments lead back to; some of them in the user's home."""
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local" / "share" / "uv" / "python")
    own = {sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parents[1])}
    bases = own | {str(uv), str(Path.home() / ".pyenv")}
    return sorted(base for base in bases if Path(base) != Path("/usr"))


def _programs(home: Path) -> list[str]:
    """Programs that instances offer and that may lie in the user's home, with what they bring along."""
    found: list[str] = []
    for name in ("code-server", "rserver"):
        if (program := shutil.which(name)) is not None:
            root = Path(program).resolve().parents[1]
            holds_more = any(folder.is_relative_to(root) for folder in (home, Path.home()))
            found += [program] if holds_more else [program, str(root)]
    return found


@cache
def _works() -> bool:
    """Whether bubblewrap is there and the system lets it do its work, which containers often do not."""
    if shutil.which("bwrap") is None:
        return False
    try:
        return (
            subprocess.run(["bwrap", *_BASE, "true"], capture_output=True, timeout=_PROBE_S, check=False).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
