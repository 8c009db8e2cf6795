"""Tables of access."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table

from workstead.foundation.db import metadata

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256 of the secret, hexadecimal
    Column("user", String(128), nullable=False),
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("scope", String(512)),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("until", BigInteger),  # nothing made with the token holds longer
)

device_codes = Table(
    "device_codes",
    metadata,
    Column("hash", String(64), primary_key=True),  # of the device code
    Column("user_code", String(16), nullable=False, unique=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("approved_by", String(128)),
    Column("role", String(16)),
    Column("scope", String(512)),
    Column("until", BigInteger),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("hash", String(64), primary_key=True),  # of the code in the address
    Column("user", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("scope", String(512)),
    Column("next", String(1024), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("until", BigInteger),
)

wrong_codes = Table(
    "wrong_codes",
    metadata,
    Column("user", String(128), primary_key=True),
    Column("since", BigInteger, nullable=False),  # when the first of them was typed
    Column("misses", BigInteger, nullable=False),
)
