"""MLflow's filters and orders of traces."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from workstead.dialects.mlflow import filtering
from workstead.dialects.mlflow.errors import invalid
from workstead.dialects.mlflow.trace_words import NAME, SOURCE_RUN
from workstead.foundation.filters import Clause, parse_filter
from workstead.traces.service import Order

_KINDS = {
    "tag": "tags", "tags": "tags", "request_metadata": "metadata", "metadata": "metadata", "attribute": "",
    "attributes": "", "trace": "", "span": "span", "feedback": "feedback", "expectation": "expectation",
    "issue": "issue",
}  # fmt: skip
_PATTERNS = ("LIKE", "ILIKE", "RLIKE")
_THERE = ("IS NULL", "IS NOT NULL")
_LABEL_OPS = ("=", "!=", *_PATTERNS, *_THERE)
_TEXT_OPS = ("=", "!=", "IN", "NOT IN", *_PATTERNS)
_ORDER_OPS = ("<", "<=", ">", ">=")
_SAID = ("feedback", "expectation")
_NUMBERS = {
    **dict.fromkeys(("timestamp", "timestamp_ms"), "at"),
    **dict.fromkeys(("execution_time", "execution_time_ms"), "duration"),
    **dict.fromkeys(("end_time", "end_time_ms"), "end"),
}
_TEXTS = {"request_id": "id", "status": "state", "client_request_id": "client_request_id"}
_OWN = {*_NUMBERS, *_TEXTS, "name", "run_id", "prompt", "text"}
_ORDERED = {*_NUMBERS, "status", "request_id", "name", "run_id", "experiment_id"}
_SPAN_KEYS = ("name", "type", "status")
_ORDER = re.compile(r"\s*(.*?)(?:\s+(ASC|DESC))?\s*", re.IGNORECASE | re.DOTALL)


def read_filter(text: str) -> list[Clause]:
    """The clauses of a filter of traces, in the words of the room."""
    clauses = filtering.strict(text, lambda: parse_filter(text, _KINDS, regular=True))
    return [_clause(clause) for clause in clauses]


def read_orders(texts: Sequence[str]) -> list[Order]:
    """The orders that were asked for."""
    orders = [_order(text) for text in texts]
    if len({(order.kind, order.key) for order in orders}) < len(orders):
        raise invalid(f"`order_by` contains duplicate fields: {list(texts)}")
    return orders


def _clause(clause: Clause) -> Clause:
    if clause.kind == "":
        return _own(clause)
    if clause.kind in ("tags", "metadata"):
        return _label(clause)
    if clause.kind == "span":
        return _span(clause)
    if clause.kind == "issue":
        if clause.key != "id":
            raise invalid(f"Invalid issue attribute '{clause.key}'. Supported attributes: id")
        _check_op(clause, ("=",), "issue.id")
        return clause
    return _said(clause)


def _own(clause: Clause) -> Clause:
    key = clause.key
    if key not in _OWN:
        before, dot, _ = key.partition(".")
        if dot and before not in _KINDS:
            raise invalid(f"Invalid entity type '{before}'. Valid values are {sorted(_KINDS)}")
        raise invalid(f"Invalid attribute key '{key}' specified. Valid keys are '{sorted(_OWN)}'")
    if key == "name":
        return _label(_as(clause, "tags", NAME))
    if key == "run_id":
        return _label(_as(clause, "metadata", SOURCE_RUN))
    if key == "prompt":
        return _prompt(clause)
    if key == "text":
        return _span(_as(clause, "span", "content"))
    if key in _NUMBERS:
        return _number(clause)
    _check_op(clause, _TEXT_OPS)
    _check_quoted(clause, "attributes")
    return _as(clause, "", _TEXTS[key])


def _number(clause: Clause) -> Clause:
    _check_op(clause, ("=", "!=", *_ORDER_OPS))
    if clause.value.form != "number":
        raise invalid(f"Expected numeric value type for numeric attribute: {clause.key}. Found {clause.value.text}")
    return _as(clause, "", _NUMBERS[clause.key])


def _label(clause: Clause) -> Clause:
    _check_op(clause, _LABEL_OPS)
    _check_quoted(clause, clause.kind)
    if clause.kind == "metadata" and clause.key == SOURCE_RUN and clause.op == "=":
        return _as(clause, "run", SOURCE_RUN)
    return clause


def _prompt(clause: Clause) -> Clause:
    hint = 'format: prompt = "name/version"'
    if clause.op != "=":
        raise invalid(f"Invalid comparator '{clause.op}' for prompts filter. Only '=' is supported with {hint}")
    if clause.value.text.count("/") != 1:
        raise invalid(f"Invalid prompts filter value '{clause.value.text}'. Expected {hint}")
    return _as(clause, "prompt", clause.key)


def _span(clause: Clause) -> Clause:
    key = clause.key
    if key == "content":
        _check_op(clause, ("LIKE", "ILIKE"), f"span.{key}")
    elif key in _SPAN_KEYS or (key.startswith("attributes.") and len(key) > len("attributes.")):
        _check_op(clause, _TEXT_OPS, f"span.{key}")
    elif key == "attributes.":
        raise invalid("Span attribute name cannot be empty after 'attributes.'")
    else:
        raise invalid(
            f"Invalid span attribute '{key}'. Supported attributes: {', '.join(sorted(_SPAN_KEYS))}, "
            "attributes.<attribute_name>."
        )
    if key.startswith("attributes.") and clause.op in ("IN", "NOT IN"):
        raise invalid(f"span.{key} comparator '{clause.op}' is not done; ask by = or LIKE")
    _check_quoted(clause, "span")
    return clause


def _said(clause: Clause) -> Clause:
    _check_op(clause, ("=", "!=", *_ORDER_OPS, *_PATTERNS, *_THERE), f"assessment.{clause.key}")
    for value in clause.values:
        numeric = value.form == "number"
        if clause.op in _ORDER_OPS and not numeric:
            raise invalid(
                f"Expected a numeric value for {clause.kind} when using comparator '{clause.op}'. Got value "
                f"'{value.text}'"
            )
        if clause.op not in _ORDER_OPS and numeric:
            raise invalid(f"Expected a quoted string value for {clause.kind} (e.g. 'my-value'). Got value {value.text}")
    return clause


def _check_op(clause: Clause, allowed: Sequence[str], name: str = "") -> None:
    if clause.op in allowed:
        return
    if name:
        raise invalid(f"{name} comparator '{clause.op}' not one of '{list(allowed)}'")
    raise invalid(f"Invalid comparator '{clause.op}' not one of '{list(allowed)}'")


def _check_quoted(clause: Clause, noun: str) -> None:
    for value in clause.values:
        if value.form != "quoted":
            raise invalid(f"Expected a quoted string value for {noun} (e.g. 'my-value'). Got value {value.text}")


def _as(clause: Clause, kind: str, key: str) -> Clause:
    return msgspec.structs.replace(clause, kind=kind, key=key)


def _order(text: str) -> Order:
    found = _ORDER.fullmatch(text)
    if found is None or not found[1]:
        raise invalid(f"Invalid order_by clause '{text}'. Could not be parsed.")
    name, descending = found[1], (found[2] or "").upper() == "DESC"
    kind, dot, key = name.partition(".")
    kind, key = (_KINDS.get(kind.strip("`").lower(), kind), key) if dot else ("", name)
    key = key.strip("`\"'")
    if kind in ("tags", "metadata"):
        return Order(key, kind, descending)
    if kind:
        raise invalid(f"Invalid entity type '{kind}'. Valid values are {sorted(_KINDS)}")
    if key not in _ORDERED:
        raise invalid(f"Invalid attribute key '{key}' specified. Valid keys are '{sorted(_ORDERED)}'")
    if key == "name":
        return Order(NAME, "tags", descending)
    if key == "run_id":
        return Order(SOURCE_RUN, "metadata", descending)
    return Order(_NUMBERS.get(key) or _TEXTS.get(key) or key, "", descending)
