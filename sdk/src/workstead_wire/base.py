"""What every wire Struct shares: strictness, pages, and how floats that JSON lacks travel."""

from __future__ import annotations

from typing import Dict, Generic, List, Optional, TypeVar, Union

import msgspec

T = TypeVar("T")

Tags = Dict[str, str]

Scalar = Union[bool, int, float, str, None]
"""A cell. JSON has no NaN and no infinities: they travel as the strings ``"NaN"``, ``"Infinity"`` and
``"-Infinity"``, as in protobuf's JSON mapping (https://protobuf.dev/programming-guides/json/)."""

NON_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class Wire(msgspec.Struct, kw_only=True, omit_defaults=False):
    """Base of all Structs on the wire. Unknown fields are ignored, so that either side may be newer."""


class Page(Wire, Generic[T]):
    """One page of a list. ``next_cursor`` is handed back as ``?cursor=`` for the next page; None at the end."""

    items: List[T]
    next_cursor: Optional[str] = None
