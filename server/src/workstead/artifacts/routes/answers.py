"""Answers that carry a user's bytes: ranges, caching, and never a script in our origin."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, Protocol
from urllib.parse import quote, unquote_to_bytes

import msgspec
from litestar import MediaType, Request, Response
from litestar.response import Stream

from workstead.artifacts.service import Stored
from workstead_wire.errors import InvalidInput

_SMALL = 256 * 1024
"""Bytes that are sent in one go, without the tasks that watch a stream."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PLAIN = re.compile(r"[\w.%+-]+", re.ASCII)
"""Names that are tokens of HTTP; old clients read nothing else."""
_SANDBOX = (
    "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


class Blob(msgspec.Struct, frozen=True):
    """Bytes to answer with. ``name`` is what a browser saves them as; ``sha256`` is their ETag."""

    key: str
    name: str
    size: int
    sha256: str
    content_type: str

    @classmethod
    def of(cls, stored: Stored) -> Blob:
        """A file's bytes under its own name."""
        file = stored.file
        return cls(stored.key, file.path.rpartition("/")[2], file.size, file.sha256, file.content_type)


class Readable(Protocol):
    """What bytes are read from: a store, or whatever else reads by key."""

    def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from ``start`` up to ``stop``, piece by piece."""
        ...


async def send(
    request: Request[Any, Any, Any], store: Readable, blob: Blob, *, inline: bool
) -> Stream | Response[bytes]:
    """The bytes, or the part of them that was asked for: status 200, 206, 304 or 416."""
    headers = _headers(blob, inline=inline)
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    span = _span(request, blob.size, headers["ETag"])
    if span is None:
        return await _answer(store, blob, 0, blob.size, headers)
    start, stop = span
    if start >= stop:
        return _not_satisfiable(request.headers.get("range", ""), blob.size)
    part = {"Content-Range": f"bytes {start}-{stop - 1}/{blob.size}"}
    return await _answer(store, blob, start, stop, headers | part, status=206)


def attachment(name: str, *, inline: bool = False) -> str:
    """A Content-Disposition header: the name encoded, and before it plainly where it can stand so."""
    plain = f"filename={name}; " if _PLAIN.fullmatch(name) else ""
    return f"{'inline' if inline else 'attachment'}; {plain}filename*=UTF-8''{quote(name, safe='')}"


def tail(request: Request[Any, Any, Any], marker: str) -> str:
    """The path in an address after ``marker``, letter by letter: the framework's own has lost doubled slashes."""
    raw = request.scope["raw_path"].partition(b"?")[0]
    try:
        path = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise InvalidInput("the path in the address is no UTF-8; percent-encode its UTF-8 bytes") from error
    _, found, rest = path.partition(marker)
    if not found:
        raise InvalidInput(f"the address {path[:200]!r} has an empty part before the file's path")
    return rest


async def _answer(
    store: Readable, blob: Blob, start: int, stop: int, headers: dict[str, str], *, status: int = 200
) -> Stream | Response[bytes]:
    # Always by a range: a page that stands in a store's place would answer without, but not with one.
    pieces = store.read(blob.key, start, stop)
    headers = headers | {"Content-Length": str(stop - start)}
    if stop - start > _SMALL:
        return Stream(await begun(pieces), status_code=status, headers=headers, media_type=blob.content_type)
    whole = b"".join([piece async for piece in pieces])
    return Response(whole, status_code=status, headers=headers, media_type=blob.content_type)


async def begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, of which the first is there: a store that fails can be told of until the answer begins."""
    first = await anext(pieces, b"")

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return whole()


def _headers(blob: Blob, *, inline: bool) -> dict[str, str]:
    return {
        "ETag": f'"{blob.sha256}"',
        "Accept-Ranges": "bytes",
        "Content-Disposition": attachment(blob.name, inline=inline),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _SANDBOX,
        "Cache-Control": "private, no-cache",
    }


def _span(request: Request[Any, Any, Any], size: int, etag: str) -> tuple[int, int] | None:
    """The half-open range asked for; None for all, as for forms that RFC 9110 lets a server ignore."""
    asked = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if asked is None or not size or asked[0] == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return None
    if not asked[1]:
        return max(size - int(asked[2]), 0), size
    start = int(asked[1])
    if asked[2] and int(asked[2]) < start:
        return None
    return start, min(int(asked[2]) + 1, size) if asked[2] else size


def _not_satisfiable(asked: str, size: int) -> Response[bytes]:
    reply = InvalidInput(f"the range {asked!r} lies outside the file, which has {size} bytes").body()
    return Response(
        msgspec.json.encode(reply),
        status_code=416,
        headers={"Content-Range": f"bytes */{size}"},
        media_type=MediaType.JSON,
    )
