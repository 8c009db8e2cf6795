"""The master key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workstead_wire import API
from workstead_wire.keys import MasterKey

if TYPE_CHECKING:
    from workstead_client.transport import Transport


def get_master_key(http: Transport) -> MasterKey:
    """Which master key is in use, by its id."""
    return http.request("GET", f"{API}/masterkey", type=MasterKey)


def rotate_master_key(http: Transport) -> MasterKey:
    """Make a new master key and wrap every data key by it."""
    return http.request("POST", f"{API}/masterkey/rotate", type=MasterKey)
