"""How a benchmark shows its figures: as lines, or with ``--json`` for table.py."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

Figures = dict[str, float]


def show(about: str | None, measure: Callable[[], Figures]) -> None:
    """The whole of a benchmark without arguments of its own. ``about`` is its help."""
    parser = make_parser(about)
    asked = parser.parse_args()
    print_figures(measure(), as_json=asked.json)


def make_parser(about: str | None) -> argparse.ArgumentParser:
    """A parser that knows ``--json``."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true")
    return parser


def print_figures(figures: Figures, *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:<40} {figure:>14,.2f}")
