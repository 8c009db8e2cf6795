"""Which server to talk to, and the sign-in there: from the environment, a stored account, or the home's own server."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable, NamedTuple, Optional, Tuple, Union
from urllib.parse import urlsplit

import msgspec

from workstead_client.accounts import Account, home, read_accounts, write_accounts
from workstead_wire.errors import AuthorizationPending, InvalidInput, NotSignedIn, Unavailable, Unreachable

if TYPE_CHECKING:
    from workstead_client.transport import Transport
    from workstead_wire.access import DeviceCode

__all__ = [
    "connect",
    "current_subscription",
    "find_connection",
    "find_own_server",
    "find_token",
    "home",
    "login",
    "read_url",
]

Token = Union[str, None, Callable[[], Optional[str]]]
Say = Callable[[str], None]

_URL = re.compile(r"https?://[^/?#@\s]+(/[^?#@\s]*)?", re.IGNORECASE)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _Local(msgspec.Struct):
    """What the home's own server says of itself in ``server.json``; in an instance it bears no process id."""

    url: str
    pid: Optional[int] = None


class _Found(NamedTuple):
    url: str
    token: Token
    stored: bool = False


def connect(*, interactive: bool = True, say: Say = print) -> Transport:
    """A connection to the server in use, signed in; with ``interactive`` by a device code where no token is known.

    Raises:
        NotSignedIn: there is no token, and nobody who could be asked.
        Unreachable: no server is known, or none answers.
    """
    from workstead_client import access  # noqa: PLC0415  # keeps `import azureml.core` light
    from workstead_client.transport import Transport  # noqa: PLC0415

    found = _find()
    if found.token is not None:
        http = Transport(_follow(found.url), found.token)
        if not (found.stored and interactive):
            return http
        try:
            access.get_me(http)
        except NotSignedIn:  # revoked or too old: sign in again
            pass
        else:
            return http
    if not (interactive and _somebody_is_there()):
        raise NotSignedIn(
            f"not signed in to {found.url}; run `workstead login {found.url}` in a terminal, "
            "or set WORKSTEAD_TOKEN or WORKSTEAD_TOKEN_FILE"
        )
    return login(found.url, choose=False, say=say)


def login(url: Optional[str] = None, *, choose: bool = True, say: Say = print) -> Transport:
    """Sign in by a code that is typed in a browser, and store the token.

    Args:
        url: the server; by default the one in use.
        choose: use this server from now on. Without it that happens only where no other was chosen.
        say: takes the lines for the user.

    Raises:
        NotSignedIn: nobody typed the code in time.
        Unreachable: no server answers.
    """
    from workstead_client import access  # noqa: PLC0415
    from workstead_client.transport import Transport  # noqa: PLC0415

    url = read_url(url) if url else _find().url
    http = Transport(url)
    code = access.create_device_code(http)
    say("Performing interactive authentication. Please follow the instructions on the terminal.")
    say(
        f"To sign in, use a web browser to open the page {code.verification_uri} "
        f"and enter the code {code.user_code} to authenticate."
    )
    account = _redeem(http, code)
    accounts = read_accounts()
    before = accounts.find(url)
    account.subscription = before.subscription if before else None
    accounts.put(account)
    if choose or accounts.current is None:
        accounts.current = url
    write_accounts(accounts)
    say("Interactive authentication successfully completed.")
    return Transport(url, account.token)


def find_connection() -> Tuple[str, Optional[str]]:
    """Address and token of the server in use; the token None where none is known.

    In this order: ``WORKSTEAD_URL`` with ``WORKSTEAD_TOKEN`` or the file ``WORKSTEAD_TOKEN_FILE``; the account chosen
    by ``workstead login`` or ``account set``; the server that runs on this home.

    Raises:
        Unreachable: no server is known.
    """
    url, token, _ = _find()
    return url, token() if callable(token) else token


def find_token(url: str) -> Optional[str]:
    """A token for one server; None if none is known. Never gives a server the token of another."""
    try:
        found = _find()
    except Unreachable:
        found = None
    if found is None or found.url != url:
        found = _stored(url)
    return found.token() if callable(found.token) else found.token


