"""Leftovers: what takes space and is of no use to anybody any more."""

from __future__ import annotations

from workstead_wire.base import Wire


class Leftovers(Wire):
    """What was found, or deleted if ``deleted``; sizes in bytes. Files, contents and blobs are counted once.

    ``files`` are those of deleted runs which no model was made from; ``snapshots`` those that no run has, and
    ``contents`` what only they held; ``blobs`` are bytes that no file and no content is known for.
    """

    deleted: bool
    files: int = 0
    file_bytes: int = 0
    snapshots: int = 0
    contents: int = 0
    content_bytes: int = 0
    blobs: int = 0
    blob_bytes: int = 0
