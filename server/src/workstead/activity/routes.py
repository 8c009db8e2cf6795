"""Routes of the activity log, and how other rooms' routes come to be in it.

A route that names its operation (``opt=WRITE | operation("Create workspace")``) gets a database whose every write
leaves an entry too, in the same transaction: what was not done is not logged, and what was done is.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Router, get
from sqlalchemy import Connection

from workstead.access.guard import resource_of
from workstead.access.service import Principal
from workstead.activity import service
from workstead.foundation.db import Database
from workstead.foundation.http import READ, Cursor, Limit
from workstead_wire.activity import Activity
from workstead_wire.base import Page

_GROUP = "/subscriptions/{subscription:str}/resourceGroups/{group:str}"


def log_writes(request: Request[Principal, None, Any], db: Database) -> Database:
    """The database for one request: where its route names an operation, each write is logged."""
    opt, params = request.route_handler.opt, request.path_params
    if "operation" not in opt:
        return db
    below = "/" + opt["inside"].format(**params) if opt["inside"] else ""
    user, resource = request.user.user, resource_of(params) + below

    def log(conn: Connection) -> None:
        service.log_activity(conn, user, opt["operation"], resource)

    return db.also(log)


@get(
    [
        "/activity",
        "/subscriptions/{subscription:str}/activity",
        _GROUP + "/activity",
        _GROUP + "/workspaces/{workspace:str}/activity",
    ],
    opt=READ,
    tags=["activity"],
)
async def list_activities(
    db: Database,
    subscription: str | None = None,
    group: str | None = None,
    workspace: str | None = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[Activity]:
    """Who did what here and in all that lies in here, newest first; also of what has been deleted since."""
    names = {"subscription": subscription, "group": group, "workspace": workspace}
    place = resource_of({name: text for name, text in names.items() if text is not None})
    return await db.read(service.list_activities, place, cursor, limit)


router = Router("", route_handlers=[list_activities])
