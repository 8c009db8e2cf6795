"""Tables of models."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from workstead.foundation.db import metadata

Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself

# Outlives a model's versions, so that a deleted version's number never comes back.
names = Table(
    "model_names",
    metadata,
    Column("workspace_id", String(36), ForeignKey("workspaces.id"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("last_version", Integer, nullable=False),
    Column("description", Text, nullable=False, server_default=text("''")),  # as databases tell it
    Column("created_at", BigInteger, nullable=False, server_default="0"),
    Column("updated_at", BigInteger, nullable=False, server_default="0"),
)


def _of_name(table: str, column: str, *more: Column[Any]) -> Table:
    return Table(
        table,
        metadata,
        Column("workspace_id", String(36), primary_key=True),
        Column("name", String(255), primary_key=True),
        Column(column, String(255), primary_key=True),
        *more,
        ForeignKeyConstraint(
            ["workspace_id", "name"],
            ["model_names.workspace_id", "model_names.name"],
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
    )


name_tags = _of_name("model_name_tags", "key", Column("value", Text, nullable=False))
aliases = _of_name("model_aliases", "alias", Column("version", Integer, nullable=False))

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
    Column("updated_at", BigInteger),  # None: not since it was registered
    Column("stage", String(32), nullable=False, server_default="None"),
    Column("source", Text),  # as its maker gave it, where that is more than origin, container and path
    Column("download_uri", Text),  # where the source leads to
    Column("run_link", Text),
    Column("model_id", String(40)),  # the logged model that it was made from
    UniqueConstraint("workspace_id", "name", "version"),
    Index("ix_models_run", "workspace_id", "run_id"),
    sqlite_autoincrement=True,
)

logged_models = Table(
    "logged_models",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("id", String(40), nullable=False),
    Column("experiment_id", String(36), nullable=False),
    Column("name", String(500), nullable=False),
    Column("location", Text, nullable=False),
    Column("type", String(500), nullable=False),
    Column("status", String(24), nullable=False),
    Column("run_id", String(255)),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    UniqueConstraint("workspace_id", "id"),
    Index("ix_logged_models_experiment", "experiment_id", "created_at"),
)
"""Models as runs make them, before anybody registers one."""

logged_labels = Table(
    "logged_model_labels",
    metadata,
    Column("model_pk", Key, ForeignKey("logged_models.pk", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(8), primary_key=True),  # tag | param
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)

logged_metrics = Table(
    "logged_model_metrics",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("model_pk", Key, ForeignKey("logged_models.pk", ondelete="CASCADE"), nullable=False),
    Column("key", String(500), nullable=False),
    Column("value", Double[float]()),  # None is NaN
    Column("at", BigInteger, nullable=False),  # ms since 1970
    Column("step", BigInteger, nullable=False),
    Column("run_id", String(255), nullable=False),
    Column("dataset_name", String(500)),
    Column("dataset_digest", String(36)),
    Index("ix_logged_model_metrics", "model_pk", "key"),
)
"""What was measured of a logged model, by which run and on which data."""

labels = Table(
    "model_labels",
    metadata,
    Column("model_pk", Key, ForeignKey("models.pk", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(8), primary_key=True),  # tag | property
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)
