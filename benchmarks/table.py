"""``make bench``: run every benchmark, put a small table into the README and all of it into docs/performance.md."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from page import machine, write_section

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
README = ROOT / "README.md"
BEGIN, END = "<!-- benchmarks begin -->", "<!-- benchmarks end -->"

ROWS = {
    "server ready, warm, s": ("server ready after start", "{:.2f} s", "MLflow 9 s"),
    "server idle, MiB": ("server's memory, idle", "{:.0f} MiB", "MLflow 2.5–3.2 GB"),
    "import azureml.core over bare Python, ms": ("`import azureml.core`", "{:.0f} ms", "azureml-core 720 ms"),
    "run.log, µs (median)": ("`run.log`, a call", "{:.1f} µs", "tensorboard 4.2, wandb 99, MLflow 155 µs"),
    "run.log calls/s until acknowledged": (
        "`run.log` until the server has it all", "{:,.0f}/s", "trackio 46,500, wandb 8,700, MLflow 95/s",
    ),
    "1,000 runs × 10 metrics, s": ("1,000 runs × 10 metrics, end to end", "{:.1f} s", ""),
}  # fmt: skip
"""Figure to its row: words, form, and what peers took on machines of the same kind."""


def measure(name: str) -> dict[str, float]:
    """The figures of a benchmark that can say them as JSON."""
    print(f"▸ {name}", flush=True)
    said = subprocess.run([sys.executable, HERE / name, "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout
    figures: dict[str, float] = json.loads(said)
    for row, figure in figures.items():
        print(f"    {row:<44} {figure:>14,.2f}", flush=True)
    return figures


def read(name: str, *options: str) -> str:
    """What a benchmark prints."""
    print(f"▸ {name}", flush=True)
    said = subprocess.run([sys.executable, HERE / name, *options], check=True, stdout=subprocess.PIPE, text=True).stdout
    print(said, flush=True)
    return said


def table(figures: dict[str, float]) -> str:
    """The rows that are measured, as Markdown."""
    lines = ["| | Workstead | others |", "|---|---:|---|"]
    for key, (words, form, peers) in ROWS.items():
        if key in figures:
            lines.append(f"| {words} | {form.format(figures[key])} | {peers} |")
    return "\n".join(lines) + "\n"


def sections(figures: dict[str, float], ingest: str, files: str) -> str:
    """What docs/performance.md says of it."""
    every = "\n".join(f"{name:<44} {figure:>14,.2f}" for name, figure in figures.items())
    return (
        f"`make bench`. {machine()}\n\n{table(figures)}\n"
        "Peers were measured once on machines of the same kind, local or offline; they are not measured again here.\n\n"
        f"## All figures\n\n```text\n{every}\n```\n\n## Metrics coming in\n\n```text\n{ingest}```\n\n"
        f"## Files\n\n```text\n{files}```\n"
    )


def main() -> None:
    """Measure and write."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    figures = measure("startup.py") | measure("import_time.py") | measure("log.py")
    ingest, files = read("ingest.py"), read("files.py")
    ingest += "\nThe same on PostgreSQL:\n\n" + read("ingest.py", "--database", "postgresql")
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{machine()}\n\n{table(figures)}{END}{after}")
    write_section("make bench", sections(figures, ingest, files))


if __name__ == "__main__":
    main()
