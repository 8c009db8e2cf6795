"""Which files the models of a workspace refer to, for those who clear away what nobody refers to."""

from __future__ import annotations

from sqlalchemy import Connection, exists, or_, select

from workstead.models import tables as t


def has_models_of(conn: Connection, workspace_id: str, container: str) -> bool:
    """Whether a model, registered or only logged, was made from a file of the container."""
    m, logged = t.models.c, t.logged_models.c
    places = (m.source, m.download_uri)
    of_container = or_(m.container == container, *(place.contains(container, autoescape=True) for place in places))
    registered = exists().where(m.workspace_id == workspace_id, of_container)
    by_run = exists().where(logged.workspace_id == workspace_id, logged.location.contains(container, autoescape=True))
    return bool(conn.execute(select(registered | by_run)).scalar())
