"""What takes space and is of no use to anybody any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workstead_wire import API
from workstead_wire.leftovers import Leftovers

if TYPE_CHECKING:
    from workstead_client.transport import Transport

LOOKING_S = 3600.0
"""How long a server may take: it looks at every blob it has."""


def find_leftovers(http: Transport) -> Leftovers:
    """What could be deleted, and how much space that is."""
    return http.request("GET", f"{API}/leftovers", type=Leftovers, timeout_s=LOOKING_S)


def delete_leftovers(http: Transport) -> Leftovers:
    """Delete them, and say what that was."""
    return http.request("POST", f"{API}/leftovers/delete", type=Leftovers, timeout_s=LOOKING_S)
