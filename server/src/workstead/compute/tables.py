"""Tables of compute."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from workstead.foundation.db import metadata

instances = Table(
    "instances",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("workspace_id", String(36), ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("realm", String(128), nullable=False),  # subscription and location, within which names are unique
    Column("name", String(24), nullable=False),
    Column("key", String(24), nullable=False),  # the name in lower case: names differ by more than case
    Column("label", String(40), nullable=False, unique=True),  # first part of its host name
    Column("size", String(64), nullable=False),
    Column("description", String, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("role", String(16), nullable=False),  # its creator's when it was created
    Column("wanted", String(16), nullable=False),  # Running, Stopped or Deleted
    Column("state", String(16), nullable=False),  # as told on the wire; what was seen, or what is under way
    Column("steps", JSON, nullable=False),
    Column("kernel", String(128)),
    Column("reason", String),
    Column("note", String),
    Column("tokens", JSON, nullable=False),  # ids of its own tokens that may still hold
    Column("renew_at", BigInteger, nullable=False),  # when its token must be replaced
    Column("deaths", Integer, nullable=False),  # how often its Jupyter ended by itself of late
    Column("died_at", BigInteger, nullable=False),
    Column("keep_files", Boolean, nullable=False),
    Column("lease", String(36)),
    Column("lease_until", BigInteger, nullable=False),
    Column("enforced_by", String(16)),
    Column("applications", JSON),  # what the host found: see hosts.base.Program
    Column("idle_minutes", Integer),
    Column("active_at", BigInteger),  # when something was last seen to happen in it
    Column("schedule", JSON),
    Column("due_at", BigInteger, index=True),  # when its schedule changes it next
    Column("due", String(8)),  # "start" or "stop"
    UniqueConstraint("realm", "key"),
)

environments = Table(
    "instance_environments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("instance_id", String(36), ForeignKey("instances.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(32), nullable=False),
    Column("python", String(8), nullable=False),
    Column("requirements", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("steps", JSON, nullable=False),
    Column("reason", String),
    Column("note", String),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("lease", String(36)),
    Column("lease_until", BigInteger, nullable=False),
    UniqueConstraint("instance_id", "name"),
)
