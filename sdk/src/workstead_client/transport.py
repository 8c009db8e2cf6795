"""The way to a server: one pooled, retried, authenticated HTTP connection; errors come back as they were raised."""

from __future__ import annotations

import os
import random
import time
from contextlib import contextmanager
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    BinaryIO,
    Callable,
    Dict,
    Generator,
    Iterator,
    Mapping,
    Optional,
    TypeVar,
    Union,
    overload,
)

import msgspec

from workstead_client.fetching import CHUNK, fetch
from workstead_client.replies import RETRY_STATUS, raise_from, read_reply, reason_of
from workstead_client.sending import each_block, find_size
from workstead_wire import API, PROTOCOL, VERSION
from workstead_wire.access import About
from workstead_wire.base import Page
from workstead_wire.errors import Unavailable, Unreachable, VersionMismatch

if TYPE_CHECKING:
    from typing import Type

    from urllib3 import BaseHTTPResponse, PoolManager

T = TypeVar("T")
Params = Mapping[str, Any]
Body = Union[msgspec.Struct, bytes, BinaryIO, None]
TokenSource = Union[str, None, Callable[[], Optional[str]]]

CONNECT_S = 5.0
READ_S = 60.0
RETRY_S = 20.0
"""How long a call that may be repeated is tried again while the server does not answer."""
_BAD = 400
_ELSEWHERE = 307
_GOOD = (200, 201, 206)
_DIRECT = {"Workstead-Direct": "1"}
_NEUTRAL = {"User-Agent": f"workstead-sdk/{VERSION}"}


