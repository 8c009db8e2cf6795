"""How Studio feels: every part of ``benchmarks/studio``, one after the other, each on a server of its own.

``python benchmarks/studio.py`` measures all, ``python benchmarks/studio/metrics.py`` one part. Studio must be built.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from figures import Figures, show

PARTS = Path(__file__).parent / "studio"


def measure() -> Figures:
    """The figures of all parts."""
    figures: Figures = {}
    for part in sorted(PARTS.glob("*.py")):
        said = subprocess.run([sys.executable, part, "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout
        figures |= json.loads(said)
    return figures


if __name__ == "__main__":
    show(__doc__, measure)
