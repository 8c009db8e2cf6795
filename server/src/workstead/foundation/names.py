"""Names of resources as hosts: a request to ``<name>.<service>.<host>`` is one to ``<prefix>/<name>`` on the host."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from litestar.types import ASGIApp, Receive, Scope, Send

from workstead.foundation.shield import host_name


def by_name(app: ASGIApp, prefixes: Mapping[str, str]) -> ASGIApp:
    """``app``, with requests to resources' own names moved below their prefix. ``prefixes`` holds one a service."""

    async def named(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            name, _, rest = host_name(scope).partition(".")
            prefix = prefixes.get(rest.partition(".")[0])
            if prefix and "." in rest:
                front = f"{prefix}/{quote(name, safe='')}"
                scope["path"] = front + scope["path"]
                scope["raw_path"] = front.encode() + scope["raw_path"]
        await app(scope, receive, send)

    return named
