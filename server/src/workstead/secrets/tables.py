"""Tables of secrets. Values lie in them sealed by the workspace's data key, never otherwise."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from workstead.foundation.db import metadata

Key = BigInteger().with_variant(Integer, "sqlite")

secrets = Table(
    "secrets",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(127), nullable=False),
    Column("key", String(127), nullable=False),  # the name in lower case
    Column("newest", Integer, nullable=False),  # the number of its newest version
    Column("deleted_at", BigInteger),
    Column("purge_at", BigInteger),
    UniqueConstraint("workspace_id", "key"),
)

secret_versions = Table(
    "secret_versions",
    metadata,
    Column("pk", Key, primary_key=True),
    Column[int]("secret_pk", ForeignKey("secrets.pk", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("version", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("content_type", String(255), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("not_before", BigInteger),
    Column("expires", BigInteger),
    Column("tags", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("created_by", String(128), nullable=False),
    UniqueConstraint("secret_pk", "number"),
    UniqueConstraint("secret_pk", "version"),
)

# By name, not by key: what was done with a secret outlives it.
secret_events = Table(
    "secret_events",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(127), nullable=False),
    Column("version", String(32), nullable=False),
    Column("action", String(16), nullable=False),
    Column("user", String(128), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_secret_events", "workspace_id", "pk"),
)
