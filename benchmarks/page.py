"""docs/performance.md: each benchmark writes its own section and leaves the others as they are."""

from __future__ import annotations

import datetime as dt
import os
import platform
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
HEAD = "# Performance\n\n<!-- Each section is written by the benchmark that it names. -->\n"


def write_section(name: str, text: str) -> None:
    """Put ``text`` where the section ``name`` was, or behind all others."""
    begin, end = f"<!-- {name} begins -->", f"<!-- {name} ends -->"
    page = PAGE.read_text() if PAGE.exists() else HEAD
    before, found, rest = page.partition(begin)
    after = rest.partition(end)[2] if found else "\n"
    if not found:
        before = page.rstrip("\n") + "\n\n"
    PAGE.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}")


def machine() -> str:
    """One sentence on where this was measured."""
    today = dt.datetime.now(dt.UTC).date()
    load = os.getloadavg()[0]
    return (
        f"Measured on {today} with Python {platform.python_version()} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, load {load:.1f}."
    )
