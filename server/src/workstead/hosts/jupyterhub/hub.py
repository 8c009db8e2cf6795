"""Speaks with JupyterHub's REST API, and with the Jupyter of one of its servers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from workstead_wire.errors import Unavailable

ANSWER_S = 20
"""How long JupyterHub may take for an answer. Unless told otherwise it waits 10 s for a start before it answers."""
TRIES = 3
PAUSE_S = 0.5
"""Between two tries, and twice as long before each further one."""
_AWAY = (429, 502, 503, 504)
SCOPES = ("admin:users", "servers", "delete:servers", "tokens", "access:servers")
"""What the token must be allowed to do there."""

T = TypeVar("T")


class Server(msgspec.Struct, frozen=True):
    """What JupyterHub says of one of a user's servers."""

    ready: bool = False
    pending: str | None = None

    @property
    def is_up(self) -> bool:
        """Whether it runs. While JupyterHub asks its process how it is, it calls it pending and not ready."""
        return self.ready or self.pending == "check"


class User(msgspec.Struct, frozen=True):
    """What it says of a user."""

    servers: dict[str, Server] = {}


class Token(msgspec.Struct, frozen=True):
    """A token that it has made."""

    id: str
    token: str


class Event(msgspec.Struct, frozen=True):
    """One word on how far the start of a server has come."""

    message: str = ""
    ready: bool = False
    failed: bool = False


