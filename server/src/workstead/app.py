"""The composition root: settings → database → adapters → services → routes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from litestar import Litestar, Router
from litestar.di import Provide

from workstead.access import routes as access
from workstead.access.guard import Doorman
from workstead.access.service import ensure_owner_token
from workstead.foundation.apidoc import api_docs, read_openapi
from workstead.foundation.db import Database
from workstead.foundation.http import answer_error
from workstead.foundation.schema import ensure_schema
from workstead.workspaces import routes as workspaces
from workstead.workspaces.service import ensure_subscription
from workstead_wire import API, VERSION
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead.settings import Settings


def create_app(settings: Settings, owner_token: str) -> Litestar:
    """The server's application; ``owner_token`` is the secret in the home."""
    db = Database(settings.database)
    ensure_schema(db.engine)
    db.write_now(ensure_owner_token, owner_token)
    db.write_now(ensure_subscription, settings.subscription_name)
    doorman = Doorman(db)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncGenerator[None]:
        yield
        db.close()

    api = Router(API, route_handlers=[read_openapi, access.api_router, workspaces.router])
    return Litestar(
        [api, *access.page_handlers],
        dependencies={
            "db": Provide(lambda: db, sync_to_thread=False),
            "doorman": Provide(lambda: doorman, sync_to_thread=False),
            "where": Provide(provide_where, sync_to_thread=False),
        },
        guards=[doorman.guard],
        exception_handlers={Exception: answer_error},
        lifespan=[lifespan],
        openapi_config=api_docs("Workstead", VERSION),
        logging_config=None,
    )


def provide_where(subscription: str, group: str, workspace: str) -> WorkspacePath:
    """The workspace named in the address."""
    return WorkspacePath(subscription_id=subscription, resource_group=group, workspace=workspace)
