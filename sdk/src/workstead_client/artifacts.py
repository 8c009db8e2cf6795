"""Files of runs and models, and snapshots."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Dict, Iterable, List, Optional, Sequence, Union
from urllib.parse import quote

from workstead_client.sending import Pair, at_once, group_files, hash_file, pack, send_surely
from workstead_wire.artifacts import (
    PART_BYTES,
    Artifact,
    BatchFile,
    Container,
    Origin,
    PartAddress,
    Snapshot,
    SnapshotCreate,
    SnapshotFile,
    SnapshotHashes,
    UploadComplete,
    UploadParts,
)
from workstead_wire.base import Page
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead_client.transport import Transport

Source = Union[bytes, BinaryIO, Path]

_LARGE = 1024 * 1024 * 1024
"""Bytes from which a file goes in parts from the first."""


def list_containers(
    http: Transport,
    where: WorkspacePath,
    origin: Origin,
    *,
    cursor: Optional[str] = None,
    limit: Optional[int] = None,
) -> Page[Container]:
    """One page of an origin's containers that hold a file, by name."""
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", _place(where, "artifacts", origin), params=params, type=Page[Container])


def list_artifacts(
    http: Transport,
    where: WorkspacePath,
    origin: Origin,
    container: str,
    *,
    prefix: str = "",
    cursor: Optional[str] = None,
    limit: Optional[int] = None,
) -> Page[Artifact]:
    """One page of a container's files, by path."""
    params = {"prefix": prefix or None, "cursor": cursor, "limit": limit}
    return http.request("GET", _place(where, "artifacts", origin, container), params=params, type=Page[Artifact])


def upload_artifact(
    http: Transport,
    where: WorkspacePath,
    origin: Origin,
    container: str,
    path: str,
    source: Source,
    *,
    overwrite: bool = False,
    sha256: Optional[str] = None,
) -> Artifact:
    """Store a file from bytes, an open stream or a file on disk.

    A large file on disk goes in parts. If it breaks off, calling again sends what is lacking. A smaller one on disk
    goes in one piece, two to three times as fast, and in parts after the connection broke.

    Raises:
        AlreadyExists: the name is taken and ``overwrite`` is off.
    """
    if isinstance(source, Path):
        return _upload_file(http, where, origin, container, path, source, overwrite=overwrite, sha256=sha256)
    address, headers = _place(where, "artifacts", origin, container, path), _upload_headers(path, overwrite, sha256)
    return http.request("PUT", address, body=source, headers=headers, type=Artifact, timeout_s=600.0)


