"""Versions as a registry keeps them: where they came from, their stages, their aliases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from workstead.artifacts import service as artifacts
from workstead.foundation import clock
from workstead.models import tables as t
from workstead.models.service import telling
from workstead.models.service.models import next_version
from workstead.models.service.registry import get_name_row, touch
from workstead.models.service.rows import insert_labels, make_models
from workstead.runs import service as runs
from workstead.workspaces.service import get_workspace_id
from workstead_wire.artifacts import Origin
from workstead_wire.base import Tags
from workstead_wire.errors import ModelNotFound
from workstead_wire.models import Model
from workstead_wire.workspaces import WorkspacePath


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version and what a registry knows of it; ``updated_at`` in microseconds since 1970."""

    model: Model
    stage: str
    updated_at: int
    aliases: list[str] = []
    source: str | None = None
    download_uri: str | None = None
    run_link: str | None = None
    model_id: str | None = None


class VersionCreate(msgspec.Struct, frozen=True, kw_only=True):
    """Register a version from anywhere: ``source`` is its maker's word for it, which may lead to files here."""

    name: str
    source: str
    download_uri: str
    origin: Origin = "LocalUpload"
    container: str = "elsewhere"
    path: str = ""
    description: str = ""
    tags: Tags = {}
    run_id: str | None = None
    run_link: str | None = None
    model_id: str | None = None


def register_version(conn: Connection, where: WorkspacePath, user: str, asked: VersionCreate) -> Version:
    """Register the next version of a model that is there.

    Raises:
        ModelNotFound: there is no model of that name.
    """
    workspace_id = get_workspace_id(conn, where)
    get_name_row(conn, workspace_id, asked.name)
    files = artifacts.list_all(conn, where, asked.origin, asked.container, asked.path)
    known = runs.read_details(conn, where, [asked.run_id]) if asked.run_id else []
    now, version = clock.now(), next_version(conn, workspace_id, asked.name)
    values = {
        "workspace_id": workspace_id, "name": asked.name, "version": version,
        "origin": asked.origin, "container": asked.container, "path": asked.path,
        "size": sum(file.size for file in files), "description": asked.description, "created_at": now,
        "updated_at": now, "created_by": user, "run_id": asked.run_id,
        "experiment": known[0].run.experiment if known else None, "framework": "MLflow", "source": asked.source,
        "download_uri": asked.download_uri, "run_link": asked.run_link, "model_id": asked.model_id,
    }  # fmt: skip
    pk = conn.execute(insert(t.models).values(values).returning(t.models.c.pk)).scalar_one()
    insert_labels(conn, pk, "tag", asked.tags)
    touch(conn, workspace_id, asked.name)
    made = get_version(conn, where, asked.name, version)
    telling.tell_version(conn, workspace_id, made.model, asked.source)
    return made


def get_version(conn: Connection, where: WorkspacePath, name: str, version: int) -> Version:
    """One version."""
    workspace_id = get_workspace_id(conn, where)
    return make_versions(conn, workspace_id, [_get_row(conn, workspace_id, name, version)])[0]


def find_by_alias(conn: Connection, where: WorkspacePath, name: str, alias: str) -> Version | None:
    """The version that an alias stands for; None when the alias or the model is not there."""
    workspace_id = get_workspace_id(conn, where)
    a = t.aliases.c
    query = select(a.version).where(a.workspace_id == workspace_id, a.name == name, a.alias == alias)
    version = conn.execute(query).scalar()
    return None if version is None else get_version(conn, where, name, version)


def latest_versions(conn: Connection, where: WorkspacePath, names: Sequence[str]) -> list[Version]:
    """The newest version of each stage of each of these models, by stage and name."""
    workspace_id = get_workspace_id(conn, where)
    c = t.models.c
    newest: dict[tuple[str, str], Row[Any]] = {}
    query = select(t.models).where(c.workspace_id == workspace_id, c.name.in_(names)).order_by(c.version)
    for row in conn.execute(query):
        newest[row.name, row.stage] = row
    rows = [newest[key] for key in sorted(newest)]
    return make_versions(conn, workspace_id, rows)


