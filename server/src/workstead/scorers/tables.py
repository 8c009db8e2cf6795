"""Tables of scorers and their versions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from workstead.foundation.db import metadata

Key = BigInteger().with_variant(Integer, "sqlite")

scorers = Table(
    "scorers",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("experiment_id", String(36), ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("last_version", Integer, nullable=False),  # a deleted version's number does not come back
    UniqueConstraint("experiment_id", "name"),
)

versions = Table(
    "scorer_versions",
    metadata,
    Column("scorer_pk", Key, ForeignKey("scorers.pk", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("content", Text, nullable=False),  # as its maker wrote it down
)
