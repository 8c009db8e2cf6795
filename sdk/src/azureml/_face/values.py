"""Metric values on their way in (numpy and others become plain) and out (the shapes of ``get_metrics``)."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Mapping, Type, cast

from azureml.exceptions import UserErrorException
from workstead_wire.base import NON_FINITE

_PLAIN = (str, int, float, bool, type(None))


def plain_cell(value: Any) -> Any:
    """A value as JSON has it; NaN and the infinities become their names.

    Raises:
        UserErrorException: it is no number, string, truth value or None.
    """
    kind = cast("Type[object]", type(value))
    if kind is float:
        return value if math.isfinite(value) else _name(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, (bool, int, str)):
        return value  # subclasses, such as enum members
    return _plain_other(value)


def plain_list(value: Any) -> List[Any]:
    """A list, tuple, numpy array, series or any iterable of cells as a plain list; a lone cell is a list of one."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        return [plain_cell(value)]
    items: Any = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(items, list):
        items = list(items)
    return [plain_cell(item) for item in cast("List[Any]", items)]


def plain_row(columns: Mapping[str, Any]) -> Dict[str, Any]:
    """A row's columns as plain cells; a column may hold a list."""
    return {str(key): plain_list(cell) if _is_list(cell) else plain_cell(cell) for key, cell in columns.items()}


def plain_table(columns: Mapping[str, Any]) -> Dict[str, List[Any]]:
    """A table's columns as plain lists of one length.

    Raises:
        UserErrorException: they are not of one length.
    """
    if not hasattr(columns, "items"):
        raise UserErrorException(f"a table is a dictionary from column to list, but {type(columns).__name__} was given")
    table = {str(key): plain_list(cells) for key, cells in columns.items()}
    lengths = {key: len(cells) for key, cells in table.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{key!r} has {length}" for key, length in lengths.items())
        raise UserErrorException(f"a table's columns must be of one length, but {shown}")
    return table


def shape(name: str, kind: str, columns: Mapping[str, List[Any]], container: str) -> Any:
    """What ``get_metrics`` gives for a metric whose columns are these cells.

    A scalar logged once is that value, logged repeatedly a list. A list is a list. A row or a table is a map from
    column to cell if it has one row, else to a list. What is kept as a file is its address.
    """
    if kind in ("row", "table"):
        whole = {key: revive(cells) for key, cells in columns.items()}
        single = all(len(cells) == 1 for cells in whole.values())
        return {key: cells[0] for key, cells in whole.items()} if single else whole
    cells = revive(columns.get(name, []))
    if kind not in ("scalar", "list"):
        cells = [f"aml://artifactId/ExperimentRun/{container}/{cell}" for cell in cells]
    return cells[0] if len(cells) == 1 and kind != "list" else cells


def revive(cells: List[Any]) -> List[Any]:
    """A column from the wire: names of numbers that JSON lacks become numbers, unless it holds other strings too."""
    strings = {cell for cell in cells if type(cell) is str}
    if strings and strings <= NON_FINITE.keys():
        cells = [NON_FINITE[cell] if type(cell) is str else cell for cell in cells]
    return [revive(cast("List[Any]", cell)) if type(cell) is list else cell for cell in cells]


def _is_list(value: Any) -> bool:
    return not isinstance(value, (str, bytes)) and hasattr(value, "__iter__") and getattr(value, "ndim", 1) > 0


def _plain_other(value: Any) -> Any:
    if hasattr(value, "item") and getattr(value, "size", 1) == 1:
        return plain_cell(value.item())  # numpy's scalars, and arrays and tensors of one element
    if hasattr(value, "__float__") and getattr(value, "ndim", 0) == 0:
        return plain_cell(float(value))  # Decimal, Fraction, a subclass of float
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise UserErrorException(
        f"{value!r:.80} of type {type(value).__name__} cannot be logged; log a number, a string or a truth value"
    )


def _name(value: float) -> str:
    if value != value:  # noqa: PLR0124  # NaN is the one value that differs from itself
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
