"""Regular expressions of users."""

from __future__ import annotations

import time

import pytest

from workstead.foundation.expressions import PATTERN_MAX, compile_expression, matches


def test_found_anywhere_unless_anchored() -> None:
    assert matches("b.c", "abéc")
    assert not matches("^b", "abc")
    assert not matches("b", None)


@pytest.mark.parametrize("pattern", ["a(", "(?=a)", "x" * (PATTERN_MAX + 1)])
def test_what_is_none(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        compile_expression(pattern)


def test_no_expression_holds_the_server_up() -> None:
    began = time.monotonic()
    assert not matches("^(a+)+$", "a" * 50_000 + "b")
    assert time.monotonic() - began < 5
