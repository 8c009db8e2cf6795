"""Posts messages to webhooks, and only to where webhooks may lead.

An address is looked up, judged and connected to in one go, so that no second look-up can lead elsewhere; a redirect
is not followed, and no proxy is asked.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import msgspec

from workstead_wire import VERSION
from workstead_wire.errors import Conflict, InvalidInput, Unavailable

if TYPE_CHECKING:
    import httpcore

    from workstead.settings import Settings

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

TIMEOUT_S = 20.0
"""How long a receiver may take for all of its answer."""
CONNECT_S = 5.0
ANSWER_MAX = 64 * 1024
"""What is read of an answer."""
CONNECTIONS = 16
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_METADATA = {ipaddress.ip_address(address) for address in ("100.100.100.200", "192.0.0.192", "fd00:ec2::254")}
"""Where clouds tell machines their credentials, besides the link-local addresses."""


class Message(msgspec.Struct, frozen=True):
    """What is posted."""

    headers: dict[str, str]
    body: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver said; ``retry_after`` in seconds, if it asked for that."""

    status: int
    body: str
    retry_after: float | None = None


class Poster:
    """Posts to public addresses by HTTPS and, where ``private`` ones are allowed, to those by HTTP too."""

    def __init__(self, *, private: bool) -> None:
        self.private = private
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    def check(self, url: str) -> None:
        """Refuse a URL that leads where no webhook may, as far as can be seen without looking its name up.

        Raises:
            InvalidInput: the sentence says why; MLflow's clients know how it begins.
        """
        host = _check_form(url, ("http", "https") if self.private else ("https",))
        literal = _find_literal(host)
        if literal is not None:
            judge(literal, private=self.private, encrypted=url.lower().startswith("https:"))

    async def post(self, url: str, message: Message) -> Answer:
        """Post once.

        Raises:
            InvalidInput: it leads where no webhook may.
            Unavailable: there was no answer, or none in time.
        """
        import httpcore  # noqa: PLC0415 - only who has webhooks pays for it

        self.check(url)
        headers = list({"User-Agent": f"workstead/{VERSION}", **message.headers}.items())
        times = {"connect": CONNECT_S, "read": TIMEOUT_S, "write": TIMEOUT_S, "pool": TIMEOUT_S}
        try:
            async with asyncio.timeout(TIMEOUT_S):
                pool = self._pool(urlsplit(url).scheme)
                async with pool.stream(
                    "POST", url, headers=headers, content=message.body, extensions={"timeout": times}
                ) as reply:
                    body = await _read_some(reply.aiter_stream())
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, TimeoutError) as error:
            raise Unavailable(f"the receiver did not answer ({str(error) or type(error).__name__})") from error
        return Answer(status=reply.status, body=body.decode(errors="replace"), retry_after=_retry_after(reply.headers))

    async def close(self) -> None:
        """Let go of the connections."""
        for pool in self._pools.values():
            await pool.aclose()

    def _pool(self, scheme: str) -> httpcore.AsyncConnectionPool:
        import httpcore  # noqa: PLC0415 - as above

        if scheme not in self._pools:
            encrypted = scheme == "https"
            self._pools[scheme] = httpcore.AsyncConnectionPool(
                ssl_context=ssl.create_default_context() if encrypted else None,
                max_connections=CONNECTIONS,
                max_keepalive_connections=CONNECTIONS // 4,
                keepalive_expiry=10,
                network_backend=_make_backend(private=self.private, encrypted=encrypted),
            )
        return self._pools[scheme]


def open_poster(settings: Settings) -> Poster:
    """The poster that the settings allow.

    Raises:
        Conflict: the setting is none of its words.
    """
    word = settings.webhook_addresses
    if word not in ("auto", "public", "any"):
        raise Conflict(f"WORKSTEAD_WEBHOOK_ADDRESSES is {word!r}; it may be auto, public or any")
    return Poster(private=word == "any" or (word == "auto" and settings.is_alone))


