"""Requests out of JSON or a query, and MLflow's words for those that are not of their form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, get_origin

import msgspec
from litestar.datastructures import MultiDict

from workstead.dialects.mlflow.errors import Refused, invalid

T = TypeVar("T")

Needed = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that must be given; protobuf cannot tell an empty one from none."""

_HINT = " See the API docs for more information about request parameters."
_PATH = re.compile(r"\$((?:\.?[\w]+|\[\d+\])*)`?$")
_LACKS = re.compile(r"missing required field `(\w+)`")


def read_json(kind: type[T], body: bytes, given: Mapping[str, str]) -> T:
    """The request in a body; ``given`` are its fields that stand in the address.

    Numbers may come as texts, as protobuf's JSON has them, and null is the same as nothing.
    """
    if not given:
        try:
            return _decoder(kind).decode(body or b"{}")
        except msgspec.DecodeError:
            pass  # said more exactly below
    try:
        raw = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("BAD_REQUEST", f"the request's body is no JSON: {error}") from error
    if isinstance(raw, str):  # old clients encode twice
        return read_json(kind, raw.encode(), given)
    if not isinstance(raw, dict):
        raise Refused("BAD_REQUEST", "the request's body must be a JSON object")
    return _convert(kind, {str(key): value for key, value in raw.items()} | dict(given))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def read_query(kind: type[T], query: MultiDict[Any], given: Mapping[str, str]) -> T:
    """The request in a query; fields that are lists may come several times."""
    raw: dict[str, Any] = dict(given)
    for field in msgspec.structs.fields(kind):  # pyright: ignore[reportArgumentType]
        name = field.encode_name
        if name in query:
            raw[name] = query.getall(name) if get_origin(field.type) is list else query[name]
    for name in ("run_uuid",):
        if name in query:
            raw.setdefault(name, query[name])
    return _convert(kind, raw)


def wrong(name: str, value: Any, why: str = "") -> Refused:
    """A parameter has a value that it cannot have."""
    shown = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return invalid(f"Invalid value {shown} for parameter '{name}' supplied" + (f": {why}" if why else "."))


def lacking(name: str) -> Refused:
    """A parameter that must be given is not."""
    return invalid(f"Missing value for required parameter '{name}'.")


def _convert(kind: type[T], raw: dict[str, Any]) -> T:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}  # pyright: ignore[reportArgumentType]
    if "run_uuid" in raw and "run_id" in fields:
        raw.setdefault("run_id", raw["run_uuid"])
    # An empty text is nothing where one is needed, and a value elsewhere.
    given = {key: value for key, value in raw.items() if value is not None and (value or not _is_needed(fields, key))}
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), raw) from error


def _is_needed(fields: Mapping[str, msgspec.structs.FieldInfo], name: str) -> bool:
    return name in fields and fields[name].required


def _refusal(reason: str, raw: dict[str, Any]) -> Refused:
    found = _PATH.search(reason)
    path = found[1].removeprefix(".") if found else ""
    lacks = _LACKS.search(reason)
    if lacks:
        return invalid(f"Missing value for required parameter '{path + '.' if path else ''}{lacks[1]}'.{_HINT}")
    value: Any = raw
    for step in re.findall(r"\w+", path):
        value = value[int(step)] if isinstance(value, list) else value[step]  # pyright: ignore[reportUnknownVariableType]
    return invalid(wrong(path, value, f" Hint: Value was of type '{type(value).__name__}'.").message + _HINT)  # pyright: ignore[reportUnknownArgumentType]


@cache
def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(kind, strict=False)
