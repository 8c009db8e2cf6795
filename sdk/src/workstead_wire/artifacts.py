"""Files of runs and models, and snapshots of source folders."""

from __future__ import annotations

from datetime import datetime
from typing import Dict, List, Literal, Optional

from workstead_wire.base import Wire

Origin = Literal["ExperimentRun", "LocalUpload"]

BATCH_FILES = 500
"""Files that one batch may have."""
BATCH_BYTES = 4 * 1024 * 1024
"""Bytes that one file of a batch may have; larger ones are sent by themselves."""


PART_BYTES = 16 * 1024 * 1024
"""Bytes of each part of an upload, but for the last one."""


class Artifact(Wire):
    """A file: blob ``<origin>/<container>/<path>`` in container ``azureml`` of the workspace's storage account."""

    origin: Origin
    container: str
    path: str
    size: int
    sha256: str
    content_type: str
    created_at: datetime

    @property
    def blob(self) -> str:
        """Where the bytes lie inside container ``azureml``."""
        return f"{self.origin}/{self.container}/{self.path}"


class Container(Wire):
    """A folder of an origin: the files of one run or of one upload. ``size`` in bytes, of all its files together."""

    name: str
    files: int
    size: int
    modified_at: datetime


class SnapshotFile(Wire):
    """One file of a snapshot; ``sha256`` in lower-case hexadecimal, ``size`` in bytes."""

    sha256: str
    size: int


class BatchFile(Wire):
    """One file of a batch. A batch is the JSON list of its files, a line end, and then their bytes in that order."""

    path: str
    sha256: str
    size: int


class SnapshotCreate(Wire):
    """A folder's whole contents by hash. Contents must have been sent before (see ``SnapshotMissing``)."""

    files: Dict[str, SnapshotFile]


class Snapshot(Wire):
    """A folder as it was; the same contents have the same id."""

    id: str
    created_at: datetime
    files: Dict[str, SnapshotFile]


class SnapshotHashes(Wire):
    """Ask which of these contents the workspace lacks; the answer has the same form."""

    sha256: List[str]


class UploadOptions(Wire):
    """How an upload treats a name that is taken."""

    overwrite: bool = False
    sha256: Optional[str] = None


class UploadParts(Wire):
    """What of a content has arrived: the numbers of its parts, from 0; ``whole`` if the workspace has it already."""

    parts: List[int]
    whole: bool = False


class PartAddress(Wire):
    """Where a part may be PUT with these headers, for ten minutes; ``url`` is empty where only the server takes it."""

    url: str = ""
    headers: Dict[str, str] = {}


class UploadComplete(Wire):
    """Make a file of a content whose parts have arrived; ``size`` in bytes."""

    origin: Origin
    container: str
    path: str
    size: int
    content_type: str = ""
    overwrite: bool = False
