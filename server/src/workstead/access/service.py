"""Who the caller is and what the token in use may reach."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from workstead.access import tables as t
from workstead.foundation import clock, ids, pages
from workstead_wire.access import DeviceCode, Me, Role, SignInLink, Token, TokenCreate, TokenCreated
from workstead_wire.base import Page
from workstead_wire.errors import AuthorizationPending, Forbidden, InvalidInput, NotFound, NotSignedIn, Unavailable

OWNER = "owner"
DEVICE_CODE_LIFETIME_S = 900
LINK_LIFETIME_S = 600
SESSION_LIFETIME_S = 14 * 24 * 3600
WAITING_MAX = 1000
"""Most device codes that wait at a time: anybody may ask for one, so their number is bounded."""
GUESSES = 20
"""Wrong device codes that a user may type within ``GUESSING_S``, at all servers together."""
GUESSING_S = 600
_LIFETIME_MAX_S = 100 * 365 * 24 * 3600
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,128}")
_SCOPE = re.compile(r"(?:/[\w.()-]+){2,12}")
_SCOPE_MAX = 512
_NEXT = re.compile(r"/(?![/\\])[!-~]{0,1023}")
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_VERBS: dict[Role, frozenset[str]] = {
    "Owner": frozenset({"read", "write", "manage", "self"}),
    "Contributor": frozenset({"read", "write", "self"}),
    "Reader": frozenset({"read", "self"}),
}


class Principal(msgspec.Struct, frozen=True):
    """The caller of a request. Nothing that it makes holds longer than ``until`` (microseconds; None is for good)."""

    user: str
    role: Role
    scope: str | None = None
    token_id: str = ""
    until: int | None = None

    def check(self, verb: str, resource: str) -> None:
        """Refuse what the role or the scope does not allow. ``resource`` is an id like ``/subscriptions/…``."""
        if verb not in _VERBS[self.role]:
            raise Forbidden(f"{self.user!r} signed in as {self.role}, which does not allow to {verb} here")
        if verb != "self" and self.scope is not None and not _within(resource, self.scope):
            raise Forbidden(f"this token reaches {self.scope} only; sign in with one that reaches further")

    def me(self) -> Me:
        """What the caller may know of itself."""
        return Me(user=self.user, role=self.role, scope=self.scope)


def _within(resource: str, scope: str) -> bool:
    inner, outer = resource.lower().rstrip("/") + "/", scope.lower().rstrip("/") + "/"
    return inner.startswith(outer)


def ensure_owner_token(conn: Connection, secret: str) -> None:
    """Make the owner's token known to a new database (its secret lies in the home, mode 600)."""
    if _find_token(conn, secret) is None:
        _insert_token(conn, secret, OWNER, TokenCreate(name="owner's token"))


def create_token(conn: Connection, maker: Principal, asked: TokenCreate) -> TokenCreated:
    """A token with at most the maker's own rights, for at most the maker's own time."""
    _check_asked(asked)
    if not _VERBS[asked.role] <= _VERBS[maker.role]:
        raise Forbidden(f"a {maker.role} cannot make a token for role {asked.role}")
    if maker.scope is not None and (asked.scope is None or not _within(asked.scope, maker.scope)):
        raise Forbidden(f"a token for {maker.scope} cannot make one that reaches further")
    secret = "wst_" + secrets.token_urlsafe(32)
    expires = _earlier(_end(asked), maker.until)
    token = _insert_token(conn, secret, maker.user, asked, expires=expires, until=expires)
    return TokenCreated(token=token, secret=secret)


def list_tokens(conn: Connection, cursor: str | None, limit: int | None) -> Page[Token]:
    """Tokens that still hold, newest first; never their secrets."""
    c = t.tokens.c
    query = select(t.tokens).where(c.expires_at.is_(None) | (c.expires_at > clock.now()))
    after = pages.decode_cursor(cursor, int, str)
    if after is not None:
        query = query.where((c.created_at < after[0]) | ((c.created_at == after[0]) & (c.id > after[1])))
    size = pages.check_limit(limit)
    rows = conn.execute(query.order_by(c.created_at.desc(), c.id).limit(size + 1)).all()
    return pages.page(rows, size, _token, lambda row: (row.created_at, row.id))


def delete_token(conn: Connection, token_id: str) -> None:
    """Revoke a token."""
    if conn.execute(delete(t.tokens).where(t.tokens.c.id == token_id)).rowcount == 0:
        raise NotFound(f"there is no token with the id {token_id!r}; GET /api/v1/access/tokens lists them")


