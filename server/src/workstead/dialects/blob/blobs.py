"""Operations on blobs: their bytes, properties, metadata, tags."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

from litestar import Response
from litestar.response import Stream

from workstead.artifacts.routes.answers import begun
from workstead.blobs import service
from workstead.blobs.service import APPEND, BLOCK, Blob, Check, Draft
from workstead.dialects.blob import words
from workstead.dialects.blob.access import Grant
from workstead.dialects.blob.calls import HEADERS, Call, http_date, kept_headers, stamps
from workstead.dialects.blob.conditions import conditions
from workstead.dialects.blob.errors import Refused, unsupported
from workstead_wire.errors import InvalidInput

Answer = Response[Any] | Stream
_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{0,18})")
_MD5_MAX = 4 << 20
"""Longest range whose MD5 is told if asked for."""
_TAGS = 10
_COUNT = "x-ms-blob-committed-block-count"
_OVERRIDES = {
    "rscc": "cache-control",
    "rscd": "content-disposition",
    "rsce": "content-encoding",
    "rscl": "content-language",
    "rsct": "content-type",
}
"""Words of a SAS that say what headers the answer has."""


async def get_blob(call: Call, _: Grant) -> Answer:
    """A blob's bytes, or a range of them."""
    _refuse_versions(call)
    blob, pieces = await call.db.read(service.open_blob, call.spot)
    conditions(call.headers, reading=True)(blob)
    headers = _headers(call, blob)
    if blob.kind == APPEND:
        headers[_COUNT] = str(len(pieces))
    asked = call.headers.get("x-ms-range") or call.headers.get("range", "")
    found = _RANGE.fullmatch(asked.strip())
    start, stop = 0, blob.size
    if found:
        start = int(found[1])
        stop = min(int(found[2]) + 1, blob.size) if found[2] else blob.size
        if start >= stop:
            raise Refused(
                416, "InvalidRange", f"{asked[:60]} lies outside the blob", {"content-range": f"bytes */{blob.size}"}
            )
        headers["content-range"] = f"bytes {start}-{stop - 1}/{blob.size}"
        if md5 := headers.pop("content-md5", None):
            headers["x-ms-blob-content-md5"] = md5
        if call.headers.get("x-ms-range-get-content-md5", "").lower() == "true" and stop - start <= _MD5_MAX:
            headers["content-md5"] = await _md5_of(service.read_pieces(call.store, pieces, start, stop))
    elif md5 := headers.get("content-md5"):
        headers["x-ms-blob-content-md5"] = md5
    headers["content-length"] = str(stop - start)
    status = 206 if found else 200
    return Stream(
        await begun(service.read_pieces(call.store, pieces, start, stop)), status_code=status, headers=headers
    )


async def get_properties(call: Call, _: Grant) -> Answer:
    """A blob's headers without its bytes."""
    _refuse_versions(call)
    blob = await call.db.read(service.get_blob, call.spot)
    conditions(call.headers, reading=True)(blob)
    headers = _headers(call, blob) | {"content-length": str(blob.size)}
    if blob.kind == APPEND:
        headers[_COUNT] = str(await call.db.read(service.count_pieces, call.spot))
    return Response(b"", headers=headers)


async def put_blob(call: Call, grant: Grant) -> Answer:
    """Store a blob whole, or begin an append blob."""
    kind = call.headers.get("x-ms-blob-type", "")
    if kind not in (BLOCK, APPEND):
        raise unsupported(f"a blob of type {kind[:20]!r}")
    draft = Draft(kind=kind, headers=kept_headers(call, plain=True), metadata=call.metadata, tags=_header_tags(call))
    draft.headers.setdefault("content_type", "application/octet-stream")
    said = _check_md5(draft.headers.pop("content_md5", None))
    chunks = checked(call, kind_of=draft.headers if kind == BLOCK else None, said=said)
    blob = await service.put_blob(
        call.db, call.store, call.spot, chunks, draft, both(call, grant), max_bytes=call.settings.upload_max_bytes
    )
    md5 = {"content-md5": blob.headers["content_md5"]} if "content_md5" in blob.headers else {}
    return call.reply(201, stamps(blob) | {"x-ms-request-server-encrypted": "false"} | md5)


async def append_block(call: Call, grant: Grant) -> Answer:
    """Add bytes to an append blob."""
    check, before = both(call, grant), [0]
    at, most = call.headers.get("x-ms-blob-condition-appendpos"), call.headers.get("x-ms-blob-condition-maxsize")

    def check_place(found: Blob | None) -> None:
        check(found)
        size = before[0] = found.size if found is not None else 0
        if at is not None and at != str(size):
            raise Refused(412, "AppendPositionConditionNotMet", f"the blob has {size} bytes, not {at[:20]}")
        if most is not None and size + int(call.headers.get("content-length", "0")) > int(most):
            raise Refused(412, "MaxBlobSizeConditionNotMet", f"the blob would be longer than {most[:20]} bytes")

    blob, count = await service.append_block(
        call.db, call.store, call.spot, checked(call), check_place, max_bytes=call.settings.upload_max_bytes
    )
    return call.reply(201, stamps(blob) | {"x-ms-blob-append-offset": str(before[0]), _COUNT: str(count)})


