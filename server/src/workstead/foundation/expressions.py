"""Regular expressions of users: matched by RE2, whose time grows with the text alone, whatever the expression is.

Python's own would let one expression hold up the server for hours.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any

PATTERN_MAX = 1000
_MEMORY_MAX = 1 << 20


@lru_cache(maxsize=64)
def compile_expression(pattern: str) -> Any:
    """The expression, ready to search.

    Raises:
        ValueError: it is none, or too long.
    """
    re2: Any = importlib.import_module("re2")  # few servers are ever asked; it tells no types
    if len(pattern) > PATTERN_MAX:
        message = f"it has more than {PATTERN_MAX} characters"
        raise ValueError(message)
    options = re2.Options()
    options.max_mem = _MEMORY_MAX
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(str(error)) from None


def matches(pattern: str, text: str | None) -> bool:
    """Whether the expression is found in the text: what SQLite calls ``text REGEXP pattern``."""
    return text is not None and compile_expression(pattern).search(text) is not None