def revoke_within(conn: Connection, resource: str) -> None:
    """Revoke what reaches ``resource`` or a part of it and nothing else: a new one of that name is not theirs."""
    inner = resource.lower()
    for table in (t.tokens, t.device_codes, t.sign_in_links):
        scope = func.lower(table.c.scope)
        conn.execute(delete(table).where((scope == inner) | scope.startswith(inner + "/", autoescape=True)))


def find_principal(conn: Connection, secret: str) -> Principal | None:
    """The caller that holds ``secret``; None when it is unknown or expired."""
    row = _find_token(conn, secret)
    return None if row is None else _holder(row)


def find_holder(conn: Connection, token_id: str) -> Principal | None:
    """Who holds the token of an id; None when it was revoked or has expired."""
    row = conn.execute(select(t.tokens).where(t.tokens.c.id == token_id)).first()
    return None if row is None else _holder(row)


def create_device_code(conn: Connection, server_url: str) -> DeviceCode:
    """Begin a sign-in that is finished in a browser (RFC 8628)."""
    conn.execute(delete(t.device_codes).where(t.device_codes.c.expires_at <= clock.now()))
    if (conn.execute(select(func.count()).select_from(t.device_codes)).scalar() or 0) >= WAITING_MAX:
        raise Unavailable(f"{WAITING_MAX} sign-ins wait for their codes already; try again in some minutes")
    device_code = secrets.token_urlsafe(32)
    user_code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(9))
    expires_at = clock.now() + DEVICE_CODE_LIFETIME_S * 1_000_000
    values = {"hash": _hash(device_code), "user_code": user_code, "expires_at": expires_at}
    conn.execute(insert(t.device_codes).values(values))
    return DeviceCode(
        device_code=device_code,
        user_code=user_code,
        verification_uri=f"{server_url}/devicelogin",
        expires_in_s=DEVICE_CODE_LIFETIME_S,
        interval_s=1,
    )


def approve_device_code(conn: Connection, caller: Principal, user_code: str) -> bool:
    """Let the device that shows ``user_code`` sign in as the caller; False, and counted, where none shows it.

    Raises:
        Forbidden: the caller typed too many wrong ones.
    """
    c = t.device_codes.c
    misses = _read_misses(conn, caller.user)
    code = user_code.strip().upper()
    query = (
        update(t.device_codes)
        .where(c.user_code == code, c.expires_at > clock.now(), c.approved_by.is_(None))
        .values(approved_by=caller.user, role=caller.role, scope=caller.scope, until=caller.until)
    )
    if conn.execute(query).rowcount:
        return True
    values = {"user": caller.user, "since": misses.since, "misses": misses.count + 1}
    conn.execute(delete(t.wrong_codes).where(t.wrong_codes.c.user == caller.user))
    conn.execute(insert(t.wrong_codes).values(values))
    return False


class _Misses(msgspec.Struct, frozen=True):
    """How many wrong codes were typed, and since when (microseconds)."""

    since: int
    count: int


def _read_misses(conn: Connection, user: str) -> _Misses:
    row = conn.execute(select(t.wrong_codes).where(t.wrong_codes.c.user == user)).first()
    if row is None or row.since < clock.now() - GUESSING_S * 1_000_000:
        return _Misses(clock.now(), 0)
    if row.misses >= GUESSES:
        raise Forbidden(f"{row.misses} wrong codes were typed; wait {GUESSING_S // 60} minutes and ask for a new one")
    return _Misses(row.since, row.misses)


def redeem_device_code(conn: Connection, device_code: str) -> TokenCreated:
    """The token for an approved code, once.

    Raises:
        AuthorizationPending: nobody has typed the code yet.
        NotSignedIn: the code is unknown or too old.
    """
    c = t.device_codes.c
    row = conn.execute(select(t.device_codes).where(c.hash == _hash(device_code))).first()
    if row is None or row.expires_at <= clock.now():
        raise NotSignedIn("this sign-in has expired or was used; start again with `workstead login`")
    if row.approved_by is None:
        raise AuthorizationPending(f"open /devicelogin on the server and enter the code {row.user_code}")
    conn.execute(delete(t.device_codes).where(c.hash == row.hash))
    maker = Principal(user=row.approved_by, role=row.role, scope=row.scope, until=row.until)
    return create_token(conn, maker, TokenCreate(name="device login", role=row.role, scope=row.scope))