class Transport:
    """Calls to the server at ``url``. Address and token may be functions that give the present ones.

    Safe to share between threads, and after a fork.
    """

    def __init__(self, url: Union[str, Callable[[], str]], token: TokenSource = None) -> None:
        self._url = url
        self._token = token
        self._pool: Optional[PoolManager] = None
        self._pool_pid = 0
        self._about: Optional[About] = None

    @property
    def url(self) -> str:
        """The address in use at this moment."""
        return (self._url() if callable(self._url) else self._url).rstrip("/")

    @property
    def direct(self) -> bool:
        """Whether the server lets large files go straight to object storage."""
        self.check_server()
        return self._about is not None and self._about.direct

    @property
    def token(self) -> Optional[str]:
        """The secret in use at this moment."""
        return self._token() if callable(self._token) else self._token

    @overload
    def request(
        self, method: str, path: str, *, type: Type[T], params: Optional[Params] = ..., body: Body = ...,
        headers: Optional[Mapping[str, str]] = ..., timeout_s: float = ..., retry_s: Optional[float] = ...,
    ) -> T: ...  # fmt: skip

    @overload
    def request(
        self, method: str, path: str, *, params: Optional[Params] = ..., body: Body = ...,
        headers: Optional[Mapping[str, str]] = ..., timeout_s: float = ..., retry_s: Optional[float] = ...,
    ) -> None: ...  # fmt: skip

    def request(
        self,
        method: str,
        path: str,
        *,
        type: Optional[Any] = None,  # noqa: A002 - msgspec's own word for it
        params: Optional[Params] = None,
        body: Body = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout_s: float = READ_S,
        retry_s: Optional[float] = None,
    ) -> Any:
        """Call a route and decode its answer as ``type``.

        Args:
            method: the HTTP method. GET, HEAD, PUT and DELETE are repeated while the server does not answer.
            path: the route, percent-encoded, beginning with ``/``.
            type: what the answer is decoded as; None ignores it.
            params: the query; None values are left out, lists are repeated.
            body: a Struct (sent as JSON), bytes, or an open file (sent as a stream).
            headers: further headers.
            timeout_s: seconds to wait for an answer.
            retry_s: how long to try again; 20 s for methods that may be repeated, else 0.

        Raises:
            WorksteadError: the class that the server raised; Unreachable when nothing answers.
        """
        with self._open(method, path, params, body, headers, timeout_s, retry_s) as reply:
            data = read_reply(reply, self.url)
        return msgspec.json.decode(data, type=type) if type is not None else None

    def download(
        self,
        path: str,
        target: Path,
        *,
        params: Optional[Params] = None,
        progress: Optional[Callable[[int], None]] = None,
    ) -> int:
        """Write an answer's bytes to ``target``, whole or not at all; a broken connection is taken up where it broke.

        Returns the number of bytes. ``progress`` is called with the number written so far.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            size = fetch(lambda headers: self._open_direct(path, params, headers), fresh, progress)
            fresh.replace(target)
        finally:
            if fresh.exists():
                fresh.unlink()
        return size

    def put_elsewhere(self, address: str, headers: Mapping[str, str], content: bytes) -> bool:
        """Put bytes at a signed address of somebody else, without our token; whether they are there."""
        reply = self._elsewhere("PUT", address, dict(headers), content)
        if reply is None:
            return False
        reply.drain_conn()
        reply.release_conn()
        return True

    def lines(self, path: str, *, timeout_s: float = READ_S) -> Iterator[bytes]:
        """The lines of an answer that goes on, as they come; closing the iterator hangs up.

        Raises:
            Unreachable: the connection broke, or nothing came for ``timeout_s``.
        """
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - urllib3 is loaded by the first call

        with self._open("GET", path, None, None, None, timeout_s, None) as reply:
            rest, whole = b"", False
            try:
                for chunk in reply.stream(CHUNK):
                    *found, rest = (rest + chunk).split(b"\n")
                    yield from found
                whole = True
            except HTTPError as error:
                raise Unreachable(f"the stream from {self.url} broke off: {reason_of(error)}") from None
            finally:
                if not whole:
                    reply.close()  # what has not been read must not be met by the next call

    def check_server(self) -> None:
        """Make sure that a server of our protocol answers; asks once.

        Raises:
            VersionMismatch: it is older or newer, or no Workstead server at all.
        """
        if self._about is not None:
            return
        # Without the protocol's number, which a server of another one would refuse before it says which it is.
        reply = self._once("GET", f"{API}/about", None, None, {}, READ_S, _NEUTRAL)
        if reply.status in RETRY_STATUS:
            raise_from(reply)
        try:
            about = msgspec.json.decode(read_reply(reply, self.url), type=About)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            about = None
        if about is None or about.product != "workstead":
            raise VersionMismatch(f"what answers at {self.url} is no Workstead server; check the address")
        if about.protocol != PROTOCOL:
            side = "older" if about.protocol < PROTOCOL else "newer"
            raise VersionMismatch(
                f"the server at {self.url} ({about.version}) is {side} than this SDK ({VERSION}): "
                f"it speaks protocol {about.protocol}, the SDK {PROTOCOL}; install workstead-sdk {about.version}"
            )
        self._about = about

    @contextmanager
    def _open_direct(
        self, path: str, params: Optional[Params], headers: Dict[str, str]
    ) -> Generator[BaseHTTPResponse, None, None]:
        """An answer to a download: from object storage if the server leads there and it can be reached."""
        with self._open("GET", path, params, None, {**headers, **_DIRECT}, READ_S, None) as reply:
            if reply.status != _ELSEWHERE:
                yield reply
                return
            address = reply.headers["Location"]
            reply.drain_conn()
        found = self._elsewhere("GET", address, headers)
        if found is None:
            with self._open("GET", path, params, None, headers, READ_S, None) as reply:
                yield reply
            return
        try:
            yield found
        except BaseException:
            found.close()
            raise
        finally:
            found.release_conn()

    def _elsewhere(
        self, method: str, address: str, headers: Dict[str, str], content: Optional[bytes] = None
    ) -> Optional[BaseHTTPResponse]:
        """What a signed address answers, asked without our token; None if nothing good."""
        from urllib3 import Timeout  # noqa: PLC0415 - urllib3 is loaded by the first call
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            found = self._manager().request(
                method, address, body=content, headers=headers, preload_content=False, redirect=False, retries=False,
                timeout=Timeout(connect=CONNECT_S, read=READ_S),
            )  # fmt: skip
        except (HTTPError, OSError):
            return None
        if found.status in _GOOD:
            return found
        found.close()
        return None

    @contextmanager
    def _open(
        self, method: str, path: str, params: Optional[Params], body: Body, headers: Optional[Mapping[str, str]],
        timeout_s: float, retry_s: Optional[float],
    ) -> Generator[BaseHTTPResponse, None, None]:  # fmt: skip
        """An answer below 400, its body not yet read."""
        self.check_server()
        if retry_s is None:
            repeatable = method not in {"POST", "PATCH"} and not hasattr(body, "read")
            retry_s = RETRY_S if repeatable else 0.0
        deadline = time.monotonic() + retry_s
        pause = 0.05
        while True:
            try:
                reply = self._once(method, path, params, body, dict(headers or {}), timeout_s)
                if reply.status >= _BAD:
                    raise_from(reply)
            except Unavailable:
                if time.monotonic() + pause > deadline:
                    raise
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
                pause = min(pause * 2, 2.0)
                continue
            break
        try:
            yield reply
        except BaseException:
            reply.close()  # what is left unread must not become the next call's answer
            raise
        finally:
            reply.release_conn()

    def _once(
        self, method: str, path: str, params: Optional[Params], body: Body, headers: Dict[str, str],
        timeout_s: float, own: Optional[Mapping[str, str]] = None,
    ) -> BaseHTTPResponse:  # fmt: skip
        from urllib3 import Timeout  # noqa: PLC0415 - urllib3 is loaded by the first call
        from urllib3.exceptions import HTTPError, LocationValueError  # noqa: PLC0415

        headers.update(self._own_headers() if own is None else own)
        if isinstance(body, msgspec.Struct):
            body = msgspec.json.encode(body)
            headers["Content-Type"] = "application/json"
        sent = _sent(body, headers)
        try:
            return self._manager().request(
                method, self.url + path + _query(params), body=sent, headers=headers, preload_content=False,
                redirect=False, retries=False, timeout=Timeout(connect=CONNECT_S, read=timeout_s),
            )  # fmt: skip
        except (HTTPError, LocationValueError, OSError) as error:
            raise Unreachable(
                f"no server answers at {self.url} ({reason_of(error)}); start one with `workstead up`, "
                "or name the right one with `workstead login URL`"
            ) from None

    def _own_headers(self) -> Dict[str, str]:
        headers = {"Workstead-Protocol": str(PROTOCOL), "User-Agent": f"workstead-sdk/{VERSION}"}
        token = self.token
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def _manager(self) -> PoolManager:
        if self._pool is None or self._pool_pid != os.getpid():
            from urllib3 import PoolManager  # noqa: PLC0415

            ca_file = os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE")
            self._pool = PoolManager(maxsize=8, ca_certs=ca_file, blocksize=CHUNK)
            self._pool_pid = os.getpid()
        return self._pool


def iterate(call: Callable[..., Page[T]], *args: Any, **kwargs: Any) -> Iterator[T]:
    """All items of a paged list: ``iterate(runs.list_runs, http, where, experiment="x")``."""
    kwargs.setdefault("limit", 500)
    while True:
        page = call(*args, **kwargs)
        yield from page.items
        if page.next_cursor is None:
            return
        kwargs["cursor"] = page.next_cursor


def _sent(body: Union[bytes, BinaryIO, None], headers: Dict[str, str]) -> Any:
    """A body as urllib3 takes it. A stream goes with its length where that is known, which spares the server work."""
    if body is None or isinstance(body, bytes):
        return body
    size = find_size(body)
    if not size or not hasattr(body, "readinto"):
        return body
    headers["Content-Length"] = str(size)
    return each_block(body, size)


def _query(params: Optional[Params]) -> str:
    from urllib.parse import urlencode  # noqa: PLC0415 - keeps `import azureml.core` light

    given = {key: _text(value) for key, value in (params or {}).items() if value is not None and value != []}
    return "?" + urlencode(given, doseq=True) if given else ""


def _text(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value
