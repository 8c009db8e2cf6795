"""The certificate that this server shows on HTTPS: signed by an authority that was made for this home alone.

Clients trust it by ``tls/ca.pem`` in the home. The authority's key never leaves that folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from workstead.foundation.home import write_private

CERTIFICATE_DAYS = 397
"""Browsers take none that hold for longer."""
RENEW_DAYS = 30
SERVICES = ("vault", "blob")
"""Names below which each resource has a name of its own: ``<key vault>.vault.localhost``."""


class Certificate(msgspec.Struct, frozen=True):
    """Files with a certificate chain and its key."""

    chain: Path
    key: Path


class _Note(msgspec.Struct, frozen=True):
    """What the certificate that lies there is good for, and when it ends."""

    names: tuple[str, ...]
    until: datetime


def ensure_certificate(folder: Path, hosts: Iterable[str]) -> Certificate:
    """The certificate in ``folder``, made anew when there is none for these hosts or it ends soon."""
    folder.mkdir(mode=0o700, exist_ok=True)
    names, file = _names(hosts), folder / "certificate.json"
    if not _is_good(file, names):
        from workstead.foundation.authority import issue  # noqa: PLC0415  # slow to load, and rarely needed

        note = _Note(names, datetime.now(UTC) + timedelta(days=CERTIFICATE_DAYS))
        issue(folder, names, note.until)
        write_private(file, msgspec.json.encode(note).decode() + "\n")
    return Certificate(folder / "server.pem", folder / "server.key")


def _is_good(file: Path, names: tuple[str, ...]) -> bool:
    try:
        note = msgspec.json.decode(file.read_bytes(), type=_Note)
    except (FileNotFoundError, msgspec.MsgspecError):
        return False
    return note.names == names and note.until > datetime.now(UTC) + timedelta(days=RENEW_DAYS)


def _names(hosts: Iterable[str]) -> tuple[str, ...]:
    every = ["localhost", *sorted(hosts)]
    whole = [host for host in every if not host.startswith("*.")]
    below = [f"*.{part}{host}" for host in whole for part in ("", *(f"{service}." for service in SERVICES))]
    return ("127.0.0.1", "::1", *every, *below)
