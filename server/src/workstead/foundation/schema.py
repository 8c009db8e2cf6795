"""The database's schema: a new database is made at once, an older one is migrated (which alone imports Alembic)."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from workstead.foundation.answers import translate
from workstead.foundation.db import metadata
from workstead_wire.errors import Conflict

HEAD = "0020"
"""The newest revision in ``workstead/migrations/versions``."""
MOVING = "workstead_moving"
"""The table that a database has while rows are moved to it."""
_UNKNOWN = (
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = to_regnamespace(current_schema()) AND c.relkind = 'r' "
    "AND c.reltuples < 0 AND pg_relation_size(c.oid) > 0"
)
_SCHEMA_LOCK = 0x576F726B73746564
"""A number of our own among PostgreSQL's advisory locks."""


def ensure_schema(engine: Engine) -> None:
    """Bring the database to ``HEAD``.

    Raises:
        OutOfSpace: the disk is full.
        Conflict: rows are being moved to it.
    """
    try:
        with _alone(engine):
            revision = _make_new(engine)
            if revision not in (None, HEAD):
                from workstead.migrations import upgrade  # noqa: PLC0415 - Alembic costs 0.2 s that few starts need

                upgrade(engine)
            learn(engine)
    except DBAPIError as error:
        raise translate(error) from error


def learn(engine: Engine) -> None:
    """Let PostgreSQL look at tables of which it knows nothing, as after a restored dump, or it plans very badly.

    It would do so by itself within minutes. SQLite plans by the indexes alone.
    """
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        for name in connection.execute(text(_UNKNOWN)).scalars().all():
            connection.execute(text(f'ANALYZE "{name}"'))


@contextmanager
def _alone(engine: Engine) -> Generator[None]:
    """Keep other servers that start on the same PostgreSQL waiting; SQLite has one server only."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _SCHEMA_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _SCHEMA_LOCK})


def find_revision(connection: Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _make_new(engine: Engine) -> str | None:
    """Make the tables of an empty database; the revision that was found, None for the empty one."""
    with engine.begin() as connection:
        revision = find_revision(connection)
        if inspect(connection).has_table(MOVING):
            raise Conflict(f"the database is half filled by `workstead migrate`; let that finish first ({MOVING})")
        if revision is None:
            metadata.create_all(connection)
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    return revision
