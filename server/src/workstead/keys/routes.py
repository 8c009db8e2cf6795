"""Routes of keys: which master key is in use, and its rotation."""

from __future__ import annotations

import asyncio
from typing import Annotated

from litestar import Router, get, post
from litestar.params import Dependency

from workstead.foundation.db import Database
from workstead.foundation.http import MANAGE
from workstead.keys import service
from workstead.keys.rings import Source
from workstead_wire.keys import MasterKey

KeySource = Annotated[Source, Dependency(skip_validation=True)]


@get("/masterkey", opt=MANAGE, tags=["keys"])
async def get_master_key(db: Database, key_source: KeySource) -> MasterKey:
    """Which master key is in use, by its id."""
    ring = await asyncio.to_thread(key_source.read)
    return await db.read(service.describe, ring, key_source.name)


@post("/masterkey/rotate", opt=MANAGE, tags=["keys"], status_code=200)
async def rotate_master_key(db: Database, key_source: KeySource) -> MasterKey:
    """Make a new master key and wrap every data key by it; secrets can be read and written meanwhile."""
    async with db.turns.take("master key", ["master key"]):
        # The new key is kept before anything is wrapped by it, and the old ones until nothing is wrapped by them: a
        # crash anywhere between leaves all that are needed on the ring.
        ring = await asyncio.to_thread(key_source.grow)
        await db.write(service.rewrap_data_keys, ring)
        await asyncio.to_thread(key_source.trim)
    return await db.read(service.describe, ring, key_source.name)


router = Router("", route_handlers=[get_master_key, rotate_master_key])
