"""The mirror of well-known data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from workstead_wire import API
from workstead_wire.base import Page
from workstead_wire.data import Dataset

if TYPE_CHECKING:
    from workstead_client.transport import Transport

FETCH_S = 900.0
"""How long a server may take to fetch a data set; each of its sources has a shorter deadline."""


def list_datasets(http: Transport) -> Page[Dataset]:
    """The data sets that the mirror knows, present or not."""
    return http.request("GET", f"{API}/datasets", type=Page[Dataset])


def get_dataset(http: Transport, name: str) -> Dataset:
    """One data set; while it is fetched, how far that is."""
    return http.request("GET", _path(name), type=Dataset)


def fetch_dataset(http: Transport, name: str) -> Dataset:
    """Have the server bring what is missing of a data set; returns when it is there.

    Raises:
        DatasetNotFound: no source gave it; the sentence says which files to put where.
    """
    return http.request("POST", _path(name) + "/fetch", type=Dataset, timeout_s=FETCH_S)


def import_dataset(http: Transport, name: str, file: str, source: Path) -> Dataset:
    """Send one file of a data set.

    Raises:
        InvalidInput: its contents are not those that are known under this name.
    """
    with source.open("rb") as stream:
        address = f"{_path(name)}/files/{quote(file, safe='')}"
        return http.request("PUT", address, body=stream, type=Dataset, timeout_s=FETCH_S)


def read_mirror(http: Transport, url: str, target: Path) -> int:
    """Write the file that lies at ``url`` on the web to ``target``, from the mirror; how many bytes."""
    return http.download(f"{API}/mirror", target, params={"url": url})


def _path(name: str) -> str:
    return f"{API}/datasets/{quote(name, safe='')}"