def create_sign_in_link(conn: Connection, caller: Principal, server_url: str, following: str) -> SignInLink:
    """An address that signs a browser in once and ends at the path ``following``."""
    if not is_own_path(following):
        raise InvalidInput(f"{following[:80]!r} is no path on this server: one '/' first, then printable ASCII")
    code = secrets.token_urlsafe(24)
    values = {
        "hash": _hash(code), "user": caller.user, "role": caller.role, "scope": caller.scope,
        "next": following, "expires_at": clock.now() + LINK_LIFETIME_S * 1_000_000, "until": caller.until,
    }  # fmt: skip
    conn.execute(insert(t.sign_in_links).values(values))
    return SignInLink(url=f"{server_url}/signin?code={code}", expires_in_s=LINK_LIFETIME_S)


def redeem_sign_in_link(conn: Connection, code: str) -> tuple[str, str]:
    """The secret of a browser session and the path to go to; the link is dead afterwards."""
    c = t.sign_in_links.c
    row = conn.execute(select(t.sign_in_links).where(c.hash == _hash(code))).first()
    conn.execute(delete(t.sign_in_links).where((c.hash == _hash(code)) | (c.expires_at <= clock.now())))
    if row is None or row.expires_at <= clock.now():
        raise NotSignedIn("this sign-in link was used or has expired; make a new one with `workstead open`")
    maker = Principal(user=row.user, role=row.role, scope=row.scope, until=row.until)
    return create_session(conn, maker), row.next


def create_session(conn: Connection, caller: Principal) -> str:
    """The secret of a browser session with the caller's rights."""
    asked = TokenCreate(name="browser session", role=caller.role, scope=caller.scope, lifetime_s=SESSION_LIFETIME_S)
    secret = "wst_" + secrets.token_urlsafe(32)
    _insert_token(conn, secret, caller.user, asked, expires=_earlier(_end(asked), caller.until), until=caller.until)
    return secret


def is_own_path(text: str) -> bool:
    """Whether a browser sent to ``text`` stays on this server: it skips tabs and takes a backslash for a slash."""
    return _NEXT.fullmatch(text) is not None


def _check_asked(asked: TokenCreate) -> None:
    if not _NAME.fullmatch(asked.name):
        raise InvalidInput(f"{asked.name[:80]!r} is no name for a token: 1 to 128 characters, no control characters")
    if asked.scope is not None and (len(asked.scope) > _SCOPE_MAX or not _SCOPE.fullmatch(asked.scope)):
        raise InvalidInput(f"{asked.scope[:80]!r} is no scope; it is an id like /subscriptions/…/workspaces/name")
    if asked.lifetime_s is not None and not 0 <= asked.lifetime_s <= _LIFETIME_MAX_S:
        raise InvalidInput(f"lifetime_s is {asked.lifetime_s}, but must be between 0 and {_LIFETIME_MAX_S}")


def _end(asked: TokenCreate) -> int | None:
    return None if asked.lifetime_s is None else clock.now() + int(asked.lifetime_s * 1_000_000)


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((end for end in (one, other) if end is not None), default=None)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _holder(row: Row[Any]) -> Principal | None:
    if row.expires_at is not None and row.expires_at <= clock.now():
        return None
    return Principal(user=row.user, role=row.role, scope=row.scope, token_id=row.id, until=row.until)


def _find_token(conn: Connection, secret: str) -> Row[Any] | None:
    return conn.execute(select(t.tokens).where(t.tokens.c.hash == _hash(secret))).first()


def _insert_token(
    conn: Connection,
    secret: str,
    user: str,
    asked: TokenCreate,
    *,
    expires: int | None = None,
    until: int | None = None,
) -> Token:
    created = clock.now()
    values: dict[str, Any] = {
        "id": ids.new_id(), "hash": _hash(secret), "user": user, "name": asked.name, "role": asked.role,
        "scope": asked.scope, "created_at": created, "expires_at": expires, "until": until,
    }  # fmt: skip
    conn.execute(insert(t.tokens).values(values))
    return Token(
        id=values["id"],
        user=user,
        name=asked.name,
        role=asked.role,
        created_at=clock.to_datetime(created),
        expires_at=clock.to_datetime_or_none(expires),
        scope=asked.scope,
    )


def _token(row: Row[Any]) -> Token:
    return Token(
        id=row.id,
        user=row.user,
        name=row.name,
        role=row.role,
        created_at=clock.to_datetime(row.created_at),
        expires_at=clock.to_datetime_or_none(row.expires_at),
        scope=row.scope,
    )
