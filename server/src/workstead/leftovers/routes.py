"""Routes of leftovers."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, post
from litestar.params import Dependency

from workstead.foundation.db import Database
from workstead.foundation.http import MANAGE
from workstead.leftovers import service
from workstead.storage.base import Store
from workstead_wire.leftovers import Leftovers

StoreDep = Annotated[Store, Dependency(skip_validation=True)]


@get("/leftovers", opt=MANAGE, tags=["leftovers"])
async def find_leftovers(db: Database, store: StoreDep) -> Leftovers:
    """What could be deleted, and how much space that is."""
    return await service.sweep(db, store, delete=False)


@post("/leftovers/delete", opt=MANAGE, tags=["leftovers"], status_code=200)
async def delete_leftovers(db: Database, store: StoreDep) -> Leftovers:
    """Delete them, and say what that was; everything else goes on meanwhile."""
    return await service.sweep(db, store, delete=True)


router = Router("", route_handlers=[find_leftovers, delete_leftovers])
