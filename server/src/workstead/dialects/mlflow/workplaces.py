"""Which workspace an address means: the one it names, or at the server's root the default one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request
from sqlalchemy import Connection

from workstead.access.service import Principal
from workstead.dialects.mlflow.errors import missing
from workstead.dialects.mlflow.experiments import ensure_default
from workstead.foundation import clock
from workstead.foundation.db import Database
from workstead.settings import Settings
from workstead.storage.base import Store
from workstead.webhooks.reconcile import Postman
from workstead.workspaces import service as workspaces
from workstead_wire.errors import ResourceGroupNotFound, SubscriptionNotFound, WorkspaceNotFound
from workstead_wire.workspaces import WorkspacePath

_REMEMBERED = 10_000


class Workplaces:
    """Finds workspaces for MLflow's clients and makes them fit for use; remembers which are.

    It brings what they lie in as well: a route that asks for one thing is answered sooner than one that asks for four.
    """

    def __init__(self, db: Database, open_store: Callable[[], Store], settings: Settings, postman: Postman) -> None:
        self.db = db
        self.postman = postman
        self.settings = settings
        self._open_store = open_store
        self._began = clock.now()
        self._ready: set[WorkspacePath] = set()
        self._default: WorkspacePath | None = None

    @property
    def store(self) -> Store:
        """Where bytes are."""
        return self._open_store()

    async def find(self, request: Request[Principal, Any, Any], verb: str) -> WorkspacePath:
        """The workspace, if the caller may do there what ``verb`` says."""
        params = request.path_params
        if "workspace" in params:
            where = WorkspacePath(
                subscription_id=params["subscription"], resource_group=params["group"], workspace=params["workspace"]
            )
        else:
            where = self._default or await self._find_default()
        request.user.check(verb, where.id)
        if where not in self._ready:
            await self.db.write(self._prepare, where, request.user.user)
            if len(self._ready) >= _REMEMBERED:
                self._ready.clear()
            self._ready.add(where)
        return where

    def forget(self, where: WorkspacePath) -> None:
        """Look anew: the workspace was not there."""
        self._ready.discard(where)
        self._default = None

    async def _find_default(self) -> WorkspacePath:
        named = self.settings.default_workspace
        where = WorkspacePath.parse(named) if named else await self.db.read(workspaces.find_oldest_workspace)
        if where is None:
            raise missing(
                "this server has no workspace yet: make one (`workstead workspace create`), then try again; "
                "WORKSTEAD_DEFAULT_WORKSPACE says which one answers here when there are several"
            )
        self._default = where
        return where

    def _prepare(self, conn: Connection, where: WorkspacePath, user: str) -> None:
        try:
            since = clock.from_datetime(workspaces.get_workspace(conn, where).created_at)
        except (SubscriptionNotFound, ResourceGroupNotFound, WorkspaceNotFound):
            if not self.settings.throwaway_workspaces:
                raise
            workspaces.make_throwaway(conn, where, user)
            since = self._began  # a test takes its store for as old as its server, though it is made by the test
        ensure_default(conn, where, since)
