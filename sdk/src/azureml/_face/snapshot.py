"""Reads a folder for a snapshot: what belongs to it, the limits, and each file's hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple

from azureml._face.ignore import FILES, Rules, ignored, read_rules
from azureml.exceptions import SnapshotException, UserErrorException
from workstead_wire.artifacts import SnapshotFile

ALWAYS_OUT = frozenset((".git", ".azureml", ".ipynb_checkpoints", "__pycache__", "azureml-logs"))
"""Folders that are never part of a snapshot; neither is a virtual environment (a folder with ``pyvenv.cfg``)."""

MAX_BYTES = 300 * 1024 * 1024
MAX_FILES = 2000
_STOP_AT = 50_000  # files after which counting further tells nobody anything
_CULPRITS = 5


class Found(NamedTuple):
    """A file of the folder: its path in the snapshot, where it lies, and its bytes."""

    name: str
    path: Path
    size: int


def read_folder(folder: Path) -> List[Found]:
    """The folder's files without what its ignore files leave out, checked against the limits.

    Raises:
        UserErrorException: there is no such folder.
        SnapshotException: more than ``WORKSTEAD_SNAPSHOT_MAX_BYTES`` (300 MB) or ``WORKSTEAD_SNAPSHOT_MAX_FILES``
            (2,000); the message names the largest culprits.
    """
    if not folder.is_dir():
        raise UserErrorException(f"there is no folder {str(folder)!r} to take a snapshot of")
    found: List[Found] = []
    for file in _walk(folder):
        found.append(file)
        if len(found) >= _STOP_AT:
            break
    _check(folder, found)
    return found


def hash_files(found: List[Found]) -> Dict[str, SnapshotFile]:
    """What a snapshot of these files is made of."""
    return {file.name: SnapshotFile(sha256=hash_file(file.path), size=file.size) for file in found}


def hash_file(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _walk(root: Path) -> Iterator[Found]:
    stack: list[tuple[str, List[Rules]]] = [("", [])]
    while stack:
        base, chain = stack.pop()
        own = read_rules(root / base, base)
        chain = [*chain, own] if own else chain
        with os.scandir(root / base) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                name = base + entry.name
                # A link to a folder is left out: it may lead outside, or in a circle.
                if entry.is_dir(follow_symlinks=False):
                    if _enters(entry, chain, name):
                        stack.append((name + "/", chain))
                elif entry.is_file() and not ignored(chain, name, folder=False):
                    yield Found(name, Path(entry.path), entry.stat().st_size)


def _enters(entry: os.DirEntry[str], chain: List[Rules], name: str) -> bool:
    if entry.name in ALWAYS_OUT or Path(entry.path, "pyvenv.cfg").exists():
        return False
    return not ignored(chain, name, folder=True)


def _check(folder: Path, found: List[Found]) -> None:
    size = sum(file.size for file in found)
    max_bytes = _limit("WORKSTEAD_SNAPSHOT_MAX_BYTES", MAX_BYTES)
    max_files = _limit("WORKSTEAD_SNAPSHOT_MAX_FILES", MAX_FILES)
    if size > max_bytes:
        what = f"holds {_megabytes(size)}, more than the {_megabytes(max_bytes)} that a snapshot may have"
        culprits = _largest(found, by_count=False)
    elif len(found) > max_files:
        more = "or more " if len(found) >= _STOP_AT else ""
        what = f"holds {len(found):,} {more}files, more than the {max_files:,} that a snapshot may have"
        culprits = _largest(found, by_count=True)
    else:
        return
    raise SnapshotException(
        f"{str(folder.resolve())!r} {what}; the largest are {', '.join(culprits)}. Name what is not source in "
        f"{FILES[0]} there, give start_logging another snapshot_directory (None keeps nothing), or raise the limit "
        "with WORKSTEAD_SNAPSHOT_MAX_BYTES or WORKSTEAD_SNAPSHOT_MAX_FILES"
    )


def _limit(variable: str, default: int) -> int:
    raw = os.environ.get(variable)
    if not raw:
        return default
    try:
        return int(raw)
    except ValueError:
        raise UserErrorException(f"{variable} is {raw!r}, but must be a whole number") from None


def _largest(found: List[Found], *, by_count: bool) -> List[str]:
    """The heaviest first steps below the folder: files lying there, and folders as a whole."""
    weights: Dict[str, int] = {}
    for file in found:
        head, slash, _ = file.name.partition("/")
        weights[head + slash] = weights.get(head + slash, 0) + (1 if by_count else file.size)
    heaviest = sorted(weights.items(), key=lambda item: -item[1])[:_CULPRITS]
    return [f"{name} ({weight:,} files)" if by_count else f"{name} ({_megabytes(weight)})" for name, weight in heaviest]


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):,.1f} MB"
