"""Reads the files of an instance from its folder on the server's disk, and nothing beside them.

What runs on an instance may lay a symbolic link to anywhere at any time, so none is ever followed: each folder on the
way is opened from the one before.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from workstead.foundation import clock
from workstead_wire.compute import InstanceFile
from workstead_wire.errors import ArtifactNotFound

FOLDER = "files"
"""Where a host on the server's disk keeps what the user sees, below an instance's folder."""
PIECE = 1 << 20
_CLOSED_OFF = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Opened(msgspec.Struct, frozen=True):
    """A file that is there. ``version`` changes with its contents."""

    size: int
    version: str


class FolderFiles:
    """The files below ``root``. Paths are checked by the caller: no segment is empty, ``.`` or ``..``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def list(self, path: str) -> list[InstanceFile]:
        """What lies in the folder ``path`` by name, without hidden names and links.

        ``""`` is the outermost one, which is empty while the instance is not made.

        Raises:
            ArtifactNotFound: there is no such folder.
        """
        if not path and not self._root.exists():
            return []
        with self._open(path, os.O_DIRECTORY) as folder, os.scandir(folder) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(".") and not entry.is_symlink()]
            found = [_describe(f"{path}/{entry.name}" if path else entry.name, entry.stat()) for entry in shown]
        return sorted(found, key=lambda file: file.path)

    def look(self, path: str) -> Opened:
        """The file ``path``.

        Raises:
            ArtifactNotFound: there is none.
        """
        with self._open(path) as handle:
            facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise ArtifactNotFound(f"{path!r} on this instance is not a file")
        return Opened(size=facts.st_size, version=f"{facts.st_mtime_ns:x}-{facts.st_size:x}")

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes of the file ``key`` from ``start`` up to ``stop``, piece by piece."""
        with self._open(key) as handle:
            at = start
            while stop is None or at < stop:
                most = PIECE if stop is None else min(PIECE, stop - at)
                piece = await asyncio.to_thread(os.pread, handle, most, at)
                if not piece:
                    return
                at += len(piece)
                yield piece

    @contextmanager
    def _open(self, path: str, kind: int = 0) -> Generator[int]:
        try:
            handle = os.open(self._root, _CLOSED_OFF | os.O_DIRECTORY)
            parts = path.split("/") if path else []
            for part in parts:
                inner = kind if part is parts[-1] else os.O_DIRECTORY
                outer = handle
                try:
                    handle = os.open(part, _CLOSED_OFF | inner, dir_fd=outer)
                finally:
                    os.close(outer)
        except OSError as error:
            raise ArtifactNotFound(f"there is nothing to read at {path!r} on this instance") from error
        try:
            yield handle
        finally:
            os.close(handle)


def _describe(path: str, facts: os.stat_result) -> InstanceFile:
    folder = stat.S_ISDIR(facts.st_mode)
    modified = clock.to_datetime(facts.st_mtime_ns // 1000)
    return InstanceFile(path=path, folder=folder, size=0 if folder else facts.st_size, modified_at=modified)
