"""Tables of insights: telemetry lies in compressed blocks, and beside them is a row of figures for every minute."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from workstead.foundation.db import metadata

Key = BigInteger().with_variant(Integer, "sqlite")

insights = Table(
    "insights",
    metadata,
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(36), nullable=False, unique=True),
    Column("retention_days", Integer, nullable=False),
    Column("max_bytes", BigInteger, nullable=False),
    Column("watch_server", Boolean, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("watch_runs", Boolean, nullable=False),
    Column("watch_instances", Boolean, nullable=False),
)

# The body comes last: SQLite reads a row from its beginning, and most blocks are passed over by what stands before.
telemetry_blocks = Table(
    "telemetry_blocks",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("item_count", Integer, nullable=False),
    Column("kinds", Integer, nullable=False),  # a bit for each kind that is in it
    Column("bytes", Integer, nullable=False),
    Column("operations", LargeBinary, nullable=False),  # check sums of the operations that are in it
    Column("body", LargeBinary, nullable=False),
    Index("ix_telemetry_blocks", "workspace_id", "pk"),
    Index("ix_telemetry_blocks_last", "workspace_id", "last_at"),
)

telemetry_notes = Table(
    "telemetry_notes",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)
"""What rooms above noted in their own transactions; it waits here to become part of a block."""

telemetry_minutes = Table(
    "telemetry_minutes",
    metadata,
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),  # since 1970
    Column("kinds", LargeBinary, nullable=False),
    Column("operations", LargeBinary, nullable=False),
)
