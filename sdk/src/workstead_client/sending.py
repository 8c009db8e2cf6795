"""How files go out: small ones together, several requests at once, again where no answer came."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO, Callable, Iterable, Iterator, List, Optional, Sequence, Tuple, TypeVar, cast

import msgspec

from workstead_wire.artifacts import BATCH_BYTES, BATCH_FILES
from workstead_wire.errors import AlreadyExists, ArtifactNotFound, Conflict, Unavailable

S = TypeVar("S")
T = TypeVar("T")
Pair = Tuple[str, Path]

_REQUEST_BYTES = 8 * 1024 * 1024
"""Bytes of files that go into one request together."""
_THREADS = 4
_RETRY_S = 20.0
"""How long a file is sent again while no answer comes."""
_PAUSE_S = 0.2
"""Before something is sent again."""
_BLOCK = 256 * 1024
"""Bytes of a file on their way to the socket; few enough to stay in the processor's cache."""


def send_surely(send: Callable[[], T], find: Callable[[], Optional[T]], again: Optional[Callable[[], T]] = None) -> T:
    """What ``send`` gives; where no answer came, what ``again`` (``send`` by default) gives, called for a while.

    A name that is taken by then may have been taken by an earlier call whose answer was lost: that is so where
    ``find`` finds the same bytes there.
    """
    deadline: Optional[float] = None
    while True:
        try:
            return again() if again and deadline else send()
        except Unavailable:
            deadline = deadline or time.monotonic() + _RETRY_S
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)
        except AlreadyExists:
            kept: Optional[T] = None
            if deadline:
                with suppress(ArtifactNotFound):
                    kept = find()
            if kept is None:
                raise
            return kept


def find_size(stream: BinaryIO) -> Optional[int]:
    """Bytes that are still to be read from a stream; None where it cannot be asked."""
    if not stream.seekable():
        return None
    at = stream.tell()
    size = stream.seek(0, 2) - at
    stream.seek(at)
    return size


def each_block(stream: BinaryIO, size: int) -> Iterator[memoryview]:
    """The next ``size`` bytes of a stream, each block good until the next one is asked for.

    Raises:
        Conflict: the stream ended before.
    """
    block, left = memoryview(bytearray(_BLOCK)), size
    source = cast("BufferedIOBase", stream)
    while left:
        got = source.readinto(block[: min(left, _BLOCK)])
        if not got:
            name = getattr(stream, "name", "the file")
            raise Conflict(f"{name} became {left} bytes shorter while it was sent; send it again when it is finished")
        left -= got
        yield block[:got]


def hash_file(file: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while True:
            piece = stream.read(1024 * 1024)
            if not piece:
                return digest.hexdigest()
            digest.update(piece)


def group_files(pairs: Iterable[Pair]) -> List[List[Pair]]:
    """The files that go together, in their order; large ones by themselves."""
    groups: List[List[Pair]] = []
    small: List[Pair] = []
    size = 0
    for pair in pairs:
        own = pair[1].stat().st_size
        if own > BATCH_BYTES:
            groups.append([pair])
            continue
        if small and (len(small) == BATCH_FILES or size + own > _REQUEST_BYTES):
            groups.append(small)
            small, size = [], 0
        small.append(pair)
        size += own
    return [*groups, small] if small else groups


def pack(listed: Sequence[msgspec.Struct], read: Iterable[Tuple[str, bytes]]) -> bytes:
    """The body of a batch: the JSON list, a line end, and the bytes."""
    return b"".join((msgspec.json.encode(listed), b"\n", *(content for _, content in read)))


def at_once(send: Callable[[S], T], groups: Sequence[S]) -> List[T]:
    """What ``send`` gives for each, a few at a time; the first that fails is raised."""
    if len(groups) == 1:
        return [send(groups[0])]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - keeps `import azureml.core` light

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(send, groups))