class Hub:
    """One JupyterHub. Nothing here may be shown that holds ``token``."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        self.address = f"{parts.scheme}://{parts.netloc}"
        self.base = parts.path
        self._token = token
        self._trusted = ssl.create_default_context() if parts.scheme == "https" else False

    async def find_server(self, user: str, name: str) -> Server | None:
        """The server as JupyterHub sees it; None where it does not run."""
        reply = await self._ask("GET", f"/users/{quote(user, safe='')}", fine=(404,))
        if reply.status_code == HTTPStatus.NOT_FOUND:
            return None
        return self._read(reply, User).servers.get(name)

    async def make_user(self, user: str) -> None:
        """Let there be that user."""
        await self._ask("POST", f"/users/{quote(user, safe='')}", fine=(409,))

    async def start_server(self, user: str, name: str, options: dict[str, Any]) -> bool:
        """Begin to start it; False where it is still on its way out, and can only be started once it has gone.

        ``options`` reach its spawner; JupyterHub keeps and shows them, so no secret goes in.
        """
        reply = await self._ask("POST", _server(user, name), body=options, fine=(400,))
        if reply.status_code != HTTPStatus.BAD_REQUEST:
            return True
        if " is pending " in _words(reply):
            return False
        server = await self.find_server(user, name)
        if server is None or not server.is_up:
            raise Unavailable(f"JupyterHub did not start {name!r}: {_words(reply)}")
        return True

    async def follow_start(self, user: str, name: str) -> AsyncIterator[Event]:
        """What JupyterHub tells of a start, until it is done. Give it a deadline: a start may take long."""
        async with (
            self._client(read=None) as http,
            http.stream("GET", f"{self.url}/hub/api{_server(user, name)}/progress") as reply,
        ):
            if reply.is_error:
                return
            async for line in reply.aiter_lines():
                if line.startswith("data:"):
                    yield self._decode(line.removeprefix("data:"), Event)

    async def stop_server(self, user: str, name: str, *, remove: bool = False) -> bool:
        """Begin to stop it; with ``remove`` JupyterHub forgets it too. Whether it has stopped already."""
        body = {"remove": True} if remove else None
        reply = await self._ask("DELETE", _server(user, name), body=body, fine=(400, 404))
        return reply.status_code in (204, 404)

    async def make_token(self, user: str, name: str, lifetime_s: int) -> Token:
        """A token of the user's that reaches this one server and nothing else."""
        scope = f"access:servers!server={user}/{name}"
        asked = {"note": "Workstead", "expires_in": lifetime_s, "scopes": [scope]}
        reply = await self._ask("POST", f"/users/{quote(user, safe='')}/tokens", body=asked)
        return self._read(reply, Token)

    async def delete_token(self, user: str, token: str) -> None:
        """Let a token hold no more."""
        await self._ask("DELETE", f"/users/{quote(user, safe='')}/tokens/{quote(token, safe='')}", fine=(404,))

    async def write_file(self, prefix: str, secret: str, path: str, text: str) -> None:
        """Write a file through the Jupyter of a running server, its folders too."""
        headers = {"Authorization": f"token {secret}"}
        folders = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]
        wanted: list[tuple[str, dict[str, str]]] = [(folder, {"type": "directory"}) for folder in folders]
        wanted.append((path, {"type": "file", "format": "text", "content": text}))
        async with self._client(headers) as http:
            for name, model in wanted:
                address = f"{self.address}{prefix}/api/contents/{quote(name)}"
                reply = await self._try(http, "PUT", address, model)
                if reply.is_error:
                    raise Unavailable(
                        f"the server behind JupyterHub does not take {name!r} ({_words(reply)}); "
                        "its Spawner needs the hook that the page on JupyterHub shows"
                    )

    async def _ask(self, method: str, path: str, *, body: object = None, fine: tuple[int, ...] = ()) -> httpx.Response:
        """Ask JupyterHub's API, again a few times while nobody is there.

        Raises:
            Unavailable: it did not answer, or said no with a status that is not in ``fine``.
        """
        async with self._client() as http:
            reply = await self._try(http, method, f"{self.url}/hub/api{path}", body)
        if reply.status_code in (401, 403):
            raise Unavailable(
                f"JupyterHub at {self.url} refuses {method} {path}: WORKSTEAD_JUPYTERHUB_TOKEN is wrong or lacks "
                f"one of the scopes {', '.join(SCOPES)}"
            )
        if (reply.is_error or reply.is_redirect) and reply.status_code not in fine:
            raise Unavailable(f"JupyterHub at {self.url} answered {method} {path} with {_words(reply)}")
        return reply

    async def _try(self, http: httpx.AsyncClient, method: str, address: str, body: object) -> httpx.Response:
        pause = PAUSE_S
        for left in range(TRIES - 1, -1, -1):
            try:
                async with asyncio.timeout(ANSWER_S):
                    reply = await http.request(method, address, json=body)
                if reply.status_code not in _AWAY or not left:
                    return reply
            except (httpx.TransportError, TimeoutError) as error:
                if not left:
                    words = str(error) or f"no answer within {ANSWER_S} s"
                    raise Unavailable(f"JupyterHub at {self.url} does not answer: {words}") from error
            await asyncio.sleep(pause)
            pause *= 2
        raise AssertionError("unreachable")

    def _client(self, headers: dict[str, str] | None = None, read: float | None = ANSWER_S) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers=headers or {"Authorization": f"token {self._token}"},
            timeout=httpx.Timeout(ANSWER_S, read=read),
            verify=self._trusted,
            trust_env=False,
        )

    def _read(self, reply: httpx.Response, kind: type[T]) -> T:
        return self._decode(reply.content, kind)

    def _decode(self, text: bytes | str, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(text, type=kind)
        except msgspec.MsgspecError as error:
            raise Unavailable(
                f"what answers at {self.url} does not speak as JupyterHub does ({error}); "
                "is WORKSTEAD_JUPYTERHUB_URL its address?"
            ) from error


def _server(user: str, name: str) -> str:
    return f"/users/{quote(user, safe='')}/servers/{quote(name, safe='')}"


def _words(reply: httpx.Response) -> str:
    """What an answer says, in short."""
    try:
        said = msgspec.json.decode(reply.content, type=dict[str, Any]).get("message", "")
    except msgspec.MsgspecError:
        said = ""
    return f"{reply.status_code} {str(said)[:300] or reply.reason_phrase}"
