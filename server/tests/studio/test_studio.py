"""Studio as the server hands it out: who gets it, how it is cached, and what it may run."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest

import live
from workstead.studio import routes


@pytest.fixture
def browser(live_server: live.Live) -> httpx.Client:
    """A browser that is signed in."""
    link = live_server.call("POST", "/access/links", {"next": "/"})["url"]
    client = httpx.Client(base_url=live_server.url, trust_env=False)
    assert client.get(link).status_code == 303
    return client


@pytest.fixture
def built() -> None:
    if not (routes._STATIC / "index.html").exists():
        pytest.skip("Studio is not built here; `make .stamps/studio` builds it")


@pytest.mark.parametrize("address", ["/", "/runs/abc?wsid=/subscriptions/s/resourcegroups/g/workspaces/w&tid=1"])
def test_a_stranger_is_led_to_sign_in_and_back(live_server: live.Live, address: str) -> None:
    reply = httpx.get(live_server.url + address, trust_env=False)
    assert reply.status_code == 303
    target = httpx.URL(reply.headers["location"])
    assert target.path == "/signin"
    assert target.params["next"] == address


def test_every_address_of_studio_is_its_page(browser: httpx.Client, built: None) -> None:
    pages = [
        browser.get(address) for address in ("/", "/home", "/model/a:1/details", "/subscriptions/s/resourcegroups/g")
    ]
    assert [page.status_code for page in pages] == [200] * 4
    assert all('<div id="root">' in page.text for page in pages)


def test_a_page_runs_nothing_but_ours(browser: httpx.Client, built: None) -> None:
    first, second = browser.get("/"), browser.get("/")
    policy = first.headers["content-security-policy"]
    nonce = re.search(r"'nonce-([\w-]+)'", policy)
    assert nonce is not None
    assert f'content="{nonce[1]}"' in first.text
    assert nonce[1] not in second.text
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert first.headers["cache-control"] == "no-store"


def test_files_are_kept_for_good(live_server: live.Live, browser: httpx.Client, built: None) -> None:
    script = re.search(r'src="(/assets/[^"]+\.js)"', browser.get("/").text)
    assert script is not None
    reply = httpx.get(live_server.url + script[1], headers={"Accept-Encoding": "gzip"}, trust_env=False)
    assert reply.status_code == 200
    assert reply.headers["content-encoding"] == "gzip"
    assert "immutable" in reply.headers["cache-control"]
    plain = httpx.get(live_server.url + script[1], headers={"Accept-Encoding": "identity"}, trust_env=False)
    assert "content-encoding" not in plain.headers
    assert plain.content == reply.content
    packed = routes._STATIC / "assets" / (script[1].rpartition("/")[2] + ".gz")
    assert gzip.decompress(packed.read_bytes()) == plain.content


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Findex.html", "%2e%2e%2findex.html", "index.html", "..%2F..%2Froutes.py"]
)
def test_only_files_of_studio_come_out(browser: httpx.Client, built: None, name: str) -> None:
    reply = browser.get(f"/assets/{name}")
    assert "import" not in reply.text
    assert reply.status_code == 404 or '<div id="root">' in reply.text


def test_an_unknown_route_of_the_api_is_no_page(browser: httpx.Client) -> None:
    reply = browser.get("/api/v1/nothing")
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "not_found"
