"""The master key: where it is kept, outside the database, and how it wraps data keys (AES-256-GCM, NIST SP 800-38D).

A ring holds the present master key and older ones that may still be needed. As text it is one key a line, the present
one first, each 32 bytes in URL-safe base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from workstead.foundation.home import write_private
from workstead_wire.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from workstead.settings import Settings

KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 8
_VARIABLE = "WORKSTEAD_MASTER_KEY"
_KEYRING_SERVICE = "workstead"


class Ring(msgspec.Struct, frozen=True):
    """Master keys, the present one first. Its ``repr`` tells their ids, never the keys."""

    keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"Ring({', '.join(key_id(key) for key in self.keys)})"

    def wrap(self, data_key: bytes, owner: str) -> bytes:
        """``data_key`` sealed by the present master key, for this owner alone."""
        present = self.keys[0]
        return _id(present) + seal(present, data_key, owner)

    def unwrap(self, wrapped: bytes, owner: str) -> bytes:
        """The data key that ``wrap`` was given.

        Raises:
            Unavailable: the ring has not the master key that wrapped it.
        """
        for key in self.keys:
            if _id(key) == wrapped[:_ID_BYTES]:
                return unseal(key, wrapped[_ID_BYTES:], owner)
        raise Unavailable(
            f"the master key {wrapped[:_ID_BYTES].hex()} that this was sealed with is not here; "
            "put it back (docs: Master key) and try again"
        )

    def wraps_now(self, wrapped: bytes) -> bool:
        """Whether the present master key wrapped it."""
        return wrapped[:_ID_BYTES] == _id(self.keys[0])


class Source(Protocol):
    """Where the ring is kept."""

    name: str

    def read(self) -> Ring:
        """The ring as it is now; made when there is none and the source can keep one."""
        ...

    def grow(self) -> Ring:
        """Put a new present key on the ring, beside all that are there.

        Raises:
            Conflict: this source cannot be written; the sentence says how to rotate it.
        """
        ...

    def trim(self) -> None:
        """Take away what wraps nothing any more: all keys but the present one and the one before."""
        ...


def open_source(settings: Settings) -> Source:
    """The source that the settings name.

    Raises:
        Conflict: there is none of that name.
    """
    if settings.master_key_source == "file":
        return _File(settings.home / "master.key")
    if settings.master_key_source == "environment":
        os.environ.pop(_VARIABLE, None)  # what this server starts must not inherit it
        return _Environment(settings.master_key)
    if settings.master_key_source == "keyring":
        return _Keyring(str(settings.home))
    raise Conflict(
        f"WORKSTEAD_MASTER_KEY_SOURCE is {settings.master_key_source!r}; it may be file, environment or keyring"
    )


class _Kept:
    """A source that holds a text: what is common to those that the server itself can write."""

    name = ""

    def read(self) -> Ring:
        text = self._load()
        return _parse(text, f"the {self.name} of the master key") if text else self._write((new_key(),))

    def grow(self) -> Ring:
        return self._write((new_key(), *self.read().keys))

    def trim(self) -> None:
        self._write(self.read().keys[:2])

    def _write(self, keys: tuple[bytes, ...]) -> Ring:
        self._store("".join(base64.urlsafe_b64encode(key).decode() + "\n" for key in keys))
        return Ring(keys)

    def _load(self) -> str | None:
        raise NotImplementedError

    def _store(self, text: str) -> None:
        raise NotImplementedError


class _File(_Kept):
    """A file with mode 600 in the home, which one server holds at a time."""

    name = "file"

    def __init__(self, file: Path) -> None:
        self._file = file

    def _load(self) -> str | None:
        return self._file.read_text() if self._file.exists() else None

    def _store(self, text: str) -> None:
        write_private(self._file, text)


class _Keyring(_Kept):
    """The keyring of the system, through the library ``keyring`` (``pip install workstead[keyring]``)."""

    name = "keyring"

    def __init__(self, home: str) -> None:
        self._user = f"master key of {home}"

    def _load(self) -> str | None:
        import keyring  # noqa: PLC0415  # an extra

        return keyring.get_password(_KEYRING_SERVICE, self._user)

    def _store(self, text: str) -> None:
        import keyring  # noqa: PLC0415

        keyring.set_password(_KEYRING_SERVICE, self._user, text)


class _Environment:
    """The variable ``WORKSTEAD_MASTER_KEY``: keys with commas between, the present one first."""

    name = "environment"

    def __init__(self, value: str) -> None:
        self._ring = _parse(value.replace(",", "\n"), _VARIABLE)

    def read(self) -> Ring:
        return self._ring

    def grow(self) -> Ring:
        if len(self._ring.keys) > 1:
            return self._ring  # the operator has put the new one there
        raise Conflict(
            f"the master key comes from {_VARIABLE}, which the server cannot change: put a new key and a comma before "
            "the present one, restart, rotate, and take the old one away"
        )

    def trim(self) -> None:
        """The operator's to do."""


def new_key() -> bytes:
    """A key, for data or to be the master."""
    return secrets.token_bytes(KEY_BYTES)


def key_id(key: bytes) -> str:
    """A key's name in lists; the key cannot be found from it."""
    return _id(key).hex()


def seal(key: bytes, plain: bytes, about: str) -> bytes:
    """``plain`` encrypted, together with a nonce of its own. ``about`` is what it belongs to: it opens only there."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # 30 ms that most starts can spare

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def unseal(key: bytes, sealed: bytes, about: str) -> bytes:
    """What ``seal`` was given.

    Raises:
        Unavailable: it was changed, or belongs to something else.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
    except InvalidTag as error:
        raise Unavailable(f"what is stored for {about!r} was changed by somebody, and cannot be opened") from error


def _id(key: bytes) -> bytes:
    return hashlib.sha256(b"workstead master key " + key).digest()[:_ID_BYTES]


def _parse(text: str, place: str) -> Ring:
    try:
        keys = tuple(base64.urlsafe_b64decode(line) for line in text.split())
    except (binascii.Error, ValueError) as error:
        raise _no_ring(place) from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise _no_ring(place)
    return Ring(keys)


def _no_ring(place: str) -> Conflict:
    # Never the value itself: it may be a key with one letter wrong.
    return Conflict(f"{place} holds no master key: it takes {KEY_BYTES} bytes in URL-safe base64, one key a line")
