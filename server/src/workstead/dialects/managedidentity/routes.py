"""``/identity/token``, which ``IDENTITY_ENDPOINT`` names on an instance."""

from __future__ import annotations

import hmac
import time
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.params import Dependency, Parameter

from workstead.compute import service
from workstead.compute.reconcile import Compute
from workstead.foundation.db import Database
from workstead.foundation.http import PUBLIC, answer_error
from workstead.hosts.base import Door, identity_key
from workstead_wire.errors import NotSignedIn, WorksteadError

Computes = Annotated[Compute, Dependency(skip_validation=True)]
SHORTEST_S = 300
"""How long the token is said to hold at least: it is renewed half an hour before its end, and should be by now."""


class Token(msgspec.Struct):
    """The answer; ``expires_on`` is in seconds since 1970."""

    access_token: str
    expires_on: str
    resource: str
    client_id: str
    token_type: str = "Bearer"  # noqa: S105 - a kind, not a secret


class Refusal(msgspec.Struct, rename="camel"):
    """What clients look for in a refusal."""

    status_code: int
    message: str


def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The refusal in the words that clients show."""
    if not isinstance(error, WorksteadError):
        return answer_error(request, error)
    return Response(Refusal(status_code=error.status, message=error.message), status_code=error.status)


@get("/identity/token", opt=PUBLIC, exception_handlers={Exception: refuse})
async def get_identity_token(
    db: Database,
    computes: Computes,
    resource: str = "",
    proof: Annotated[str, Parameter(header="x-identity-header")] = "",
) -> Response[Token]:
    """The token of the instance whose ``IDENTITY_HEADER`` the caller shows. For which resource does not matter here."""
    id_, _, key = proof.partition(".")
    target = await db.read(service.find_target_by_id, id_)
    place = None if target is None else service.make_place(computes.home, target)
    door = None if place is None else computes.host.find_door(place)
    if target is None or place is None or door is None or not _fits(key, door):
        raise NotSignedIn(
            "X-IDENTITY-HEADER is no running instance's; a program that was started before the instance was last "
            "restarted must be started anew"
        )
    token = await computes.host.read_token(place)
    if token is None:
        raise NotSignedIn(f"instance {target.name!r} has no token that can be handed out; restart it")
    until = max(target.renew_at // 1_000_000, int(time.time()) + SHORTEST_S)
    told = Token(access_token=token, expires_on=str(until), resource=resource, client_id=target.id)
    return Response(told, headers={"cache-control": "no-store"})


def _fits(key: str, door: Door) -> bool:
    return hmac.compare_digest(key.encode(), identity_key(door.secret).encode())


router = Router("", route_handlers=[get_identity_token], include_in_schema=False)
