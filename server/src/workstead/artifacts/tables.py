"""Tables of artifacts."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, String, Table

from workstead.foundation.db import metadata

artifacts = Table(
    "artifacts",
    metadata,
    Column("workspace_id", String(36), ForeignKey("workspaces.id"), primary_key=True),
    Column("origin", String(32), primary_key=True),
    Column("container", String(261), primary_key=True),
    Column("path", String(1024), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content_type", String(128), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("key", String(1600), nullable=False),  # of the bytes in the store; files with the same bytes have the same
    Index("ix_artifacts_key", "key"),
)

contents = Table(
    "snapshot_contents",
    metadata,
    Column("workspace_id", String(36), ForeignKey("workspaces.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("key", String(1600), nullable=False),
    Index("ix_snapshot_contents_key", "key"),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("workspace_id", String(36), ForeignKey("workspaces.id"), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("files", JSON, nullable=False),  # path → {"sha256": …, "size": …}
    Column("created_at", BigInteger, nullable=False),
)
