"""An account's addresses: ``/blob/<account>/…`` on any name of the server, the root of ``<account>.blob.<name>``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
from litestar import Request, Response, Router, route
from litestar.params import Dependency
from litestar.response import Stream

from workstead.access.guard import Doorman
from workstead.blobs.service import get_account
from workstead.dialects.blob import blobs, blocks, containers
from workstead.dialects.blob.access import Grant, Need, admit
from workstead.dialects.blob.calls import Call, split_path
from workstead.dialects.blob.errors import Refused, answer_error, unsupported
from workstead.foundation.db import Database
from workstead.foundation.http import PUBLIC
from workstead.foundation.shield import host_name
from workstead.keys.rings import Ring
from workstead.settings import Settings
from workstead.storage.base import Store
from workstead.workspaces.service import get_workspace_of_resource

Bytes = Annotated[Store, Dependency(skip_validation=True)]
Answer = Response[Any] | Stream


class Operation(msgspec.Struct, frozen=True):
    """What is done, and what it asks of its caller."""

    run: Callable[[Call, Grant], Awaitable[Answer]]
    need: Need


def _op(run: Callable[[Call, Grant], Awaitable[Any]], verb: str, level: str, letters: str) -> Operation:
    return Operation(run, Need(verb, level, letters))


_ACCOUNT = {
    ("GET", "list"): _op(containers.list_containers, "read", "s", "l"),
    ("GET", "properties"): _op(containers.get_service_properties, "read", "s", "r"),
    ("POST", "batch"): _op(containers.delete_batch, "write", "o", "d"),
    ("POST", "userdelegationkey"): _op(containers.get_delegation_key, "read", "s", ""),
}
_CONTAINER = {
    ("PUT", ""): _op(containers.create_container, "write", "c", "cw"),
    ("GET", ""): _op(containers.get_container, "read", "c", "r"),
    ("HEAD", ""): _op(containers.get_container, "read", "c", "r"),
    ("GET", "metadata"): _op(containers.get_container, "read", "c", "r"),
    ("HEAD", "metadata"): _op(containers.get_container, "read", "c", "r"),
    ("PUT", "metadata"): _op(containers.set_container_metadata, "write", "c", "w"),
    ("DELETE", ""): _op(containers.delete_container, "write", "c", "d"),
    ("GET", "list"): _op(containers.list_blobs, "read", "c", "l"),
    ("POST", "batch"): _op(containers.delete_batch, "write", "o", "d"),
}
_BLOB = {
    ("GET", ""): _op(blobs.get_blob, "read", "o", "r"),
    ("HEAD", ""): _op(blobs.get_properties, "read", "o", "r"),
    ("PUT", ""): _op(blobs.put_blob, "write", "o", "wc"),
    ("PUT", "copy"): _op(blocks.copy_blob, "write", "o", "wc"),
    ("DELETE", ""): _op(blobs.delete_blob, "write", "o", "d"),
    ("PUT", "properties"): _op(blobs.set_properties, "write", "o", "w"),
    ("GET", "metadata"): _op(blobs.get_properties, "read", "o", "r"),
    ("HEAD", "metadata"): _op(blobs.get_properties, "read", "o", "r"),
    ("PUT", "metadata"): _op(blobs.set_metadata, "write", "o", "w"),
    ("GET", "tags"): _op(blobs.get_tags, "read", "o", "t"),
    ("PUT", "tags"): _op(blobs.set_tags, "write", "o", "t"),
    ("PUT", "block"): _op(blocks.put_block, "write", "o", "wc"),
    ("PUT", "blocklist"): _op(blocks.put_block_list, "write", "o", "wc"),
    ("GET", "blocklist"): _op(blocks.get_block_list, "read", "o", "r"),
    ("PUT", "appendblock"): _op(blobs.append_block, "write", "o", "wa"),
}
_INFORMATION = _op(containers.get_account_information, "read", "s", "r")


@route(
    ["/blob/{account_name:str}", "/blob/{account_name:str}/{rest:path}"],
    http_method=["GET", "HEAD", "PUT", "POST", "DELETE"],
    opt=PUBLIC,
    status_code=200,
    request_max_body_size=None,
    include_in_schema=False,
)
async def answer(
    request: Request[Any, Any, Any],
    db: Database,
    store: Bytes,
    settings: Settings,
    ring: Ring,
    doorman: Doorman,
    account_name: str,
) -> Answer:
    """Whatever a client asks of the account; nothing is done before it is known who asks."""
    where = await db.read(get_workspace_of_resource, "storage_account", account_name)
    account = await db.read(get_account, where)
    front = f"/blob/{account_name}"
    raw = request.scope["raw_path"].partition(b"?")[0].decode("latin-1")
    below = raw.removeprefix(front)
    has_own_name = host_name(request.scope).split(".")[1:2] == ["blob"]
    container, name = split_path(below)
    call = Call(
        request=request,
        db=db,
        store=store,
        settings=settings,
        ring=ring,
        account=account,
        scope=where.id,
        path=(below or "/") if has_own_name else raw,
        container=container,
        name=name,
        query=_read_query(request.scope["query_string"]),
    )
    operation = _find(call)
    return await operation.run(call, await admit(call, operation.need, doorman))


def _find(call: Call) -> Operation:
    comp = call.query.get("comp", "")
    if call.query.get("restype") == "account" and comp == "properties":
        return _INFORMATION
    table: dict[tuple[str, str], Operation] = _BLOB if call.name else _CONTAINER if call.container else _ACCOUNT
    if call.container and not call.name and call.query.get("restype") != "container":
        raise unsupported(f"a blob {call.container[:63]!r} outside all containers")
    if call.name and not comp and call.request.method == "PUT" and "x-ms-copy-source" in call.headers:
        comp = "copy"
    found = table.get((call.request.method, comp))
    if found is None:
        raise unsupported(f"{call.request.method} with comp={comp[:40]!r} here")
    return found


def _read_query(raw: bytes) -> dict[str, str]:
    """The words of the query. A sign ``+`` is itself here, as in a signature that nobody encoded."""
    found: dict[str, str] = {}
    for part in raw.decode("latin-1").split("&"):
        name, _, value = part.partition("=")
        if name:
            found[unquote(name).lower()] = unquote(value)
    if any(ord(letter) < 32 for value in (*found, *found.values()) for letter in value):  # noqa: PLR2004
        # They would let one signed text be read as another.
        raise Refused(400, "InvalidQueryParameterValue", "the query has control characters")
    return found


router = Router("", route_handlers=[answer], exception_handlers={Exception: answer_error})
