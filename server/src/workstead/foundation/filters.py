"""The one filter language: ``metrics.accuracy > 0.9 and params.lr = '0.1' and status IN (Completed, Failed)``.

MLflow's grammar, and Studio's shorter words: clauses joined by ``and``; a name is bare (``accuracy``) or of a kind
(``metrics.accuracy``); names and texts take single, double or back quotes, a quote inside is written twice. What a
name means and which comparisons it bears, the rooms say; how a column is compared, ``conditions`` does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Literal, cast

import msgspec

from workstead_wire.errors import InvalidInput

Op = Literal["=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "RLIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"]
Form = Literal["quoted", "number", "word"]

MAX_CLAUSES = 100
MAX_LISTED = 10_000
"""Most values of one ``IN (…)``."""

_TOKEN = re.compile(
    r"""(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`)
      | (?P<op><=|>=|!=|==|[<>=])
      | (?P<mark>[(),])
      | (?P<word>[^\s'"`(),=<>!]+)""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_KEYWORDS = ("AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "ILIKE")
_PATTERNS = ("LIKE", "ILIKE")


class Value(msgspec.Struct, frozen=True):
    """A value as it was written, without its quotes."""

    text: str
    form: Form = "quoted"


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison. ``kind`` is "" for a bare name; ``values`` is empty for IS NULL, one, or a list for IN."""

    kind: str
    key: str
    op: Op
    values: tuple[Value, ...] = ()
    at: int = 1
    """Where it begins in the text, from 1."""

    @property
    def value(self) -> Value:
        """The value of a comparison with one."""
        return self.values[0]

    @property
    def name(self) -> str:
        """The name as one would write it."""
        return _format_name(self)

    def refused(self, what: str) -> InvalidInput:
        """The error that says why the clause cannot be."""
        return _error(self.at, what)


def parse_filter(text: str, kinds: Mapping[str, str], *, regular: bool = False) -> list[Clause]:
    """The clauses of a filter, all of which must hold; none for a blank text. ``regular`` lets RLIKE be a comparison.

    ``kinds`` maps each word that may stand before a dot to the kind it means; any other dot is part of a bare name.

    Raises:
        InvalidInput: it is not of the language; ``details["at"]`` is the character where, from 1.
    """
    reader = _Reader(text, kinds, (*_PATTERNS, "RLIKE") if regular else _PATTERNS)
    clauses: list[Clause] = []
    while reader.more(expect=bool(clauses)):
        clauses.append(reader.read_clause())
        if len(clauses) > MAX_CLAUSES:
            raise clauses[-1].refused(f"more than {MAX_CLAUSES} clauses are too many")
    return clauses


def format_filter(clauses: Iterable[Clause]) -> str:
    """The text that means these clauses."""
    return " AND ".join(map(_format_clause, clauses))


class _Token(msgspec.Struct, frozen=True):
    kind: str
    text: str
    start: int
    end: int

    @property
    def plain(self) -> str:
        """The text without quotes."""
        if self.kind != "quoted":
            return self.text
        mark = self.text[0]
        return self.text[1:-1].replace(mark * 2, mark)

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.upper() in words


class _Reader:
    """Reads clauses from left to right."""

    def __init__(self, text: str, kinds: Mapping[str, str], patterns: Collection[str]) -> None:
        self._tokens = _split(text)
        self._kinds = kinds
        self._patterns = patterns
        self._next = 0

    def more(self, *, expect: bool) -> bool:
        """Whether a clause follows; after the first one, behind an ``and``."""
        if not expect or self._peek().kind == "end":
            return self._peek().kind != "end"
        token = self._take()
        if not token.is_word("AND"):
            raise _wrong(token, "'and' or the end must follow here", also=" ('or' is not part of the language)")
        if self._peek().kind == "end":
            raise _wrong(self._peek(), "a comparison must follow 'and'")
        return True

    def read_clause(self) -> Clause:
        at = self._peek().start + 1
        kind, key = self._read_name()
        op = self._read_op()
        values: tuple[Value, ...] = ()
        if op in ("IN", "NOT IN"):
            values = tuple(self._read_list())
        elif not op.startswith("IS"):
            values = (self._read_value(),)
        return Clause(kind=kind, key=key, op=op, values=values, at=at)

    def _read_name(self) -> tuple[str, str]:
        first = self._take()
        if first.kind not in ("word", "quoted") or first.is_word(*_KEYWORDS):
            raise _wrong(first, "a name must stand here, like metrics.accuracy")
        pieces = [first]
        while self._peek().kind in ("word", "quoted") and self._peek().start == pieces[-1].end:
            pieces.append(self._take())
        rest = "".join(piece.plain for piece in pieces[1:])
        if first.kind == "word":
            group, dot, start = first.text.partition(".")
            key = start + rest
        else:
            group, dot, key = first.plain, rest[:1], rest[1:]
        if dot == "." and group.lower() in self._kinds:
            if not key:
                raise _wrong(first, f"a name must follow {group + '.'!r}")
            return self._kinds[group.lower()], key
        if not first.plain + rest:
            raise _wrong(first, "a name has a character at least")
        return "", first.plain + rest

    def _read_op(self) -> Op:
        token = self._take()
        if token.kind == "op":
            return "=" if token.text == "==" else cast("Op", token.text)
        if token.is_word(*self._patterns, "IN"):
            return cast("Op", token.text.upper())
        if token.is_word("NOT"):
            self._need("IN")
            return "NOT IN"
        if token.is_word("IS"):
            negated = self._peek().is_word("NOT") and self._take()
            self._need("NULL")
            return "IS NOT NULL" if negated else "IS NULL"
        raise _wrong(
            token, "a comparison must follow the name: = != < <= > >= LIKE ILIKE IN NOT IN, IS NULL or IS NOT NULL"
        )

    def _read_list(self) -> Iterable[Value]:
        self._need("(")
        count = 0
        while True:
            yield self._read_value()
            count += 1
            token = self._take()
            if token.text == ")" and token.kind == "mark":
                return
            if token.text != "," or token.kind != "mark":
                raise _wrong(token, "',' or ')' must follow in the list")
            if self._peek().kind == "mark" and self._peek().text == ")":
                self._take()
                return
            if count == MAX_LISTED:
                raise _wrong(token, f"a list may have {MAX_LISTED:,} values at most")

    def _read_value(self) -> Value:
        token = self._take()
        if token.kind == "quoted" and not token.text.startswith("`"):
            return Value(token.plain)
        if token.kind != "word" or token.is_word(*_KEYWORDS):
            raise _wrong(token, "a value must stand here: a number, or a text in quotes")
        return Value(token.text, "number" if _NUMBER.fullmatch(token.text) else "word")

    def _need(self, text: str) -> None:
        token = self._take()
        if token.kind == "quoted" or token.text.upper() != text:
            raise _wrong(token, f"{text!r} must follow here")

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token


def _split(text: str) -> list[_Token]:
    """The tokens, and one of kind ``end`` behind them."""
    tokens: list[_Token] = []
    place = _skip_blanks(text, 0)
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            what = "the quote is never closed" if text[place] in "'\"`" else f"{text[place]!r} has no meaning"
            raise _error(place + 1, what)
        if "\0" in found.group():
            raise _error(place + 1, "no text may hold NUL")
        tokens.append(_Token(found.lastgroup, found.group(), place, found.end()))
        place = _skip_blanks(text, found.end())
    return [*tokens, _Token("end", "", len(text), len(text))]


def _skip_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _wrong(token: _Token, what: str, also: str = "") -> InvalidInput:
    shown = token.text if len(token.text) <= 80 else token.text[:79] + "…"  # noqa: PLR2004
    return _error(token.start + 1, f"{what}, not {shown!r}{also}" if shown else f"{what}, but the filter ends")


def _error(at: int, what: str) -> InvalidInput:
    return InvalidInput(f"the filter is not understood at character {at}: {what}", at=at)


def _format_clause(clause: Clause) -> str:
    if not clause.values:
        return f"{_format_name(clause)} {clause.op}"
    listed = ", ".join(_quote(value.text, "'") if value.form == "quoted" else value.text for value in clause.values)
    return f"{_format_name(clause)} {clause.op} " + (f"({listed})" if clause.op in ("IN", "NOT IN") else listed)


def _format_name(clause: Clause) -> str:
    key = clause.key
    if clause.kind:
        return f"{clause.kind}.{key if _is_plain(key, ()) else _quote(key, '`')}"
    return key if "." not in key and _is_plain(key, _KEYWORDS) else _quote(key, "`")


def _is_plain(key: str, reserved: Collection[str]) -> bool:
    found = _TOKEN.fullmatch(key)
    return found is not None and found.lastgroup == "word" and key.upper() not in reserved


def _quote(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark * 2) + mark
