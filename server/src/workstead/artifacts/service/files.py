"""Files: bytes first, then the row, then the reply; so that no row ever lacks its bytes."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from workstead.artifacts import tables as t
from workstead.artifacts.service.contents import Shelf, drop_unheld, kept, kept_whole
from workstead.artifacts.service.names import check_container, check_path, check_sha256
from workstead.foundation import clock, pages
from workstead.foundation.db import Database
from workstead.foundation.rows import execute, fetch
from workstead.storage.arriving import gather
from workstead.storage.base import Staged, Store, limited
from workstead.workspaces import service as workspaces
from workstead_wire.artifacts import Artifact, Container, Origin
from workstead_wire.base import Page
from workstead_wire.errors import AlreadyExists, ArtifactNotFound, InvalidInput
from workstead_wire.workspaces import WorkspacePath

_CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w.\"-]+)*", re.ASCII)
_MAX_CONTENT_TYPE = 128
_AT_ONCE = 500
"""Paths in one question to the database."""
_HOLD = (
    "INSERT INTO artifacts (workspace_id, origin, container, path, size, sha256, content_type, created_at, key) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, origin, container, path) DO UPDATE SET "
    "size = excluded.size, sha256 = excluded.sha256, content_type = excluded.content_type, "
    "created_at = excluded.created_at, key = excluded.key"
)
_FIND = (
    "SELECT size, sha256, content_type, created_at, key FROM artifacts "
    "WHERE workspace_id = ? AND origin = ? AND container = ? AND path = ?"
)
_UNSAID = {"", "application/octet-stream", "application/x-www-form-urlencoded"}


class Place(msgspec.Struct, frozen=True):
    """Where a file is: its row's key, and where its workspace's bytes lie."""

    shelf: Shelf
    origin: Origin
    container: str
    path: str

    @property
    def workspace_id(self) -> str:
        """The workspace's GUID."""
        return self.shelf.workspace_id


class Stored(msgspec.Struct, frozen=True):
    """A file, and the key of its bytes in the store."""

    file: Artifact
    key: str


def locate(conn: Connection, where: WorkspacePath, origin: Origin, container: str, path: str) -> Place:
    """The place of a file, whether it is there or not."""
    return locate_all(conn, where, origin, container, [path])[0]


def locate_all(
    conn: Connection, where: WorkspacePath, origin: Origin, container: str, paths: Sequence[str]
) -> list[Place]:
    """The places of several files of a container, whether they are there or not; no path may come twice."""
    check_container(container)
    seen: set[str] = set()
    for path in paths:
        if check_path(path) in seen:
            raise InvalidInput(f"{path!r} comes twice; give every file a name of its own")
        seen.add(path)
    shelf = Shelf(*workspaces.get_storage(conn, where))
    return [Place(shelf, origin, container, path) for path in paths]


def find_artifact(conn: Connection, place: Place) -> Artifact | None:
    """The file at a place; None when there is none."""
    found = _find(conn, place)
    return None if found is None else found.file


def get_artifact(conn: Connection, place: Place) -> Artifact:
    """The file at a place."""
    return get_stored(conn, place).file


def get_stored(conn: Connection, place: Place) -> Stored:
    """The file at a place, and where its bytes lie."""
    found = _find(conn, place)
    if found is None:
        raise ArtifactNotFound(
            f"there is no file {place.path!r} in {place.origin}/{place.container}; {_offer(conn, place)}"
        )
    return found


def get_stored_at(conn: Connection, where: WorkspacePath, origin: Origin, container: str, path: str) -> Stored:
    """The same by its address, in one look."""
    return get_stored(conn, locate(conn, where, origin, container, path))


def list_containers(
    conn: Connection, where: WorkspacePath, origin: Origin, *, cursor: str | None = None, limit: int | None = None
) -> Page[Container]:
    """Containers of an origin that hold a file, by name."""
    c = t.artifacts.c
    totals = (func.count().label("files"), func.sum(c.size).label("size"), func.max(c.created_at).label("modified_at"))
    query = select(c.container, *totals).where(
        c.workspace_id == workspaces.get_workspace_id(conn, where), c.origin == origin
    )
    after = pages.decode_cursor(cursor, str)
    if after is not None:
        query = query.where(c.container > after[0])
    size = pages.check_limit(limit)
    rows = conn.execute(query.group_by(c.container).order_by(c.container).limit(size + 1)).all()
    return pages.page(rows, size, _container, lambda row: (row.container,))


