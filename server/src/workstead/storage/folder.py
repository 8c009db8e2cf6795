"""Storage kind ``folder``: each key is a file below one folder, written aside, flushed to the disk, then renamed.

obstore's LocalStore does not serve here: it neither flushes to the disk nor streams a create-only put.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import io
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from workstead.settings import Settings
from workstead.storage.arriving import PIECE, fill, write_all
from workstead.storage.base import Signed, Staged, limited
from workstead_wire.errors import AlreadyExists, ArtifactNotFound, Conflict, InvalidInput, OutOfSpace

_STAGING = ".staging"
_STALE_S = 24 * 3600.0
_FLUSHERS = 8
"""Flushes under way for one batch: the disk takes eight at once in hardly more time than one."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


class FolderStore:
    """A store in ``root``; see ``storage.base.Store`` for its verbs."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._staging = root / _STAGING
        self._staging.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sweep()

    async def receive(self, chunks: AsyncIterator[bytes], *, max_bytes: int = 0) -> Staged:
        """Write beside, hashing on the way."""
        token = uuid.uuid4().hex
        path = self._staging / token
        try:
            with _sentences("a new file"), await asyncio.to_thread(path.open, "xb", buffering=0) as file:
                size, sha256 = await fill(file, limited(chunks, max_bytes))
                return Staged(token=token, size=size, sha256=sha256)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    async def keep(self, staged: Staged, key: str, *, replace: bool) -> None:
        """Rename into place; the folders on the way are made and flushed too."""
        await asyncio.to_thread(self._keep, staged, key, replace=replace)

    async def put(self, content: bytes, key: str) -> None:
        """Write beside, flush, rename and flush the folder, in one trip to a thread."""
        # Not to be left half-way: a thread cannot be cancelled, and would bring the key after all.
        work = asyncio.ensure_future(asyncio.to_thread(self._put, content, key))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise

    async def stage(self, contents: Sequence[bytes]) -> list[Staged]:
        """Write beside, in one trip to a thread; ``keep_all`` flushes."""
        # Not to be left half-way: a thread cannot be cancelled, and would go on making files that nobody knows.
        work = asyncio.ensure_future(asyncio.to_thread(self._stage, contents))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(self._drop)
            raise

    async def keep_all(self, pairs: Sequence[tuple[Staged, str]]) -> None:
        """Flush all bytes, rename all files, flush all folders."""
        await asyncio.to_thread(self._keep_all, pairs)

    async def discard(self, staged: Staged) -> None:
        """Remove the file beside."""
        await asyncio.to_thread((self._staging / staged.token).unlink, missing_ok=True)

    async def find_size(self, key: str) -> int | None:
        """The file's size."""
        file = self._file(key)
        try:
            return (await asyncio.to_thread(file.stat)).st_size if await asyncio.to_thread(file.is_file) else None
        except FileNotFoundError:
            return None

    async def find_modified(self, key: str) -> int | None:
        """The file's time."""
        try:
            return (await asyncio.to_thread(self._file(key).stat)).st_mtime_ns // 1000
        except (FileNotFoundError, NotADirectoryError):
            return None

    async def sign(self, key: str, seconds: int) -> str | None:  # noqa: ARG002
        """None: only the server reads this folder."""
        return None

    async def sign_put(self, key: str, seconds: int) -> Signed | None:  # noqa: ARG002
        """None: only the server writes to this folder."""
        return None

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Pieces of the file, which stays the one that was opened."""
        left = sys.maxsize if stop is None else max(stop - start, 0)
        with _sentences(key):
            file, piece = await asyncio.to_thread(_begin, self._file(key), start, min(PIECE, left))
            with file:
                while piece:
                    left -= len(piece)
                    yield piece
                    piece = await asyncio.to_thread(file.read, min(PIECE, left)) if left else b""

    async def list(self, prefix: str) -> AsyncIterator[tuple[str, int]]:
        """All files below the folder ``prefix``."""
        for item in await asyncio.to_thread(lambda: list(self._walk(prefix))):
            yield item

    async def delete(self, key: str) -> None:
        """Remove the file, and the folders that this leaves empty."""
        await asyncio.to_thread(self._delete, key)

    def _file(self, key: str) -> Path:
        # Callers check their keys; this line is the second lock on the same door.
        if not key or "\\" in key or "\0" in key or any(part in {"", ".", ".."} for part in key.split("/")):
            raise InvalidInput(f"{key!r} is no key of a store")
        return self._root / key

    def _keep(self, staged: Staged, key: str, *, replace: bool) -> None:
        target, source = self._file(key), self._staging / staged.token
        with _sentences(key):
            _make_folder(target.parent)
            if replace:
                source.replace(target)
            else:
                target.hardlink_to(source)
                source.unlink()
            _flush_folder(target.parent)

    def _put(self, content: bytes, key: str) -> None:
        target, source = self._file(key), self._staging / uuid.uuid4().hex
        with _sentences(key):
            try:
                with source.open("xb", buffering=0) as file:
                    write_all(file, content)
                    os.fsync(file.fileno())
                _make_folder(target.parent)
                source.replace(target)
            except BaseException:
                source.unlink(missing_ok=True)
                raise
            _flush_folder(target.parent)

    def _stage(self, contents: Sequence[bytes]) -> list[Staged]:
        staged: list[Staged] = []
        try:
            with _sentences("a new file"):
                for content in contents:
                    item = Staged(uuid.uuid4().hex, len(content), hashlib.sha256(content).hexdigest())
                    staged.append(item)
                    with (self._staging / item.token).open("xb", buffering=0) as file:
                        write_all(file, content)
        except BaseException:
            self._unstage(staged)
            raise
        return staged

    def _unstage(self, staged: Iterable[Staged]) -> None:
        for item in staged:
            (self._staging / item.token).unlink(missing_ok=True)

    def _drop(self, work: asyncio.Future[list[Staged]]) -> None:
        if not work.cancelled() and work.exception() is None:
            self._unstage(work.result())

    def _keep_all(self, pairs: Sequence[tuple[Staged, str]]) -> None:
        sources = [self._staging / staged.token for staged, _ in pairs]
        folders: set[Path] = set()
        with ThreadPoolExecutor(_FLUSHERS) as pool:
            with _sentences("a file of the batch"):
                list(pool.map(_flush_path, sources))  # first, so that a name never leads to bytes still on their way
            for source, (_, key) in zip(sources, pairs, strict=True):
                target = self._file(key)
                with _sentences(key):
                    if target.parent not in folders:
                        folders |= _make_folders(target.parent)
                    source.replace(target)
            list(pool.map(_flush_folder, folders))

    def _walk(self, prefix: str) -> Iterator[tuple[str, int]]:
        base = self._file(prefix) if prefix else self._root
        for folder, folders, files in os.walk(base):
            if Path(folder) == self._root:
                folders[:] = [name for name in folders if name != _STAGING]
            for name in files:
                file = Path(folder) / name
                with contextlib.suppress(FileNotFoundError):
                    yield file.relative_to(self._root).as_posix(), file.stat().st_size

    def _delete(self, key: str) -> None:
        file = self._file(key)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            file.unlink()
            for folder in file.parents:
                if folder == self._root or not _remove_if_empty(folder):
                    break

    def _sweep(self) -> None:
        oldest = time.time() - _STALE_S
        for file in self._staging.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if file.stat().st_mtime < oldest:
                    file.unlink()


def open_store(settings: Settings) -> FolderStore:
    """The store in the folder that the settings name."""
    return FolderStore(settings.storage_folder)


def _begin(path: Path, start: int, size: int) -> tuple[io.FileIO, bytes]:
    """A file that was opened, and its first piece."""
    file = path.open("rb", buffering=0)
    try:
        file.seek(start)
        return file, file.read(size)
    except BaseException:
        file.close()
        raise


def _flush_path(path: Path, flags: int = 0) -> None:
    handle = os.open(path, os.O_RDONLY | flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_folder(folder: Path) -> None:
    _flush_path(folder, os.O_DIRECTORY)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _flush_folder(folder.parent)


def _make_folders(folder: Path) -> set[Path]:
    """Make a folder and those above it where they lack; the folders that are to be flushed once it is filled."""
    changed = {folder}
    if not folder.is_dir():
        changed |= _make_folders(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return changed


def _remove_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _sentences(key: str) -> Generator[None]:
    """Turn what a file system can answer into our errors."""
    try:
        yield
    except FileExistsError as error:
        if error.filename2 is None:
            raise _folder_in_the_way(key) from error
        raise AlreadyExists(f"{key!r} is there already") from error
    except (NotADirectoryError, IsADirectoryError) as error:
        raise _folder_in_the_way(key) from error
    except FileNotFoundError as error:
        raise ArtifactNotFound(f"there are no bytes at {key!r}") from error
    except OSError as error:
        if error.errno in _FULL:
            raise OutOfSpace("the server's disk is full: free some space there and try again") from error
        if error.errno == errno.ENAMETOOLONG:
            raise InvalidInput(f"{key[:80]!r}… is too long for the server's file system") from error
        raise


def _folder_in_the_way(key: str) -> Conflict:
    return Conflict(f"{key!r} cannot be a file: a file would have to be a folder too; choose another name")
