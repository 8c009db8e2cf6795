"""Hands out Studio: one page for every address of its own, and the files that the page loads.

The files lie in ``static/``, made by ``studio/build.py``. The page carries a nonce, the only styles and scripts that
run are ours, and whoever is not signed in is led to the sign-in page first.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from litestar import MediaType, Request, Response, get
from litestar.response import Redirect

from workstead.access.guard import Doorman
from workstead.foundation.http import PUBLIC
from workstead_wire.errors import NotFound, NotSignedIn

_STATIC = Path(__file__).parent / "static"
_INDEX = _STATIC / "index.html"
_NONCE = "__NONCE__"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Workstead</title>
<style nonce="__NONCE__">body{font:16px/1.5 system-ui;max-width:34rem;margin:15vh auto;padding:0 1rem}</style>
<h1>Studio is not built</h1>
<p>The server runs, and scripts, notebooks and the command line can use it. Its web pages are missing: in a clone,
<code>make .stamps/studio</code> builds them (that needs the npm registry once); wheels bring them along.</p>
<p><a href="/api/v1/docs/">The API</a> is here all the same.</p></html>"""


@get(["/", "/{path:path}"], opt=PUBLIC, include_in_schema=False)
async def studio_page(request: Request[Any, Any, Any], doorman: Doorman) -> Response[str] | Redirect:
    """Studio's page, whatever the address: the page itself finds out what to show."""
    try:
        await doorman.find(request)
    except NotSignedIn:
        query = request.scope["query_string"].decode("latin-1")
        here = request.url.path + (f"?{query}" if query else "")
        return Redirect("/signin?next=" + quote(here, safe=""), status_code=303)
    nonce = secrets.token_urlsafe(16)
    headers = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _policy(nonce),
    }
    # A clone may still be building Studio when the server is up already: look again until it is there.
    html = (_index() if _INDEX.exists() else _MISSING).replace(_NONCE, nonce)
    return Response(html, media_type=MediaType.HTML, headers=headers)


@get("/assets/{name:str}", opt=PUBLIC, include_in_schema=False, sync_to_thread=True)
def studio_asset(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """A file of Studio's; its name holds its hash, so that browsers keep it for good."""
    kind = _TYPES.get(Path(name).suffix)
    if kind is None or not _INDEX.exists() or name not in _names():
        raise NotFound(f"Studio has no file {name[:80]!r}; reload the page, the server was updated")
    packed = f"{name}.gz"
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if packed in _names() and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        name = packed
    return Response((_STATIC / "assets" / name).read_bytes(), media_type=kind, headers=headers)


def _policy(nonce: str) -> str:
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; frame-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


@cache
def _index() -> str:
    return _INDEX.read_text()


@cache
def _names() -> frozenset[str]:
    return frozenset(file.name for file in (_STATIC / "assets").iterdir())


page_handlers = [studio_page, studio_asset]
