"""The portal: subscriptions, resource groups, workspaces, their making, their end, and the log of it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from browser.visit import Visit


def confirm(page: Page, name: str) -> None:
    """Type the name into the dialog that asks for it, and delete."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    dialog.get_by_label("Type").fill(name)
    dialog.get_by_role("button", name="Delete").click()


def test_from_a_resource_group_to_a_workspace_and_back_to_nothing(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.server.url + "/resourcegroups")
    page.get_by_role("button", name="Create").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Resource group").fill("bad name")
    expect(dialog.get_by_text("Letters, digits")).to_be_visible()
    expect(dialog.get_by_role("button", name="Create")).to_be_disabled()
    dialog.get_by_label("Resource group").fill("browsergroup")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="browsergroup")).to_be_visible()
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_label("Resource group")).to_have_value("browsergroup")
    page.get_by_label("Workspace name").fill("x")
    expect(page.get_by_text("Between 2 and 33 characters.")).to_be_visible()
    page.get_by_label("Workspace name").fill("browserspace")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name="Your deployment is complete")).to_be_visible()
    page.get_by_role("button", name="Go to resource", exact=True).click()
    expect(page.get_by_role("heading", name="browserspace")).to_be_visible()
    page.get_by_role("link", name="browsergroup").first.click()
    for kind in ("Machine Learning", "Application Insights", "Key vault", "Storage account"):
        expect(visit.row(kind)).to_contain_text("West Europe")
    page.get_by_role("link", name="browserspace", exact=True).click()
    page.get_by_role("button", name="Launch studio").click()
    expect(page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Experiments")).to_be_visible()

    page.go_back()
    page.get_by_role("button", name="Delete").click()
    confirm(page, "browserspace")
    expect(page.get_by_text("This resource group is empty")).to_be_visible()
    page.get_by_role("button", name="Activity log").click()
    expect(visit.row("Delete workspace")).to_contain_text("browsergroup / browserspace")
    page.go_back()
    page.get_by_role("button", name="Delete resource group").click()
    confirm(page, "browsergroup")
    expect(page.get_by_role("heading", name="Resource groups")).to_be_visible()
    expect(visit.row("browsergroup")).to_have_count(0)
    page.get_by_role("link", name="Activity log").click()
    expect(visit.row("Delete resource group").first).to_contain_text("browsergroup")


def test_a_full_resource_group_says_what_it_holds(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.server.url}/subscriptions/{visit.where.subscription_id}/resourcegroups/aidevcollege")
    page.get_by_role("button", name="Delete resource group").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 workspace with all runs")
    dialog.get_by_label("Type").fill("aidevcolleg")
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(visit.row("Storage account")).to_have_count(1)


def test_subscriptions_lead_to_their_groups(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.server.url + "/subscriptions")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Second one")
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(visit.row("Second one")).to_contain_text(re.compile(r"[0-9a-f-]{36}"))
    page.get_by_role("link", name="Second one").click()
    expect(page.get_by_text("No resource group yet")).to_be_visible()
    page.get_by_label("Subscription").select_option("All subscriptions")
    expect(visit.row("aidevcollege")).to_have_count(1)


def test_tags_of_a_group_are_edited_in_its_essentials(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.server.url}/subscriptions/{visit.where.subscription_id}/resourcegroups/aidevcollege")
    page.get_by_role("button", name="tags").click()
    page.get_by_label("Tag 1 name").fill("team")
    page.get_by_label("Tag 1 value").fill("vision")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Essentials")).to_contain_text("teamvision")
