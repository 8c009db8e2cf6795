"""Routes of access: tokens, device login, one-time links, the sign-in pages."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from litestar import MediaType, Request, Response, Router, delete, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from workstead.access import pages, service
from workstead.access.guard import COOKIE, Doorman, check_same_origin
from workstead.access.service import Principal
from workstead.foundation.db import Database
from workstead.foundation.http import MANAGE, PUBLIC, SELF, operation
from workstead.settings import Settings
from workstead_wire import PROTOCOL, VERSION
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
from workstead_wire.errors import InvalidInput, NotSignedIn, WorksteadError

Caller = Request[Principal, None, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/about", opt=PUBLIC, tags=["access"])
async def about(settings: Settings) -> About:
    """Who answers here, and which protocol it speaks."""
    return About(product="workstead", version=VERSION, protocol=PROTOCOL, direct=settings.storage_signed)


@get("/access/me", opt=SELF, tags=["access"])
async def get_me(request: Caller) -> Me:
    """Who the caller is."""
    return request.user.me()


@get("/access/tokens", opt=MANAGE, tags=["access"])
async def list_tokens(
    db: Database,
    cursor: Annotated[str | None, Parameter(query="cursor")] = None,
    limit: Annotated[int | None, Parameter(query="limit")] = None,
) -> Page[Token]:
    """Tokens that hold, newest first, without their secrets."""
    return await db.read(service.list_tokens, cursor, limit)


@post("/access/tokens", opt=SELF | operation("Create token"), tags=["access"])
async def create_token(request: Caller, db: Database, data: TokenCreate) -> TokenCreated:
    """A token with at most the caller's rights; its secret is shown this once."""
    return await db.write(service.create_token, request.user, data)


@delete("/access/tokens/{token_id:str}", opt=MANAGE | operation("Revoke token"), tags=["access"])
async def delete_token(db: Database, doorman: Doorman, token_id: str) -> None:
    """Revoke a token."""
    await db.write(service.delete_token, token_id)
    doorman.forget()


@post("/access/signout", opt=SELF, tags=["access"])
async def sign_out(request: Caller, db: Database, doorman: Doorman) -> None:
    """Revoke the token that this request came with."""
    await db.write(service.delete_token, request.user.token_id)
    doorman.forget()


@post("/access/devicecodes", opt=PUBLIC, tags=["access"])
async def create_device_code(request: Request[None, None, Any], db: Database) -> DeviceCode:
    """Begin a sign-in that is finished in a browser."""
    return await db.write(service.create_device_code, _origin(request))


@post("/access/devicecodes/token", opt=PUBLIC, status_code=200, tags=["access"])
async def redeem_device_code(db: Database, data: DeviceTokenRequest) -> TokenCreated:
    """Trade an approved device code for a token; error ``authorization_pending`` until then."""
    return await db.write(service.redeem_device_code, data.device_code)


@post("/access/links", opt=SELF, tags=["access"])
async def create_sign_in_link(request: Caller, db: Database, data: SignInLinkRequest) -> SignInLink:
    """A link that signs a browser in once."""
    return await db.write(service.create_sign_in_link, request.user, _origin(request), data.next)


@get("/signin", opt=PUBLIC, include_in_schema=False)
async def sign_in_page(
    request: Request[None, None, Any],
    db: Database,
    code: str | None = None,
    following: Annotated[str, Parameter(query="next")] = "/",
) -> Response[str] | Redirect:
    """Use a one-time link, or show the sign-in form."""
    if code is None:
        return _html(pages.sign_in(following=following))
    try:
        session, target = await db.write(service.redeem_sign_in_link, code)
    except NotSignedIn as error:
        return _html(pages.sign_in(error.message), status=401)
    return _enter(request, session, target)


@post("/signin", opt=PUBLIC, include_in_schema=False)
async def sign_in(
    request: Request[None, None, Any], db: Database, doorman: Doorman, data: Form
) -> Response[str] | Redirect:
    """Sign in with a token that was pasted."""
    if "origin" in request.headers:
        check_same_origin(request)  # no other site's page may sign a browser in as somebody else
    following = data.get("next", "/")
    try:
        caller = await doorman.holder(data.get("token", "").strip())
        session = await db.write(service.create_session, caller)
    except WorksteadError as error:
        return _html(pages.sign_in(error.message, following), status=401)
    return _enter(request, session, following if service.is_own_path(following) else "/")


@get("/devicelogin", opt=PUBLIC, include_in_schema=False)
async def device_page(request: Request[None, None, Any], doorman: Doorman) -> Response[str] | Redirect:
    """The page where a code is typed; it asks to sign in first."""
    try:
        await doorman.find(request)
    except NotSignedIn:
        return Redirect("/signin?next=" + quote("/devicelogin", safe=""))
    return _html(pages.device_login())


@post("/devicelogin", opt=SELF, include_in_schema=False)
async def approve_device(request: Caller, db: Database, data: Form) -> Response[str]:
    """Take the code that was typed."""
    code = data.get("code", "")
    try:
        if not await db.write(service.approve_device_code, request.user, code):
            raise InvalidInput(
                f"the code {code.strip()[:16]!r} is not waiting for approval; check it, or ask for a new one"
            )
    except WorksteadError as error:
        return _html(pages.device_login(error.message, code), status=400)
    return _html(pages.device_done())


def _origin(request: Request[Any, Any, Any]) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"


def _html(text: str, *, status: int = 200) -> Response[str]:
    headers = {
        "Cache-Control": "no-store",
        # With "no-referrer" browsers send the forms' Origin as "null", and those are refused.
        "Referrer-Policy": "same-origin",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
    }
    return Response(text, media_type=MediaType.HTML, status_code=status, headers=headers)


def _enter(request: Request[Any, Any, Any], session: str, target: str) -> Redirect:
    cookie = Cookie(
        key=COOKIE,
        value=session,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
        max_age=service.SESSION_LIFETIME_S,
    )
    return Redirect(target, status_code=303, cookies=[cookie], headers={"Referrer-Policy": "no-referrer"})


api_router = Router(
    "",
    route_handlers=[
        about,
        get_me,
        list_tokens,
        create_token,
        delete_token,
        sign_out,
        create_device_code,
        redeem_device_code,
        create_sign_in_link,
    ],
)
page_handlers = [sign_in_page, sign_in, device_page, approve_device]