async def set_properties(call: Call, grant: Grant) -> Answer:
    """Give a blob other headers; those that are not named are taken away."""
    headers = kept_headers(call)
    return await _update(call, grant, {"headers": headers})


async def set_metadata(call: Call, grant: Grant) -> Answer:
    """Give a blob other metadata."""
    return await _update(call, grant, {"metadata": call.metadata})


async def get_tags(call: Call, _: Grant) -> Answer:
    """A blob's tags."""
    blob = await call.db.read(service.get_blob, call.spot)
    conditions(call.headers, reading=True)(blob)
    return call.reply(body=words.tag_list(blob.tags), kind=words.XML)


async def set_tags(call: Call, _: Grant) -> Answer:
    """Give a blob other tags."""
    tags = _check_tags(words.read_tags(await call.body()))
    await call.db.write(service.update_blob, call.spot, conditions(call.headers), {"tags": tags})
    return call.reply(204)


async def delete_blob(call: Call, _: Grant) -> Answer:
    """Delete a blob."""
    _refuse_versions(call)
    await service.delete_blob(call.db, call.store, call.spot, conditions(call.headers))
    return call.reply(202, {"x-ms-delete-type-permanent": "true"})


def both(call: Call, grant: Grant) -> Check:
    """The request's conditions, and what the caller's rights leave."""
    asked = conditions(call.headers)

    def check(found: Blob | None) -> None:
        asked(found)
        grant.check(found)

    return check


async def checked(
    call: Call, *, kind_of: dict[str, str] | None = None, said: str | None = None
) -> AsyncIterator[bytes]:
    """The body; its MD5 is compared with what was said, and kept among the headers ``kind_of``."""
    if "x-ms-content-crc64" in call.headers:
        # A sum that nobody looks at would let through what it is there to find.
        raise unsupported("a CRC64 of the content")
    sent = _check_md5(call.headers.get("content-md5"))
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    async for chunk in call.request.stream():
        digest.update(chunk)
        size += len(chunk)
        yield chunk
    length = call.headers.get("content-length")
    if length is not None and int(length) != size:
        raise Refused(400, "InvalidInput", f"{size} bytes came of the {length} that were said; send them again")
    found = base64.b64encode(digest.digest()).decode()
    if sent and sent != found:
        raise Refused(400, "Md5Mismatch", f"bytes with MD5 {found} came where {sent[:40]} was said; send them again")
    if kind_of is not None:
        kind_of["content_md5"] = said or found


async def _update(call: Call, grant: Grant, values: dict[str, Any]) -> Answer:
    blob = await call.db.write(service.update_blob, call.spot, both(call, grant), values)
    return call.reply(200, stamps(blob) | {"x-ms-request-server-encrypted": "false"})


def _check_md5(text: str | None) -> str | None:
    """An MD5 as it was sent, if it can be one."""
    try:
        decoded = base64.b64decode(text or "", validate=True)
    except ValueError:
        decoded = b"?"
    if text and len(decoded) != hashlib.md5(usedforsecurity=False).digest_size:
        raise Refused(400, "InvalidMd5", f"{text[:40]!r} is no MD5 in base64")
    return text


def _headers(call: Call, blob: Blob) -> dict[str, str]:
    kept = {HEADERS[key]: value for key, value in blob.headers.items()}
    if "sig" in call.query:
        kept |= {name: call.query[word] for word, name in _OVERRIDES.items() if word in call.query}
    state = {
        "accept-ranges": "bytes",
        "x-ms-blob-type": blob.kind,
        "x-ms-creation-time": http_date(blob.created_at),
        "x-ms-lease-status": "unlocked",
        "x-ms-lease-state": "available",
        "x-ms-server-encrypted": "false",
        # A page that somebody stored must not act in our origin, whoever opens its address.
        "content-security-policy": "sandbox; default-src 'none'",
    }
    if blob.tags:
        state["x-ms-tag-count"] = str(len(blob.tags))
    metadata = {f"x-ms-meta-{key}": value for key, value in blob.metadata.items()}
    return call.common() | {"content-type": "application/octet-stream"} | kept | stamps(blob) | state | metadata


def _header_tags(call: Call) -> dict[str, str]:

    return _check_tags(dict(parse_qsl(call.headers.get("x-ms-tags", ""))))


def _check_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > _TAGS or any(not 0 < len(key) <= 128 or len(value) > 256 for key, value in tags.items()):  # noqa: PLR2004
        raise InvalidInput(f"a blob has at most {_TAGS} tags, keys of 1 to 128 and values of up to 256 characters")
    return tags


def _refuse_versions(call: Call) -> None:
    if {"snapshot", "versionid"} & call.query.keys():
        raise unsupported("a snapshot or version of a blob")


async def _md5_of(chunks: AsyncIterator[bytes]) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    async for chunk in chunks:
        digest.update(chunk)
    return base64.b64encode(digest.digest()).decode()
