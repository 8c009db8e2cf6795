"""Reads what users ask to have installed: a requirements file, or the Python and pip part of a conda environment."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from workstead_wire.compute import InstanceEnvironmentCreate
from workstead_wire.errors import InvalidInput

PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
"""Those that the SDK runs on."""
TEXT_MAX = 256 * 1024
_REQUIREMENT = re.compile(r"[A-Za-z0-9][^\x00-\x1f]{0,500}")
_CONDA_PYTHON = re.compile(r"python\s*[=~]*=\s*(\d+\.\d+)(?:[.*].*)?")
_CONDA_NAME = re.compile(r"[A-Za-z0-9_.-]+")


class Asked(msgspec.Struct, frozen=True):
    """``python`` None leaves the choice to us; ``note`` says what was left out."""

    python: str | None
    requirements: list[str]
    note: str | None = None


def read_packages(asked: InstanceEnvironmentCreate) -> Asked:
    """What is to be installed.

    Raises:
        InvalidInput: both texts are given, one is not of its form, or it names files of the server.
    """
    if asked.requirements is not None and asked.conda is not None:
        raise InvalidInput("give requirements or conda, not both")
    if len(asked.requirements or asked.conda or "") > TEXT_MAX:
        raise InvalidInput(f"the list of packages is longer than {TEXT_MAX // 1024} kB")
    if asked.conda is not None:
        found = _read_conda(asked.conda)
    else:
        found = Asked(None, _read_lines((asked.requirements or "").splitlines()))
    python = asked.python or found.python
    if python is not None and python not in PYTHONS:
        raise InvalidInput(f"python is {python[:40]!r}, but must be one of {', '.join(PYTHONS)}")
    return msgspec.structs.replace(found, python=python)


def _read_lines(lines: list[str]) -> list[str]:
    """Requirements without comments. Options are refused: they could name the server's files and other registries."""
    bare = [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines]
    kept = [line for line in bare if line]
    for line in kept:
        if not _REQUIREMENT.fullmatch(line) or "file:" in line.lower():
            raise InvalidInput(
                f"{line[:80]!r} is no requirement like 'pandas>=2'; options, other files and paths are not taken"
            )
    return kept


def _read_conda(text: str) -> Asked:
    try:
        # Only plain values come out of msgspec's reader of YAML.
        dependencies = msgspec.yaml.decode(text, type=dict[str, Any]).get("dependencies")
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"conda is no YAML of an environment: {str(error)[:200]}") from error
    if not isinstance(dependencies, list):
        raise InvalidInput("conda has no list 'dependencies'; see `conda env export`")
    python, lines, left_out = None, list[str](), list[str]()
    for item in dependencies:  # pyright: ignore[reportUnknownVariableType]
        if isinstance(item, dict):
            lines += [str(line) for line in item.get("pip") or []]  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType, reportUnknownVariableType]
        elif found := _CONDA_PYTHON.fullmatch(str(item).strip()):  # pyright: ignore[reportUnknownArgumentType]
            python = found[1]
        elif name := _CONDA_NAME.match(str(item)):  # pyright: ignore[reportUnknownArgumentType]
            left_out.append(name[0])
    left_out = [name for name in left_out if name not in ("pip", "python")]
    note = f"left out, as only the part for pip is installed: {', '.join(left_out)}" if left_out else None
    return Asked(python, _read_lines(lines), note)
