"""Bytes on their way to a file: while some are hashed and written in a thread, the next ones come."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
from collections.abc import AsyncIterator, Sequence

PIECE = 1 << 20
"""Bytes that one trip to a worker thread takes: a trip costs as much as hashing 64 KiB."""
SMALL = 64 * 1024
"""Bytes up to which a file is held in memory and goes to the store in one trip."""
_AHEAD = 8 * PIECE
"""Bytes after which the disk is sent to work, so that the flush at the end finds little left to do."""


async def fill(file: io.FileIO, chunks: AsyncIterator[bytes]) -> tuple[int, str]:
    """Write all chunks to an unbuffered file and flush it to the disk; its size and SHA-256 in hexadecimal."""
    arriving = _Arriving(file)
    writing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    writing.set_result(None)
    try:
        async for batch in _batches(chunks):
            await writing
            writing = asyncio.ensure_future(asyncio.to_thread(arriving.take, batch))
        await writing
        await asyncio.to_thread(os.fsync, file.fileno())
    finally:
        await asyncio.wait([writing])  # a thread cannot be cancelled, and must not meet a closed file
    return arriving.size, arriving.digest.hexdigest()


async def gather(chunks: AsyncIterator[bytes]) -> bytes | AsyncIterator[bytes]:
    """All bytes where they are few, at most ``SMALL``; otherwise the same chunks."""
    begun: list[bytes] = []
    size = 0
    async for chunk in chunks:
        begun.append(chunk)
        size += len(chunk)
        if size > SMALL:
            return _resumed(begun, chunks)
    return b"".join(begun)


async def _resumed(begun: list[bytes], chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    while begun:
        yield begun.pop(0)
    async for chunk in chunks:
        yield chunk


class _Arriving:
    """What has been written so far."""

    def __init__(self, file: io.FileIO) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._file = file
        self._begun = 0

    def take(self, batch: Sequence[bytes]) -> None:
        for chunk in batch:
            self.digest.update(chunk)
            write_all(self._file, chunk)
            self.size += len(chunk)
        if self.size - self._begun >= _AHEAD and hasattr(os, "posix_fadvise"):
            # Linux begins to write what is new; it keeps these pages, since they are not on the disk yet.
            os.posix_fadvise(self._file.fileno(), self._begun, self.size - self._begun, os.POSIX_FADV_DONTNEED)
            self._begun = self.size


def write_all(file: io.FileIO, content: bytes) -> None:
    """Write every byte, in as many goes as the system takes."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


async def _batches(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    async for chunk in chunks:
        batch.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
