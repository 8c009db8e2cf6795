"""The storage account: containers of blobs, keys, shared access signatures, datastores."""

from __future__ import annotations

from datetime import datetime
from typing import List, Optional

from workstead_wire.base import Wire


class AccountKey(Wire):
    """One of the account's two keys, but not the key itself. ``created_at`` is None until somebody needed it."""

    name: str
    created_at: Optional[datetime]


class AccountKeyValue(AccountKey):
    """A key: ``value`` in base64, as Azure's clients take it."""

    value: str


class StorageAccount(Wire):
    """A workspace's storage account: where Azure's clients find its blobs. ``https_url`` is empty without HTTPS."""

    name: str
    url: str
    https_url: str
    keys: List[AccountKey]


class BlobContainer(Wire):
    """A container of blobs."""

    name: str
    modified_at: Optional[datetime]


class BlobInfo(Wire):
    """A blob, or a folder of blobs if ``is_folder``; then it has a name alone. ``size`` in bytes."""

    name: str
    is_folder: bool = False
    size: int = 0
    content_type: str = ""
    modified_at: Optional[datetime] = None


class SasCreate(Wire):
    """Ask for a shared access signature: for one blob, one container, or with neither the whole account.

    ``permissions`` are Azure's letters, such as ``r`` to read and ``l`` to list; ``ip`` is an address or a range.
    """

    expires: datetime
    permissions: str = "r"
    container: Optional[str] = None
    blob: Optional[str] = None
    starts: Optional[datetime] = None
    ip: Optional[str] = None
    https_only: bool = False
    key: str = "key1"


class Sas(Wire):
    """A shared access signature: ``token`` is the query, ``url`` an address with it. It is told this once."""

    token: str
    url: str
    expires: datetime


class Datastore(Wire):
    """A name for a container of the storage account."""

    name: str
    account: str
    container: str
    is_default: bool


class DatastoreCreate(Wire):
    """Give ``container`` a name."""

    container: str
