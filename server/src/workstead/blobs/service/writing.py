"""Changes of blobs: bytes first under a key of their own, then the rows, then the bytes that nobody has any more go.

A blob's rows change in one transaction and its bytes never do, so a reader gets the old blob or the new one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, exists, insert, select, update

from workstead.blobs import tables as t
from workstead.blobs.service.containers import new_etag, refuse_artifacts
from workstead.blobs.service.model import (
    APPEND,
    ARTIFACTS,
    BLOCK,
    Account,
    Blob,
    Check,
    Piece,
    Spot,
    check_blob,
    turn_of,
)
from workstead.blobs.service.reading import count_pieces, find_blob, get_blob, list_pieces, open_blob, read_pieces
from workstead.foundation import clock
from workstead.foundation.db import Database
from workstead.storage.base import Store
from workstead_wire.errors import AlreadyExists, BlobNotFound, Conflict, InvalidInput

Changed = tuple[Blob, list[str]]
"""A blob as it is now, and the keys of bytes that may be dropped."""
MAX_BLOCKS = 50_000


class Draft(msgspec.Struct, kw_only=True):
    """What a new blob is to have besides bytes."""

    kind: str = BLOCK
    headers: dict[str, str] = {}
    metadata: dict[str, str] = {}
    tags: dict[str, str] = {}


async def put_blob(
    db: Database, store: Store, spot: Spot, chunks: AsyncIterator[bytes], draft: Draft, check: Check, *, max_bytes: int
) -> Blob:
    """Store a blob in place of whatever is there. ``draft`` is read once the bytes have come."""
    await db.read(look, spot, check)

    def save(conn: Connection, pieces: list[Piece]) -> Changed:
        return _replace(conn, spot, pieces, draft, check)

    return await _keep(db, store, spot, chunks, "", save, max_bytes)


async def put_block(
    db: Database, store: Store, spot: Spot, chunks: AsyncIterator[bytes], block_id: str, *, max_bytes: int
) -> None:
    """Store a block that waits to be committed, in place of one with the same id that waits."""
    await db.read(look, spot, take_any)

    def save(conn: Connection, pieces: list[Piece]) -> tuple[None, list[str]]:
        return None, _add_block(conn, spot, block_id, pieces)

    await _keep(db, store, spot, chunks, block_id, save, max_bytes)


async def append_block(
    db: Database, store: Store, spot: Spot, chunks: AsyncIterator[bytes], check: Check, *, max_bytes: int
) -> tuple[Blob, int]:
    """Add bytes to the end of an append blob; the blob, and of how many blocks it is now.

    Raises:
        Conflict: it has as many blocks as it may have.
    """
    await db.read(look, spot, check)

    def save(conn: Connection, pieces: list[Piece]) -> tuple[tuple[Blob, int], list[str]]:
        return _append(conn, spot, pieces, check), []

    return await _keep(db, store, spot, chunks, "", save, max_bytes)


async def commit_blocks(
    db: Database, store: Store, spot: Spot, wanted: Sequence[tuple[str, str]], draft: Draft, check: Check
) -> Blob:
    """Make a blob of blocks: pairs of a list (``committed``, ``uncommitted`` or ``latest``) and an id.

    Raises:
        InvalidInput: a block is not in its list.
    """
    async with _turns(db, [spot]):
        blob, freed = await db.write(_commit, spot, wanted, draft, check)
    await drop(db, store, freed)
    return blob


async def copy_blob(
    db: Database, store: Store, source: Spot, spot: Spot, draft: Draft | None, check: Check, source_check: Check
) -> Blob:
    """Make a blob with another one's bytes, headers and metadata; ``draft`` is instead of the last two."""
    if source.container == ARTIFACTS:  # these bytes go when their run does
        blob, pieces = await db.read(open_blob, source)
        source_check(blob)
        made = draft or Draft(headers=blob.headers)
        return await put_blob(db, store, spot, read_pieces(store, pieces, 0, blob.size), made, check, max_bytes=0)
    async with _turns(db, [source, spot]):
        blob, freed = await db.write(_copy, source, spot, draft, check, source_check)
    await drop(db, store, freed)
    return blob