def list_artifacts(
    conn: Connection,
    where: WorkspacePath,
    origin: Origin,
    container: str,
    *,
    prefix: str = "",
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Artifact]:
    """Files of a container by path; an unknown container is empty. ``prefix`` is of the path's letters."""
    query = _inside(workspaces.get_workspace_id(conn, where), origin, check_container(container))
    c = t.artifacts.c
    if prefix:
        query = query.where(func.substr(c.path, 1, len(prefix)) == prefix)
    after = pages.decode_cursor(cursor, str)
    if after is not None:
        query = query.where(c.path > after[0])
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(c.path).limit(size + 1)).all()
    return pages.page(rows, size, artifact_of, lambda row: (row.path,))


def list_all(conn: Connection, where: WorkspacePath, origin: Origin, container: str, path: str = "") -> list[Artifact]:
    """All files of a container that are ``path`` or lie below it as a folder, by path; ``""`` is all of them."""
    return [stored.file for stored in list_stored(conn, where, origin, container, path)]


def list_stored(conn: Connection, where: WorkspacePath, origin: Origin, container: str, path: str = "") -> list[Stored]:
    """The same files, and where their bytes lie."""
    query = _inside(workspaces.get_workspace_id(conn, where), origin, check_container(container))
    c = t.artifacts.c
    if path:
        folder = path + "/"
        query = query.where((c.path == path) | (func.substr(c.path, 1, len(folder)) == folder))
    return [_stored(row) for row in conn.execute(query.order_by(c.path))]


async def put_file(
    db: Database,
    store: Store,
    place: Place,
    chunks: AsyncIterator[bytes],
    *,
    overwrite: bool,
    sha256: str | None = None,
    content_type: str = "",
    max_bytes: int = 0,
) -> Artifact:
    """Store a file.

    Raises:
        AlreadyExists: the name is taken and ``overwrite`` is False.
        InvalidInput: the bytes that came do not have the hash ``sha256``.
    """
    if not overwrite:
        await db.read(refuse_taken, [place])
    come = await gather(limited(chunks, max_bytes))
    if not isinstance(come, bytes):
        staged = await store.receive(come)
        return await keep_file(db, store, place, staged, overwrite=overwrite, sha256=sha256, content_type=content_type)
    whole = Staged("", len(come), hashlib.sha256(come).hexdigest())
    check_hash(whole, sha256)
    async with kept_whole(db, store, place.shelf.key(whole.sha256), come):
        made, freed = await db.write(hold_file, place, whole, content_type, overwrite=overwrite)
    await drop_unheld(db, store, freed)
    return made


async def keep_file(
    db: Database,
    store: Store,
    place: Place,
    staged: Staged,
    *,
    overwrite: bool,
    sha256: str | None = None,
    content_type: str = "",
) -> Artifact:
    """Make a file of staged bytes, which are used up; see ``put_file``."""
    try:
        check_hash(staged, sha256)
    except InvalidInput:
        await store.discard(staged)
        raise
    async with kept(db, store, place.shelf, [staged]):
        made, freed = await db.write(hold_file, place, staged, content_type, overwrite=overwrite)
    await drop_unheld(db, store, freed)
    return made


async def delete_file(db: Database, store: Store, place: Place) -> None:
    """Delete a file: the row first, so that no row ever lacks its bytes, and then bytes that no other file has."""
    await drop_unheld(db, store, [await db.write(_forget, place)])


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete some rows of a workspace that is being removed, one container at a time; whether none are left."""
    c = t.artifacts.c
    ours = c.workspace_id == workspace_id
    found = conn.execute(select(c.origin, c.container).where(ours).limit(1)).first()
    if found is not None:
        conn.execute(delete(t.artifacts).where(ours, c.origin == found.origin, c.container == found.container))
        return False
    for table in (t.snapshots, t.contents):
        conn.execute(delete(table).where(table.c.workspace_id == workspace_id))
    return True


def find_taken(conn: Connection, places: Sequence[Place]) -> set[str]:
    """Those of the places' paths where there is a file; the places are of one container."""
    found: set[str] = set()
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE]
        query = _inside(some[0].workspace_id, some[0].origin, some[0].container)
        query = query.with_only_columns(t.artifacts.c.path).where(t.artifacts.c.path.in_([item.path for item in some]))
        found.update(conn.execute(query).scalars())
    return found


def refuse_taken(conn: Connection, places: Sequence[Place]) -> None:
    """Raise AlreadyExists for the first of the places, all of one container, where there is a file."""
    taken = find_taken(conn, places)
    for place in places:
        if place.path in taken:
            raise AlreadyExists(
                f"there is a file {place.path!r} in {place.origin}/{place.container} already; choose another name"
            )


