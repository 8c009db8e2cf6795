"""Zip archives made while they are sent, in constant memory."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Iterable

import msgspec

from workstead.storage.base import Store

_LARGE = 1 << 31


class Entry(msgspec.Struct, frozen=True):
    """A file of an archive: the name it gets there, its key in the store, its bytes."""

    name: str
    key: str
    size: int


async def zipped(store: Store, entries: Iterable[Entry]) -> AsyncIterator[bytes]:
    """The pieces of an archive of the entries."""
    sink = _Sink()
    archive = zipfile.ZipFile(sink, "w", compresslevel=1)
    for entry in entries:
        with archive.open(_info(entry.name), "w", force_zip64=entry.size >= _LARGE) as file:
            async for piece in store.read(entry.key):
                await asyncio.to_thread(file.write, piece)
                yield sink.take()
        yield sink.take()
    archive.close()
    yield sink.take()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16  # without a mode, unzip makes files that nobody may read
    return info


class _Sink(io.RawIOBase):
    """A file that cannot seek and hands out what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken
