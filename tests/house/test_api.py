"""The API's face: frozen, every route guarded, one shape for all that goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient

from api_schema import FROZEN, make_app, present
from live import Live
from workstead.foundation.http import answer_error
from workstead_wire.errors import ErrorReply, WorksteadError

VERBS = {"read", "write", "manage", "self", "public"}
DOCS = "/api/v1/docs"


def test_api_is_the_frozen_one() -> None:
    now, frozen = json.loads(present()), json.loads(FROZEN.read_text())
    drift = [
        f"{part} {key}"
        for part in ("paths", "schemas")
        for key in sorted(_part(now, part).keys() | _part(frozen, part).keys())
        if _part(now, part).get(key) != _part(frozen, part).get(key)
    ]
    assert drift == [], "the API changed: if that is meant, `make openapi` and commit"
    assert now == frozen


def _part(document: dict, part: str) -> dict:
    return document["paths"] if part == "paths" else document["components"]["schemas"]


def test_every_route_names_its_verb(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    handlers = {handler for route in app.routes for handler in getattr(route, "route_handlers", [])}
    handlers |= {route.route_handler for route in app.routes if hasattr(route, "route_handler")}
    assert len(handlers) > 20
    # Litestar adds OPTIONS handlers by itself; they tell the methods of a path and nothing else.
    without = [str(h) for h in handlers if h.opt.get("verb") not in VERBS and not _is_options(h)]
    assert without == []


def _is_options(handler: object) -> bool:
    return isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}


def test_every_native_route_is_tagged_with_its_room(tmp_path: Path) -> None:
    paths = make_app(tmp_path).openapi_schema.to_schema()["paths"]
    untagged = [path for path, methods in paths.items() for op in methods.values() if not op.get("tags")]
    assert untagged == []


def operations(server: Live) -> Iterator[tuple[str, str, dict]]:
    document = server.http.get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def check_shape(reply: httpx.Response) -> ErrorReply:
    assert reply.headers["content-type"].startswith("application/json"), reply.text
    body = msgspec.json.decode(reply.content, type=ErrorReply)
    assert body.error.message.strip()
    assert body.error.code == "error" or body.error.code in WorksteadError.by_code
    return body


def test_strangers_get_one_sentence_on_every_route(live_server: Live) -> None:
    open_to_all = []
    with httpx.Client(base_url=live_server.url, trust_env=False) as stranger:
        for method, path, _ in operations(live_server):
            reply = stranger.request(method, fill(path))
            if reply.status_code == 401:
                assert check_shape(reply).error.code == "not_signed_in"
            else:
                open_to_all.append(f"{method} {path}")
    assert sorted(open_to_all) == [
        "GET /api/v1/about",
        "POST /api/v1/access/devicecodes",
        "POST /api/v1/access/devicecodes/token",
    ]


def fill(path: str) -> str:
    """``path`` with a name that nothing has in place of each parameter."""
    return "/".join("0" if part.startswith("{") else part for part in path.split("/"))


def test_wrong_method_wrong_place_wrong_body(live_server: Live) -> None:
    for method, path, operation in operations(live_server):
        assert check_shape(live_server.http.request("TRACE", fill(path))).error.code in {"invalid_input", "not_found"}
        if "application/json" in operation.get("requestBody", {}).get("content", {}):
            headers = {"Content-Type": "application/json"}
            reply = live_server.http.request(method, fill(path), content=b"{", headers=headers)
            assert 400 <= reply.status_code < 500, (method, path, reply.status_code, reply.text)
            check_shape(reply)
    reply = live_server.http.get("/api/v1/nowhere")
    assert (reply.status_code, check_shape(reply).error.code) == (404, "not_found")


def test_bodies_that_are_missing_or_no_text(live_server: Live) -> None:
    address = "/api/v1/subscriptions"
    headers = {"content-type": "application/json"}
    for body, said in ((b"", "has no body"), (b'{"name":"\xff"}', "is not UTF-8")):
        reply = live_server.http.post(address, content=body, headers=headers)
        assert reply.status_code == 400
        assert said in check_shape(reply).error.message


def test_no_request_makes_a_server_error(live_server: Live) -> None:
    """Names that nothing has, with every verb: an answer of the 400s, never a fault of ours."""
    for method, path, operation in operations(live_server):
        if path.endswith("/access/me"):
            continue
        has_body = "requestBody" in operation
        headers = {"Content-Type": "application/json"}
        if path.endswith("/signout"):  # it revokes the token that it comes with, and the shared one is still needed
            made = live_server.call("POST", "/access/tokens", {"name": "to be signed out"})
            headers["Authorization"] = f"Bearer {made['secret']}"
        reply = live_server.http.request(method, fill(path), content=b"{}" if has_body else None, headers=headers)
        assert reply.status_code < 500, (method, path, reply.text)
        if reply.is_error:
            check_shape(reply)


def test_a_fault_of_ours_tells_nothing() -> None:
    @get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret detail")

    with TestClient(
        Litestar([broken], exception_handlers={Exception: answer_error}), raise_server_exceptions=False
    ) as client:
        reply = client.get("/broken")
    assert reply.status_code == 500
    assert "secret" not in reply.text
    check_shape(reply)


@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""])
def test_names_that_are_not_ours_are_refused(live_server: Live, name: str) -> None:
    reply = live_server.http.get("/api/v1/about", headers={"Host": name})
    assert reply.status_code in {400, 403}
    if reply.status_code == 403:
        assert "WORKSTEAD_ALLOWED_HOSTS" in check_shape(reply).error.message


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST:1", "[::1]:5"])
def test_loopback_names_are_ours(live_server: Live, name: str) -> None:
    reply = live_server.http.get("/api/v1/about", headers={"Host": name})
    assert reply.status_code == 200
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["x-frame-options"] == "SAMEORIGIN"


def test_docs_page_needs_no_network(live_server: Live) -> None:
    reply = httpx.get(live_server.url + DOCS, trust_env=False)
    assert reply.status_code == 200
    assert "create_workspace" in reply.text or "CreateWorkspace" in reply.text
    assert "http://" not in reply.text
    assert "https://" not in reply.text
    assert "<script" not in reply.text