async def delete_blob(db: Database, store: Store, spot: Spot, check: Check) -> None:
    """Delete a blob with the blocks that waited for it."""
    async with _turns(db, [spot]):
        freed = await db.write(_delete, spot, check)
    await drop(db, store, freed)


def update_blob(conn: Connection, spot: Spot, check: Check, values: dict[str, Any]) -> Blob:
    """Give a blob other headers, metadata or tags; tags alone are no change of the blob."""
    refuse_artifacts(spot.container)
    check(get_blob(conn, spot))
    changed = values if values.keys() == {"tags"} else values | {"etag": new_etag(), "modified_at": clock.now()}
    conn.execute(_at(update(t.blobs), t.blobs, spot).values(changed))
    return get_blob(conn, spot)


def look(conn: Connection, spot: Spot, check: Check) -> None:
    """Refuse at once what would be refused once all bytes had come."""
    refuse_artifacts(spot.container)
    check_blob(spot.name)
    check(find_blob(conn, spot))


def take_any(_: Blob | None) -> None:
    """The check that refuses nothing."""


def refuse_taken(found: Blob | None) -> None:
    """The check that refuses a name which a blob has.

    Raises:
        AlreadyExists: there is a blob.
    """
    if found is not None:
        raise AlreadyExists(f"there is a blob {found.name[:200]!r} already; overwrite it, or take another name")


async def drop(db: Database, store: Store, keys: Iterable[str]) -> None:
    """Delete bytes that no blob has any more."""
    for key in dict.fromkeys(keys):
        async with db.turns.take(turn_of(key).partition("/")[0] + "/blobs", [turn_of(key)]):
            if not await db.read(is_used, key):
                await store.delete(key)


def forget_blobs(conn: Connection, account: Account) -> None:
    """Delete all rows of an account's blobs."""
    for table in (t.pieces, t.blobs, t.containers):
        conn.execute(delete(table).where(table.c.workspace_id == account.workspace_id))


async def _keep(
    db: Database,
    store: Store,
    spot: Spot,
    chunks: AsyncIterator[bytes],
    block_id: str,
    save: Callable[[Connection, list[Piece]], tuple[Any, list[str]]],
    max_bytes: int,
) -> Any:
    """Take bytes in, name them, and write the rows; what becomes unused is dropped, whether or not that succeeds."""
    staged = await store.receive(chunks, max_bytes=max_bytes)
    key = spot.new_key()
    freed = [key]
    try:
        async with _turns(db, [spot]):
            pieces = [Piece(key, staged.size, block_id)] if staged.size or block_id else []
            if pieces:
                await store.keep(staged, key, replace=False)
            made, freed = await db.write(save, pieces)
        return made
    finally:
        with suppress(FileNotFoundError):
            await store.discard(staged)
        await drop(db, store, freed)


def _turns(db: Database, spots: Sequence[Spot]) -> AbstractAsyncContextManager[None]:
    return db.turns.take(f"{spots[0].account.name}/blobs", [spot.turn for spot in spots])


def _replace(conn: Connection, spot: Spot, pieces: Sequence[Piece], draft: Draft, check: Check) -> Changed:
    found = find_blob(conn, spot)
    check(found)
    freed = _free(conn, spot)
    now = clock.now()
    values = {
        "kind": draft.kind, "size": sum(piece.size for piece in pieces), "etag": new_etag(), "headers": draft.headers,
        "metadata": draft.metadata, "tags": draft.tags, "modified_at": now,
    }  # fmt: skip
    if found is None:
        conn.execute(insert(t.blobs).values(_key(spot) | values | {"created_at": now}))
    else:
        conn.execute(_at(update(t.blobs), t.blobs, spot).values(values))
    _insert_pieces(conn, spot, pieces, range(len(pieces)))
    kept = {piece.key for piece in pieces}
    return get_blob(conn, spot), [key for key in freed if key not in kept]


