"""The mirror of well-known data sets."""

from __future__ import annotations

from datetime import datetime
from typing import List, Optional

from workstead_wire.base import Wire
from workstead_wire.mirrored import MIRRORED_HOSTS

__all__ = ["MIRRORED_HOSTS", "Dataset", "DatasetFetch", "DatasetFile"]


class DatasetFile(Wire):
    """A file of a data set, and whether the server has it.

    ``sha256`` (hexadecimal) and ``size`` (bytes) are those of the origin's file. ``content_*`` are of the bytes
    packed inside it, and are what is checked: mirrors pack the same bytes in their own way.
    """

    name: str
    sha256: str
    size: int
    present: bool
    urls: List[str]
    content_sha256: str = ""
    content_size: int = 0


class DatasetFetch(Wire):
    """The last fetch of a data set, or the one that goes on. ``failures`` has a sentence for each source tried."""

    running: bool
    started_at: datetime
    source: str = ""
    file: str = ""
    received: int = 0
    size: int = 0
    failures: List[str] = []


class Dataset(Wire):
    """A well-known data set."""

    name: str
    title: str
    files: List[DatasetFile]
    licence: Optional[str] = None
    fetch: Optional[DatasetFetch] = None
