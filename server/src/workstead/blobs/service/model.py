"""What a container and a blob are, inside the server."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable

import msgspec

from workstead.foundation.ids import check_name
from workstead_wire.errors import InvalidInput

ARTIFACTS = "azureml"
"""The container of the files of runs and models: to be read here, and written by their own rooms only."""
BLOCK, APPEND = "BlockBlob", "AppendBlob"
_CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*|\$root|\$web")
_CONTAINER_RULE = "3 to 63 lower-case letters, digits and single '-', which neither begin nor end it"
_MAX_NAME = 1024


class Account(msgspec.Struct, frozen=True):
    """A workspace's storage account."""

    workspace_id: str
    name: str


class Piece(msgspec.Struct, frozen=True):
    """Bytes of a blob: their key in the store. ``block_id`` is the name that the client gave them, if it did."""

    key: str
    size: int
    block_id: str = ""


class Container(msgspec.Struct, frozen=True):
    """A container. Times are microseconds."""

    name: str
    metadata: dict[str, str]
    etag: str
    modified_at: int


class Blob(msgspec.Struct, frozen=True):
    """A blob without its bytes. ``headers`` are those that answers repeat; times are microseconds."""

    container: str
    name: str
    kind: str
    size: int
    etag: str
    headers: dict[str, str]
    metadata: dict[str, str]
    tags: dict[str, str]
    created_at: int
    modified_at: int


class Spot(msgspec.Struct, frozen=True):
    """Where a blob is, or may come to be."""

    account: Account
    container: str
    name: str

    @property
    def turn(self) -> str:
        """How the keys of all its pieces begin; who changes the blob has the turn of this name."""
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:40]
        return f"{self.account.name}/blobs/{self.container}/{digest}"

    def new_key(self) -> str:
        """A key for bytes of it: never one that was used before, so that readers keep what they began to read."""
        return f"{self.turn}-{uuid.uuid4().hex}"


Check = Callable[[Blob | None], None]
"""Looks at the blob that is there, in the transaction that would change it, and raises if it must not be."""
ContainerCheck = Callable[[Container], None]
"""The same of a container."""


def turn_of(key: str) -> str:
    """The turn that whoever makes or deletes these bytes has."""
    return key.rpartition("-")[0]


def check_container(name: str) -> str:
    """``name`` if a container may have it."""
    return check_name("a container", name, _CONTAINER, _CONTAINER_RULE)


def check_blob(name: str) -> str:
    """``name`` if a blob may have it: any text, since it never becomes a path."""
    if not 0 < len(name) <= _MAX_NAME:
        raise InvalidInput(f"the name of a blob has 1 to {_MAX_NAME} characters; this one has {len(name)}")
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in name):  # noqa: PLR2004
        raise InvalidInput(f"{name[:80]!r} is no name of a blob: it has a control character")
    return name
