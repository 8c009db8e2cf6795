"""The composition root: settings → database → adapters → services → routes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide

from workstead.access import routes as access
from workstead.access.guard import Doorman
from workstead.access.service import Principal, ensure_owner_token
from workstead.activity import routes as activity
from workstead.artifacts import routes as artifacts
from workstead.artifacts.service import forget_workspace as forget_artifacts
from workstead.blobs import routes as blobs
from workstead.blobs.service import forget_workspace as forget_blobs
from workstead.compute import routes as compute
from workstead.compute.proxy import Proxy
from workstead.compute.reconcile import Compute
from workstead.compute.service import forget_workspace as forget_compute
from workstead.data import routes as data
from workstead.data.service import Mirror
from workstead.dialects.applicationinsights import routes as applicationinsights
from workstead.dialects.blob import routes as blob_dialect
from workstead.dialects.keyvault import routes as keyvault
from workstead.dialects.managedidentity import routes as managedidentity
from workstead.dialects.mlflow import routes as mlflow
from workstead.dialects.mlflow.webhook_words import compose
from workstead.dialects.mlflow.workplaces import Workplaces
from workstead.dialects.otlp import routes as otlp
from workstead.evaluations.service import forget_workspace as forget_evaluations
from workstead.foundation.apidoc import api_docs, read_openapi
from workstead.foundation.db import Database
from workstead.foundation.events import Bells
from workstead.foundation.home import find_own_url
from workstead.foundation.http import answer_error
from workstead.foundation.names import by_name
from workstead.foundation.peers import Peers
from workstead.foundation.reconcile import Reconciler
from workstead.foundation.schema import ensure_schema
from workstead.hosts.base import load_host
from workstead.insights import routes as insights
from workstead.insights.intake import Intake
from workstead.insights.service import forget_workspace as forget_insights
from workstead.insights.watching import Watching
from workstead.keys import routes as keys
from workstead.keys.rings import open_source
from workstead.leftovers import routes as leftovers
from workstead.models import routes as models
from workstead.models.service import forget_workspace as forget_models
from workstead.runs import routes as runs
from workstead.runs.service import forget_workspace as forget_runs
from workstead.scorers.service import forget_workspace as forget_scorers
from workstead.secrets import routes as secrets
from workstead.secrets.service import forget_workspace as forget_secrets
from workstead.storage.base import lazy_store
from workstead.studio import routes as studio
from workstead.traces.service import forget_workspace as forget_traces
from workstead.webhooks.posting import open_poster
from workstead.webhooks.reconcile import Postman
from workstead.webhooks.service import forget_workspace as forget_webhooks
from workstead.workspaces import routes as workspaces
from workstead.workspaces.reconcile import Removals, clearing
from workstead.workspaces.service import ensure_subscription
from workstead_wire import API, VERSION
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead.settings import Settings

FORGETTING = (
    forget_compute,
    forget_traces,
    forget_evaluations,
    forget_scorers,
    forget_models,
    forget_runs,
    forget_blobs,
    forget_artifacts,
    forget_insights,
    forget_webhooks,
    forget_secrets,
)
"""How each room that refers to workspaces forgets one that was deleted, from the uppermost down."""


def create_app(settings: Settings, owner_token: str) -> Litestar:
    """The server's application; ``owner_token`` is the secret in the home."""
    db = Database(settings.database, settings.database_connections)
    ensure_schema(db.engine)
    db.write_now(ensure_owner_token, owner_token)
    db.write_now(ensure_subscription, settings.subscription_name)
    bells = Bells()
    doorman = Doorman(db, bells)
    intake = Intake(db, bells)
    mirror = Mirror(settings.home / "datasets")
    host = load_host(settings)
    key_source = open_source(settings)
    find_url = partial(find_own_url, settings.home)
    computes = Compute(db, host, settings.home, find_url)
    open_store = lazy_store(settings)
    postman = Postman(db, key_source, open_poster(settings), compose)
    workplaces = Workplaces(db, open_store, settings, postman)
    removals = Reconciler(db, Removals(db, FORGETTING, open_store))

    def provide_db(request: Request[Principal, None, Any]) -> Database:
        return activity.log_writes(request, db)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncGenerator[None]:
        async with (
            Peers(db.line, bells),
            computes.running(stop_instances=settings.stop_instances),
            clearing(db, removals),
            intake.running(),
            postman.running(),
            proxy,
        ):
            yield
        db.close()

    api = Router(
        API,
        route_handlers=[
            read_openapi,
            access.api_router,
            activity.router,
            keys.router,
            workspaces.router,
            runs.router,
            artifacts.router,
            blobs.router,
            secrets.router,
            insights.router,
            data.router,
            models.router,
            leftovers.router,
            compute.router,
        ],
    )
    app = Litestar(
        [
            api,
            applicationinsights.router,
            otlp.router,
            blob_dialect.router,
            keyvault.router,
            managedidentity.router,
            mlflow.router,
            *access.page_handlers,
            *compute.page_handlers,
            *studio.page_handlers,
        ],
        dependencies={
            "bells": Provide(lambda: bells, sync_to_thread=False),
            "computes": Provide(lambda: computes, sync_to_thread=False),
            "db": Provide(provide_db, sync_to_thread=False),
            "intake": Provide(lambda: intake, sync_to_thread=False),
            "doorman": Provide(lambda: doorman, sync_to_thread=False),
            "key_source": Provide(lambda: key_source, sync_to_thread=False),
            "mirror": Provide(lambda: mirror, sync_to_thread=False),
            "ring": Provide(key_source.read, sync_to_thread=True),
            "removals": Provide(lambda: removals, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "store": Provide(open_store, sync_to_thread=False),
            "where": Provide(provide_where, sync_to_thread=False),
            "workplaces": Provide(lambda: workplaces, sync_to_thread=False),
        },
        guards=[doorman.guard],
        exception_handlers={Exception: answer_error},
        lifespan=[lifespan],
        state=State({"bells": bells, "instances_domain": settings.instances_domain}),
        openapi_config=api_docs("Workstead", VERSION),
        logging_config=None,
    )
    # An instance's requests go past the application: they are its Jupyter's.
    named = by_name(Watching(app.asgi_handler, db, intake), {"blob": "/blob", "vault": "/vaults"})
    proxy = app.asgi_handler = Proxy(named, db, doorman, host, settings.home, find_url, settings.instances_domain)
    return app


def provide_where(subscription: str, group: str, workspace: str, db: Database) -> WorkspacePath:  # noqa: ARG001
    """The workspace named in the address.

    It asks for the database so as to come after it: the framework makes tasks for what it could provide at once, and
    they take longer than the work.
    """
    return WorkspacePath(subscription_id=subscription, resource_group=group, workspace=workspace)
