"""Signing in and being refused, over the wire."""

from __future__ import annotations

import httpx
import pytest

WORKSPACE = "/subscriptions/{}/resourceGroups/tests/providers/Microsoft.MachineLearningServices/workspaces/{}"


@pytest.fixture
def anonymous(live_server):
    with httpx.Client(base_url=live_server.url, trust_env=False, follow_redirects=False) as client:
        yield client


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def make_token(live_server, **asked) -> str:
    return live_server.call("POST", "/access/tokens", {"name": "test", **asked})["secret"]


def test_nobody_gets_in_without_a_token(anonymous):
    reply = anonymous.get("/api/v1/subscriptions")
    assert reply.status_code == 401
    assert reply.json()["error"]["code"] == "not_signed_in"
    assert "workstead login" in reply.json()["error"]["message"]


def test_a_wrong_token_is_refused_and_not_repeated(anonymous):
    reply = anonymous.get("/api/v1/subscriptions", headers=bearer("wst_wrong"))
    assert reply.status_code == 401
    assert "wst_wrong" not in reply.text


def test_about_needs_no_token(anonymous):
    about = anonymous.get("/api/v1/about").json()
    assert about["product"] == "workstead"
    assert about["protocol"] == 1


def test_another_protocol_is_refused_saying_which_side_is_older(anonymous, live_server):
    reply = anonymous.get("/api/v1/access/me", headers={**bearer(live_server.token), "Workstead-Protocol": "99"})
    assert reply.status_code == 426
    assert "the SDK is newer" in reply.json()["error"]["message"]


def test_a_scoped_token_reaches_its_workspace_only(anonymous, live_server, workspace):
    scope = WORKSPACE.format(workspace.subscription_id, workspace.workspace)
    secret = make_token(live_server, scope=scope, role="Contributor")
    assert anonymous.get(workspace.url, headers=bearer(secret)).status_code == 200
    reply = anonymous.get(workspace.url.replace(workspace.workspace, workspace.workspace + "2"), headers=bearer(secret))
    assert reply.status_code == 403
    assert anonymous.get("/api/v1/subscriptions", headers=bearer(secret)).status_code == 403


def test_a_scoped_token_cannot_make_one_that_reaches_further(anonymous, live_server, workspace):
    scope = WORKSPACE.format(workspace.subscription_id, workspace.workspace)
    secret = make_token(live_server, scope=scope, role="Contributor")
    for asked in ({"name": "x"}, {"name": "x", "scope": scope, "role": "Owner"}, {"name": "x", "scope": scope[:-1]}):
        reply = anonymous.post("/api/v1/access/tokens", headers=bearer(secret), json={"role": "Reader", **asked})
        assert reply.status_code == 403, asked


def test_a_reader_reads_and_does_not_write(anonymous, live_server, workspace):
    secret = make_token(live_server, role="Reader")
    assert anonymous.get(workspace.url, headers=bearer(secret)).status_code == 200
    reply = anonymous.patch(workspace.url, headers=bearer(secret), json={"description": "x"})
    assert reply.status_code == 403
    assert "Reader" in reply.json()["error"]["message"]


def test_a_revoked_and_an_expired_token_are_dead(anonymous, live_server):
    created = live_server.call("POST", "/access/tokens", {"name": "short"})
    me = "/api/v1/access/me"
    assert anonymous.get(me, headers=bearer(created["secret"])).status_code == 200
    live_server.call("DELETE", f"/access/tokens/{created['token']['id']}")
    assert anonymous.get(me, headers=bearer(created["secret"])).status_code == 401
    assert anonymous.get(me, headers=bearer(make_token(live_server, lifetime_s=0))).status_code == 401


def test_tokens_are_listed_without_secrets_and_kept_hashed(live_server):
    secret = make_token(live_server)
    assert secret not in str(live_server.call("GET", "/access/tokens?limit=1000"))
    for file in live_server.home.glob("workstead.db*"):
        assert secret.encode() not in file.read_bytes()


def test_device_login_from_code_to_token(anonymous, live_server):
    code = anonymous.post("/api/v1/access/devicecodes").json()
    assert len(code["user_code"]) == 9
    assert code["verification_uri"] == live_server.url + "/devicelogin"
    pending = anonymous.post("/api/v1/access/devicecodes/token", json={"device_code": code["device_code"]})
    assert pending.json()["error"]["code"] == "authorization_pending"
    typed = anonymous.post("/devicelogin", headers=bearer(live_server.token), data={"code": code["user_code"].lower()})
    assert typed.status_code < 300
    got = anonymous.post("/api/v1/access/devicecodes/token", json={"device_code": code["device_code"]})
    assert anonymous.get("/api/v1/access/me", headers=bearer(got.json()["secret"])).json()["user"] == "owner"
    again = anonymous.post("/api/v1/access/devicecodes/token", json={"device_code": code["device_code"]})
    assert again.json()["error"]["code"] == "not_signed_in"


def test_a_wrong_code_is_said_on_the_page_and_cannot_inject(anonymous, live_server):
    reply = anonymous.post("/devicelogin", headers=bearer(live_server.token), data={"code": '"><script>x</script>'})
    assert reply.status_code == 400
    assert "<script>" not in reply.text
    assert "not waiting for approval" in reply.text


def test_a_sign_in_link_works_once_and_sets_a_private_cookie(anonymous, live_server):
    link = live_server.call("POST", "/access/links", {"next": "/runs/1?a=b"})["url"]
    first = anonymous.get(link)
    assert (first.status_code, first.headers["location"]) == (303, "/runs/1?a=b")
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert anonymous.get("/api/v1/access/me").json()["user"] == "owner"
    anonymous.cookies.clear()
    assert anonymous.get(link).status_code == 401


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
def test_a_sign_in_never_leads_to_another_site(anonymous, live_server, target):
    made = anonymous.post("/api/v1/access/links", headers=bearer(live_server.token), json={"next": target})
    assert made.status_code == 400
    pasted = anonymous.post("/signin", data={"token": live_server.token, "next": target})
    assert pasted.headers["location"] == "/"


def test_a_cookie_acts_only_for_our_own_pages(anonymous, live_server, workspace):
    anonymous.get(live_server.call("POST", "/access/links", {})["url"])
    change = {"description": "changed"}
    for origin in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert anonymous.patch(workspace.url, json=change, headers=origin).status_code == 403
    assert anonymous.patch(workspace.url, json=change, headers={"Origin": live_server.url}).status_code == 200


def test_signing_out_ends_the_session(anonymous, live_server):
    anonymous.get(live_server.call("POST", "/access/links", {})["url"])
    reply = anonymous.post("/api/v1/access/signout", headers={"Origin": live_server.url})
    assert reply.status_code < 300
    assert anonymous.get("/api/v1/access/me").status_code == 401


def test_the_device_page_asks_to_sign_in_first(anonymous):
    assert anonymous.get("/devicelogin").headers["location"] == "/signin?next=%2Fdevicelogin"
