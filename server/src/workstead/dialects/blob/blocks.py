"""Operations on blocks, and copies within the account."""

from __future__ import annotations

import base64
import re
import uuid
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from litestar import Response

from workstead.blobs import service
from workstead.blobs.service import Draft, Spot
from workstead.dialects.blob import words
from workstead.dialects.blob.access import Grant, Need, admit_signed
from workstead.dialects.blob.blobs import both, checked
from workstead.dialects.blob.calls import Call, kept_headers, split_path, stamps
from workstead.dialects.blob.conditions import conditions
from workstead.dialects.blob.errors import Refused, unsupported
from workstead_wire.errors import InvalidInput

Answer = Response[Any]
_ID_MAX = 64
_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})")
_READ = Need("read", "o", "r")


async def put_block(call: Call, _: Grant) -> Answer:
    """Store a block, from the body or from another blob of the account."""
    block_id = call.query.get("blockid", "")
    try:
        decoded = base64.b64decode(block_id, validate=True)
    except ValueError as error:
        raise Refused(400, "InvalidQueryParameterValue", f"{block_id[:88]!r} is no block id in base64") from error
    if not 0 < len(decoded) <= _ID_MAX:
        raise Refused(400, "InvalidQueryParameterValue", f"a block id has 1 to {_ID_MAX} bytes before base64")
    chunks = checked(call) if "x-ms-copy-source" not in call.headers else await _read_source(call)
    limit = call.settings.upload_max_bytes
    await service.put_block(call.db, call.store, call.spot, chunks, block_id, max_bytes=limit)
    return call.reply(201, {"x-ms-request-server-encrypted": "false"})


async def put_block_list(call: Call, grant: Grant) -> Answer:
    """Make a blob of blocks."""
    draft = Draft(headers=kept_headers(call), metadata=call.metadata)
    draft.headers.setdefault("content_type", "application/octet-stream")
    draft.tags = dict(parse_qsl(call.headers.get("x-ms-tags", "")))
    wanted = words.read_block_list(await call.body())
    try:
        blob = await service.commit_blocks(call.db, call.store, call.spot, wanted, draft, both(call, grant))
    except InvalidInput as error:
        raise Refused(400, "InvalidBlockList", error.message) from error
    return call.reply(201, stamps(blob) | {"x-ms-request-server-encrypted": "false"})


async def get_block_list(call: Call, _: Grant) -> Answer:
    """The blocks of a blob, those that wait, or both."""
    which = call.query.get("blocklisttype", "committed").lower()
    blob = await call.db.read(service.find_blob, call.spot)
    conditions(call.headers, reading=True)(blob)
    committed = await call.db.read(service.list_pieces, call.spot, committed=True)
    waiting = await call.db.read(service.list_pieces, call.spot, committed=False)
    if blob is None and not waiting:
        raise Refused(404, "BlobNotFound", f"there is no blob {call.name[:200]!r}")
    told = [piece for piece in committed if piece.block_id]
    body = words.block_list(
        told if which in ("committed", "all") else [], waiting if which in ("uncommitted", "all") else []
    )
    size = {"x-ms-blob-content-length": str(blob.size if blob else 0)}
    return call.reply(headers=size | (stamps(blob) if blob else {}), body=body, kind=words.XML)


async def copy_blob(call: Call, grant: Grant) -> Answer:
    """Make a blob with another one's bytes, at once; the source lies in the same account."""
    source = await _source(call)
    draft = None
    if call.headers.get("x-ms-copy-source-tag-option", "").upper() == "COPY":
        raise unsupported("a copy of tags; name them in the request")
    if call.metadata or "x-ms-tags" in call.headers:
        draft = Draft(metadata=call.metadata, tags=dict(parse_qsl(call.headers.get("x-ms-tags", ""))))
    source_check = conditions(call.headers, prefix="x-ms-source-")
    blob = await service.copy_blob(call.db, call.store, source, call.spot, draft, both(call, grant), source_check)
    done = {"x-ms-copy-id": str(uuid.uuid4()), "x-ms-copy-status": "success"}
    # A new blob by Put Blob From URL has status 201, a copy 202.
    return call.reply(201 if "x-ms-blob-type" in call.headers else 202, stamps(blob) | done)


async def _read_source(call: Call) -> Any:
    source = await _source(call)
    blob, pieces = await call.db.read(service.open_blob, source)
    conditions(call.headers, prefix="x-ms-source-")(blob)
    asked = call.headers.get("x-ms-source-range", "")
    found = _RANGE.fullmatch(asked)
    if asked and not found:
        raise Refused(400, "InvalidHeaderValue", f"x-ms-source-range is {asked[:60]!r}, which is no range")
    start, stop = (int(found[1]), min(int(found[2]) + 1, blob.size)) if found else (0, blob.size)
    return service.read_pieces(call.store, pieces, start, stop)


async def _source(call: Call) -> Spot:
    """The blob to copy from, if the caller may read it: by the SAS in its address, or by being let in to all."""
    url = urlsplit(str(call.headers["x-ms-copy-source"]))
    path = url.path
    front = f"/blob/{call.account.name}/"
    if path.startswith(front):
        path = path.removeprefix(front)
    elif not (url.hostname or "").startswith(f"{call.account.name}.blob."):
        raise unsupported("a copy from outside the storage account")
    container, name = split_path(path)
    query = {key.lower(): unquote(value) for key, value in _pairs(url.query)}
    if {"snapshot", "versionid"} & query.keys():
        raise unsupported("a snapshot or version of a blob")
    if "sig" in query:
        await admit_signed(call, query, container, name, _READ)
    elif "sig" in call.query:
        raise Refused(403, "CannotVerifyCopySource", "put a SAS that can read it into the source's address")
    return Spot(call.account, container, name)


def _pairs(query: str) -> list[tuple[str, str]]:
    return [(key, value) for key, _, value in (part.partition("=") for part in query.split("&") if part)]
