"""MLflow's filters and orders: our language in its stricter form, and its words for what is not of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from workstead.dialects.mlflow.errors import Refused, invalid
from workstead.foundation.filters import Clause, Value, parse_filter
from workstead_wire.errors import InvalidInput

CLAUSES = "clause(s) in filter string"
TEXT_OPS = ("=", "!=", "LIKE", "ILIKE")
NUMBER_OPS = ("=", "!=", "<", "<=", ">", ">=")
KINDS = {"attribute": "", "attributes": "", "attr": "", "tag": "tags", "tags": "tags"}
_ORDER = re.compile(r"\s*(.*?)(?:\s+(ASC|DESC))?\s*", re.IGNORECASE | re.DOTALL)
_OPEN_LIST = re.compile(r"\bIN\s*\(([^()]*)$", re.IGNORECASE)
_IN_LIST = "While parsing a list in the query,"
_PREFIXES = (
    "metric", "metrics", "param", "params", "parameter", "parameters", "tag", "tags",
    "attribute", "attributes", "attr", "run",
)  # fmt: skip


class Order(msgspec.Struct, frozen=True):
    """A sort key as it was asked for: ``metrics.`acc` DESC`` has kind ``metrics`` and key ``acc``."""

    kind: str
    key: str
    descending: bool


def parse(text: str, kinds: Mapping[str, str] = KINDS, *, noun: str = CLAUSES) -> list[Clause]:
    """The clauses of a filter; texts must be quoted. ``noun`` names in errors what could not be read."""
    return strict(text, lambda: parse_filter(text, kinds), noun=noun)


def strict(text: str, read: Callable[[], list[Clause]], *, noun: str = CLAUSES) -> list[Clause]:
    """The clauses that ``read`` makes of ``text``, refused where MLflow's server would not take them."""
    try:
        clauses = read()
    except InvalidInput as error:
        raise _unreadable(text, noun, error) from error
    for clause in clauses:
        for value in clause.values:
            _check_form(clause, value)
    return clauses


def check_attributes(clauses: Sequence[Clause], texts: Collection[str], numbers: Collection[str] = ()) -> None:
    """Attributes are known, and compare as they can; tags compare as texts."""
    for clause in clauses:
        if clause.kind in ("", "attributes") and clause.key not in {*texts, *numbers}:
            known = sorted({*texts, *numbers})
            raise invalid(f"Invalid attribute key '{clause.key}' specified. Valid keys are '{known}'")
        if clause.kind == "tags" or clause.key in texts:
            allowed = (*TEXT_OPS, "IN") if clause.key == "run_id" else TEXT_OPS
            if clause.op not in (*allowed, "IS NULL", "IS NOT NULL"):
                what = "tag" if clause.kind == "tags" else "attribute"
                raise invalid(f"Invalid comparator for {what}: {clause.op}; it must be one of {', '.join(allowed)}")


def check_nulls(clauses: Sequence[Clause], kinds: Sequence[str]) -> None:
    """Only labels of these kinds may be asked whether they are there at all."""
    for clause in clauses:
        if clause.op in ("IS NULL", "IS NOT NULL") and clause.kind not in kinds:
            raise invalid(
                f"IS NULL / IS NOT NULL is only supported for {' and '.join(kinds)}, not for "
                f"'{clause.kind.removesuffix('s') or 'attribute'}' '{clause.key}'"
            )


def parse_orders(texts: Sequence[str], keys: Collection[str], *, noun: str = "attribute key") -> list[Order]:
    """The orders that were asked for, by attributes among ``keys`` or by what has a kind."""
    orders = [_parse_order(text) for text in texts]
    for order, text in zip(orders, texts, strict=True):
        if not order.kind and order.key not in keys:
            if " " in order.key:
                raise _unorderly(text)
            raise invalid(
                f"Invalid {noun} '{order.key}' specified in order_by '{text}'. Valid keys are '{sorted(keys)}'"
            )
    if len({(order.kind, order.key) for order in orders}) < len(orders):
        raise invalid(f"`order_by` contains duplicate fields: {list(texts)}")
    return orders


def _unreadable(text: str, noun: str, error: InvalidInput) -> Refused:
    before, wrong = text[: error.details["at"] - 1], text[error.details["at"] - 1 :]
    opened = _OPEN_LIST.search(before)
    if wrong and opened:
        what = "empty" if wrong[0] == ")" and not opened[1].strip() else "ill-formed"
        return invalid(f"{_IN_LIST} expected a non-empty list of string values, but got {what} list")
    return invalid(f"Invalid {noun}: {error.message}")


def _check_form(clause: Clause, value: Value) -> None:
    if clause.op in ("IN", "NOT IN") and value.form != "quoted":
        raise invalid(
            f"{_IN_LIST} expected string value, punctuation, or whitespace, but got different type in list: "
            f"{value.text}"
        )
    if value.form == "word" and value.text.lower() in ("true", "false"):
        raise invalid(f"Invalid {CLAUSES}: {value.text} is no value to compare with")
    if value.form == "word":
        raise invalid(
            "Parameter value is either not quoted or unidentified quote types used for string value "
            f"{value.text}. Use either single or double quotes."
        )


def _parse_order(text: str) -> Order:
    found = _ORDER.fullmatch(text)
    if found is None or not found[1]:
        raise _unorderly(text)
    name, descending = found[1], (found[2] or "").upper() == "DESC"
    kind, dot, key = name.partition(".")
    if not dot or kind.lower() not in _PREFIXES:
        kind, key = "", name
    kind = "" if kind.lower() in ("attribute", "attributes", "attr", "run") else kind.lower()
    return Order(kind, _unquoted(key), descending)


def _unorderly(text: str) -> Refused:
    return invalid(f"Invalid order_by clause '{text}'. Could not be parsed.")


def _unquoted(name: str) -> str:
    for mark in "`\"'":
        if len(name) > 1 and name[0] == name[-1] == mark:
            return name[1:-1]
    return name
