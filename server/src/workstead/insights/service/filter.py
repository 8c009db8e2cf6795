"""Which telemetry is wanted: ``foundation.filters``'s language on items."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from workstead.foundation.filters import Clause, parse_filter
from workstead.insights.service.items import KINDS, Item

Test = Callable[[Item], bool]

_TEXTS: dict[str, Callable[[Item], str]] = {
    "kind": lambda item: KINDS[item.kind],
    "name": lambda item: item.name,
    "message": lambda item: item.message,
    "operation": lambda item: item.operation,
    "span": lambda item: item.span,
    "parent": lambda item: item.parent,
    "code": lambda item: item.code,
    "role": lambda item: item.role,
}
_NUMBERS: dict[str, Callable[[Item], float | None]] = {
    "duration": lambda item: item.duration,
    "value": lambda item: item.value,
    "severity": lambda item: item.severity,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class Filter(msgspec.Struct):
    """What a filter says: a test of items, and what may be told of blocks before they are opened."""

    tests: list[Test]
    kinds: int = (1 << len(KINDS)) - 1
    """A bit for each kind that can pass."""
    operation: str = ""
    """The one operation that can pass, if there is one."""

    def test(self, item: Item) -> bool:
        """Whether an item passes."""
        return all(test(item) for test in self.tests)


def read_filter(text: str) -> Filter:
    """What a filter says.

    Raises:
        InvalidInput: it is not of the language, or compares what cannot be compared so.
    """
    clauses = parse_filter(text, {"properties": "properties"})
    made = Filter([_make_test(clause) for clause in clauses])
    for clause in clauses:
        if clause.kind == "" and clause.key == "kind":
            probe = _make_test(clause)
            made.kinds &= sum(1 << kind for kind in range(len(KINDS)) if probe(Item(0, kind, "")))
        if clause.kind == "" and clause.key == "operation" and clause.op == "=":
            made.operation = clause.value.text
    return made


def _make_test(clause: Clause) -> Test:
    if clause.kind == "properties":
        return _text_test(clause, lambda item: item.properties.get(clause.key))
    if clause.key in _TEXTS:
        return _text_test(clause, _TEXTS[clause.key])
    if clause.key in _NUMBERS:
        return _number_test(clause, _NUMBERS[clause.key])
    if clause.key == "success":
        return _truth_test(clause)
    names = ", ".join([*_TEXTS, *_NUMBERS, "success"])
    raise clause.refused(f"{clause.name!r} is nothing that telemetry has; it has {names} and properties.<name>")


def _text_test(clause: Clause, read: Callable[[Item], str | None]) -> Test:
    texts = frozenset(value.text for value in clause.values)
    match clause.op:
        case "=" | "IN":
            return lambda item: read(item) in texts
        case "!=" | "NOT IN":
            return lambda item: read(item) not in texts
        case "IS NULL":
            return lambda item: not read(item)
        case "IS NOT NULL":
            return lambda item: bool(read(item))
        case "LIKE" | "ILIKE":
            like = _compile(clause.value.text, re.IGNORECASE if clause.op == "ILIKE" else re.NOFLAG)
            return lambda item: like.fullmatch(read(item) or "") is not None
        case _:
            raise clause.refused(
                f"{clause.name} is a text; texts compare by = != LIKE ILIKE IN, NOT IN, not {clause.op}"
            )


def _number_test(clause: Clause, read: Callable[[Item], float | None]) -> Test:
    if clause.op == "IS NULL":
        return lambda item: read(item) is None
    if clause.op == "IS NOT NULL":
        return lambda item: read(item) is not None
    numbers: list[float] = []
    for value in clause.values:
        if value.form != "number":
            raise clause.refused(f"{clause.name} is a number, and {value.text!r} is none")
        numbers.append(float(value.text))
    if clause.op in ("IN", "NOT IN"):
        return lambda item: (read(item) in numbers) == (clause.op == "IN")
    if clause.op not in _COMPARISONS:
        raise clause.refused(f"{clause.name} is a number, which compares by = != < <= > >= IN, NOT IN, not {clause.op}")
    compare, right = _COMPARISONS[clause.op], numbers[0]
    return lambda item: (left := read(item)) is not None and compare(left, right)


def _truth_test(clause: Clause) -> Test:
    if clause.op not in ("=", "!=") or clause.value.text.lower() not in ("true", "false"):
        raise clause.refused("success compares by = and != with true or false")
    wanted = (clause.value.text.lower() == "true") == (clause.op == "=")
    return lambda item: item.success is wanted


def _compile(pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    pieces = {"%": ".*", "_": "."}
    return re.compile("".join(pieces.get(letter) or re.escape(letter) for letter in pattern), flags | re.DOTALL)
