"""Machine sizes, from the table ``sizes.csv`` beside this module (cores and GiB as in Azure's documentation)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from workstead_wire.compute import Size
from workstead_wire.errors import InvalidInput


@cache
def list_sizes() -> list[Size]:
    """All sizes, in the table's order."""
    with Path(__file__).with_name("sizes.csv").open(newline="", encoding="utf-8") as table:
        return [
            Size(
                name=row["name"],
                cores=int(row["cores"]),
                memory_gib=float(row["memory_gib"]),
                gpus=int(row["gpus"]),
            )
            for row in csv.DictReader(table)
        ]


def get_size(name: str) -> Size:
    """The size called ``name``, in any case.

    Raises:
        InvalidInput: the table has no such size.
    """
    for size in list_sizes():
        if size.name == name.upper():
            return size
    raise InvalidInput(f"{name[:80]!r} is no size; try 'STANDARD_D3_V2', or list them with `workstead compute sizes`")
