"""Which script it is that runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Optional


def find_script_name() -> Optional[str]:
    """The file name of the script that runs; None in a notebook, at a prompt or with ``-c``."""
    name = Path(sys.argv[0]).name if sys.argv else ""
    return name if name.endswith(".py") and not name.startswith("ipykernel") else None
