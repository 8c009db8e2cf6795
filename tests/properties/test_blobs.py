"""Ranges of a blob are its slices; a signature opens what it says and nothing more, and none that was changed holds."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import live

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DATA = bytes(number % 251 for number in range(3000))
BLOCK = {"x-ms-blob-type": "BlockBlob"}
DOES = {"r": ("GET", ""), "w": ("PUT", ""), "d": ("DELETE", ""), "t": ("GET", "comp=tags&")}
"""What needs just this letter of a signature; a blob that is written over needs ``w``."""


@pytest.fixture(scope="module")
def account(live_server: live.Live) -> dict[str, Any]:
    """A storage account with blobs ``a`` and ``b``; the first one's bytes lie in three pieces."""
    url = live_server.make_workspace("blobproperties").url
    live_server.http.put(f"{url}/blobs/box").raise_for_status()
    told = live_server.http.get(f"{url}/storageaccount").json()
    path = f"{told['url']}/box/a?{_sas(live_server, url, container='box', permissions='rcw')}"
    ids = [base64.b64encode(bytes([number])).decode() for number in range(3)]
    for number, name in enumerate(ids):
        part = DATA[number * 1000 : (number + 1) * 1000]
        query = urlencode({"comp": "block", "blockid": name})
        httpx.put(f"{path}&{query}", content=part, trust_env=False).raise_for_status()
    listed = "".join(f"<Latest>{name}</Latest>" for name in ids)
    body = f"<BlockList>{listed}</BlockList>".encode()
    httpx.put(f"{path}&comp=blocklist", content=body, trust_env=False).raise_for_status()
    live_server.http.put(f"{url}/blobs/box/b", content=b"b").raise_for_status()
    return {"server": live_server, "where": url, "url": told["url"], "read": path}


def _sas(server: live.Live, where: str, **asked: Any) -> str:
    expires = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return server.http.post(f"{where}/storageaccount/sas", json={"expires": expires} | asked).json()["token"]


@QUICK
@given(start=st.integers(0, 3100), length=st.integers(1, 3100))
def test_ranges_are_slices(account: dict[str, Any], start: int, length: int) -> None:
    headers = {"x-ms-range": f"bytes={start}-{start + length - 1}"}
    reply = httpx.get(account["read"], headers=headers, trust_env=False)
    if start >= len(DATA):
        assert reply.status_code == 416
    else:
        assert (reply.status_code, reply.content) == (206, DATA[start : start + length])


@QUICK
@given(
    given_letters=st.sets(st.sampled_from("rdt"), min_size=1), asked=st.sampled_from("rwdt"), blob=st.sampled_from("ab")
)
def test_a_signature_opens_what_it_says(
    account: dict[str, Any], given_letters: set[str], asked: str, blob: str
) -> None:
    server, where = account["server"], account["where"]
    server.http.put(f"{where}/blobs/box/s-{blob}", content=b"x").raise_for_status()
    token = _sas(server, where, container="box", blob="s-a", permissions="".join(given_letters))
    method, more = DOES[asked]
    url = f"{account['url']}/box/s-{blob}?{more}{token}"
    reply = httpx.request(method, url, content=b"y" if method == "PUT" else None, headers=BLOCK, trust_env=False)
    allowed = blob == "a" and asked in given_letters
    assert reply.is_success if allowed else reply.status_code == 403
    kept = server.http.get(f"{where}/blobs/box/s-{blob}")
    assert kept.status_code == (404 if allowed and asked == "d" else 200)
    assert kept.status_code == 404 or kept.content == b"x"


@QUICK
@given(data=st.data())
def test_no_signature_that_was_changed_holds(account: dict[str, Any], data: st.DataObject) -> None:
    address, query = urlsplit(account["read"]), dict(parse_qsl(urlsplit(account["read"]).query))
    name = data.draw(st.sampled_from(sorted(query)))
    letters = st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=30)
    value = data.draw(st.one_of(letters, st.just(query[name] + "w")).filter(lambda text: text != query[name]))
    changed = urlencode(query | {name: value})
    reply = httpx.get(f"{address.scheme}://{address.netloc}{address.path}?{changed}", trust_env=False)
    assert reply.status_code in (400, 401, 403)
    assert reply.content != DATA
