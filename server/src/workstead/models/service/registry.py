"""Models by name: what all versions share. A name may be there before its first version is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from workstead.foundation import clock
from workstead.models import tables as t
from workstead.models.service import telling
from workstead.models.service.rows import check_registered_name
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Tags
from workstead_wire.errors import AlreadyExists, ModelNotFound
from workstead_wire.workspaces import WorkspacePath


class RegisteredModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model by name; times in microseconds since 1970, ``aliases`` are versions by alias."""

    name: str
    description: str
    created_at: int
    updated_at: int
    tags: Tags
    aliases: dict[str, int]


def create_name(conn: Connection, where: WorkspacePath, name: str, description: str, tags: Tags) -> RegisteredModel:
    """Make a model that has no versions yet.

    Raises:
        AlreadyExists: there is one of that name.
    """
    check_registered_name(name)
    workspace_id = get_workspace_id(conn, where)
    if find_name_row(conn, workspace_id, name) is not None:
        raise AlreadyExists(f"there is a model {name!r} already; register a version of it, or choose another name")
    now = clock.now()
    key = {"workspace_id": workspace_id, "name": name}
    values = {**key, "last_version": 0, "description": description, "created_at": now, "updated_at": now}
    conn.execute(insert(t.names).values(values))
    for tag, value in tags.items():
        conn.execute(insert(t.name_tags).values(**key, key=tag, value=value))
    telling.tell_name(conn, workspace_id, name, description, tags)
    return get_name(conn, where, name)


def get_name(conn: Connection, where: WorkspacePath, name: str) -> RegisteredModel:
    """One model by name."""
    workspace_id = get_workspace_id(conn, where)
    return make_names(conn, workspace_id, [get_name_row(conn, workspace_id, name)])[0]


def rename(conn: Connection, where: WorkspacePath, name: str, new_name: str) -> RegisteredModel:
    """Give a model and all its versions another name.

    Raises:
        AlreadyExists: the name is taken.
    """
    check_registered_name(new_name)
    workspace_id = get_workspace_id(conn, where)
    get_name_row(conn, workspace_id, name)
    if new_name != name and find_name_row(conn, workspace_id, new_name) is not None:
        raise AlreadyExists(f"there is a model {new_name!r} already; choose another name")
    changed = {"name": new_name, "updated_at": clock.now()}
    for table in (t.names, t.models):
        conn.execute(_at(update(table), table, workspace_id, name).values(changed))
    return get_name(conn, where, new_name)


def describe(conn: Connection, where: WorkspacePath, name: str, description: str) -> RegisteredModel:
    """Change a model's description."""
    workspace_id = get_workspace_id(conn, where)
    get_name_row(conn, workspace_id, name)
    touch(conn, workspace_id, name, description=description)
    return get_name(conn, where, name)


def delete_name(conn: Connection, where: WorkspacePath, name: str) -> None:
    """Delete a model with all its versions; its files stay, and its numbers begin anew."""
    workspace_id = get_workspace_id(conn, where)
    get_name_row(conn, workspace_id, name)
    for table in (t.models, t.names):
        conn.execute(_at(delete(table), table, workspace_id, name))


def tag_name(conn: Connection, where: WorkspacePath, name: str, key: str, value: str | None) -> None:
    """Set a tag of a model, or remove it by None."""
    workspace_id = get_workspace_id(conn, where)
    get_name_row(conn, workspace_id, name)
    at = _at(delete(t.name_tags), t.name_tags, workspace_id, name)
    was_there = conn.execute(at.where(t.name_tags.c.key == key)).rowcount > 0
    if value is not None:
        conn.execute(insert(t.name_tags).values(workspace_id=workspace_id, name=name, key=key, value=value))
    touch(conn, workspace_id, name)
    if was_there or value is not None:
        telling.tell_name_tag(conn, workspace_id, name, key, value)


def set_alias(conn: Connection, where: WorkspacePath, name: str, alias: str, version: int | None) -> None:
    """Let an alias stand for a version, or for none."""
    workspace_id = get_workspace_id(conn, where)
    get_name_row(conn, workspace_id, name)
    at = _at(delete(t.aliases), t.aliases, workspace_id, name)
    was_there = conn.execute(at.where(t.aliases.c.alias == alias)).rowcount > 0
    if version is not None:
        conn.execute(insert(t.aliases).values(workspace_id=workspace_id, name=name, alias=alias, version=version))
    touch(conn, workspace_id, name)
    if was_there or version is not None:
        telling.tell_alias(conn, workspace_id, name, alias, version)


def touch(conn: Connection, workspace_id: str, name: str, **changed: Any) -> None:
    """Note that something of a model changed just now."""
    conn.execute(_at(update(t.names), t.names, workspace_id, name).values(updated_at=clock.now(), **changed))


def find_name_row(conn: Connection, workspace_id: str, name: str) -> Row[Any] | None:
    """The row of a name; None when there is none."""
    return conn.execute(_at(select(t.names), t.names, workspace_id, name)).first()


def get_name_row(conn: Connection, workspace_id: str, name: str) -> Row[Any]:
    """The row of a name; ModelNotFound when there is none."""
    row = find_name_row(conn, workspace_id, name)
    if row is None:
        raise ModelNotFound(f"there is no model {name!r} in this workspace")
    return row


def make_names(conn: Connection, workspace_id: str, rows: Sequence[Row[Any]]) -> list[RegisteredModel]:
    """The models that rows of names stand for."""
    names = [row.name for row in rows]
    tags: dict[str, Tags] = {}
    aliases: dict[str, dict[str, int]] = {}
    g, a = t.name_tags.c, t.aliases.c
    query = select(g.name, g.key, g.value).where(g.workspace_id == workspace_id, g.name.in_(names)).order_by(g.key)
    for name, key, value in conn.execute(query):
        tags.setdefault(name, {})[key] = value
    query = select(a.name, a.alias, a.version).where(a.workspace_id == workspace_id, a.name.in_(names))
    for name, alias, version in conn.execute(query.order_by(a.alias)):
        aliases.setdefault(name, {})[alias] = version
    return [
        RegisteredModel(
            name=row.name,
            description=row.description,
            created_at=row.created_at,
            updated_at=row.updated_at,
            tags=tags.get(row.name, {}),
            aliases=aliases.get(row.name, {}),
        )
        for row in rows
    ]


def _at(query: Any, table: Any, workspace_id: str, name: str) -> Any:
    return query.where(table.c.workspace_id == workspace_id, table.c.name == name)