def current_subscription() -> Optional[str]:
    """The subscription chosen by ``workstead account set`` for the server in use; None if none was."""
    try:
        account = read_accounts().find(_find().url)
    except Unreachable:
        return None
    return account.subscription if account else None


def find_own_server() -> Optional[str]:
    """The address of the server that runs on this home; None where none does."""
    own = _local()
    return own.url if own else None


def read_url(text: str) -> str:
    """A server's address as it is kept.

    Raises:
        InvalidInput: it is none.
    """
    url = text.strip().rstrip("/")
    if "@" in url:
        raise InvalidInput("a server's address bears no user name and no password; leave out what stands before '@'")
    if not _URL.fullmatch(url):
        raise InvalidInput(f"{text!r} is no address of a server; write it like http://localhost:8800")
    return url


def _find() -> _Found:
    url = _find_url()
    token = _token_of_environment()
    return _Found(url, token) if token is not None else _stored(url)


def _follow(url: str) -> Union[str, Callable[[], str]]:
    """The home's own server wherever it moves, as one with instances may: they read its new address in their home."""
    if os.environ.get("WORKSTEAD_URL") or read_accounts().current is not None or _local() is None:
        return url

    def find() -> str:
        own = _local()
        return own.url if own else url

    return find


def _find_url() -> str:
    given = os.environ.get("WORKSTEAD_URL")
    if given:
        return read_url(given)
    accounts = read_accounts()
    if accounts.find(accounts.current) is not None:
        return str(accounts.current)
    own = _local()
    if own is not None:
        return own.url
    if any(account.token for account in accounts.accounts):
        raise Unreachable("no account is chosen; choose one with `workstead account set`, see `workstead account list`")
    raise Unreachable(
        "no server is known here; start one with `workstead up`, or name one with `workstead login URL` "
        "or the variable WORKSTEAD_URL"
    )


def _stored(url: str) -> _Found:
    """The token for a server: the stored one, else the home's own."""
    account = read_accounts().find(url)
    if account is not None and account.token:
        return _Found(url, account.token, stored=True)
    own = _local()
    if own is not None and _same(own.url, url):
        # Its announced address, since another user's program may listen at another address of the name localhost.
        return _Found(own.url, _read_secret(home() / "token"))
    return _Found(url, None)


def _token_of_environment() -> Token:
    token = os.environ.get("WORKSTEAD_TOKEN")
    if token:
        return token.strip()
    file = os.environ.get("WORKSTEAD_TOKEN_FILE")
    # Read at each call, since the token of a compute instance is renewed.
    return (lambda: _read_secret(Path(file))) if file else None


def _local() -> Optional[_Local]:
    try:
        own = msgspec.json.decode((home() / "server.json").read_bytes(), type=_Local)
    except (OSError, msgspec.MsgspecError):
        return None
    return own if _lives(own.pid) else None


def _lives(pid: Optional[int]) -> bool:
    """Whether the process that announced itself is still there and ours: after a crash its port is anybody's."""
    if pid is None or os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError, OverflowError):
        return False
    return True


def _read_secret(file: Path) -> Optional[str]:
    try:
        return file.read_text().strip() or None
    except OSError:
        return None


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    first, second = urlsplit(one), urlsplit(other)
    loopback = first.hostname in _LOOPBACK and second.hostname in _LOOPBACK
    return loopback and (first.scheme, first.port, first.path) == (second.scheme, second.port, second.path)


def _redeem(http: Transport, code: DeviceCode) -> Account:
    """Wait until the code has been typed."""
    from workstead_client import access  # noqa: PLC0415

    deadline = time.monotonic() + code.expires_in_s
    while time.monotonic() < deadline:
        try:
            created = access.redeem_device_code(http, code.device_code)
        except (AuthorizationPending, Unavailable):
            time.sleep(max(code.interval_s, 1))
        else:
            return Account(url=http.url, token=created.secret, user=created.token.user)
    raise NotSignedIn(f"nobody entered the code within {code.expires_in_s // 60} minutes; run `workstead login` again")


def _somebody_is_there() -> bool:
    """Whether someone reads what is printed: a terminal, or a notebook."""
    if "ipykernel" in sys.modules:
        return True
    return any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
