"""Parameters: what a run was started with; written once."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sqlalchemy import Connection, insert, select, text

from workstead.foundation.rows import fetch, marks
from workstead.runs import tables as t
from workstead_wire.base import Tags
from workstead_wire.errors import InvalidInput, ParameterImmutable

KEY_MAX = 255
VALUE_MAX = 6000
_ASKED = 500
"""Names that one statement asks for: a run with more has all names of its experiment read."""
_READ = "SELECT p.run_pk, n.name, p.value FROM run_params p JOIN param_names n ON p.name_pk = n.pk WHERE p.run_pk IN "
_ADD_NAME = text("INSERT INTO param_names (experiment_pk, name) VALUES (:experiment_pk, :name) ON CONFLICT DO NOTHING")


def log_params(conn: Connection, run_pk: int, experiment_pk: int, run_id: str, given: Tags) -> None:
    """Add parameters; one that is there with the same value is no error.

    Raises:
        ParameterImmutable: one is there with another value.
    """
    if not given:
        return
    _check(given)
    p, n = t.run_params.c, t.param_names.c
    query = select(n.name, p.value).join_from(t.run_params, t.param_names, p.name_pk == n.pk).where(p.run_pk == run_pk)
    kept = {row.name: row.value for row in conn.execute(query)}
    for key in given.keys() & kept.keys():
        if given[key] != kept[key]:
            raise ParameterImmutable(
                f"parameter {key!r} of run {run_id!r} is {kept[key][:80]!r} and cannot become {given[key][:80]!r}: "
                "parameters never change; use a tag for what does"
            )
    fresh = [key for key in given if key not in kept]
    if fresh:
        names = _ensure_names(conn, experiment_pk, fresh)
        rows = [
            {"run_pk": run_pk, "name_pk": names[key], "value": given[key], "number": number_in(given[key])}
            for key in fresh
        ]
        conn.execute(insert(t.run_params), rows)


def read_params(conn: Connection, run_pks: Sequence[int]) -> dict[int, Tags]:
    """The parameters of each run that has some, by name."""
    found: dict[int, Tags] = {}
    for run_pk, name, value in fetch(conn, f"{_READ}({marks(len(run_pks))}) ORDER BY p.run_pk, n.name", *run_pks):
        found.setdefault(run_pk, {})[name] = value
    return found


def number_in(value: str) -> float | None:
    """The number that a text says; None for any other text, and for NaN, which sorts nowhere."""
    try:
        number = float(value)
    except ValueError:
        return None
    return None if math.isnan(number) or "_" in value else number


def _check(given: Tags) -> None:
    for key, value in given.items():
        if not 1 <= len(key) <= KEY_MAX or "\0" in key:
            raise InvalidInput(f"{key[:80]!r} is no good name for a parameter: 1 to {KEY_MAX} characters, none NUL")
        if len(value) > VALUE_MAX or "\0" in value:
            raise InvalidInput(
                f"the value of parameter {key[:80]!r} has {len(value)} characters; "
                f"it may have {VALUE_MAX} at most, none of them NUL"
            )


def _ensure_names(conn: Connection, experiment_pk: int, names: list[str]) -> dict[str, int]:
    found = _read_names(conn, experiment_pk, names)
    # In order, so that two writers of the same names wait for each other and never in a circle.
    fresh = [{"experiment_pk": experiment_pk, "name": name} for name in sorted(names) if name not in found]
    if not fresh:
        return found
    conn.execute(_ADD_NAME, fresh)
    return _read_names(conn, experiment_pk, names)


def _read_names(conn: Connection, experiment_pk: int, names: list[str]) -> dict[str, int]:
    n = t.param_names.c
    query = select(n.name, n.pk).where(n.experiment_pk == experiment_pk)
    if len(names) <= _ASKED:
        query = query.where(n.name.in_(names))
    return {row.name: row.pk for row in conn.execute(query)}
