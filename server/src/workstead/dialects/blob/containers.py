"""Operations on the account and on containers."""

from __future__ import annotations

import base64
import re
from typing import Any

from litestar import Response

from workstead.blobs import service
from workstead.dialects.blob import words
from workstead.dialects.blob.access import Grant
from workstead.dialects.blob.calls import Call, split_path, stamps
from workstead.dialects.blob.conditions import conditions
from workstead.dialects.blob.errors import Refused
from workstead_wire.errors import BlobNotFound, WorksteadError

Answer = Response[Any]
_PAGE = 5000
"""Azure's own length of a page, and its longest."""
_SUBREQUEST = re.compile(r"DELETE\s+(\S+)\s+HTTP/1\.1", re.IGNORECASE)
_BATCH_MAX = 256
_CONTENT_ID = re.compile(r"content-id:\s*(\S+)", re.IGNORECASE)


async def list_containers(call: Call, _: Grant) -> Answer:
    """Containers by name."""
    found = await call.db.read(service.list_containers, call.account, call.query.get("prefix", ""))
    limit = call.number("maxresults", 1, _PAGE, _PAGE)
    rest = [container for container in found if container.name > _marker(call)]
    marker = _encode(rest[limit - 1].name) if len(rest) > limit else ""
    metadata = "metadata" in call.query.get("include", "")
    body = words.container_list(_url(call), call.query, rest[:limit], marker, metadata=metadata)
    return call.reply(body=body, kind=words.XML)


async def get_service_properties(call: Call, _: Grant) -> Answer:
    """What the account is set to."""
    return call.reply(body=words.service_properties(), kind=words.XML)


async def get_account_information(call: Call, _: Grant) -> Answer:
    """What kind of account this is."""
    return call.reply(
        headers={"x-ms-sku-name": "Standard_LRS", "x-ms-account-kind": "StorageV2", "x-ms-is-hns-enabled": "false"}
    )


async def get_delegation_key(call: Call, grant: Grant) -> Answer:
    """A key with which who signed in makes signatures that open no more than they may do themselves."""
    if grant.caller is None:
        raise Refused(403, "AuthenticationFailed", "sign in with a token: only who signed in gets such a key")
    start, expiry = words.read_key_info(await call.body())
    tenant = call.scope.split("/")[2]
    key = await call.db.write(service.delegate, call.ring, call.account, grant.caller, tenant, start, expiry)
    return call.reply(body=words.delegation_key(key), kind=words.XML)


async def create_container(call: Call, _: Grant) -> Answer:
    """Make a container."""
    if "x-ms-blob-public-access" in call.headers:
        raise Refused(409, "PublicAccessNotPermitted", "no container is open to everybody; hand out a SAS instead")
    made = await call.db.write(service.create_container, call.account, call.container, call.metadata)
    return call.reply(201, stamps(made))


async def get_container(call: Call, _: Grant) -> Answer:
    """A container's properties and metadata."""
    found = await call.db.read(service.get_container, call.account, call.container)
    metadata = {f"x-ms-meta-{key}": value for key, value in found.metadata.items()}
    state = {"x-ms-lease-status": "unlocked", "x-ms-lease-state": "available", "x-ms-has-immutability-policy": "false"}
    return call.reply(headers=stamps(found) | state | metadata)


async def set_container_metadata(call: Call, _: Grant) -> Answer:
    """Give a container other metadata."""
    made = await call.db.write(
        service.set_container_metadata, call.account, call.container, call.metadata, conditions(call.headers)
    )
    return call.reply(200, stamps(made))


async def delete_container(call: Call, _: Grant) -> Answer:
    """Delete a container with all blobs in it."""
    freed = await call.db.write(service.delete_container, call.account, call.container, conditions(call.headers))
    await service.drop(call.db, call.store, freed)
    return call.reply(202)


async def list_blobs(call: Call, _: Grant) -> Answer:
    """Blobs by name, and folders."""
    found = await call.db.read(
        service.list_blobs,
        call.account,
        call.container,
        prefix=call.query.get("prefix", ""),
        delimiter=call.query.get("delimiter", ""),
        after=_marker(call),
        limit=call.number("maxresults", 1, _PAGE, _PAGE),
    )
    marker = _encode(found.next_after) if found.next_after else ""
    body = words.blob_list(_url(call), call.container, call.query, found.items, marker)
    return call.reply(body=body, kind=words.XML)


async def delete_batch(call: Call, _: Grant) -> Answer:
    """Delete several blobs; whether each was deleted stands in the answer's part of it.

    Whoever may send the batch may delete every blob that it can name: the parts' own proofs are not needed.
    """
    text = (await call.body()).decode("utf-8", "replace")
    if "comp=tier" in text:
        raise Refused(400, "InvalidInput", "a batch may delete blobs; tiers are not done by this server")
    boundary = f"batchresponse_{call.account.workspace_id}"
    parts: list[str] = []
    asked = list(_SUBREQUEST.finditer(text))
    if not asked or len(asked) > _BATCH_MAX:
        raise Refused(400, "InvalidInput", f"a batch deletes 1 to {_BATCH_MAX} blobs; this one names {len(asked)}")
    ids = _CONTENT_ID.findall(text)
    for number, found in enumerate(asked):
        status = await _delete_one(call, found[1].partition("?")[0])
        name = ids[number] if number < len(ids) else str(number)
        parts.append(
            f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: {name}\r\n\r\n"
            f"HTTP/1.1 {status}\r\nx-ms-request-id: {number}\r\nContent-Length: 0\r\n\r\n"
        )
    body = ("".join(f"{part}\r\n" for part in parts) + f"--{boundary}--\r\n").encode()
    return call.reply(202, body=body, kind=f"multipart/mixed; boundary={boundary}")


async def _delete_one(call: Call, path: str) -> str:
    for front in (f"/blob/{call.account.name}/", "/"):
        if path.startswith(front):
            path = path.removeprefix(front)
            break
    container, name = split_path(path)
    if call.container and container != call.container:
        return "403 AuthorizationPermissionMismatch\r\nx-ms-error-code: AuthorizationPermissionMismatch"
    try:
        await service.delete_blob(call.db, call.store, service.Spot(call.account, container, name), lambda _: None)
    except BlobNotFound:
        return "404 The specified blob does not exist.\r\nx-ms-error-code: BlobNotFound"
    except WorksteadError as error:
        return f"{error.status} Refused\r\nx-ms-error-code: {error.code}"
    return "202 Accepted"


def _marker(call: Call) -> str:
    try:
        return base64.urlsafe_b64decode(call.query.get("marker", "").encode()).decode()
    except ValueError as error:
        raise Refused(400, "OutOfRangeQueryParameterValue", "the marker is none that this server gave") from error


def _encode(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _url(call: Call) -> str:
    return f"{call.request.url.scheme}://{call.request.headers['host']}/blob/{call.account.name}"
