"""Users, tokens and signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from workstead_wire import API
from workstead_wire.access import (
    About,
    DeviceCode,
    DeviceTokenRequest,
    Me,
    SignInLink,
    SignInLinkRequest,
    Token,
    TokenCreate,
    TokenCreated,
)
from workstead_wire.base import Page

if TYPE_CHECKING:
    from workstead_client.transport import Transport


def about(http: Transport) -> About:
    """Who answers, and which protocol it speaks."""
    return http.request("GET", f"{API}/about", type=About)


def get_me(http: Transport) -> Me:
    """Who the caller is."""
    return http.request("GET", f"{API}/access/me", type=Me)


def list_tokens(http: Transport, cursor: Optional[str] = None, limit: Optional[int] = None) -> Page[Token]:
    """One page of the tokens that hold, newest first."""
    return http.request("GET", f"{API}/access/tokens", params={"cursor": cursor, "limit": limit}, type=Page[Token])


def create_token(http: Transport, asked: TokenCreate) -> TokenCreated:
    """A token with at most the caller's rights; its secret is shown this once."""
    return http.request("POST", f"{API}/access/tokens", body=asked, type=TokenCreated)


def delete_token(http: Transport, token_id: str) -> None:
    """Revoke a token."""
    http.request("DELETE", f"{API}/access/tokens/{token_id}")


def sign_out(http: Transport) -> None:
    """Revoke the token in use."""
    http.request("POST", f"{API}/access/signout")


def create_device_code(http: Transport) -> DeviceCode:
    """Begin a sign-in that is finished in a browser."""
    return http.request("POST", f"{API}/access/devicecodes", type=DeviceCode)


def redeem_device_code(http: Transport, device_code: str) -> TokenCreated:
    """The token for an approved device code.

    Raises:
        AuthorizationPending: nobody has typed the code yet.
        NotSignedIn: the code is unknown or too old.
    """
    asked = DeviceTokenRequest(device_code=device_code)
    return http.request("POST", f"{API}/access/devicecodes/token", body=asked, type=TokenCreated)


def create_sign_in_link(http: Transport, asked: SignInLinkRequest) -> SignInLink:
    """An address that signs a browser in once."""
    return http.request("POST", f"{API}/access/links", body=asked, type=SignInLink)
