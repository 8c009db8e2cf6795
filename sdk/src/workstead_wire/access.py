"""Users, tokens and signing in."""

from __future__ import annotations

from datetime import datetime
from typing import List, Literal, Optional

from workstead_wire.base import Wire

Role = Literal["Owner", "Contributor", "Reader"]


class About(Wire):
    """Who answers at this address; needs no token.

    ``direct`` says that large files go straight to object storage and come from there.
    """

    product: str
    version: str
    protocol: int
    direct: bool = False


class Me(Wire):
    """The caller: a user, and what the token in use may reach. ``scope`` None is everything."""

    user: str
    role: Role
    scope: Optional[str] = None


class Token(Wire):
    """A token as it is listed: never its secret. ``scope`` is an id like ``/subscriptions/…/workspaces/w``."""

    id: str
    user: str
    name: str
    role: Role
    created_at: datetime
    expires_at: Optional[datetime] = None
    scope: Optional[str] = None


class TokenCreate(Wire):
    """Ask for a token. ``lifetime_s`` None never expires."""

    name: str
    role: Role = "Owner"
    scope: Optional[str] = None
    lifetime_s: Optional[float] = None


class TokenCreated(Wire):
    """A new token; ``secret`` is shown this once and stored hashed."""

    token: Token
    secret: str


class DeviceCode(Wire):
    """A pending sign-in, as in RFC 8628. ``interval_s`` and ``expires_in_s`` are seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in_s: int
    interval_s: int


class DeviceTokenRequest(Wire):
    """Trade an approved device code for a token."""

    device_code: str


class SignInLink(Wire):
    """An address that signs a browser in once; it dies with its first use or after ``expires_in_s`` seconds."""

    url: str
    expires_in_s: int


class SignInLinkRequest(Wire):
    """Ask for a one-time link that ends at ``next``, a path on this server."""

    next: str = "/"


TokenList = List[Token]
