"""What ``import azureml.core`` costs over a bare Python, in new processes, taken in turns."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from figures import show

TURNS = 20


def run(code: str) -> float:
    """Milliseconds that a new Python takes to run ``code``."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (time.perf_counter() - began) * 1000


def measure() -> dict[str, float]:
    """Medians; the pairs are taken in turns so that other load falls on both."""
    run("import azureml.core")
    pairs = [(run("pass"), run("import azureml.core")) for _ in range(TURNS)]
    bare = statistics.median(bare for bare, _ in pairs)
    return {
        "bare Python, ms": bare,
        "import azureml.core over bare Python, ms": statistics.median(whole for _, whole in pairs) - bare,
    }


def main() -> None:
    """Print the figures, as a table or as JSON."""
    show(__doc__, measure)


if __name__ == "__main__":
    main()
