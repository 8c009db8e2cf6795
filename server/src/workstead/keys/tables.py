"""Tables of keys."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table

from workstead.foundation.db import metadata

data_keys = Table(
    "data_keys",
    metadata,
    Column("owner", String(64), primary_key=True),  # what its holder is called: a workspace's GUID, say
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
