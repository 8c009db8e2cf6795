"""The handler that asks the server's mirror for files at dead addresses; every other request goes as ever."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Optional, Tuple
from urllib import request  # found in sys.modules even while it is being imported, as it is here
from urllib.error import HTTPError
from urllib.parse import quote

from workstead_wire.mirrored import MIRRORED_HOSTS

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.request import OpenerDirector, Request

_build_opener = request.build_opener


class MirrorHandler(request.BaseHandler):
    """Answers GET requests to mirrored hosts from the mirror; None leaves a request to the next handler."""

    handler_order = 50  # before the proxies' handler, which changes the request's host

    def http_open(self, req: Request) -> Optional[HTTPResponse]:
        """The mirror's answer, or None."""
        if req.host.partition(":")[0] in MIRRORED_HOSTS and req.get_method() == "GET":
            return _ask_mirror(req)
        return None

    https_open = http_open


def install() -> None:
    """Put the handler into every opener that ``urllib.request`` makes from now on."""

    def build_opener(*handlers: Any) -> OpenerDirector:
        opener = _build_opener(*handlers)
        opener.add_handler(MirrorHandler())
        return opener

    build_opener.__doc__ = _build_opener.__doc__
    build_opener.__module__ = request.__name__
    request.build_opener = build_opener


def _ask_mirror(req: Request) -> Optional[HTTPResponse]:
    """The mirror's answer; None when there is no server to ask, or it does not know the address.

    Raises:
        HTTPError: the mirror knows the file but has no way to it; the reason is the server's sentence.
    """
    found = _find_server()
    if found is None:
        return None
    url, token = found
    address = f"{url.rstrip('/')}/api/v1/mirror?url={quote(req.full_url, safe='')}"
    asked = request.Request(address, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - our server
    try:
        # The server is near or named by the user: no proxy stands between.
        opener = _build_opener(request.ProxyHandler({}))
        reply = opener.open(asked, timeout=getattr(req, "timeout", None))
    except HTTPError as error:
        body = error.read()
        sentence = _find_sentence(body)
        if sentence is None:
            return None
        raise HTTPError(req.full_url, error.code, sentence, error.headers, io.BytesIO(body)) from None
    except OSError:
        return None
    reply.url = req.full_url
    return reply


def _find_sentence(body: bytes) -> Optional[str]:
    """Why the mirror cannot help, in its words; None when the address is none of its own."""
    try:
        error = json.loads(body)["error"]
        return str(error["message"]) if error["details"].get("known", True) else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _find_server() -> Optional[Tuple[str, str]]:
    """URL and token of the server in use; None when there is no such pair."""
    try:
        from workstead_client.config import find_connection  # noqa: PLC0415 - only mirrored hosts need it

        url, token = find_connection()
    except Exception:  # noqa: BLE001 - a download elsewhere must not fail because nobody is signed in here
        return None
    return (url, token) if token else None
