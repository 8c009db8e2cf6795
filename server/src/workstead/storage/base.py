"""What every kind of storage does, and how the kind that the settings name is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from importlib.metadata import entry_points
from typing import Protocol

import msgspec

from workstead.settings import Settings
from workstead_wire.errors import TooLarge

KINDS = "workstead.storage"
"""Entry point group; a kind is a callable from Settings to Store."""


class Staged(msgspec.Struct, frozen=True):
    """Bytes that have arrived but bear no name yet. ``token`` is the store's own; ``sha256`` in hexadecimal."""

    token: str
    size: int
    sha256: str


class Signed(msgspec.Struct, frozen=True):
    """An address that is good for one thing and for a while, and headers that the store wants to see there."""

    url: str
    headers: dict[str, str] = {}


class Store(Protocol):
    """Named bytes. A key is segments joined by ``/``, checked by the caller: none empty, ``.`` or ``..``.

    A key is *absent* or *present*. Bytes on their way are *staged*: invisible, without a name. Each verb may be
    called in any state of its key, from one event loop, also many at once; whoever reads a key while it is replaced
    gets the old bytes or the new ones, never a mixture. A server that dies leaves staged bytes, which the store
    throws away a day later, and no half-written key.
    """

    async def receive(self, chunks: AsyncIterator[bytes], *, max_bytes: int = 0) -> Staged:
        """Take bytes in, in constant memory. Leaves nothing behind when it raises or is cancelled.

        Raises:
            TooLarge: more than ``max_bytes`` (0 is no limit) came.
            OutOfSpace: the store is full.
        """
        ...

    async def keep(self, staged: Staged, key: str, *, replace: bool) -> None:
        """Name staged bytes; durable when it returns. The key is present then, and ``staged`` is used up.

        Raises:
            AlreadyExists: the key is present and ``replace`` is False; the bytes stay staged.
            Conflict: this kind cannot have the key, since another one is a folder of it; the bytes stay staged.
        """
        ...

    async def put(self, content: bytes, key: str) -> None:
        """Keep a whole small content under a key, in place of what was there; durable when it returns.

        Costs less than ``receive`` and ``keep``. When it raises, is cancelled or the server dies, the key is as it was
        or present, and the bytes may be staged.

        Raises:
            OutOfSpace: the store is full.
            Conflict: this kind cannot have the key.
        """
        ...

    async def stage(self, contents: Sequence[bytes]) -> list[Staged]:
        """Take whole small contents in, for ``keep_all``. Leaves nothing behind when it raises or is cancelled.

        Raises:
            OutOfSpace: the store is full.
        """
        ...

    async def keep_all(self, pairs: Sequence[tuple[Staged, str]]) -> None:
        """Name what was staged, each under its own key, in place of what was there; all durable when it returns.

        Costs little more than one ``keep``: the disk is waited for once. When it raises or the server dies, some of
        the keys may be present and the other bytes staged.

        Raises:
            Conflict: this kind cannot have one of the keys.
        """
        ...

    async def discard(self, staged: Staged) -> None:
        """Throw staged bytes away; nothing happens if they were kept or discarded before."""
        ...

    async def find_size(self, key: str) -> int | None:
        """Bytes under a key; None when it is absent."""
        ...

    async def find_modified(self, key: str) -> int | None:
        """When the bytes under a key came there, in microseconds since 1970; None when it is absent."""
        ...

    async def sign(self, key: str, seconds: int) -> str | None:
        """An address by which anybody reads these bytes for so long; None where this kind has no such."""
        ...

    async def sign_put(self, key: str, seconds: int) -> Signed | None:
        """How anybody puts bytes under a key for so long; None where this kind has no such."""
        ...

    def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from ``start`` (0, or below the size) up to ``stop`` (None is the end), piece by piece.

        Raises:
            ArtifactNotFound: the key is absent.
        """
        ...

    def list(self, prefix: str) -> AsyncIterator[tuple[str, int]]:
        """Present keys that lie below ``prefix`` as a folder, with their sizes, in no special order."""
        ...

    async def delete(self, key: str) -> None:
        """Make a key absent; nothing happens if it is."""
        ...


async def limited(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    """The same chunks, or TooLarge once more than ``max_bytes`` (0 is no limit) have come."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if max_bytes and size > max_bytes:
            raise TooLarge(f"the file is larger than {max_bytes} bytes, the limit of this server")
        yield chunk


def lazy_store(settings: Settings) -> Callable[[], Store]:
    """A function that opens the store of the settings at its first call, so that start-up does not pay for it.

    Raises:
        ValueError: from that function, when no installed package brings the kind.
    """
    opened: list[Store] = []

    def open_store() -> Store:
        if not opened:
            opened.append(_find_kind(settings.storage)(settings))
        return opened[0]

    return open_store


def _find_kind(kind: str) -> Callable[[Settings], Store]:
    known = {point.name: point for point in entry_points(group=KINDS)}
    if kind not in known:
        raise ValueError(f"WORKSTEAD_STORAGE is {kind!r}, but must be one of {', '.join(sorted(known))}")
    return known[kind].load()
