"""The server's own requests as telemetry of the workspaces that asked for it."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from workstead.foundation import clock
from workstead.foundation.db import Database
from workstead.insights import service
from workstead.insights.intake import Intake
from workstead.insights.service import KINDS, Item

# As ASGI has them (https://asgi.readthedocs.io/en/latest/specs/www.html).
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

_INSIDE = re.compile(r"/api/v1(/subscriptions/[^/]+/resourceGroups/[^/]+/workspaces/[^/]+)/(?!insights(?:/|$))(.+)")
_REMEMBER_S = 5.0
_REQUEST = KINDS.index("request")
_FAILED = 400


class Watching:
    """An ASGI application around another, which takes the time of requests for watched workspaces.

    Questions about telemetry are left out: whoever looks at it would see himself looking.
    """

    def __init__(self, app: App, db: Database, intake: Intake) -> None:
        self._app = app
        self._db = db
        self._intake = intake
        self._watched: dict[str, str] = {}
        self._until = 0.0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        inside = _INSIDE.fullmatch(scope["path"]) if scope["type"] == "http" else None
        workspace_id = (await self._read_watched()).get(inside[1].lower()) if inside else None
        if workspace_id is None:
            await self._app(scope, receive, send)
            return
        begin, moment = time.perf_counter(), clock.now()
        status, streams = 500, False

        async def look(message: Any) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                streams = (b"content-type", b"text/event-stream") in [
                    (name.lower(), value.partition(b";")[0]) for name, value in message["headers"]
                ]
            await send(message)

        try:
            await self._app(scope, receive, look)
        finally:
            if not streams:  # one that lasts for an hour is not slow
                item = Item(
                    at=moment, kind=_REQUEST, name=f"{scope['method']} {_find_template(scope)}", role="workstead",
                    duration=1000 * (time.perf_counter() - begin), success=status < _FAILED, code=str(status),
                    message=scope["path"],
                )  # fmt: skip
                self._intake.offer(workspace_id, [item])

    async def _read_watched(self) -> dict[str, str]:
        if self._until < time.monotonic():
            self._until = time.monotonic() + _REMEMBER_S
            self._watched = await self._db.read(service.list_watched)
        return self._watched


def _find_template(scope: Any) -> str:
    """The route within the workspace, such as ``runs/{run_id}``: names of operations are few, those of runs are not."""
    return str(scope.get("path_template", "")).partition("/{workspace}/")[2] or "(unknown)"
