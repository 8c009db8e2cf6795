"""Tables of evaluation sets: their tags, the experiments that use them, and their records."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from workstead.foundation.db import metadata

Key = BigInteger().with_variant(Integer, "sqlite")

sets = Table(
    "evaluation_sets",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("id", String(36), nullable=False),
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("digest", String(8), nullable=False),
    Column("schema", Text),  # a JSON map; None: it never had a record
    Column("record_count", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("created_by", String(255)),
    Column("updated_by", String(255)),
    UniqueConstraint("workspace_id", "id"),
    Index("ix_evaluation_sets_created", "workspace_id", "created_at"),
)

tags = Table(
    "evaluation_set_tags",
    metadata,
    Column("set_pk", Key, ForeignKey("evaluation_sets.pk", ondelete="CASCADE"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)

links = Table(
    "evaluation_set_experiments",
    metadata,
    Column("set_pk", Key, ForeignKey("evaluation_sets.pk", ondelete="CASCADE"), primary_key=True),
    Column("experiment_id", String(36), ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_evaluation_set_experiments", "experiment_id"),
)

records = Table(
    "evaluation_records",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("set_pk", Key, ForeignKey("evaluation_sets.pk", ondelete="CASCADE"), nullable=False),
    Column("id", String(36), nullable=False),
    Column("hash", String(64), nullable=False),  # of its inputs: a record with the same ones is the same
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("created_by", String(255)),
    Column("updated_by", String(255)),
    Column("inputs", Text, nullable=False),  # JSON, as all that follow
    Column("outputs", Text),
    Column("expectations", Text),
    Column("tags", Text),
    Column("source", Text),
    UniqueConstraint("set_pk", "hash"),
    UniqueConstraint("set_pk", "id"),
    Index("ix_evaluation_records_set", "set_pk", "pk"),
)
