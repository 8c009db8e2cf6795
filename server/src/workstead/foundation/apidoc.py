"""The API's documentation page: the OpenAPI schema as one plain HTML page that needs no script and no network."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from litestar import Request, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin

from workstead.foundation.http import PUBLIC
from workstead_wire import API

Json = dict[str, Any]

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 68rem; padding: 1rem 1.5rem 6rem }
code, h3 { font-family: ui-monospace, monospace }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere }
section { border-top: 1px solid #8884; padding: .8rem 0 }
section:target { background: #ffd3 }
h3 b { display: inline-block; min-width: 4.5rem; color: #0f6cbd }
p { margin: .3rem 0 }
table { border-collapse: collapse; margin: .4rem 0 }
td { border-top: 1px solid #8882; padding: .15rem 1rem .15rem 0; vertical-align: top }
nav a { margin-right: 1rem }
"""


class ApiPage(OpenAPIRenderPlugin):
    """Renders the schema as a page: every route by room, then every body."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:
        """The page, in UTF-8."""
        del request
        return "".join(_page(openapi_schema)).encode()


def api_docs(title: str, version: str) -> OpenAPIConfig:
    """The page at ``/api/v1/docs`` and the schema beside it."""
    router = Router(f"{API}/docs", route_handlers=[], opt=PUBLIC, include_in_schema=False)
    plugins = [JsonRenderPlugin(path="/openapi.json"), ApiPage(path="/")]
    return OpenAPIConfig(
        title=title, version=version, openapi_router=router, render_plugins=plugins, use_handler_docstrings=True
    )


@get("/openapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def read_openapi(request: Request[Any, Any, Any]) -> Json:
    """The schema at its stable address."""
    return request.app.openapi_schema.to_schema()


def _page(schema: Json) -> Iterator[str]:
    info = schema["info"]
    rooms = _by_room(schema["paths"])
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(info['title'])} API</title>"
    yield f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style>"
    yield f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>"
    yield f"<p>The same for programs: <a href='{API}/openapi.json'>openapi.json</a>. Sign in with the header "
    yield "<code>Authorization: Bearer &lt;token&gt;</code>; the owner's token is the file <code>token</code> in "
    yield "the server's home.</p><nav>"
    yield from (f"<a href='#{escape(room)}'>{escape(room)}</a>" for room in [*rooms, "bodies"])
    yield "</nav>"
    for room, operations in rooms.items():
        yield f"<h2 id='{escape(room)}'>{escape(room)}</h2>"
        for method, path, operation in operations:
            yield from _operation(method, path, operation)
    yield "<h2 id=bodies>bodies</h2>"
    for name, body in sorted(schema.get("components", {}).get("schemas", {}).items()):
        yield from _body(name, body)


def _by_room(paths: Json) -> dict[str, list[tuple[str, str, Json]]]:
    rooms: dict[str, list[tuple[str, str, Json]]] = {}
    for path, methods in sorted(paths.items()):
        for method, operation in methods.items():
            # A path's own parameters stand beside its methods.
            if method != "parameters":
                room = operation.get("tags", ["other"])[0]
                rooms.setdefault(room, []).append((method.upper(), path, operation))
    return dict(sorted(rooms.items()))


def _operation(method: str, path: str, operation: Json) -> Iterator[str]:
    name = escape(operation.get("operationId", f"{method} {path}"))
    yield f"<section id='{name}'><h3><b>{method}</b> {escape(path)}</h3>"
    yield f"<p>{escape(operation.get('description') or operation.get('summary', ''))}</p>"
    parameters = [p for p in operation.get("parameters", []) if p.get("in") != "path"]
    if parameters:
        yield "<table>"
        for parameter in parameters:
            yield f"<tr><td><code>{escape(parameter['name'])}</code><td>{escape(parameter['in'])}"
            yield f"<td>{_kind(parameter.get('schema', {}))}<td>{escape(parameter.get('description', ''))}"
        yield "</table>"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>takes {_kind(content.get('schema', {}))} <small>{escape(kind)}</small></p>"
    for status, reply in sorted(operation.get("responses", {}).items()):
        if status < "400":
            kinds = [_kind(content.get("schema", {})) for content in reply.get("content", {}).values()]
            yield f"<p>{escape(status)} {' or '.join(kinds)}</p>"
    yield "</section>"


def _body(name: str, body: Json) -> Iterator[str]:
    yield f"<section id='body-{escape(name)}'><h3>{escape(name)}</h3><p>{escape(body.get('description', ''))}</p>"
    required = set(body.get("required", []))
    yield "<table>"
    for field, kind in body.get("properties", {}).items():
        need = "" if field in required else "optional"
        yield f"<tr><td><code>{escape(field)}</code><td>{_kind(kind)}<td>{need}"
    yield "</table></section>"


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f"<a href='#body-{name}'>{name}</a>"
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(_kind(choice) for choice in schema[word]))
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_kind(schema['additionalProperties'])}"
    kind: str | list[str] = schema.get("type", "anything")
    return escape(kind if isinstance(kind, str) else " or ".join(kind))
