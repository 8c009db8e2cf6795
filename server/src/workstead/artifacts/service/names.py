"""What a container, a path and a hash may look like."""

from __future__ import annotations

import re

from workstead.foundation import ids
from workstead_wire.errors import InvalidInput

MAX_PATH = 1024
"""Characters in a path."""

_MAX_SEGMENT = 255
_CONTAINER = re.compile(r"[A-Za-z0-9_][\w.-]{0,259}", re.ASCII)
_CONTAINER_RULE = "1 to 260 letters, digits, '_', '-' or '.', not beginning with '-' or '.'"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check_container(name: str) -> str:
    """``name`` if it may be a container (``dcid.<run id>`` or a model's upload)."""
    return ids.check_name("a container of files", name, _CONTAINER, _CONTAINER_RULE)


def check_path(path: str) -> str:
    """``path`` if it may name a file: relative, without segments that lead elsewhere.

    Raises:
        InvalidInput: it may not; the sentence says why.
    """
    if (reason := _fault(path)) is not None:
        shown = path if len(path) <= 80 else path[:77] + "…"  # noqa: PLR2004
        raise InvalidInput(f"{shown!r} is no path for a file: {reason}")
    return path


def check_sha256(text: str) -> str:
    """``text`` if it is a SHA-256 in lower-case hexadecimal."""
    if _SHA256.fullmatch(text):
        return text
    raise InvalidInput(f"{text[:80]!r} is no SHA-256: it has 64 digits 0-9 and a-f, in lower case")


def _fault(path: str) -> str | None:
    if not path or len(path) > MAX_PATH:
        return f"it has {len(path)} characters, but must have 1 to {MAX_PATH}"
    if "\\" in path:
        return "it has a backslash; folders are separated by '/'"
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 or 0xD800 <= ord(letter) < 0xE000 for letter in path):  # noqa: PLR2004
        return "it has a control character"
    for segment in path.split("/"):
        if segment in {"", ".", ".."}:
            return "no part between two '/' may be empty, '.' or '..', and it may not begin or end with '/'"
        if len(segment.encode()) > _MAX_SEGMENT:
            return f"a part of it is longer than {_MAX_SEGMENT} bytes"
    return None
