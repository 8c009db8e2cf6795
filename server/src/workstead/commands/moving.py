"""The work of ``workstead migrate``."""

from __future__ import annotations

import asyncio
from importlib import import_module

import click
import msgspec
from sqlalchemy.exc import DBAPIError

from workstead.commands.progress import Progress
from workstead.foundation.answers import translate
from workstead.foundation.db import Database
from workstead.foundation.moving import move_rows
from workstead.settings import Settings
from workstead.storage.base import lazy_store
from workstead.storage.moving import move_bytes


def move_database(settings: Settings, url: str) -> str:
    """Move the settings' database to the one at ``url``; its address without password."""
    import_module("workstead.app")  # brings every room's tables
    source, target = Database(settings.database), Database(url)
    try:
        if not source.is_sqlite or target.is_sqlite:
            raise click.UsageError("--to takes a PostgreSQL address, and the present database must be SQLite's")
        with Progress().step("Rows, copied and compared") as step:
            count = move_rows(
                source.engine, target.engine, settings.database, lambda table, done: step.show(f"{table} {done:,}")
            )
            step.remark = f": {count:,}"
        return target.engine.url.set(drivername="postgresql").render_as_string()
    except DBAPIError as error:
        raise translate(error) from error
    finally:
        source.close()
        target.close()


def move_storage(settings: Settings, kind: str, url: str) -> None:
    """Move the settings' bytes to another kind of storage, or another place of the same."""
    there = msgspec.structs.replace(settings, storage=kind, storage_url=url)
    if (kind, url) == (settings.storage, settings.storage_url):
        raise click.UsageError("the bytes are there already: --storage and --storage-url are the present settings")
    moved = 0
    with Progress().step("Blobs, copied and compared") as step:

        def tell(key: str, size: int) -> None:
            nonlocal moved
            moved += size
            step.show(f"{moved / 2**20:,.0f} MiB, {key}")

        count = asyncio.run(move_bytes(lazy_store(settings)(), lazy_store(there)(), tell))
        step.remark = f": {count:,}, {moved / 2**20:,.1f} MiB"
