"""The mirror of well-known data sets."""

from __future__ import annotations

from typing import List, Optional

from workstead_wire.base import Wire

MIRRORED_HOSTS = ("yann.lecun.com",)
"""Hosts whose downloads an instance asks of the mirror first."""


class DatasetFile(Wire):
    """A file of a data set: its name, SHA-256 in hexadecimal, bytes, and whether the server has it."""

    name: str
    sha256: str
    size: int
    present: bool
    urls: List[str]


class Dataset(Wire):
    """A well-known data set."""

    name: str
    title: str
    files: List[DatasetFile]
    licence: Optional[str] = None
