"""The master key, as far as anybody may see it."""

from __future__ import annotations

from workstead_wire.base import Wire


class MasterKey(Wire):
    """The master key in use. ``source`` is ``file``, ``environment`` or ``keyring``."""

    id: str
    source: str
    data_keys: int
    """How many data keys it wraps."""
