"""How the cost of finding runs grows with their number: writes docs/pictures/growth.svg and docs/growth.md.

Run it from the repository's root: ``python benchmarks/growth.py [--runs 1000 10000 100000 1000000] [--homes FOLDER]``.
A million runs take some minutes to write, and 4 GB of disk; in ``FOLDER`` they are found again the next time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
from pathlib import Path

import matplotlib as mpl
from search import Asking, seeded

mpl.use("svg")

import matplotlib.pyplot as plt

DOCS = Path(__file__).parents[1] / "docs"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
AIM_MS = 50

QUESTIONS: dict[str, dict[str, str]] = {
    "newest 50": {"order_by": "created_at desc"},
    "by name": {"order_by": "display_name asc"},
    "by a metric": {"order_by": "metric:accuracy desc"},
    "by a parameter": {"order_by": "param:depth asc"},
    "two clauses, many pass": {"filter": "metrics.accuracy > 0.9 and params.lr = '0.1'"},
    "two clauses, few pass": {"filter": "params.seed < 1000 and tags.kind = 'base'", "order_by": "metric:loss asc"},
}


def measure(count: int, kept: Path | None) -> dict[str, float]:
    """Milliseconds for each question, medians."""
    with seeded(count, kept) as ask:
        ask.page()
        figures = {question: ask.median(**query) for question, query in QUESTIONS.items()}
        figures["last of 1,000 pages"] = _measure_deep(ask)
    return figures


def _measure_deep(ask: Asking) -> float:
    order = QUESTIONS["by a metric"]["order_by"]
    return ask.median(ask.cursor_of(1000, order_by=order), order_by=order)


def draw(table: dict[int, dict[str, float]]) -> None:
    """The picture: milliseconds over runs, both by tens."""
    mpl.rcParams |= {"svg.hashsalt": "growth", "font.family": "sans-serif", "font.size": 10}
    figure, axes = plt.subplots(figsize=(7.5, 4.2), layout="constrained")
    for question in next(iter(table.values())):
        axes.plot(list(table), [figures[question] for figures in table.values()], marker="o", ms=4, label=question)
    axes.axhline(AIM_MS, color="grey", linestyle=":", linewidth=1)
    axes.annotate(f"{AIM_MS} ms", (min(table), AIM_MS), xytext=(0, 3), textcoords="offset points", color="grey")
    axes.set(xscale="log", yscale="log", xlabel="runs in the experiment", ylabel="milliseconds, median, over HTTP")
    axes.set_ylim(1, 500)
    axes.xaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
    axes.yaxis.set_major_formatter(lambda took, _: f"{took:g}")
    axes.grid(visible=True, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(DOCS / "pictures" / "growth.svg", metadata={"Date": None})


def page(table: dict[int, dict[str, float]]) -> str:
    """docs/growth.md."""
    today = dt.datetime.now(dt.UTC).date()
    head = "| | " + " | ".join(f"{count:,} runs" for count in table) + " |\n|---|" + "---:|" * len(table)
    questions = next(iter(table.values()))
    rows = (
        f"| {question} | " + " | ".join(f"{figures[question]:.1f} ms" for figures in table.values()) + " |"
        for question in questions
    )
    return (
        "# How cost grows\n\n<!-- Written by benchmarks/growth.py. -->\n\n"
        "The first 50 runs of an experiment, each with 10 metrics, 5 parameters and 3 tags, over HTTP from SQLite: "
        f"medians, measured on {today} with {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.\n\n"
        "```{image} pictures/growth.svg\n:alt: Milliseconds over the number of runs; all lines are nearly flat\n```\n\n"
        + "\n".join([head, *rows])
        + "\n\n{doc}`reference/filters` says how it is done.\n"
    )


def main() -> None:
    """Measure every size, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=SIZES)
    parser.add_argument("--homes", type=Path, metavar="FOLDER", help="where to keep the servers' homes")
    asked = parser.parse_args()
    table: dict[int, dict[str, float]] = {}
    for count in asked.runs:
        table[count] = measure(count, asked.homes)
        print(
            f"{count:>9,} runs: " + ", ".join(f"{name} {took:.1f}" for name, took in table[count].items()), flush=True
        )
    draw(table)
    (DOCS / "growth.md").write_text(page(table))


if __name__ == "__main__":
    main()
