"""The database's schema: a new database is made at once, an older one is migrated (which alone imports Alembic)."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from workstead.foundation.answers import translate
from workstead.foundation.db import metadata

HEAD = "0005"
"""The newest revision in ``workstead/migrations/versions``."""


def ensure_schema(engine: Engine) -> None:
    """Bring the database to ``HEAD``.

    Raises:
        OutOfSpace: the disk is full.
    """
    try:
        revision = _make_new(engine)
    except DBAPIError as error:
        raise translate(error) from error
    if revision not in (None, HEAD):
        from workstead.migrations import upgrade  # noqa: PLC0415 - Alembic costs 0.2 s that most starts do not need

        upgrade(engine)


def find_revision(connection: Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _make_new(engine: Engine) -> str | None:
    """Make the tables of an empty database; the revision that was found, None for the empty one."""
    with engine.begin() as connection:
        revision = find_revision(connection)
        if revision is None:
            metadata.create_all(connection)
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    return revision