def upload_batch(
    http: Transport, where: WorkspacePath, origin: Origin, container: str, pairs: Iterable[Pair]
) -> List[Artifact]:
    """Store files under paths that must be free, small ones many at a time.

    Args:
        http: the way to the server.
        where: the workspace.
        origin: the container's origin.
        container: the container.
        pairs: each file's path in the container, and where it lies here.

    Returns:
        What is kept, in the order of the pairs.

    Raises:
        AlreadyExists: a path is taken. Of the batch that has it nothing is kept; other batches may have been.
    """
    address = _place(where, "artifacts", origin, container)

    def send(group: Sequence[Pair]) -> List[Artifact]:
        if len(group) == 1:
            return [upload_artifact(http, where, origin, container, *group[0])]
        read = [(path, file.read_bytes()) for path, file in group]
        listed = [
            BatchFile(path=path, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
            for path, content in read
        ]
        body = pack(listed, read)

        def post() -> List[Artifact]:
            return http.request("POST", address, body=body, type=List[Artifact], timeout_s=600.0)

        def find() -> Optional[List[Artifact]]:
            found = [get_artifact(http, where, origin, container, file.path) for file in listed]
            same = [file.sha256 for file in found] == [file.sha256 for file in listed]
            return found if same else None

        return send_surely(post, find)

    pairs = list(pairs)
    kept = {artifact.path: artifact for made in at_once(send, group_files(pairs)) for artifact in made}
    return [kept[path] for path, _ in pairs]


def list_parts(http: Transport, where: WorkspacePath, content: str) -> UploadParts:
    """What of a content, named by its SHA-256, has arrived."""
    return http.request("GET", f"{where.url}/uploads/{content}", type=UploadParts)


def upload_part(http: Transport, where: WorkspacePath, content: str, number: int, part: bytes) -> None:
    """Send one part of a content: ``PART_BYTES`` from ``number * PART_BYTES``, or what is left."""
    headers = {"Workstead-SHA256": hashlib.sha256(part).hexdigest()}
    http.request("PUT", f"{where.url}/uploads/{content}/{number}", body=part, headers=headers, timeout_s=600.0)


def complete_upload(http: Transport, where: WorkspacePath, content: str, asked: UploadComplete) -> Artifact:
    """Make a file of a content whose parts have arrived."""
    return http.request("POST", f"{where.url}/uploads/{content}", body=asked, type=Artifact, timeout_s=3600.0)


def download_artifact(
    http: Transport, where: WorkspacePath, origin: Origin, container: str, path: str, target: Path
) -> int:
    """Write a file's bytes to ``target``, whole or not at all; how many."""
    return http.download(_place(where, "artifacts", origin, container, path), target)


def delete_artifact(http: Transport, where: WorkspacePath, origin: Origin, container: str, path: str) -> None:
    """Delete a file."""
    http.request("DELETE", _place(where, "artifacts", origin, container, path))


def get_artifact(http: Transport, where: WorkspacePath, origin: Origin, container: str, path: str) -> Artifact:
    """What is known of a file, without its bytes."""
    return http.request("GET", _place(where, "artifactinfo", origin, container, path), type=Artifact)


def download_zip(
    http: Transport, where: WorkspacePath, origin: Origin, container: str, target: Path, *, path: str = ""
) -> int:
    """Write a container's files, or those of one folder of it, as one zip archive to ``target``."""
    return http.download(_place(where, "artifactzip", origin, container), target, params={"path": path or None})


def list_missing_contents(http: Transport, where: WorkspacePath, asked: SnapshotHashes) -> SnapshotHashes:
    """Those of the contents asked about that the workspace lacks."""
    return http.request("POST", f"{where.url}/snapshots/missing", body=asked, type=SnapshotHashes, retry_s=20.0)


def upload_content(http: Transport, where: WorkspacePath, sha256: str, source: Source) -> None:
    """Send one content for a snapshot to come."""
    address = f"{where.url}/snapshots/contents/{sha256}"
    if isinstance(source, Path):
        with source.open("rb") as stream:
            http.request("PUT", address, body=stream, timeout_s=600.0)
    else:
        http.request("PUT", address, body=source, timeout_s=600.0)


def upload_contents(http: Transport, where: WorkspacePath, pairs: Iterable[Pair]) -> None:
    """Send contents for a snapshot to come, small ones many at a time; each pair is a SHA-256 and a file."""

    def send(group: Sequence[Pair]) -> None:
        if len(group) == 1:
            upload_content(http, where, *group[0])
            return
        read = [(sha256, file.read_bytes()) for sha256, file in group]
        body = pack([SnapshotFile(sha256=sha256, size=len(content)) for sha256, content in read], read)
        http.request("POST", f"{where.url}/snapshots/contents", body=body, timeout_s=600.0, retry_s=20.0)

    at_once(send, group_files(pairs))


def create_snapshot(http: Transport, where: WorkspacePath, asked: SnapshotCreate) -> Snapshot:
    """Keep a folder's list of contents; the same list gives the same snapshot."""
    return http.request("POST", f"{where.url}/snapshots", body=asked, type=Snapshot, retry_s=20.0)


def get_snapshot(http: Transport, where: WorkspacePath, snapshot_id: str) -> Snapshot:
    """One snapshot."""
    return http.request("GET", f"{where.url}/snapshots/{quote(snapshot_id, safe='')}", type=Snapshot)


def read_snapshot_file(http: Transport, where: WorkspacePath, snapshot_id: str, path: str, target: Path) -> int:
    """Write the bytes of one file of a snapshot to ``target``; how many."""
    return http.download(f"{where.url}/snapshots/{quote(snapshot_id, safe='')}/files/{_quoted(path)}", target)


def download_snapshot(http: Transport, where: WorkspacePath, snapshot_id: str, target: Path) -> int:
    """Write a snapshot's files as one zip archive to ``target``; how many bytes."""
    return http.download(f"{where.url}/snapshots/{quote(snapshot_id, safe='')}/zip", target)


def _upload_file(
    http: Transport,
    where: WorkspacePath,
    origin: Origin,
    container: str,
    path: str,
    source: Path,
    *,
    overwrite: bool,
    sha256: Optional[str],
) -> Artifact:
    address, headers = _place(where, "artifacts", origin, container, path), _upload_headers(path, overwrite, sha256)
    size = source.stat().st_size

    def send() -> Artifact:
        with source.open("rb") as stream:
            return http.request("PUT", address, body=stream, headers=headers, type=Artifact, timeout_s=600.0)

    def send_parts() -> Artifact:
        return _upload_in_parts(http, where, origin, container, path, source, overwrite=overwrite)

    def find() -> Optional[Artifact]:
        found = get_artifact(http, where, origin, container, path)
        return found if found.sha256 == hash_file(source) else None

    several = size > PART_BYTES
    at_first = send_parts if size >= _LARGE or (several and http.direct) else send
    return send_surely(at_first, find, send_parts if several else None)


def _upload_headers(path: str, overwrite: bool, sha256: Optional[str]) -> Dict[str, str]:  # noqa: FBT001
    headers = {"Content-Type": mimetypes.guess_type(path)[0] or "application/octet-stream"}
    if not overwrite:
        headers["If-None-Match"] = "*"
    if sha256:
        headers["Workstead-SHA256"] = sha256
    return headers


def _upload_in_parts(
    http: Transport, where: WorkspacePath, origin: Origin, container: str, path: str, source: Path, *, overwrite: bool
) -> Artifact:
    size, content = source.stat().st_size, hash_file(source)
    there = list_parts(http, where, content)
    count, direct = 0 if there.whole else -(-size // PART_BYTES), http.direct

    def send(number: int) -> None:
        with source.open("rb") as stream:
            stream.seek(number * PART_BYTES)
            part = stream.read(PART_BYTES)
        nonlocal direct
        if direct and _upload_direct(http, where, content, number, part):
            return
        direct = False  # to have tried once in vain is enough
        upload_part(http, where, content, number, part)

    at_once(send, [number for number in range(count) if number not in set(there.parts)])
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    asked = UploadComplete(
        origin=origin, container=container, path=path, size=size, content_type=kind, overwrite=overwrite
    )
    return complete_upload(http, where, content, asked)


def _upload_direct(http: Transport, where: WorkspacePath, content: str, number: int, part: bytes) -> bool:
    """Put a part in the object storage itself; False where that cannot be, or cannot be reached from here."""
    address = http.request("GET", f"{where.url}/uploads/{content}/{number}", type=PartAddress)
    return bool(address.url) and http.put_elsewhere(address.url, address.headers, part)


def _place(where: WorkspacePath, room: str, origin: str, container: str = "", path: str = "") -> str:
    place = f"{where.url}/{room}/{origin}"
    if container:
        place += "/" + quote(container, safe="")
    return f"{place}/{_quoted(path)}" if path else place


def _quoted(path: str) -> str:
    # urllib3 would take '..' out of an address, and the file would land elsewhere; so the server sees and refuses it.
    parts = (part.replace(".", "%2E") if part in (".", "..") else quote(part, safe="") for part in path.split("/"))
    return "/".join(parts)
