"""Tables of webhooks. A delivery is written with the change that it tells of, and gone once taken or given up."""

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
    Text,
)

from workstead.foundation.db import metadata

Key = BigInteger().with_variant(Integer, "sqlite")

webhooks = Table(
    "webhooks",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(63), nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("sealed", LargeBinary),  # the secret; None: what is sent is not signed
    Column("active", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("lease", String(36)),
    Column("lease_until", BigInteger),
    Index("ix_webhooks_workspace", "workspace_id", "pk"),
)

deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("pk", Key, primary_key=True),
    Column("webhook_pk", Key, ForeignKey("webhooks.pk", ondelete="CASCADE"), nullable=False),
    Column("id", String(36), nullable=False),
    Column("event", String(64), nullable=False),
    Column("news", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Index("ix_webhook_deliveries_due", "webhook_pk", "due_at"),
)
