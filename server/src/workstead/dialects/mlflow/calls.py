"""One request of an MLflow client: who asks, of which workspace, and with what at hand."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from litestar import MediaType, Request, Response
from sqlalchemy import Connection

from workstead.access.service import Principal
from workstead.dialects.mlflow.endpoints import Address, Here, Method
from workstead.foundation.db import Database
from workstead.settings import Settings
from workstead.storage.base import Store
from workstead.webhooks.reconcile import Postman
from workstead_wire.workspaces import WorkspacePath

P = ParamSpec("P")
T = TypeVar("T")
W = TypeVar("W", bound=Callable[..., Any])


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request. ``root`` is the address that the client took for MLflow's server."""

    request: Request[Principal, Any, Any]
    db: Database
    store: Store
    settings: Settings
    where: WorkspacePath
    root: str

    async def read(self, work: Callable[Concatenate[Here, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading function of an endpoint's kind."""
        return await self.db.read(self._at, work, *args, **kwargs)

    async def write(self, work: Callable[Concatenate[Here, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a writing function of an endpoint's kind, in one transaction."""
        return await self.db.write(self._at, work, *args, **kwargs)

    def reply(self, body: object) -> Response[bytes]:
        """An answer as JSON."""
        return Response(msgspec.json.encode(body), status_code=200, media_type=MediaType.JSON)

    def _at(self, conn: Connection, work: Callable[Concatenate[Here, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return work(Here(conn, self.where, self.request.user.user), *args, **kwargs)


class Errand(Address, frozen=True, kw_only=True):
    """What can be asked and takes more than one transaction."""

    run: Callable[[Call, Postman, Any], Awaitable[Any]]


class Errands(list[Errand]):
    """Endpoints of one noun that are managed by a workspace's owners, gathered by a decorator."""

    def add(self, method: Method, path: str) -> Callable[[W], W]:
        """Done by a coroutine."""

        def keep(work: W) -> W:
            kind = inspect.get_annotations(work, eval_str=True)["asked"]
            sentence = (inspect.getdoc(work) or "").partition("\n")[0]
            self.append(Errand(method=method, path=path, verb="manage", run=work, asked=kind, sentence=sentence))
            return work

        return keep
