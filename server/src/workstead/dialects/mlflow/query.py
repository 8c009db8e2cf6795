"""GraphQL's language as MLflow's page writes it: fields with arguments, variables, fragments; no schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec

from workstead.dialects.mlflow.errors import invalid

DEPTH_MAX = 10
SELECTIONS_MAX = 1000
ROOTS_MAX = 10
ALIASES_MAX = 10
NESTED_MAX = 100
"""Brackets within brackets; the true depth is looked at once fragments are unfolded."""

_TOKEN = re.compile(
    r'[\s,\ufeff]+|#[^\n]*|(?P<token>"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"|\.\.\.|[_A-Za-z]\w*'
    r"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[!$&()\[\]{}:=@|])"
)
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}


class Field(msgspec.Struct, frozen=True):
    """A field that is asked for; ``shown`` is its alias, or its name."""

    name: str
    shown: str
    given: dict[str, Any]
    fields: list[Selection]
    has_alias: bool


class Spread(msgspec.Struct, frozen=True):
    """The fields of a fragment: one of that name, or those that stand there."""

    name: str
    fields: list[Selection]


Selection = Field | Spread


class Operation(msgspec.Struct, frozen=True):
    """A ``query`` or ``mutation`` with its fields, fragments unfolded."""

    kind: str
    name: str
    fields: list[Field]


def parse(text: str, variables: Mapping[str, Any], name: str | None) -> Operation:
    """The operation of that name, or the only one.

    Raises:
        Refused: it cannot be read, or asks for too much at once.
    """
    reader = _Reader(text, variables)
    found = [one for one in reader.read_document() if name is None or one.name == name]
    if len(found) != 1:
        raise invalid("the request must name the one operation of its GraphQL document that is to be done")
    return found[0]


class _Reader:
    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._tokens = _split(text)
        self._at = 0
        self._variables = dict(variables)
        self._fragments: dict[str, list[Selection]] = {}

    def read_document(self) -> list[Operation]:
        found: list[tuple[str, str, list[Selection]]] = []
        while self._peek():
            kind = "query" if self._peek() == "{" else self._take()
            if kind == "fragment":
                name = self._take()
                self._expect("on")
                self._take()
                self._skip_directives()
                self._fragments[name] = self._read_fields()
            elif kind in ("query", "mutation"):
                name = "" if self._peek() in ("{", "(", "@") else self._take()
                self._read_variables()
                self._skip_directives()
                found.append((kind, name, self._read_fields()))
            else:
                raise invalid(f"Syntax Error: Unexpected {kind!r} in a GraphQL document.")
        return [Operation(kind, name, _Unfolding(self._fragments).unfold_all(fields)) for kind, name, fields in found]

    def _read_fields(self) -> list[Selection]:
        self._expect("{")
        fields: list[Selection] = []
        while not self._skip("}"):
            fields.append(self._read_spread() if self._skip("...") else self._read_field())
        if not fields:
            raise invalid("Syntax Error: Expected Name, found '}'.")
        return fields

    def _read_spread(self) -> Selection:
        if self._skip("on"):
            self._take()
        elif self._peek() not in ("{", "@"):
            name = self._take()
            self._skip_directives()
            return Spread(name, [])
        self._skip_directives()
        return Spread("", self._read_fields())

    def _read_field(self) -> Selection:
        shown = name = self._take_name()
        if has_alias := self._skip(":"):
            name = self._take_name()
        given = dict(self._read_pairs("(", ")"))
        self._skip_directives()
        fields = self._read_fields() if self._peek() == "{" else []
        return Field(name, shown, given, fields, has_alias)

    def _read_pairs(self, opening: str, closing: str) -> Iterator[tuple[str, Any]]:
        if self._skip(opening):
            while not self._skip(closing):
                name = self._take_name()
                self._expect(":")
                yield name, self._read_value()

    def _read_value(self) -> Any:
        if self._peek() == "{":
            return dict(self._read_pairs("{", "}"))
        if self._skip("["):
            values: list[Any] = []
            while not self._skip("]"):
                values.append(self._read_value())
            return values
        return self._variables.get(self._take_name()) if self._skip("$") else _read_plain(self._take())

    def _read_variables(self) -> None:
        if not self._skip("("):
            return
        while not self._skip(")"):
            self._expect("$")
            name = self._take_name()
            self._expect(":")
            while self._peek() and self._peek() not in ("=", "$", ")", "@"):
                self._take()  # its type, which the fields tell too
            if self._skip("="):
                default = self._read_value()
                self._variables.setdefault(name, default)
            self._skip_directives()

    def _skip_directives(self) -> None:
        while self._skip("@"):
            self._take_name()
            dict(self._read_pairs("(", ")"))

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        if not token:
            raise invalid("Syntax Error: Unexpected <EOF>.")
        self._at += 1
        return token

    def _take_name(self) -> str:
        return _as_name(self._take())

    def _skip(self, token: str) -> bool:
        found = self._peek() == token
        self._at += found
        return found

    def _expect(self, token: str) -> None:
        if not self._skip(token):
            raise invalid(f"Syntax Error: Expected {token!r}, found {self._peek()[:80] or '<EOF>'!r}.")


class _Unfolding:
    """Puts fragments' fields in their places, and holds an operation to its limits."""

    def __init__(self, fragments: Mapping[str, list[Selection]]) -> None:
        self._fragments = fragments
        self._selections = 0

    def unfold_all(self, selections: list[Selection]) -> list[Field]:
        fields = self._unfold(selections, 1)
        self._check("root fields", ROOTS_MAX, len(fields))
        return fields

    def _unfold(self, selections: list[Selection], depth: int) -> list[Field]:
        if depth > DEPTH_MAX:
            raise invalid(f"Query exceeds maximum depth of {DEPTH_MAX}")
        plain = list(islice(self._flatten(selections, frozenset()), SELECTIONS_MAX + 1))
        self._selections += len(plain)
        if self._selections > SELECTIONS_MAX:
            raise invalid(f"Query exceeds maximum total selections of {SELECTIONS_MAX}")
        fields: list[Field] = []
        for field in plain:
            below: list[Selection] = [*self._unfold(field.fields, depth + 1)] if field.fields else []
            fields.append(msgspec.structs.replace(field, fields=below))
        if depth > 1:
            self._check("aliases", ALIASES_MAX, sum(field.has_alias for field in fields))
        return fields

    def _flatten(self, selections: list[Selection], within: frozenset[str]) -> Iterator[Field]:
        for one in selections:
            if isinstance(one, Field):
                yield one
            elif not one.name:
                yield from self._flatten(one.fields, within)
            elif one.name not in self._fragments or one.name in within:
                raise invalid(f"Unknown fragment {one.name!r}, or one that is in itself.")
            else:
                yield from self._flatten(self._fragments[one.name], within | {one.name})

    def _check(self, what: str, limit: int, count: int) -> None:
        if count > limit:
            raise invalid(f"GraphQL queries should have at most {limit} {what}, got {count} {what}.")


def _split(text: str) -> list[str]:
    tokens: list[str] = []
    at = depth = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise invalid(f"Syntax Error: Unexpected {text[at : at + 20]!r}.")
        at = found.end()
        if found["token"]:
            tokens.append(found["token"])
            depth += (tokens[-1] in "({[") - (tokens[-1] in ")}]")
            if depth > NESTED_MAX:
                raise invalid(f"Query exceeds maximum depth of {DEPTH_MAX}")
    return tokens


def _read_plain(text: str) -> Any:
    if text.startswith('"'):
        return text[3:-3].replace('\\"""', '"""') if text.startswith('"""') else _unquoted(text)
    if text[0].isdigit() or text[0] == "-":
        return json.loads(text)
    return _WORDS[text] if text in _WORDS else _as_name(text)  # at last a word of an enumeration


def _as_name(text: str) -> str:
    if not text.isidentifier():
        raise invalid(f"Syntax Error: Expected Name, found {text[:80]!r}.")
    return text


def _unquoted(token: str) -> str:
    try:
        return json.loads(token)
    except ValueError as error:
        raise invalid(f"Syntax Error: {token[:80]} is no text.") from error