def _commit(conn: Connection, spot: Spot, wanted: Sequence[tuple[str, str]], draft: Draft, check: Check) -> Changed:
    look(conn, spot, check)
    lists = {
        "committed": {piece.block_id: piece for piece in list_pieces(conn, spot, committed=True)},
        "uncommitted": {piece.block_id: piece for piece in list_pieces(conn, spot, committed=False)},
    }
    lists["latest"] = lists["committed"] | lists["uncommitted"]
    if len(wanted) > MAX_BLOCKS:
        raise InvalidInput(f"a blob has at most {MAX_BLOCKS} blocks; the list has {len(wanted)}")
    if lacking := [block_id for where, block_id in wanted if block_id not in lists[where]]:
        raise InvalidInput(f"there is no block {lacking[0][:88]!r} for this blob; put it before it is committed")
    return _replace(conn, spot, [lists[where][block_id] for where, block_id in wanted], draft, check)


def _copy(
    conn: Connection, source: Spot, spot: Spot, draft: Draft | None, check: Check, source_check: Check
) -> Changed:
    look(conn, spot, check)
    blob, pieces = open_blob(conn, source)
    source_check(blob)
    made = Draft(kind=blob.kind, headers=blob.headers, metadata=blob.metadata)
    if draft is not None:
        made.metadata, made.tags = draft.metadata or blob.metadata, draft.tags
    return _replace(conn, spot, pieces, made, check)


def _add_block(conn: Connection, spot: Spot, block_id: str, pieces: Sequence[Piece]) -> list[str]:
    p = t.pieces.c
    same = (p.position.is_(None), p.block_id == block_id)
    older = list(conn.execute(_at(select(p.key), t.pieces, spot).where(*same)).scalars())
    conn.execute(_at(delete(t.pieces), t.pieces, spot).where(*same))
    _insert_pieces(conn, spot, pieces, [None])
    return older


def _append(conn: Connection, spot: Spot, pieces: Sequence[Piece], check: Check) -> tuple[Blob, int]:
    blob = find_blob(conn, spot)
    check(blob)
    if blob is None:
        raise BlobNotFound(f"there is no blob {spot.name[:200]!r} to append to; create it first")
    if blob.kind != APPEND:
        raise InvalidInput(f"{spot.name[:200]!r} is a {blob.kind}; only to an {APPEND} can bytes be added")
    at = count_pieces(conn, spot)
    if at + len(pieces) > MAX_BLOCKS:
        raise Conflict(f"{spot.name[:200]!r} has {at} blocks, and may have {MAX_BLOCKS}; begin another blob")
    _insert_pieces(conn, spot, pieces, [at])
    size = blob.size + sum(piece.size for piece in pieces)
    return update_blob(conn, spot, take_any, {"size": size}), at + len(pieces)


def _delete(conn: Connection, spot: Spot, check: Check) -> list[str]:
    refuse_artifacts(spot.container)
    check(get_blob(conn, spot))
    conn.execute(_at(delete(t.blobs), t.blobs, spot))
    return _free(conn, spot)


def _free(conn: Connection, spot: Spot) -> list[str]:
    """Take all pieces from a blob, also those that wait; their keys."""
    keys = list(conn.execute(_at(select(t.pieces.c.key), t.pieces, spot)).scalars())
    conn.execute(_at(delete(t.pieces), t.pieces, spot))
    return keys


def _insert_pieces(conn: Connection, spot: Spot, pieces: Sequence[Piece], positions: Iterable[int | None]) -> None:
    now = clock.now()
    rows = [
        _key(spot) | msgspec.structs.asdict(piece) | {"position": position, "created_at": now}
        for piece, position in zip(pieces, positions, strict=False)
    ]
    if rows:
        conn.execute(insert(t.pieces), rows)


def is_used(conn: Connection, key: str) -> bool:
    """Whether a blob or a waiting block has these bytes."""
    return bool(conn.execute(select(exists().where(t.pieces.c.key == key))).scalar())


def _key(spot: Spot) -> dict[str, Any]:
    return {"workspace_id": spot.account.workspace_id, "container": spot.container, "name": spot.name}


def _at(query: Any, table: Any, spot: Spot) -> Any:
    c = table.c
    return query.where(c.workspace_id == spot.account.workspace_id, c.container == spot.container, c.name == spot.name)
