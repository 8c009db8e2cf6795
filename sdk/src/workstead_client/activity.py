"""The activity log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from workstead_wire import API
from workstead_wire.activity import Activity
from workstead_wire.base import Page

if TYPE_CHECKING:
    from workstead_client.transport import Transport


def list_activities(
    http: Transport, place: str = "", cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[Activity]:
    """One page of what was done at a place and in all that lies in it, newest first.

    ``place`` is a route after ``/api/v1``, such as ``/subscriptions/…/resourceGroups/…``; empty is the whole server.
    """
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", f"{API}{place}/activity", params=params, type=Page[Activity])
