"""One request of this dialect: what it names, and what answers have in common."""

from __future__ import annotations

import email.utils
import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec
from litestar import Request, Response

from workstead.blobs.service import Account, Blob, Container, Spot
from workstead.dialects.blob.errors import Refused
from workstead.foundation.db import Database
from workstead.keys.rings import Ring
from workstead.settings import Settings
from workstead.storage.base import Store
from workstead_wire.errors import InvalidInput

BODY_MAX = 16 << 20
"""Longest body that is no blob's bytes."""
HEADERS = {
    "content_type": "content-type",
    "content_encoding": "content-encoding",
    "content_language": "content-language",
    "content_md5": "content-md5",
    "cache_control": "cache-control",
    "content_disposition": "content-disposition",
}
"""Headers that a blob keeps: their names in our rows, and in HTTP."""
_META = "x-ms-meta-"
_META_MAX = 8192
_META_NAME = re.compile(r"[^\W\d]\w*")


class Call(msgspec.Struct, frozen=True):
    """A request to an account; ``container`` and ``name`` are empty where its address does not go that far.

    ``path`` is the address's path as the client wrote it, ``query`` its words, decoded, with names in lower case.
    """

    request: Request[Any, Any, Any]
    db: Database
    store: Store
    settings: Settings
    ring: Ring
    account: Account
    scope: str
    path: str
    container: str
    name: str
    query: Mapping[str, str]

    @property
    def headers(self) -> Any:
        """The request's headers; names in any case."""
        return self.request.headers

    @property
    def spot(self) -> Spot:
        """The blob that the address names."""
        return Spot(self.account, self.container, self.name)

    @property
    def metadata(self) -> dict[str, str]:
        """The metadata that the request brings."""
        found = {key[len(_META) :]: value for key, value in self.headers.items() if key.startswith(_META)}
        for key in found:
            if not _META_NAME.fullmatch(key):
                raise Refused(400, "InvalidMetadata", f"{key[:60]!r} is no name of metadata; write it like a C# name")
        if sum(len(key) + len(value) for key, value in found.items()) > _META_MAX:
            raise Refused(400, "MetadataTooLarge", f"metadata may have {_META_MAX} characters in all")
        return found

    def number(self, name: str, least: int, most: int, otherwise: int) -> int:
        """A whole number of the query; above ``most`` it is ``most``."""
        text = self.query.get(name, "")
        if not text:
            return otherwise
        if not text.isdecimal() or len(text) > 9 or int(text) < least:  # noqa: PLR2004
            raise Refused(400, "OutOfRangeQueryParameterValue", f"{name} is {text[:40]!r}, but is at least {least}")
        return min(int(text), most)

    async def body(self) -> bytes:
        """The whole body, which is no blob's bytes."""
        read = bytearray()
        async for chunk in self.request.stream():
            read += chunk
            if len(read) > BODY_MAX:
                raise Refused(413, "RequestBodyTooLarge", f"such a request has at most {BODY_MAX} bytes")
        return bytes(read)

    def reply(
        self, status: int = 200, headers: Mapping[str, str] | None = None, body: bytes = b"", kind: str = ""
    ) -> Response[bytes]:
        """An answer with the headers that all have."""
        return Response(body, status_code=status, headers=self.common() | dict(headers or {}), media_type=kind or None)

    def common(self) -> dict[str, str]:
        """The headers that all answers have."""
        echoed = {"x-ms-request-id": str(uuid.uuid4()), "x-ms-version": self.headers.get("x-ms-version", "2022-11-02")}
        if client := self.headers.get("x-ms-client-request-id", ""):
            echoed["x-ms-client-request-id"] = client
        return echoed


def split_path(path: str) -> tuple[str, str]:
    """The container and the blob that a raw path below the account names; no letter of the blob's name is lost."""
    try:
        container, _, name = (unquote(part, errors="strict") for part in path.lstrip("/").partition("/"))
    except UnicodeDecodeError as error:
        raise InvalidInput("the path in the address is no UTF-8; percent-encode its UTF-8 bytes") from error
    return container, name


def kept_headers(call: Call, *, prefix: str = "x-ms-blob-", plain: bool = False) -> dict[str, str]:
    """The headers that a request gives a blob; ``plain`` takes those of the request itself where others lack."""
    found: dict[str, str] = {}
    for key, name in HEADERS.items():
        value = call.headers.get(prefix + name) or (call.headers.get(name) if plain else None)
        if value:
            found[key] = value
    return found


def stamps(item: Blob | Container) -> dict[str, str]:
    """ETag and time of a thing."""
    return {"etag": f'"{item.etag}"', "last-modified": http_date(item.modified_at)}


def http_date(microseconds: int) -> str:
    """A moment as HTTP writes it, in whole seconds."""
    return email.utils.formatdate(microseconds // 1_000_000, usegmt=True)
