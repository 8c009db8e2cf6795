"""Lists of models."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Select, func, select

from workstead.foundation import pages
from workstead.models import tables as t
from workstead.models.service.rows import LabelKind, make_models
from workstead.workspaces.service import get_workspace_id
from workstead_wire.base import Page
from workstead_wire.models import Model, ModelSummary
from workstead_wire.workspaces import WorkspacePath

Archived = Literal["active", "archived", "all"]


class ModelFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which models are wanted. ``tags`` and ``properties`` hold ``key`` or ``key=value``; all must fit."""

    name: str | None = None
    tags: list[str] = []
    properties: list[str] = []
    run_id: str | None = None
    latest: bool = False
    archived: Archived = "active"


def list_models(
    conn: Connection, where: WorkspacePath, wanted: ModelFilter, cursor: str | None, limit: int | None
) -> Page[Model]:
    """Versions of models, newest first."""
    c = t.models.c
    query = _filtered(get_workspace_id(conn, where), wanted)
    after = pages.decode_cursor(cursor, int)
    if after is not None:
        query = query.where(c.pk < after[0])
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(c.pk.desc()).limit(size + 1)).all()
    made = dict(zip((row.pk for row in rows), make_models(conn, rows), strict=True))
    return pages.page(rows, size, lambda row: made[row.pk], lambda row: (row.pk,))


def list_model_names(
    conn: Connection, where: WorkspacePath, cursor: str | None, limit: int | None
) -> Page[ModelSummary]:
    """Models by name, each with its newest version that is not archived and the number of those."""
    c = t.models.c
    active = [c.workspace_id == get_workspace_id(conn, where), c.archived_at.is_(None)]
    newest = (
        select(c.name, func.max(c.version).label("version"), func.count().label("versions"))
        .where(*active)
        .group_by(c.name)
        .subquery()
    )
    join = (c.name == newest.c.name) & (c.version == newest.c.version)
    query = select(t.models, newest.c.versions).join_from(t.models, newest, join).where(*active)
    after = pages.decode_cursor(cursor, str)
    if after is not None:
        query = query.where(c.name > after[0])
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(c.name).limit(size + 1)).all()
    made = [
        ModelSummary(name=row.name, versions=row.versions, latest=model)
        for row, model in zip(rows, make_models(conn, rows), strict=True)
    ]
    return pages.page(made, size, lambda summary: summary, lambda summary: (summary.name,))


def _filtered(workspace_id: str, wanted: ModelFilter) -> Select[Any]:
    c = t.models.c
    query = select(t.models).where(c.workspace_id == workspace_id)
    if wanted.name is not None:
        query = query.where(c.name == wanted.name)
    if wanted.run_id is not None:
        query = query.where(c.run_id == wanted.run_id)
    if wanted.archived != "all":
        query = query.where(c.archived_at.is_(None) == (wanted.archived == "active"))
    if wanted.latest:
        query = query.where(c.version == _newest(wanted.archived))
    for text in wanted.tags:
        query = query.where(_has_label("tag", text))
    for text in wanted.properties:
        query = query.where(_has_label("property", text))
    return query


def _newest(archived: Archived) -> Any:
    c, o = t.models.c, t.models.alias().c
    query = select(func.max(o.version)).where(o.workspace_id == c.workspace_id, o.name == c.name)
    if archived != "all":
        query = query.where(o.archived_at.is_(None) == (archived == "active"))
    return query.correlate(t.models).scalar_subquery()


def _has_label(kind: LabelKind, text: str) -> Any:
    key, valued, value = text.partition("=")
    c = t.labels.c
    query = select(c.key).where(c.model_pk == t.models.c.pk, c.kind == kind, c.key == key)
    if valued:
        query = query.where(c.value == value)
    return query.correlate(t.models).exists()
