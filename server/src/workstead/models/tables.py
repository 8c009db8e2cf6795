"""Tables of models."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from workstead.foundation.db import metadata

Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself

# Outlives a model's versions, so that a deleted version's number never comes back.
names = Table(
    "model_names",
    metadata,
    Column("workspace_id", String(36), ForeignKey("workspaces.id"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("last_version", Integer, nullable=False),
)

models = Table(
    "models",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("version", Integer, nullable=False),
    Column("origin", String(32), nullable=False),
    Column("container", String(261), nullable=False),
    Column("path", String(1024), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("description", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("run_id", String(255)),
    Column("experiment", String(255)),
    Column("framework", String(128), nullable=False),
    Column("framework_version", String(64)),
    Column("archived_at", BigInteger),
    UniqueConstraint("workspace_id", "name", "version"),
    Index("ix_models_run", "workspace_id", "run_id"),
    sqlite_autoincrement=True,
)

labels = Table(
    "model_labels",
    metadata,
    Column("model_pk", Key, ForeignKey("models.pk", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(8), primary_key=True),  # tag | property
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)
