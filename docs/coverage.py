"""Write reference/coverage.md: which azureml names are there, tried by importing them.

``python docs/coverage.py`` writes it, ``--check`` fails if it is stale. What to try is in ``docs/data``: the names that
public repositories import, and the members of the main classes that they use, each with the number of repositories.
"""

from __future__ import annotations

import csv
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).parent
PAGE = DOCS / "reference" / "coverage.md"
CLASSES = {
    "ComputeInstance": "azureml.core.compute",
    "ComputeTarget": "azureml.core.compute",
    "Experiment": "azureml.core",
    "InteractiveLoginAuthentication": "azureml.core.authentication",
    "Model": "azureml.core",
    "Run": "azureml.core",
    "RunDetails": "azureml.widgets",
    "ServicePrincipalAuthentication": "azureml.core.authentication",
    "Workspace": "azureml.core",
}


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    imports, members = _read("azureml_imports"), _read("azureml_members")
    yield "# Names that are covered\n"
    yield "<!-- Written by docs/coverage.py; run it again after a change. -->\n"
    yield (
        "What Workstead's `azureml` has of the names that public repositories import from Microsoft's SDK v1. "
        "A name that is not there fails with an `ImportError` or `AttributeError` that says so.\n"
    )
    yield from _table("Imports", "import", {name: (repos, importable(name)) for name, repos in imports.items()})
    yield from _table("Members", "member", {name: (repos, member_exists(name)) for name, repos in members.items()})


def _table(title: str, what: str, rows: dict[str, tuple[int, bool]]) -> Iterator[str]:
    there = sum(covered for _, covered in rows.values())
    uses = sum(repos for repos, _ in rows.values())
    covered_uses = sum(repos for repos, covered in rows.values() if covered)
    yield f"## {title}\n"
    yield f"{there} of {len(rows)}; weighed by the repositories that use them, {covered_uses / uses:.0%}.\n"
    yield f"| {what} | repositories | there |\n|---|---:|---|"
    yield from (f"| `{name}` | {repos} | {'yes' if covered else ''} |" for name, (repos, covered) in rows.items())
    yield ""


def importable(name: str) -> bool:
    """Whether ``import name`` or ``from parent import last`` works."""
    parent, _, last = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ImportError:
        try:
            return hasattr(importlib.import_module(parent), last)
        except ImportError:
            return False
    return True


def member_exists(name: str) -> bool:
    """Whether ``Class`` or ``Class.member`` is there."""
    kind, _, member = name.partition(".")
    try:
        found = getattr(importlib.import_module(CLASSES[kind]), kind)
    except (ImportError, AttributeError):
        return False
    return not member or hasattr(found, member)


def _read(name: str) -> dict[str, int]:
    with (DOCS / "data" / f"{name}.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t"))[1:]
    return {row[0]: int(row[1]) for row in rows}


def main() -> int:
    """Write the page, or check it."""
    import azureml.core  # noqa: F401, PLC0415  # so that names which come later say so

    text = page()
    if "--check" in sys.argv:
        stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text
        print(f"{PAGE.name} is stale; run python docs/coverage.py" if stale else f"{PAGE.name} is fresh")
        return int(stale)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
