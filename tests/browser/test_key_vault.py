"""The key vault in the portal: secrets set, shown, disabled, deleted and brought back."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser.visit import Visit


def test_a_secrets_life(visit: Visit) -> None:
    page = visit.page
    group = visit.wsid.split("/workspaces/")[0]
    page.goto(visit.server.url + group)
    visit.row("Key vault").filter(has_text=visit.where.workspace[:6]).get_by_role("link").first.click()
    page.get_by_role("button", name="Set a secret").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("not_good")
    expect(dialog.get_by_text("1 to 127 letters")).to_be_visible()
    dialog.get_by_label("Name").fill("db-password")
    dialog.get_by_label("Value").fill("<script>alert('correct horse')</script>")
    dialog.get_by_role("button", name="Set").click()
    page.get_by_role("link", name="db-password").click()

    expect(page.get_by_role("heading", name="db-password", level=1)).to_be_visible()
    assert "correct horse" not in page.content()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("correct horse")).to_be_visible()
    expect(visit.row("Value read")).to_have_count(1)
    page.get_by_role("button", name="Disable").click()
    expect(visit.row("Changed")).to_be_visible()
    page.get_by_role("button", name="Hide").click()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("is disabled; enable it to read it")

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No secrets yet")).to_be_visible()
    page.get_by_role("tab", name="Deleted secrets").click()
    page.get_by_role("button", name="Recover").click()
    expect(page.get_by_text("No deleted secret")).to_be_visible()
    page.get_by_role("tab", name="Secrets", exact=True).click()
    expect(visit.row("db-password")).to_contain_text("Disabled")
    expect(page).to_have_url(re.compile("/keyvault$"))