def update_version(conn: Connection, where: WorkspacePath, name: str, version: int, **changed: str | None) -> Version:
    """Change a version's ``description`` or ``stage``."""
    workspace_id = get_workspace_id(conn, where)
    row = _get_row(conn, workspace_id, name, version)
    _change(conn, row.pk, clock.now(), **changed)
    return get_version(conn, where, name, version)


def move_to_stage(
    conn: Connection, where: WorkspacePath, name: str, version: int, stage: str, *, others_to: str | None
) -> Version:
    """Put a version into a stage, and those that were there into ``others_to`` if that is given."""
    workspace_id = get_workspace_id(conn, where)
    row = _get_row(conn, workspace_id, name, version)
    now = clock.now()
    if others_to is not None:
        c = t.models.c
        others = update(t.models).where(
            c.workspace_id == workspace_id, c.name == name, c.stage == stage, c.version != version
        )
        conn.execute(others.values(stage=others_to, updated_at=now))
    touch(conn, workspace_id, name)
    _change(conn, row.pk, now, stage=stage)
    return get_version(conn, where, name, version)


def delete_version(conn: Connection, where: WorkspacePath, name: str, version: int) -> None:
    """Delete a version with its aliases; its number is never given again, and its files stay."""
    workspace_id = get_workspace_id(conn, where)
    row = _get_row(conn, workspace_id, name, version)
    a = t.aliases.c
    conn.execute(delete(t.aliases).where(a.workspace_id == workspace_id, a.name == name, a.version == version))
    conn.execute(delete(t.models).where(t.models.c.pk == row.pk))
    touch(conn, workspace_id, name)


def tag_version(conn: Connection, where: WorkspacePath, name: str, version: int, key: str, value: str | None) -> None:
    """Set a tag of a version, or remove it by None."""
    row = _get_row(conn, get_workspace_id(conn, where), name, version)
    c = t.labels.c
    gone = conn.execute(delete(t.labels).where(c.model_pk == row.pk, c.kind == "tag", c.key == key)).rowcount > 0
    if value is not None:
        insert_labels(conn, row.pk, "tag", {key: value})
    before, after = ({key: ""} if gone and value is None else {}), ({} if value is None else {key: value})
    telling.tell_tags(conn, row.workspace_id, name, version, before, after)


def make_versions(conn: Connection, workspace_id: str, rows: Sequence[Row[Any]]) -> list[Version]:
    """The versions that rows of models stand for."""
    a = t.aliases.c
    aliases: dict[tuple[str, int], list[str]] = {}
    named = select(a.name, a.version, a.alias).where(
        a.workspace_id == workspace_id, a.name.in_({row.name for row in rows})
    )
    for name, version, alias in conn.execute(named.order_by(a.alias)):
        aliases.setdefault((name, version), []).append(alias)
    return [
        Version(
            model=model,
            stage=row.stage,
            updated_at=row.updated_at or row.created_at,
            aliases=aliases.get((row.name, row.version), []),
            source=row.source,
            download_uri=row.download_uri,
            run_link=row.run_link,
            model_id=row.model_id,
        )
        for row, model in zip(rows, make_models(conn, rows), strict=True)
    ]


def _change(conn: Connection, pk: int, now: int, **changed: str | None) -> None:
    conn.execute(update(t.models).where(t.models.c.pk == pk).values(updated_at=now, **changed))


def _get_row(conn: Connection, workspace_id: str, name: str, version: int) -> Row[Any]:
    c = t.models.c
    at = (c.workspace_id == workspace_id, c.name == name, c.version == version)
    row = conn.execute(select(t.models).where(*at)).first()
    if row is None:
        raise ModelNotFound(f"model {name!r} has no version {version}")
    return row
