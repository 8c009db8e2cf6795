"""Request bodies that came compressed, opened up to a bound: a small body may not become the whole memory."""

from __future__ import annotations

import zlib

from workstead_wire.errors import InvalidInput, TooLarge

BODY_MAX = 32 * 1024 * 1024
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def inflate(body: bytes, encoding: str) -> bytes:
    """The body as it was before ``Content-Encoding``, ``gzip``, ``deflate`` or none."""
    if encoding.lower() in ("", "identity"):
        opened = body
    elif encoding.lower() in ("gzip", "deflate"):
        opened = _open(body)
    else:
        raise InvalidInput(f"Content-Encoding is {encoding[:40]!r}, but must be gzip, deflate or none")
    if len(opened) > BODY_MAX:
        raise TooLarge(f"the body has more than {BODY_MAX:,} bytes; send it in parts")
    return opened


def _open(body: bytes) -> bytes:
    stream = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        opened = stream.decompress(body, BODY_MAX + 1)
    except zlib.error as error:
        raise InvalidInput("the body is not compressed as its Content-Encoding says") from error
    if len(opened) <= BODY_MAX and not stream.eof:
        raise InvalidInput("the compressed body breaks off; send it again")
    return opened
