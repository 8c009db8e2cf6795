"""The activity log: who did what to which resource, and when."""

from __future__ import annotations

from datetime import datetime

from workstead_wire.base import Wire


class Activity(Wire):
    """An entry of the activity log.

    ``operation`` is a phrase such as ``Create workspace``; ``resource`` the id of what it was done to, like
    ``/subscriptions/…/resourceGroups/…``, by the name that it had then. An empty ``resource`` is the server itself.
    """

    at: datetime
    user: str
    operation: str
    resource: str
