"""What an attacker would try, against a real server: on the network, in a browser, and on its disk."""

from __future__ import annotations

import base64
import json
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

import live
from live import Live
from workstead.access.service import WAITING_MAX
from workstead_client import config
from workstead_wire import API

EVIL = "http://evil.example"


@pytest.fixture
def anonymous(live_server: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live_server.url, trust_env=False, follow_redirects=False) as client:
        yield client


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Live]:
    """A server that a test may fill up, on a home that was there before with a wide mode."""
    (tmp_path / "home").mkdir(mode=0o755)
    with live.running(tmp_path / "home") as server:
        yield server


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def make_token(server: Live, **asked: object) -> str:
    return server.call("POST", "/access/tokens", {"name": "test", **asked})["secret"]


def mutating(server: Live) -> list[tuple[str, str]]:
    """Method and path of every route that changes something and needs a caller; names filled in."""
    paths = server.http.get(f"{API}/openapi.json").json()["paths"]
    return [
        (method.upper(), re.sub(r"{[^}]+}", "x", path.replace("{origin}", "ExperimentRun").replace("{number}", "1")))
        for path, methods in paths.items()
        for method in methods.keys() & {"put", "post", "patch", "delete"}
        if "/access/devicecodes" not in path
    ]


def raw(server: Live, request: bytes) -> bytes:
    """The beginning of the answer to bytes as they are."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as stream:
        stream.sendall(request)
        return stream.recv(65536)


@pytest.mark.parametrize("origin", [None, EVIL, "null", "http://127.0.0.1:9"])
def test_no_page_of_another_origin_changes_anything_by_the_cookie(live_server, anonymous, origin) -> None:
    headers = {"Cookie": f"workstead_session={live_server.token}", "Content-Type": "text/plain"}
    headers |= {"Origin": origin} if origin else {}
    routes = mutating(live_server)
    assert len(routes) > 25
    replies = {route: anonymous.request(*route, headers=headers, content=b"{}").status_code for route in routes}
    assert {route: status for route, status in replies.items() if status != 403} == {}


def test_a_reader_and_a_stranger_change_nothing(live_server, anonymous) -> None:
    reader = bearer(make_token(live_server, role="Reader"))
    # What is the caller's own, as a star is, and what only asks.
    own = {"/access/tokens", "/access/signout", "/access/links", "/fetch", "/snapshots/missing", "/star"}
    for method, path in mutating(live_server):
        assert anonymous.request(method, path, json={}).status_code == 401, (method, path)
        if not path.endswith(tuple(own)):
            assert anonymous.request(method, path, json={}, headers=reader).status_code == 403, (method, path)


def test_no_other_site_signs_a_browser_in(live_server, anonymous) -> None:
    form = {"token": live_server.token}
    reply = anonymous.post("/signin", data=form, headers={"Origin": EVIL})
    assert reply.status_code == 403
    assert "set-cookie" not in reply.headers
    assert anonymous.post("/signin", data=form, headers={"Origin": live_server.url}).status_code == 303


def test_the_cookie_is_secure_where_the_server_is_reached_by_https(live_server, anonymous) -> None:
    for scheme, secure in (("https", True), ("http", False)):
        reply = anonymous.post("/signin", data={"token": live_server.token}, headers={"X-Forwarded-Proto": scheme})
        assert ("secure" in reply.headers["set-cookie"].lower()) is secure


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "evil@localhost", "localhost/@evil", "localhost:80:90", "", "a b"],
)
def test_foreign_and_odd_host_names_are_refused(live_server, host) -> None:
    answer = raw(live_server, f"GET /api/v1/about HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.split()[1] in (b"400", b"403")


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\r\nX-Evil: 1", EVIL, ""])
def test_nothing_leads_off_the_server(live_server, anonymous, path) -> None:
    assert live_server.http.post(f"{API}/access/links", json={"next": path}).status_code == 400
    reply = anonymous.post("/signin", data={"token": live_server.token, "next": path})
    assert reply.headers["location"] == "/"


def test_what_a_short_token_makes_ends_with_it(live_server, anonymous, workspace) -> None:
    short = {"scope": workspace.id, "lifetime_s": 600}
    headers = bearer(make_token(live_server, **short))
    made = anonymous.post(f"{API}/access/tokens", headers=headers, json={"name": "n", "scope": workspace.id})
    link = urlsplit(anonymous.post(f"{API}/access/links", headers=headers, json={}).json()["url"])
    anonymous.get(f"{link.path}?{link.query}")
    codes = anonymous.post(f"{API}/access/devicecodes").json()
    anonymous.post("/devicelogin", headers=headers, data={"code": codes["user_code"]})
    device = anonymous.post(f"{API}/access/devicecodes/token", json={"device_code": codes["device_code"]})
    limit = made.json()["token"]["expires_at"]
    assert limit is not None
    assert device.json()["token"]["expires_at"] == limit
    sessions = [it for it in live_server.call("GET", "/access/tokens")["items"] if it["name"] == "browser session"]
    assert sessions[0]["expires_at"] == limit


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "x" * 129}, {"name": "a\nERROR"}, {"name": ""}, {"scope": "/"}, {"scope": "/a b/c"},
        {"scope": "/subscriptions/" + "x" * 600}, {"lifetime_s": 1e300}, {"lifetime_s": -1},
    ],
)  # fmt: skip
def test_a_token_of_odd_form_is_refused(live_server, asked) -> None:
    reply = live_server.http.post(f"{API}/access/tokens", json={"name": "n", **asked})
    assert reply.status_code == 400
    assert len(reply.text) < 500


def test_codes_cannot_be_guessed_nor_fill_the_server(own_server) -> None:
    answers = [own_server.http.post("/devicelogin", data={"code": f"AAAAAAAA{n}"}).text for n in range(21)]
    assert "is not waiting" in answers[19]
    assert "wrong codes were typed" in answers[20]
    for _ in range(WAITING_MAX):
        assert own_server.http.post(f"{API}/access/devicecodes").status_code == 201
    assert own_server.http.post(f"{API}/access/devicecodes").status_code == 503


def test_no_secret_lies_in_the_home_and_nothing_there_is_open_to_others(own_server) -> None:
    http, owner = own_server.http, own_server.token
    secrets = {"owner": owner, "token": make_token(own_server)}
    link = urlsplit(http.post(f"{API}/access/links", json={}).json()["url"])
    secrets["link"] = link.query.removeprefix("code=")
    cookie = http.get(f"{link.path}?{link.query}").headers["set-cookie"]
    secrets["session"] = cookie.partition("=")[2].partition(";")[0]
    codes = http.post(f"{API}/access/devicecodes").json()
    secrets["code"] = codes["device_code"]
    http.post("/devicelogin", data={"code": codes["user_code"]})
    redeemed = http.post(f"{API}/access/devicecodes/token", json={"device_code": codes["device_code"]})
    secrets["device"] = redeemed.json()["secret"]
    http.get(f"{API}/mirror", params={"url": f"http://[{owner}"})
    http.get("/signin", params={"code": owner})
    where = own_server.make_workspace("one")
    http.put(f"{where.url}/artifacts/ExperimentRun/dcid.x/a/b.txt", content=b"x").raise_for_status()

    files = [file for file in own_server.home.rglob("*") if "user" not in file.parts and file.name != "test-server.log"]
    assert len(files) > 8
    assert [str(file) for file in files if stat.S_IMODE(file.lstat().st_mode) & 0o077] == []
    found = {
        (name, file.name)
        for file in [*files, own_server.home / "test-server.log"]
        if file.is_file()
        for name, secret in secrets.items()
        if len(secret) > 20 and secret.encode() in file.read_bytes()
    }
    assert found == {("owner", "token")}
    assert all(len(secret) > 20 for secret in secrets.values())


def test_a_token_file_that_was_open_to_others_is_closed(tmp_path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "token").write_text("wst_" + "x" * 40)
    (home / "token").chmod(0o644)
    with live.running(home):
        assert stat.S_IMODE((home / "token").stat().st_mode) == 0o600


def test_after_a_crash_the_token_goes_to_nobody(tmp_path, monkeypatch) -> None:
    server = live.start(tmp_path / "home")
    for name in ("WORKSTEAD_URL", "WORKSTEAD_TOKEN", "WORKSTEAD_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WORKSTEAD_HOME", str(tmp_path / "home"))
    assert config.find_token(server.url) == server.token
    server.kill()
    assert (tmp_path / "home" / "server.json").exists()
    assert config.find_own_server() is None
    assert config.find_token(server.url) is None


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"name":' * 20_000, b'{"name":"x","a":' + b'{"a":' * 50_000])
@pytest.mark.parametrize("path", ["/access/tokens", "/access/devicecodes/token"])
def test_json_without_end_is_refused(live_server, path, body) -> None:
    reply = live_server.http.post(API + path, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400


@pytest.mark.parametrize("cursor", [[10**30, "x"], [2**63, "x"], [-(2**63), "x"], ["x"], [1, "x", 2], []])
def test_forged_cursors_are_refused(live_server, cursor) -> None:
    forged = base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")
    assert live_server.http.get(f"{API}/access/tokens", params={"cursor": forged}).status_code == 400


@pytest.mark.parametrize("url", ["http://[", "http://127.0.0.1/", "file:///etc/passwd", "//", "x" * 50_000])
def test_the_mirror_fetches_nothing_but_its_own_files(live_server, url) -> None:
    reply = live_server.http.get(f"{API}/mirror", params={"url": url})
    assert reply.status_code == 404
    assert reply.json()["error"]["details"] == {"known": False}
    assert len(reply.text) < 1000


def test_long_values_are_not_echoed_whole(live_server, workspace) -> None:
    reply = live_server.http.get(f"{workspace.url}/runs", params={"order_by": "a" * 50_000})
    assert reply.status_code == 400
    assert len(reply.text) < 5000


@pytest.mark.parametrize("path", ["../x", "a/../../x", "..%2fx", "%2e%2e/x", "a%00b", "a%0d%0ab", "a%5c..%5cb", "%ff"])
@pytest.mark.parametrize("container", ["dcid.x", "..", ".staging"])
def test_no_path_leads_out_of_the_store(live_server, workspace, path, container) -> None:
    head = f"PUT {workspace.url}/artifacts/ExperimentRun/{container}/{path} HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Authorization: Bearer {live_server.token}\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"
    assert raw(live_server, head.encode()).split()[1] == b"400"


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xml", "multipart/x-mixed-replace"])
@pytest.mark.parametrize("query", ["", "?inline"])
def test_no_uploaded_file_runs_in_our_origin(live_server, workspace, kind, query) -> None:
    address = f"{workspace.url}/artifacts/ExperimentRun/dcid.x/a%22%3B%20filename=b.html"
    live_server.http.put(address, content=b"<script>alert(1)</script>", headers={"Content-Type": kind})
    headers = live_server.http.get(address + query).headers
    assert headers["content-security-policy"].startswith("sandbox;")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"].endswith("filename*=UTF-8''a%22%3B%20filename%3Db.html")


def test_a_head_without_end_is_refused(live_server) -> None:
    address = urlsplit(live_server.url)
    refused = False
    with socket.create_connection((address.hostname, address.port), timeout=20) as stream:
        stream.sendall(b"GET /api/v1/about HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        try:
            for _ in range(50):
                stream.sendall(b"a" * 1_000_000)
            refused = b"400" in stream.recv(100)
        except ConnectionError:
            refused = True
    assert refused


def test_one_connection_may_carry_many_requests_and_long_bodies(live_server) -> None:
    """The bound on heads counts heads alone."""
    address = urlsplit(live_server.url)
    about = b"GET /api/v1/about HTTP/1.1\r\nHost: localhost\r\nX-Pad: " + b"a" * 60_000 + b"\r\n\r\n"
    form = b"a" * 3_000_000
    post = b"POST /signin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    post += f"Content-Length: {len(form)}\r\n\r\n".encode() + form
    with socket.create_connection((address.hostname, address.port), timeout=20) as stream:
        file = stream.makefile("rwb")
        for request, status in ((about, b"200"), (post, b"401"), (about, b"200"), (about, b"200")):
            file.write(request)
            file.flush()
            assert file.readline().split()[1] == status
            size = 0
            while (line := file.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
            file.read(size)


@pytest.mark.parametrize("host", ["localhost", "nobody.localhost"])
def test_no_address_of_a_websocket_is_logged(live_server, host) -> None:
    head = f"GET /api/kernels/x/channels?token={live_server.token} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
    head += "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    assert raw(live_server, head.encode()).split()[1] == b"403"
    assert live_server.token not in (live_server.home / "logs" / "server.log").read_text()
