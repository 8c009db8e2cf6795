"""What goes wrong is told in a sentence, and what was on the screen stays there."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Route, expect

import live
from browser.visit import Visit


def test_a_page_that_may_not_be_seen(visit: Visit) -> None:
    """403: a reader of one workspace asks for all resource groups."""
    secret = visit.server.call("POST", "/access/tokens", {"name": "narrow", "role": "Reader", "scope": visit.where.id})
    page = visit.page
    page.context.clear_cookies()
    page.goto(visit.server.url + "/signin?next=/resourcegroups")
    page.get_by_label("Token").fill(secret["secret"])
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading", name="Not allowed")).to_be_visible()
    expect(alert).to_contain_text("sign in with one that reaches further")


def test_a_fault_of_the_server(visit: Visit) -> None:
    """500: the page says so, and trying again shows it once the fault has gone."""
    page = visit.page

    def fail(route: Route) -> None:
        route.fulfill(status=500, json={"error": {"code": "error", "message": "the server made a mistake"}})

    page.route("**/computes?*", fail)
    visit.open("/compute")
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading", name="The server has a fault")).to_be_visible()
    expect(alert).to_contain_text("The server made a mistake.")
    page.unroute_all()
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Compute", level=1)).to_be_visible()


def test_a_server_that_is_stopped_and_started_again(chromium: Browser, tmp_path: Path) -> None:
    """What was read stays, a bar says that the server is away, and the page goes on by itself when it is back."""
    server = live.start(tmp_path / "home")
    port = int(server.url.rpartition(":")[2])
    context = chromium.new_context()
    page = context.new_page()
    try:
        server.call("PUT", f"/subscriptions/{server.subscription_id}/resourceGroups/stays", {"location": "westeurope"})
        page.goto(server.call("POST", "/access/links", {"next": "/resourcegroups"})["url"])
        expect(page.get_by_role("link", name="stays")).to_be_visible()
        server.stop()
        page.get_by_role("button", name="Refresh").click()
        expect(page.get_by_role("status")).to_contain_text("The server does not answer")
        expect(page.get_by_role("link", name="stays")).to_be_visible()
        with live.running(tmp_path / "home") as elsewhere:
            later = f"/subscriptions/{elsewhere.subscription_id}/resourceGroups/later"
            elsewhere.call("PUT", later, {"location": "westeurope"})
        server = live.start(tmp_path / "home", port=port)
        expect(page.get_by_role("link", name="later")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("The server does not answer")).to_have_count(0)
    finally:
        context.close()
        server.stop()
