"""Tables of workspaces."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, String, Table, UniqueConstraint

from workstead.foundation.db import metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

resource_groups = Table(
    "resource_groups",
    metadata,
    Column("id", String(36), primary_key=True),
    Column[str]("subscription_id", ForeignKey("subscriptions.id"), nullable=False),
    Column("name", String(90), nullable=False),
    Column("key", String(90), nullable=False),  # the name in lower case: names differ by more than case
    Column("location", String(64), nullable=False),
    Column("tags", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),  # from then on only its removal sees it, and its key is free
    UniqueConstraint("subscription_id", "key"),
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String(36), primary_key=True),
    Column[str]("group_id", ForeignKey("resource_groups.id"), nullable=False),
    Column("name", String(33), nullable=False),
    Column("key", String(33), nullable=False),
    Column("location", String(64), nullable=False),
    Column("friendly_name", String(256), nullable=False),
    Column("description", String, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("deleted_at", BigInteger),
    Column("lease", String(36)),
    Column("lease_until", BigInteger),
    UniqueConstraint("group_id", "key"),
)

resources = Table(
    "resources",
    metadata,
    Column("id", String(36), primary_key=True),
    Column[str]("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("type", String(32), nullable=False),
    Column("name", String(64), nullable=False),
    Column("location", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
