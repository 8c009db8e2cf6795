"""Tables of the activity log."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from workstead.foundation.db import metadata

activities = Table(
    "activities",
    metadata,
    Column("pk", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("user", String(128), nullable=False),
    Column("operation", String(64), nullable=False),
    Column("resource", String(1024), nullable=False),  # an id like /subscriptions/…; names outlive what they named
    Column("key", String(1024), nullable=False),  # the same in lower case
    Index("ix_activities_key", "key", "pk"),
    sqlite_autoincrement=True,
)