def judge(address: Ip, *, private: bool, encrypted: bool) -> None:
    """Refuse an address where no webhook may lead.

    Raises:
        InvalidInput: it is one.
    """
    plain = _unwrap(address)
    if plain.is_link_local or plain.is_multicast or plain.is_unspecified or plain in _METADATA:
        raise InvalidInput(f"no webhook may lead to {address}: machines find their own credentials there")
    if not plain.is_global and not private:
        raise InvalidInput(
            f"Webhook URL must not resolve to a non-public IP address, and {address} is one; "
            "WORKSTEAD_WEBHOOK_ADDRESSES=any allows it"
        )
    if plain.is_global and not encrypted:
        raise InvalidInput(f"a webhook to a public address such as {address} must begin with https://")


def _check_form(url: str, schemes: tuple[str, ...]) -> str:
    """The host of a URL that is of its form."""
    if not url.strip():
        raise InvalidInput(f"Webhook URL cannot be empty or just whitespace: {url!r}")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise InvalidInput(f"Invalid webhook URL: {error}") from error
    if parts.scheme not in schemes:
        raise InvalidInput(
            f"Invalid webhook URL scheme: {parts.scheme[:20]!r}. Allowed schemes are: {', '.join(schemes)}."
        )
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("Webhook URL must not include embedded credentials")
    if not parts.hostname:
        raise InvalidInput(f"Webhook URL must include a hostname: {url[:200]!r}")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidInput("Invalid webhook URL: letters beyond ASCII, blanks and control characters are to be escaped")
    return parts.hostname


def _find_literal(host: str) -> Ip | None:
    """The address that a host is in so many words."""
    if host == "localhost" or host.endswith(".localhost"):
        return ipaddress.ip_address("127.0.0.1")
    try:
        return ipaddress.ip_address(host)
    except ValueError as error:
        # 127.1, 0177.0.0.1 and 0x7f.1 are loopback to some resolvers, and something else to others.
        if host.rstrip(".").rpartition(".")[2][:1].isdigit():
            raise InvalidInput(f"Webhook URL host {host!r} is not a canonical IP address") from error
        return None


def _unwrap(address: Ip) -> Ip:
    """The IPv4 address that an IPv6 one carries, if it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _make_backend(*, private: bool, encrypted: bool) -> httpcore.AsyncNetworkBackend:
    import httpcore  # noqa: PLC0415 - as above

    plain = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    class Judging(httpcore.AsyncNetworkBackend):
        """Looks a name up, judges every address that it has, and connects to one of these."""

        async def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
            found = await _look_up(host, port)
            for address in found:
                judge(ipaddress.ip_address(address), private=private, encrypted=encrypted)
            for address in found[:-1]:
                try:
                    return await plain.connect_tcp(address, port, *args, **kwargs)
                except (httpcore.ConnectError, httpcore.ConnectTimeout):
                    continue
            return await plain.connect_tcp(found[-1], port, *args, **kwargs)

    return Judging()


async def _look_up(host: str, port: int) -> list[str]:
    """The addresses of a name.

    By a thread of its own, which nobody waits for when the server stops: a resolver that does not answer keeps those
    of the event loop's own pool, of which there are few, and the server with them.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def tell(addresses: list[str] | None, why: str = "") -> None:
        if found.done():
            return
        if addresses is None:
            found.set_exception(Unavailable(f"the receiver's name cannot be looked up ({why})"))
        else:
            found.set_result(addresses)

    def work() -> None:
        addresses, why = None, ""
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in told))
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or str(error)
        with suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(tell, addresses, why)

    threading.Thread(target=work, name="look a webhook's name up", daemon=True).start()
    return await found


async def _read_some(chunks: Any) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) >= ANSWER_MAX:
            break
    return bytes(body[:ANSWER_MAX])


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    told = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return float(told) if told.isdigit() and len(told) < 6 else None  # noqa: PLR2004 - a day and more is no answer
