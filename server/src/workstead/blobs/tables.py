"""Tables of blobs. Names sort by their bytes on every database, since lists go on from a name."""

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
)

from workstead.foundation.db import metadata

Name = String(1024).with_variant(String(1024, collation="C"), "postgresql")

containers = Table(
    "blob_containers",
    metadata,
    Column[str]("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(63), primary_key=True),
    Column("metadata", JSON, nullable=False),
    Column("etag", String(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
)

blobs = Table(
    "blobs",
    metadata,
    Column[str]("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("container", String(63), primary_key=True),
    Column("name", Name, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("etag", String(32), nullable=False),
    Column("headers", JSON, nullable=False),  # content_type, content_encoding … as they were sent
    Column("metadata", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
)

# A blob's bytes are its pieces one after the other. Those without a position are blocks that wait to be committed.
# Copies share their pieces' keys: bytes go when no piece has their key any more.
pieces = Table(
    "blob_pieces",
    metadata,
    Column("pk", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column[str]("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("container", String(63), nullable=False),
    Column("name", Name, nullable=False),
    Column("position", Integer),
    Column("block_id", String(88), nullable=False),
    Column("key", String(200), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_blob_pieces", "workspace_id", "container", "name"),
    Index("ix_blob_pieces_key", "key"),
)

account_keys = Table(
    "account_keys",
    metadata,
    Column[str]("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(8), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

datastores = Table(
    "datastores",
    metadata,
    Column[str]("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("container", String(63), nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