def save_all(conn: Connection, places: Sequence[Place], staged: Sequence[Staged]) -> list[Artifact]:
    """Write the rows of new files."""
    refuse_taken(conn, places)
    now = clock.now()
    made = [
        _file(place, item.size, item.sha256, guess_type(place.path), now)
        for place, item in zip(places, staged, strict=True)
    ]
    rows = [
        _key(place)
        | {"size": file.size, "sha256": file.sha256, "content_type": file.content_type, "created_at": now}
        | {"key": place.shelf.key(file.sha256)}
        for place, file in zip(places, made, strict=True)
    ]
    if rows:
        conn.execute(insert(t.artifacts), rows)
    return made


def check_hash(staged: Staged, sha256: str | None) -> None:
    """Refuse bytes that are not those that were sent."""
    if sha256 is not None and staged.sha256 != check_sha256(sha256):
        raise InvalidInput(
            f"{staged.size} bytes with SHA-256 {staged.sha256} arrived where {sha256} was said; send them again"
        )


def _find(conn: Connection, place: Place) -> Stored | None:
    found = fetch(conn, _FIND, *_key(place).values())
    if not found:
        return None
    *told, key = found[0]
    return Stored(_file(place, *told), key)


def _file(place: Place, size: int, sha256: str, content_type: str, created_at: int) -> Artifact:
    return Artifact(
        origin=place.origin,
        container=place.container,
        path=place.path,
        size=size,
        sha256=sha256,
        content_type=content_type,
        created_at=clock.to_datetime(created_at),
    )


def _key(place: Place) -> dict[str, Any]:
    """The key of a place's row."""
    return {
        "workspace_id": place.workspace_id,
        "origin": place.origin,
        "container": place.container,
        "path": place.path,
    }


def _at(query: Any, place: Place) -> Any:
    c = t.artifacts.c
    return query.where(
        c.workspace_id == place.workspace_id,
        c.origin == place.origin,
        c.container == place.container,
        c.path == place.path,
    )


def _inside(workspace_id: str, origin: Origin, container: str) -> Select[Any]:
    c = t.artifacts.c
    return select(t.artifacts).where(c.workspace_id == workspace_id, c.origin == origin, c.container == container)


def _offer(conn: Connection, place: Place) -> str:
    query = _inside(place.workspace_id, place.origin, place.container).order_by(t.artifacts.c.path).limit(6)
    paths = [row.path for row in conn.execute(query)]
    if not paths:
        return "no file was uploaded there"
    return "there are " + ", ".join(paths[:5]) + (" and more" if len(paths) > 5 else "")  # noqa: PLR2004


def hold_file(
    conn: Connection, place: Place, staged: Staged, content_type: str, *, overwrite: bool
) -> tuple[Artifact, list[str]]:
    """Write the row of a file whose bytes are kept; also the key of bytes that it had before."""
    if not overwrite:
        refuse_taken(conn, [place])
    key, now = place.shelf.key(staged.sha256), clock.now()
    kind = _content_type(content_type, place.path)
    before = _find(conn, place)
    execute(conn, _HOLD, [(*_key(place).values(), staged.size, staged.sha256, kind, now, key)])
    freed = [before.key] if before is not None and before.key != key else []
    return _file(place, staged.size, staged.sha256, kind, now), freed


def _forget(conn: Connection, place: Place) -> str:
    """Delete a file's row; the key of its bytes."""
    key = get_stored(conn, place).key
    conn.execute(_at(delete(t.artifacts), place))
    return key


def _content_type(said: str, path: str) -> str:
    if said in _UNSAID or len(said) > _MAX_CONTENT_TYPE or not _CONTENT_TYPE.fullmatch(said):
        return guess_type(path)
    return said


def guess_type(path: str) -> str:
    """The content type that a name suggests."""
    kind, encoding = mimetypes.guess_type(path)
    return kind if kind is not None and encoding is None else "application/octet-stream"


def artifact_of(row: Row[Any]) -> Artifact:
    """A row of the table as others see it."""
    return Artifact(
        origin=row.origin,
        container=row.container,
        path=row.path,
        size=row.size,
        sha256=row.sha256,
        content_type=row.content_type,
        created_at=clock.to_datetime(row.created_at),
    )


def _stored(row: Row[Any]) -> Stored:
    return Stored(artifact_of(row), row.key)


def _container(row: Row[Any, int, Any, Any]) -> Container:
    return Container(
        name=row.container, files=row.files, size=int(row.size), modified_at=clock.to_datetime(row.modified_at)
    )
