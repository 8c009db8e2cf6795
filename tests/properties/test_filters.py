"""The filter language: what is written is what is read, and no text is ever more than a text."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstead.foundation.filters import Clause, Op, Value, format_filter, parse_filter
from workstead_wire.errors import InvalidInput

KINDS = {"metrics": "metrics", "metric": "metrics", "tags": "tags", "attributes": "attributes"}
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NAMES = st.sampled_from(["loss", "and", "val loss", "a.b", "metrics.x", "`", "it's"]) | TEXTS.filter(bool)
WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_.:-]{0,8}", fullmatch=True).filter(
    lambda word: word.upper() not in ("AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "ILIKE")
)
VALUES = st.one_of(
    st.builds(Value, TEXTS),
    st.builds(Value, WORDS, st.just("word")),
    st.builds(Value, st.floats(allow_nan=False, allow_infinity=False).map(repr), st.just("number")),
)
OPS = st.one_of(
    st.tuples(st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE"]), st.tuples(VALUES)),
    st.tuples(st.sampled_from(["IN", "NOT IN"]), st.lists(VALUES, min_size=1, max_size=3).map(tuple)),
    st.tuples(st.sampled_from(["IS NULL", "IS NOT NULL"]), st.just(())),
)


def _clause(kind: str, key: str, compared: tuple[Op, tuple[Value, ...]]) -> Clause:
    return Clause(kind=kind, key=key, op=compared[0], values=compared[1], at=0)


CLAUSES = st.builds(_clause, st.sampled_from(["", "metrics", "tags", "attributes"]), NAMES, OPS)
ODDITIES = st.lists(st.sampled_from([*"ab.'\"`()=<>! ,1-", "and ", " in ", "not ", "\0"]), max_size=20).map("".join)


def placeless(clauses: list[Clause]) -> list[Clause]:
    return [msgspec.structs.replace(clause, at=0) for clause in clauses]


@given(st.lists(CLAUSES, max_size=4))
def test_what_is_written_is_read(clauses: list[Clause]) -> None:
    assert placeless(parse_filter(format_filter(clauses), KINDS)) == clauses


@given(ODDITIES)
def test_any_text_is_understood_or_refused_with_its_place(text: str) -> None:
    clauses, at = _try_to_parse(text)
    assert at is None or 1 <= at <= len(text) + 1
    assert placeless(parse_filter(format_filter(clauses), KINDS)) == placeless(clauses)


def _try_to_parse(text: str) -> tuple[list[Clause], int | None]:
    try:
        return parse_filter(text, KINDS), None
    except InvalidInput as refused:
        return [], refused.details["at"]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", []),
        ("metric.loss<.5", [Clause(kind="metrics", key="loss", op="<", values=(Value(".5", "number"),))]),
        ("tags.a.b = \"x'y\"", [Clause(kind="tags", key="a.b", op="=", values=(Value("x'y"),))]),
        ("`metrics`.'a b' >= -1e3", [Clause(kind="metrics", key="a b", op=">=", values=(Value("-1e3", "number"),))]),
        ("status == Completed", [Clause(kind="", key="status", op="=", values=(Value("Completed", "word"),))]),
        ("val.acc is not null", [Clause(kind="", key="val.acc", op="IS NOT NULL")]),
        ("'metrics.x' not in ('it''s', 2)", [
            Clause(kind="", key="metrics.x", op="NOT IN", values=(Value("it's"), Value("2", "number"))),
        ]),
    ],
)  # fmt: skip
def test_the_grammar_by_example(text: str, clauses: list[Clause]) -> None:
    assert placeless(parse_filter(text, KINDS)) == placeless(clauses)


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("loss > 1 or lr < 2", 10, "'or' is not part of the language"),
        ("loss > 1 and", 13, "a comparison must follow 'and'"),
        ("loss", 5, "a comparison must follow the name"),
        ("loss > ", 8, "a value must stand here"),
        ("loss = 'never", 8, "the quote is never closed"),
        ("loss ! 1", 6, "'!' has no meaning"),
        ("status in ()", 12, "a value must stand here"),
        ("status is 3", 11, "'NULL' must follow here, not '3'"),
        ("metrics. = 3", 1, "a name must follow 'metrics.'"),
        ("'' = 3", 1, "a name has a character at least"),
        ("a = 'x\0'", 5, "no text may hold NUL"),
        (" and ".join(["a = 1"] * 101), 1001, "more than 100 clauses"),
    ],
)
def test_an_error_says_where_and_what(text: str, at: int, reason: str) -> None:
    with pytest.raises(InvalidInput, match="at character") as refused:
        parse_filter(text, KINDS)
    assert refused.value.details == {"at": at}
    assert reason in refused.value.message
