"""What of the head of a request, and of its answer, goes through the proxy, and in which form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from workstead.hosts.base import Door
from workstead_wire.errors import InvalidInput, Unavailable

OWN_COOKIES = "workstead_"
"""What the names of our cookies begin with. None of an instance's may, and an instance sees none."""
_HOP_BY_HOP = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
        b"trailer", b"upgrade",
    )
)  # fmt: skip
# A caller's word on where it comes from is worth nothing to Jupyter.
_HIDDEN = frozenset(
    (
        b"authorization", b"cookie", b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-port",
        b"x-forwarded-proto", b"x-real-ip", b"x-scheme",
    )
)  # fmt: skip
_HOSTS_OWN = frozenset((b"host", b"origin", b"referer"))
_DECODINGS = 3

Headers = list[tuple[bytes, bytes]]
# As ASGI has them (https://asgi.readthedocs.io/en/latest/specs/www.html).
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


def target_of(door: Door, scope: Scope) -> bytes:
    """The path and query to ask Jupyter for: always below the door's prefix.

    Raises:
        InvalidInput: the path climbs, in whatever coding.
    """
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    if not path.startswith(b"/") or _climbs(path):
        raise InvalidInput("the path must begin with a slash and have no '..' in it")
    if not is_below(door, path):
        path = door.prefix.encode() + path
    query = scope["query_string"]
    return path + b"?" + query if query else path


def is_below(door: Door, path: bytes) -> bool:
    """Whether the path already begins with the door's prefix."""
    return path.startswith(door.prefix.encode() + b"/")


def request_headers(door: Door, scope: Scope, own: frozenset[bytes] = frozenset()) -> Headers:
    """What Jupyter may see of a request's headers, with its own secret in place of the caller's.

    Behind an address there may be a server for many names, so that its own is said there, and the caller's origin,
    which was checked at the gate, becomes its own too. ``own`` are further headers to leave out.
    """
    given: Headers = scope["headers"]
    hidden = _HOP_BY_HOP | _HIDDEN | own | _named_by_connection(given)
    kept = [(name, value) for name, value in given if name.lower() not in hidden]
    if door.socket is None:
        origin = origin_for(door, scope)
        said = {b"host": urlsplit(door.address).netloc, b"origin": origin}
        kept = [(name, value) for name, value in kept if name.lower() not in _HOSTS_OWN]
        kept += [(name, value.encode()) for name, value in said.items() if value and name not in own]
    cookies = "; ".join(
        f"{name}={value}" for name, value in cookies_of(scope).items() if not name.lower().startswith(OWN_COOKIES)
    )
    if cookies:
        kept.append((b"cookie", cookies.encode("latin-1")))
    return [*kept, (b"authorization", f"token {door.secret}".encode())]


def origin_for(door: Door, scope: Scope) -> str | None:
    """The origin that Jupyter is told; None where the caller told none."""
    origin = dict(scope["headers"]).get(b"origin")
    if origin is None or door.socket is None:
        return None if origin is None else door.address
    return origin.decode("latin-1")


def answer_headers(door: Door, headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """What a browser may see of the headers of Jupyter's answer.

    Raises:
        Unavailable: the answer leads away from the instance, as JupyterHub's do when the server behind it has gone.
    """
    given = list(headers)
    hidden = _HOP_BY_HOP | _named_by_connection(given) | {b"transfer-encoding", b"location", b"set-cookie"}
    kept = [(name, value) for name, value in given if name.lower() not in hidden]
    for name, value in given:
        if name.lower() == b"location":
            kept.append((name, _location(door, value)))
        elif name.lower() == b"set-cookie" and (cookie := _tamed(value)) is not None:
            kept.append((name, cookie))
    return kept


def cookies_of(scope: Scope) -> dict[str, str]:
    """The request's cookies."""
    jar: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                jar.load(value.decode("latin-1"))
            except CookieError:
                continue
    return {name: morsel.coded_value for name, morsel in jar.items()}


def _climbs(path: bytes) -> bool:
    """Whether a part of the path is ``.`` or ``..``, also after decoding it as often as somebody on the way might."""
    for _ in range(_DECODINGS):
        if any(part in (b".", b"..") for part in path.replace(b"\\", b"/").split(b"/")):
            return True
        path = unquote_to_bytes(path)
    return False


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    return frozenset(
        value.strip().lower() for name, text in headers if name.lower() == b"connection" for value in text.split(b",")
    )


def _location(door: Door, value: bytes) -> bytes:
    if not door.prefix:
        return value
    path = value.removeprefix(door.address.encode())
    if path.startswith(b"/") and not is_below(door, path.partition(b"?")[0] + b"/"):
        raise Unavailable("the instance is no longer there; look at its state, and start or restart it")
    return path


def _tamed(cookie: bytes) -> bytes | None:
    """An instance's cookie without ``Domain``, so that it stays the instance's; None where it bears a name of ours."""
    name, *attributes = cookie.split(b";")
    if name.partition(b"=")[0].strip().lower().startswith(OWN_COOKIES.encode()):
        return None
    return b";".join([name, *(it for it in attributes if it.partition(b"=")[0].strip().lower() != b"domain")])
