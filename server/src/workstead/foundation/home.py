"""The home folder: made with tight modes, held by one server at a time, and where clients read the address."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

import msgspec

from workstead_wire.errors import Conflict


class Address(msgspec.Struct):
    """What ``server.json`` in the home says of the server that runs."""

    url: str
    pid: int
    https: str = ""
    """The address for clients that insist on TLS; empty when there is none."""


class Home:
    """A home that this process holds until ``release``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise Conflict(
                f"another server runs on the home {str(folder)!r}{_where(folder)}; stop it first, "
                "or set WORKSTEAD_HOME to another folder"
            ) from error

    def token(self) -> str:
        """The owner's token; made at first start, mode 600."""
        file = self.folder / "token"
        with contextlib.suppress(FileNotFoundError):
            if secret := file.read_text().strip():
                file.chmod(0o600)
                return secret
        secret = "wst_" + secrets.token_urlsafe(32)
        write_private(file, secret + "\n")
        return secret

    def announce(self, url: str, https: str = "") -> None:
        """Say at which addresses this server answers."""
        text = msgspec.json.encode(Address(url=url, pid=os.getpid(), https=https)).decode()
        write_private(self.folder / "server.json", text + "\n")

    def release(self) -> None:
        """Let the next server have the home."""
        (self.folder / "server.json").unlink(missing_ok=True)
        os.close(self._lock)


def read_address(folder: Path) -> Address | None:
    """The address of the server on a home; None when none was announced."""
    try:
        return msgspec.json.decode((folder / "server.json").read_bytes(), type=Address)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def find_own_https(folder: Path) -> str | None:
    """The HTTPS address that this process has announced; None where there is none."""
    address = read_address(folder)
    return address.https or None if address is not None and address.pid == os.getpid() else None


def find_own_url(folder: Path) -> str | None:
    """The address that this process has announced; None before it has."""
    address = read_address(folder)
    return address.url if address is not None and address.pid == os.getpid() else None


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)


def _where(folder: Path) -> str:
    address = read_address(folder)
    return f" (at {address.url}, process {address.pid})" if address else ""
