"""Clauses of a filter as conditions on columns; values are bound, never part of a statement."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_

from workstead.foundation import clock, expressions
from workstead.foundation.filters import Clause, Value
from workstead_wire.errors import InvalidInput

Span = tuple[float, float]
"""What a value means of a column that is finer than the value: from, to, both within."""

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_TEXT_OPS = "= != LIKE ILIKE IN, NOT IN"
_NUMBER_OPS = "= != < <= > >= IN, NOT IN"
_DAY_US = 24 * 3600 * 10**6
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])", re.ASCII)
_PARTS = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_SECONDS = {"ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def compare_text(column: ColumnElement[Any], clause: Clause) -> ColumnElement[bool]:  # noqa: PLR0911 - one an op
    """How a text compares; LIKE knows upper from lower case, ILIKE does not."""
    if not clause.values:
        return _is_there(column, clause)
    texts = [value.text for value in clause.values]
    match clause.op:
        case "IN":
            return column.in_(texts)
        case "NOT IN":
            return column.not_in(texts)
        case "=" | "!=":
            return _ORDERS[clause.op](column, texts[0])
        case "LIKE":
            return column.like(_pattern(texts[0]), escape="\\")
        case "ILIKE":
            return column.ilike(_pattern(texts[0]), escape="\\")
        case "RLIKE":
            return column.regexp_match(_regular(clause, texts[0]))
        case _:
            raise clause.refused(f"{clause.name} is a text, which compares by {_TEXT_OPS}, not {clause.op}")


def compare_number(column: ColumnElement[Any], clause: Clause) -> ColumnElement[bool]:
    """How a number compares."""
    return compare_spans(column, clause, read_number)


def compare_time(column: ColumnElement[Any], clause: Clause) -> ColumnElement[bool]:
    """How a column of microseconds compares with days, moments (ISO 8601) or milliseconds since 1970."""
    return compare_spans(column, clause, read_time)


def compare_spans(
    column: ColumnElement[Any], clause: Clause, read: Callable[[Clause, Value], Span]
) -> ColumnElement[bool]:
    """How a column compares with values that each cover a span: ``=`` is within, ``>`` behind it, ``<`` before."""
    if not clause.values:
        return _is_there(column, clause)
    spans = [read(clause, value) for value in clause.values]
    low, high = spans[0]
    match clause.op:
        case "=" | "IN":
            return or_(*(_within(column, span) for span in spans))
        case "!=" | "NOT IN":
            return and_(column.is_not(None), *(not_(_within(column, span)) for span in spans))
        case "<" | ">=":
            return _ORDERS[clause.op](column, low)
        case "<=" | ">":
            return _ORDERS[clause.op](column, high)
        case _:
            raise clause.refused(f"{clause.name} is a number, which compares by {_NUMBER_OPS}, not {clause.op}")


def read_number(clause: Clause, value: Value) -> Span:
    """A number, or one of the words that stand for what is none."""
    try:
        number = float(value.text)
    except ValueError:
        raise clause.refused(f"{clause.name} compares with a number, not {value.text[:80]!r}") from None
    if number != number or value.form == "quoted":  # noqa: PLR0124 - NaN
        raise clause.refused(f"{clause.name} compares with a number, not {value.text[:80]!r}")
    return number, number


def read_time(clause: Clause, value: Value) -> Span:
    """A day or a moment in microseconds since 1970; a number is milliseconds. A day is the whole of it, in UTC."""
    text = value.text
    try:
        if value.form == "number":
            start, width = int(float(text)) * 1000, 1000
        else:
            start = clock.from_datetime(dt.datetime.fromisoformat(text))
            width = _DAY_US if _DAY.fullmatch(text) else 1
        if abs(start) < 1 << 62:
            return start, start + width - 1
    except (ValueError, OverflowError):
        pass
    raise clause.refused(f"{clause.name} compares with a day or a moment like 2026-07-31T18:00, not {text[:80]!r}")


def read_duration(clause: Clause, value: Value) -> Span:
    """A duration in microseconds: seconds, or like ``1h30m``."""
    if value.form == "number":
        seconds = float(value.text)
    elif _PARTS.fullmatch(value.text):
        seconds = sum(float(count) * _SECONDS[unit] for count, unit in _PART.findall(value.text))
    else:
        raise clause.refused(f"{clause.name} compares with seconds, or a word like 1h30m, not {value.text[:80]!r}")
    return seconds * 1e6, seconds * 1e6


def matcher(pattern: str, *, any_case: bool) -> Callable[[str], bool]:
    """LIKE in Python, for what is no column."""
    parts = (".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern)
    regex = re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if any_case else 0))
    return lambda text: regex.fullmatch(text) is not None


def unknown_name(clause: Clause, known: str) -> InvalidInput:
    """The error for a name that a list has not."""
    return clause.refused(f"there is no {clause.name}; there are {known}")


def _is_there(column: ColumnElement[Any], clause: Clause) -> ColumnElement[bool]:
    return column.is_(None) if clause.op == "IS NULL" else column.is_not(None)


def _within(column: ColumnElement[Any], span: Span) -> ColumnElement[bool]:
    low, high = span
    return column == low if low == high else column.between(low, high)


def _pattern(text: str) -> str:
    # A backslash is a letter like any other here; PostgreSQL would take it for an escape.
    return text.replace("\\", "\\\\")


def _regular(clause: Clause, pattern: str) -> str:
    try:
        expressions.compile_expression(pattern)
    except ValueError as error:
        raise clause.refused(f"{pattern[:80]!r} is no regular expression: {error}") from None
    return pattern
