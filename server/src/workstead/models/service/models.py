"""Models: register the next version, read, change and delete one."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from workstead.artifacts import service as artifacts
from workstead.foundation import clock, ids, pages
from workstead.models import tables as t
from workstead.models.service import telling
from workstead.models.service.rows import add_properties, insert_labels, make_models, replace_tags
from workstead.runs import service as runs
from workstead.workspaces.service import get_workspace_id
from workstead_wire.artifacts import Artifact
from workstead_wire.base import Page
from workstead_wire.errors import ArtifactNotFound, InvalidInput, ModelNotFound
from workstead_wire.models import Model, ModelCreate, ModelUpdate
from workstead_wire.workspaces import WorkspacePath

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_NAME_RULE = "1 to 255 letters, digits, '-', '_' or '.', beginning with a letter or digit"
_SHOWN = 5


def create_model(conn: Connection, where: WorkspacePath, user: str, asked: ModelCreate) -> Model:
    """Register the next version of a model.

    Raises:
        ArtifactNotFound: nothing was uploaded at the path; the sentence lists what there is.
        RunNotFound: ``run_id`` is no run of this workspace.
    """
    ids.check_name("a model", asked.name, _NAME, _NAME_RULE)
    path = asked.path.rstrip("/")
    size = sum(file.size for file in _get_files(conn, where, asked, path))
    run = None if asked.run_id is None else runs.get_run(conn, where, asked.run_id)
    workspace_id = get_workspace_id(conn, where)
    values = {
        "workspace_id": workspace_id,
        "name": asked.name,
        "version": next_version(conn, workspace_id, asked.name),
        "origin": asked.origin,
        "container": asked.container,
        "path": path,
        "size": size,
        "description": asked.description,
        "created_at": clock.now(),
        "created_by": user,
        "run_id": asked.run_id,
        "experiment": None if run is None else run.experiment,
        "framework": asked.framework,
        "framework_version": asked.framework_version,
    }
    (pk,) = conn.execute(insert(t.models).values(values)).inserted_primary_key or (0,)
    insert_labels(conn, pk, "tag", asked.tags)
    insert_labels(conn, pk, "property", asked.properties)
    made = get_model(conn, where, asked.name, str(values["version"]))
    telling.tell_version(conn, workspace_id, made)
    return made


def get_model(conn: Connection, where: WorkspacePath, name: str, version: str) -> Model:
    """One version of a model; ``version`` is a number or ``latest``."""
    return make_models(conn, [_get_row(conn, where, name, version)])[0]


def update_model(conn: Connection, where: WorkspacePath, name: str, version: str, change: ModelUpdate) -> Model:
    """Change description or tags, add properties, archive or bring back."""
    row = _get_row(conn, where, name, version)
    values: dict[str, Any] = {}
    if change.description is not None:
        values["description"] = change.description
    if change.archived is not None:
        values["archived_at"] = (row.archived_at or clock.now()) if change.archived else None
    if values:
        conn.execute(update(t.models).where(t.models.c.pk == row.pk).values(values))
    if change.tags is not None:
        before = make_models(conn, [row])[0].tags
        replace_tags(conn, row.pk, change.tags)
        telling.tell_tags(conn, row.workspace_id, name, row.version, before, change.tags)
    if change.properties:
        add_properties(conn, row.pk, make_models(conn, [row])[0], change.properties)
    return get_model(conn, where, name, str(row.version))


def delete_model(conn: Connection, where: WorkspacePath, name: str, version: str) -> None:
    """Delete a version; its number is never given again, and its files stay."""
    row = _get_row(conn, where, name, version)
    a = t.aliases.c
    conn.execute(delete(t.aliases).where(a.workspace_id == row.workspace_id, a.name == name, a.version == row.version))
    conn.execute(delete(t.labels).where(t.labels.c.model_pk == row.pk))
    conn.execute(delete(t.models).where(t.models.c.pk == row.pk))


def forget_workspace(conn: Connection, workspace_id: str) -> bool:
    """Delete all models of a workspace that is being removed."""
    ours = select(t.models.c.pk).where(t.models.c.workspace_id == workspace_id)
    conn.execute(delete(t.labels).where(t.labels.c.model_pk.in_(ours)))
    conn.execute(delete(t.models).where(t.models.c.workspace_id == workspace_id))
    conn.execute(delete(t.names).where(t.names.c.workspace_id == workspace_id))
    return True


def list_model_files(
    conn: Connection, where: WorkspacePath, name: str, version: str, cursor: str | None, limit: int | None
) -> Page[Artifact]:
    """Files of a version by path."""
    row = _get_row(conn, where, name, version)
    files = artifacts.list_all(conn, where, row.origin, row.container, row.path)
    after = pages.decode_cursor(cursor, str)
    if after is not None:
        files = [file for file in files if file.path > after[0]]
    return pages.page(files, pages.check_limit(limit), lambda file: file, lambda file: (file.path,))


def next_version(conn: Connection, workspace_id: str, name: str) -> int:
    """The number of a model's next version; makes the model if it is not there."""
    # The update comes first: it locks the row, so that two registrations never read the same number.
    c = t.names.c
    at = (c.workspace_id == workspace_id) & (c.name == name)
    now = clock.now()
    if conn.execute(update(t.names).where(at).values(last_version=c.last_version + 1, updated_at=now)).rowcount == 0:
        values = {"workspace_id": workspace_id, "name": name, "last_version": 1, "created_at": now, "updated_at": now}
        conn.execute(insert(t.names).values(values))
        telling.tell_name(conn, workspace_id, name, "", {})
    return conn.execute(select(c.last_version).where(at)).scalar_one()


def _get_files(conn: Connection, where: WorkspacePath, asked: ModelCreate, path: str) -> list[Artifact]:
    files = artifacts.list_all(conn, where, asked.origin, asked.container, path)
    if files:
        return files
    there = artifacts.list_artifacts(conn, where, asked.origin, asked.container, limit=_SHOWN)
    offer = ", ".join(file.path for file in there.items) + (" and more" if there.next_cursor else "")
    raise ArtifactNotFound(
        f"no file lies at {asked.path!r} in {asked.origin}/{asked.container}, so it cannot become model "
        f"{asked.name!r}; " + (f"there are {offer}" if offer else "nothing was uploaded there")
    )


def _get_row(conn: Connection, where: WorkspacePath, name: str, version: str) -> Row[Any]:
    c = t.models.c
    query = select(t.models).where(c.workspace_id == get_workspace_id(conn, where), c.name == name)
    if version != "latest":
        query = query.where(c.version == _check_version(version))
    row = conn.execute(query.order_by(c.version.desc()).limit(1)).first()
    if row is None:
        raise ModelNotFound(_missing(conn, where, name, version))
    return row


def _check_version(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:  # noqa: PLR2004 - what the column holds
        return int(text)
    raise InvalidInput(f"{text[:80]!r} is no version of a model; it is a number or 'latest'")


def _missing(conn: Connection, where: WorkspacePath, name: str, version: str) -> str:
    c = t.models.c
    query = select(c.version).where(c.workspace_id == get_workspace_id(conn, where), c.name == name)
    versions = conn.execute(query.order_by(c.version.desc()).limit(_SHOWN)).scalars().all()
    if not versions:
        return f"there is no model {name!r} in workspace {where.workspace!r}"
    there = ", ".join(str(number) for number in versions)
    return f"model {name!r} has no version {version}; the newest there are: {there}"
