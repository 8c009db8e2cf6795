"""What a logged value is: which columns it fills, of which type, and whether it is one number."""

from __future__ import annotations

import math
import sys
from typing import Any, Protocol

from workstead_wire.base import NON_FINITE, Scalar
from workstead_wire.errors import InvalidInput
from workstead_wire.runs import Cell, MetricKind, ValueType

EXACT = 2**53
"""Whole numbers beyond this lose digits as a double; they are kept as text."""

LARGEST = int(sys.float_info.max)
"""The largest double."""

_TYPES: tuple[ValueType, ...] = ("bool", "int", "double", "string", "json")
_RANK: dict[ValueType, int] = {name: rank for rank, name in enumerate(_TYPES)}
_GROWING: tuple[MetricKind, ...] = ("scalar", "list", "row", "table")

Row = dict[str, Any]
"""A row of a metric: cells by column."""


class Loggable(Protocol):
    """What a point has, however it came."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> Scalar | list[Scalar] | dict[str, Cell]: ...  # noqa: D102
    @property
    def at(self) -> int: ...  # noqa: D102
    @property
    def step(self) -> int | None: ...  # noqa: D102
    @property
    def kind(self) -> MetricKind: ...  # noqa: D102


def rows_of(point: Loggable) -> list[Row]:
    """The rows that a point adds; a scalar's only column bears the metric's name.

    Raises:
        InvalidInput: the value does not fit its kind.
    """
    value = point.value
    if point.kind == "list" and isinstance(value, list):
        return [{point.name: cell} for cell in value]
    if point.kind == "row" and isinstance(value, dict):
        return [value]
    if point.kind == "table" and isinstance(value, dict):
        return _transpose(value)
    if point.kind in ("list", "row", "table") or isinstance(value, (list, dict)):
        raise InvalidInput(
            f"metric {point.name[:80]!r} of kind {point.kind} got {type(value).__name__}; a list takes a list, "
            "a row or table a map of columns, every other kind one value"
        )
    return [{point.name: value}]


def number_of(row: Row, column: str) -> float | None:
    """The one number that a row is; None when it is anything else."""
    if len(row) != 1 or column not in row:
        return None
    value = row[column]
    if isinstance(value, str):
        return NON_FINITE.get(value)
    if isinstance(value, int) and not -EXACT <= value <= EXACT:
        return None
    return value if isinstance(value, (int, float)) else None


def type_of(value: Any) -> ValueType:
    """The type of a cell; what is missing has the narrowest."""
    if isinstance(value, bool) or value is None:
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float) or (isinstance(value, str) and value in NON_FINITE):
        return "double"
    return "string" if isinstance(value, str) else "json"


def wider(one: ValueType, other: ValueType) -> ValueType:
    """The type that holds both: bool, int, double, string, json."""
    return one if _RANK[one] >= _RANK[other] else other


def wider_kind(one: MetricKind, other: MetricKind) -> MetricKind:
    """The kind that holds both, so that a name used in two ways never stops what is logged after it."""
    if one == other:
        return one
    if one in _GROWING and other in _GROWING:
        return _GROWING[max(_GROWING.index(one), _GROWING.index(other))]
    return "table"


def to_wire(value: float | None, kind: ValueType) -> Scalar:
    """A stored number as it travels: whole or true/false if its column is, a word where JSON has no number."""
    if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if kind == "bool":
        return bool(value)
    return int(value) if kind != "double" and value.is_integer() else value


def _transpose(table: dict[str, Any]) -> list[Row]:
    columns: dict[str, list[Any]] = {
        name: cells if isinstance(cells, list) else [cells] for name, cells in table.items()
    }
    length = max(map(len, columns.values()), default=0)
    return [{name: cells[at] for name, cells in columns.items() if at < len(cells)} for at in range(length)]
