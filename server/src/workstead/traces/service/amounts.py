"""Numbers that are measured, kept beside what they were told in: tokens of traces and costs of spans."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, delete, insert

from workstead.traces import tables as t

USAGE = "mlflow.trace.tokenUsage"
"""The label that tells a trace's tokens, as a JSON map."""
TOKENS = (
    "input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
)  # fmt: skip
COSTS = ("input_cost", "output_cost", "total_cost")
WHOLE = ""
"""Stands in for a span's id where the trace itself is meant."""


def put_tokens(conn: Connection, trace_pk: int, usage: str | None) -> None:
    """Keep how many tokens a trace took, as its label says; what is no number is left out."""
    _forget(conn, trace_pk, [WHOLE])
    _add(conn, _rows(trace_pk, WHOLE, _read(usage), TOKENS))


def put_costs(conn: Connection, trace_pk: int, costs: Mapping[str, Mapping[str, float] | None]) -> None:
    """Keep what spans cost, by their ids."""
    _forget(conn, trace_pk, list(costs))
    _add(conn, [row for span_id, cost in costs.items() for row in _rows(trace_pk, span_id, cost or {}, COSTS)])


def to_number(value: Any) -> float | None:
    """A value as a finite number, if it is one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _read(usage: str | None) -> Mapping[str, Any]:
    try:
        told = msgspec.json.decode(usage or "{}")
    except (msgspec.DecodeError, RecursionError):
        return {}
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}


def _rows(trace_pk: int, span_id: str, told: Mapping[str, Any], keys: Sequence[str]) -> list[dict[str, Any]]:
    numbers = {key: to_number(told.get(key)) for key in keys}
    return [
        {"trace_pk": trace_pk, "span_id": span_id, "key": key, "value": number}
        for key, number in numbers.items()
        if number is not None
    ]


def _forget(conn: Connection, trace_pk: int, span_ids: Iterable[str]) -> None:
    c = t.amounts.c
    conn.execute(delete(t.amounts).where(c.trace_pk == trace_pk, c.span_id.in_(span_ids)))


def _add(conn: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.execute(insert(t.amounts), rows)
