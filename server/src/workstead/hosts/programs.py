"""Which applications this machine has for instances besides Jupyter's own."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from workstead.hosts.base import PROGRAMS, Program

_RSERVER = Path("/usr/lib/rstudio-server/bin/rserver")
_AFTERWARDS = "on the server's machine, then restart the instance"


def find_programs() -> tuple[Program, ...]:
    """All applications, those that are missing with what to install."""
    return (*PROGRAMS, _vs_code(), _rstudio())


def has_rstudio() -> bool:
    """Whether RStudio Server is on this machine."""
    return shutil.which("rserver") is not None or _RSERVER.exists()


@cache
def has_r_kernel() -> bool:
    """Whether R is here and can be a kernel. Asked once a server: R takes its time."""
    if shutil.which("R") is None:
        return False
    return subprocess.run(["R", "--slave", "-e", "library(IRkernel)"], capture_output=True, check=False).returncode == 0


def vs_code_server(folder: Path) -> dict[str, Any]:
    """How jupyter-server-proxy starts VS Code, with its settings in ``folder``; it stands behind Jupyter's secret."""
    command = [
        "code-server", "--auth=none", "--disable-telemetry", "--disable-update-check", "--socket={unix_socket}",
        "--user-data-dir", str(folder / "data"), "--extensions-dir", str(folder / "extensions"),
    ]  # fmt: skip
    return {
        "command": command,
        "unix_socket": True,
        "timeout": 60,
        "launcher_entry": {"title": "VS Code", "enabled": shutil.which("code-server") is not None},
    }


def _vs_code() -> Program:
    there = shutil.which("code-server") is not None
    why = None if there else f"VS Code for browsers is not installed: install code-server {_AFTERWARDS}."
    return Program(name="VS Code", app="vscode", path="vscode/", why=why)


def _rstudio() -> Program:
    why = None
    if not has_rstudio():
        why = f"RStudio Server is not installed: install rstudio-server {_AFTERWARDS}."
        if has_r_kernel():
            why += " Notebooks have a kernel for R already."
        elif shutil.which("R") is None:
            why += " For R in notebooks, install R and its package IRkernel."
    return Program(name="RStudio", app="rstudio", path="rstudio/", why=why)
