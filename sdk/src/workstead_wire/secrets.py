"""Secrets of a workspace's key vault: named, versioned, deleted softly."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Optional, Union

import msgspec

from workstead_wire.base import Tags, Wire

SECRET_MAX = 25_000
"""Most characters in a secret's value, as in Azure."""


class KeyVault(Wire):
    """A workspace's key vault and where clients of Azure Key Vault find it; None where the server has no HTTPS.

    ``url`` is on the server's own name; ``own_url`` is a name of the vault's own, for machines that resolve it.
    """

    name: str
    url: Optional[str]
    own_url: Optional[str]
    kept_days: int
    """For how long a deleted secret can be recovered."""


class Secret(Wire):
    """One version of a secret, without its value.

    ``not_before`` and ``expires`` tell users when it is meant to be used; they do not keep anybody from reading it, as
    in Azure. A secret that is not ``enabled`` cannot be read.
    """

    name: str
    version: str
    content_type: str
    enabled: bool
    not_before: Optional[datetime]
    expires: Optional[datetime]
    tags: Tags
    created_at: datetime
    updated_at: datetime
    created_by: str


class SecretValue(Secret):
    """One version of a secret with its value."""

    value: str


class DeletedSecret(Secret):
    """A deleted secret by its newest version; it can be recovered until ``purge_at``."""

    deleted_at: datetime
    purge_at: datetime


class SecretSet(Wire):
    """Make a new version of a secret, and the secret if there is none."""

    value: str
    content_type: str = ""
    enabled: bool = True
    not_before: Optional[datetime] = None
    expires: Optional[datetime] = None
    tags: Tags = {}


class SecretUpdate(Wire):
    """Change what is given of one version; null takes a date away."""

    content_type: Union[str, msgspec.UnsetType] = msgspec.UNSET
    enabled: Union[bool, msgspec.UnsetType] = msgspec.UNSET
    not_before: Union[datetime, msgspec.UnsetType, None] = msgspec.UNSET
    expires: Union[datetime, msgspec.UnsetType, None] = msgspec.UNSET
    tags: Union[Tags, msgspec.UnsetType] = msgspec.UNSET


class SecretEvent(Wire):
    """What somebody did with a secret. Each reading of a value is one."""

    name: str
    version: str
    action: Literal["set", "update", "read", "delete", "recover", "purge"]
    user: str
    at: datetime
