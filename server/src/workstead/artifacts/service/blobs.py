"""Artifacts as blobs of container ``azureml``: by their whole names, in the order of these names' bytes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, collate, func, select

from workstead.artifacts import tables as t
from workstead.artifacts.service.files import artifact_of
from workstead_wire.artifacts import Artifact

_HIGHEST = "\U0010ffff"


def find_blob(conn: Connection, workspace_id: str, name: str) -> Artifact | None:
    """The file whose blob has this name; None when there is none."""
    row = conn.execute(_named(workspace_id, name)).first()
    return None if row is None else artifact_of(row)


def find_blob_key(conn: Connection, workspace_id: str, name: str) -> str | None:
    """Where the bytes of the file lie whose blob has this name; None when there is none."""
    return conn.execute(_named(workspace_id, name).with_only_columns(t.artifacts.c.key)).scalar()


def list_blobs(conn: Connection, workspace_id: str, prefix: str, after: str, limit: int) -> list[Artifact]:
    """The first files whose blobs' names begin with ``prefix`` and come after ``after``."""
    c = t.artifacts.c
    # The first parts of the prefix are looked up by the table's key; only the rest is compared name by name.
    known = [column == part for column, part in zip((c.origin, c.container), prefix.split("/")[:-1], strict=False)]
    name = _ordered(conn, c.origin + "/" + c.container + "/" + c.path)
    query = (
        select(t.artifacts)
        .where(c.workspace_id == workspace_id, *known, name > after, name < prefix + _HIGHEST)
        .where(func.substr(c.origin + "/" + c.container + "/" + c.path, 1, len(prefix)) == prefix)
        .order_by(name)
        .limit(limit)
    )
    return [artifact_of(row) for row in conn.execute(query)]


def _named(workspace_id: str, name: str) -> Select[Any]:
    c = t.artifacts.c
    origin, container, path = (*name.split("/", 2), "", "")[:3]
    return select(t.artifacts).where(
        c.workspace_id == workspace_id, c.origin == origin, c.container == container, c.path == path
    )


def _ordered(conn: Connection, name: ColumnElement[Any]) -> ColumnElement[Any]:
    return collate(name, "C") if conn.dialect.name == "postgresql" else name
