"""Telemetry as it is kept: short records, many of them packed and compressed together."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import cast, get_args

import msgspec

from workstead.foundation import clock
from workstead_wire.base import Tags
from workstead_wire.insights import Kind, TelemetryItem

KINDS = cast("tuple[Kind, ...]", get_args(Kind))
NAME_MAX = 512
TEXT_MAX = 32_768
PROPERTIES_MAX = 100


class Item(msgspec.Struct, array_like=True, gc=False, omit_defaults=True):
    """One thing that happened; ``at`` in microseconds, ``duration`` in milliseconds. See TelemetryItem."""

    at: int
    kind: int
    """Its place in ``KINDS``."""
    name: str
    operation: str = ""
    span: str = ""
    parent: str = ""
    duration: float | None = None
    success: bool | None = None
    code: str = ""
    role: str = ""
    message: str = ""
    severity: int | None = None
    value: float | None = None
    weight: float = 1.0
    properties: Tags = {}


_decode = msgspec.msgpack.Decoder(list[Item]).decode
_encode = msgspec.msgpack.Encoder().encode


def pack(items: Sequence[Item]) -> bytes:
    """The body of a block."""
    return zlib.compress(_encode(items), 1)


def unpack(body: bytes) -> list[Item]:
    """The items of a block."""
    return _decode(zlib.decompress(body))


def sum_up(operation: str) -> int:
    """An operation's check sum: blocks are passed over by it."""
    return zlib.crc32(operation.encode())


def kinds_of(items: Iterable[Item]) -> int:
    """A bit for each kind among the items."""
    bits = 0
    for kind in {item.kind for item in items}:
        bits |= 1 << kind
    return bits


def make_telemetry(item: Item, block: int, place: int) -> TelemetryItem:
    """An item as it is told."""
    return TelemetryItem(
        id=f"{block}-{place}", at=clock.to_datetime(item.at), kind=KINDS[item.kind], name=item.name,
        message=item.message, operation_id=item.operation, span_id=item.span, parent_id=item.parent,
        duration_ms=item.duration, success=item.success, result_code=item.code, role=item.role,
        severity=item.severity, value=item.value, weight=item.weight, properties=item.properties,
    )  # fmt: skip
