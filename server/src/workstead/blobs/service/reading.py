"""Blobs as they are: one by name, a page of a list, the pieces that the bytes come in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from workstead.artifacts import service as artifacts
from workstead.blobs import tables as t
from workstead.blobs.service.containers import get_container
from workstead.blobs.service.model import ARTIFACTS, BLOCK, Account, Blob, Piece, Spot
from workstead.foundation import clock
from workstead.storage.base import Store
from workstead_wire.artifacts import Artifact
from workstead_wire.errors import BlobNotFound

_HIGHEST = "\U0010ffff"
"""Sorts after all that may follow a prefix."""


class Listing(msgspec.Struct, frozen=True):
    """One page: blobs, and the folders that a delimiter makes, in one order. ``next_after`` begins the next page."""

    items: list[Blob | str]
    next_after: str | None


def find_blob(conn: Connection, spot: Spot) -> Blob | None:
    """The blob at a spot; None when there is none.

    Raises:
        ContainerNotFound: its container is not there.
    """
    get_container(conn, spot.account, spot.container)
    if spot.container == ARTIFACTS:
        found = artifacts.find_blob(conn, spot.account.workspace_id, spot.name)
        return None if found is None else _artifact(found)
    c = t.blobs.c
    query = select(t.blobs).where(
        c.workspace_id == spot.account.workspace_id, c.container == spot.container, c.name == spot.name
    )
    row = conn.execute(query).first()
    return None if row is None else _blob(row)


def get_blob(conn: Connection, spot: Spot) -> Blob:
    """The blob at a spot; BlobNotFound when there is none."""
    found = find_blob(conn, spot)
    if found is None:
        raise BlobNotFound(f"there is no blob {spot.name[:200]!r} in container {spot.container!r}")
    return found


def open_blob(conn: Connection, spot: Spot) -> tuple[Blob, list[Piece]]:
    """The blob at a spot, and its bytes' pieces."""
    blob = get_blob(conn, spot)
    if spot.container == ARTIFACTS:
        key = artifacts.find_blob_key(conn, spot.account.workspace_id, spot.name)
        return blob, [Piece(key, blob.size)] if key is not None else []
    return blob, list_pieces(conn, spot, committed=True)


def list_pieces(conn: Connection, spot: Spot, *, committed: bool) -> list[Piece]:
    """The pieces of a blob in their order, or the blocks that wait to be committed."""
    p = t.pieces.c
    waiting = p.position.is_(None)
    rows = conn.execute(
        select(p.key, p.size, p.block_id)
        .where(p.workspace_id == spot.account.workspace_id, p.container == spot.container, p.name == spot.name)
        .where(~waiting if committed else waiting)
        .order_by(p.position, p.pk)
    )
    return [Piece(row.key, row.size, row.block_id) for row in rows]


def count_pieces(conn: Connection, spot: Spot) -> int:
    """How many pieces a blob has; those that wait to be committed are none of them."""
    p = t.pieces.c
    ours = (p.workspace_id == spot.account.workspace_id) & (p.container == spot.container) & (p.name == spot.name)
    query = select(func.count()).select_from(t.pieces).where(ours, p.position.is_not(None))
    return conn.execute(query).scalar_one()


def list_blobs(
    conn: Connection, account: Account, container: str, *, prefix: str, delimiter: str, after: str, limit: int
) -> Listing:
    """Blobs by name. With a delimiter, all whose names go on after one are told as one folder."""
    get_container(conn, account, container)
    items: list[Blob | str] = []
    afters = [after]
    while len(items) <= limit:
        wanted = limit + 1 - len(items)
        found = _read_after(conn, account, container, prefix, afters[-1], wanted)
        for blob in found:
            _add(items, afters, blob, prefix, delimiter)
        if len(found) < wanted:
            break
    return Listing(items[:limit], afters[limit] if len(items) > limit else None)


async def read_pieces(store: Store, pieces: Sequence[Piece], start: int, stop: int) -> AsyncIterator[bytes]:
    """The bytes from ``start`` up to ``stop`` of all pieces together."""
    at = 0
    for piece in pieces:
        first, last = max(start - at, 0), min(stop - at, piece.size)
        if first < last:
            async for chunk in store.read(piece.key, first, last):
                yield chunk
        at += piece.size


class Pieces:
    """Reads the pieces of one blob as if they were one key's bytes."""

    def __init__(self, store: Store, pieces: Sequence[Piece]) -> None:
        self._store = store
        self._pieces = pieces

    def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:  # noqa: ARG002
        """The bytes from ``start`` up to ``stop``, whatever the key."""
        end = sum(piece.size for piece in self._pieces) if stop is None else stop
        return read_pieces(self._store, self._pieces, start, end)


def _add(items: list[Blob | str], afters: list[str], blob: Blob, prefix: str, delimiter: str) -> None:
    """Tell the blob, or its folder if it was not told before; ``afters`` holds where the list goes on after each."""
    head, found, _ = blob.name[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
    folder = prefix + head + found
    if not found:
        items.append(blob)
        afters.append(blob.name)
    elif not items or items[-1] != folder:
        items.append(folder)
        afters.append(folder + _HIGHEST)


def _read_after(conn: Connection, account: Account, container: str, prefix: str, after: str, limit: int) -> list[Blob]:
    if container == ARTIFACTS:
        found = artifacts.list_blobs(conn, account.workspace_id, prefix, after, limit)
        return [_artifact(file) for file in found]
    c = t.blobs.c
    query = (
        select(t.blobs)
        .where(c.workspace_id == account.workspace_id, c.container == container)
        .where(c.name > after, c.name >= prefix, c.name < prefix + _HIGHEST)
        .where(func.substr(c.name, 1, len(prefix)) == prefix)
        .order_by(c.name)
        .limit(limit)
    )
    return [_blob(row) for row in conn.execute(query)]


def _artifact(file: Artifact) -> Blob:
    made = clock.from_datetime(file.created_at)
    return Blob(
        container=ARTIFACTS,
        name=file.blob,
        kind=BLOCK,
        size=file.size,
        etag="0x8" + file.sha256[:15].upper(),
        headers={"content_type": file.content_type},
        metadata={},
        tags={},
        created_at=made,
        modified_at=made,
    )


def _blob(row: Row[Any]) -> Blob:
    return Blob(**{field: getattr(row, field) for field in Blob.__struct_fields__})
