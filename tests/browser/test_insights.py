"""Application Insights in the portal: the overview brushed, failures, search, one operation, the live view."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from playwright.sync_api import expect

from browser.telemetry import envelope, make_telemetry
from browser.visit import Visit


def seed(visit: Visit) -> str:
    """Forty minutes of telemetry; the instrumentation key."""
    key = visit.server.http.post(f"{visit.where.url}/insights/connection").json()["instrumentation_key"]
    sent = make_telemetry(key)
    assert visit.server.http.post("/insights/v2.1/track", json=sent).status_code == 200
    deadline = time.monotonic() + 20
    while visit.server.http.get(f"{visit.where.url}/insights").json()["items"] < len(sent):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return key


def test_a_visit(visit: Visit) -> None:
    key = seed(visit)
    page = visit.page
    page.goto(visit.server.url + visit.wsid.split("/workspaces/")[0])
    visit.row("Application Insights").filter(has_text=visit.where.workspace[:6]).get_by_role("link").first.click()
    chart = page.get_by_role("img", name="Requests and failures over time")
    expect(chart).to_be_visible()
    expect(page.get_by_text("399", exact=True).first).to_be_visible()

    area = chart.locator(".u-over").bounding_box()
    assert area
    page.mouse.move(area["x"] + area["width"] * 0.6, area["y"] + 50)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.9, area["y"] + 50, steps=5)
    page.mouse.up()
    expect(page.get_by_label("Time range")).to_have_value("brushed")
    assert "since=" in page.url
    page.get_by_label("Time range").select_option("1")

    page.get_by_role("tab", name="Failures").click()
    expect(visit.row("GET /")).not_to_have_count(0)
    page.get_by_role("link", name="GET /", exact=True).click()
    expect(page.get_by_label("Filter")).to_have_value("kind = 'request' and name = 'GET /' and success = false")
    page.get_by_role("link", name="GET /", exact=True).first.click()

    expect(page.get_by_role("heading", name="Operation", level=1)).to_be_visible()
    page.get_by_role("button", name="TimeoutError").click()
    expect(page.get_by_text("the database is slow")).to_be_visible()
    page.go_back()
    page.get_by_label("Filter").fill("nonsense = 1")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("nothing that telemetry has")).to_be_visible()

    page.get_by_role("tab", name="Live").click()
    expect(page.get_by_text("Waiting for telemetry")).to_be_visible()
    deadline = time.monotonic() + 15
    while page.get_by_role("link", name="GET /live").count() == 0:
        assert time.monotonic() < deadline
        one = envelope(key, "f" * 32, datetime.now(UTC), "RequestData", id="x", name="GET /live", duration="00:00:00.1")
        visit.server.http.post("/insights/v2.1/track", json=[one])
        page.wait_for_timeout(700)

    page.get_by_role("tab", name="Connect").click()
    assert key not in page.content()
    page.get_by_role("button", name="Show the connection").click()
    expect(page.get_by_text(f"InstrumentationKey={key}")).to_be_visible()

    for source in ("runs", "compute instances"):
        page.get_by_label(f"Watch this workspace's {source}").click()
        expect(page.get_by_label(f"Watch this workspace's {source}")).to_be_checked()
    told = visit.server.http.get(f"{visit.where.url}/insights").json()
    assert (told["watch_server"], told["watch_runs"], told["watch_instances"]) == (False, True, True)
