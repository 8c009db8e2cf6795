"""Compute and settings: making an instance, when it rests, its logs; tokens."""

from __future__ import annotations

import httpx
from playwright.sync_api import expect

from browser.visit import Visit
from workstead_wire import API

NAME = "restful"


def test_an_instance_is_made_rests_and_goes(visit: Visit) -> None:
    page = visit.open("/compute")
    page.get_by_role("button", name="New").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Compute name").fill("1st")
    expect(dialog.get_by_role("alert")).to_contain_text("beginning with a letter")
    expect(dialog.get_by_role("button", name="Create")).to_be_disabled()
    dialog.get_by_label("Compute name").fill(NAME)
    dialog.get_by_label("Idle shutdown").select_option("1 hour")
    dialog.get_by_label("Start and stop on a schedule").check()
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    dialog.get_by_role("button", name="Create").click()
    page.get_by_role("table").get_by_role("link", name=NAME).click()
    rest = page.get_by_role("region", name="Rest")
    expect(rest).to_contain_text("After 1 hour")
    expect(rest).to_contain_text("starts 08:00, stops 18:00 (Mon Tue Wed Thu Fri, Europe/Berlin)")
    rest.get_by_role("button", name="Change when it rests").click()
    dialog.get_by_label("Idle shutdown").select_option("Never")
    dialog.get_by_label("Start and stop on a schedule").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(rest).to_contain_text("Never")
    expect(page.get_by_role("region", name="Logs").get_by_role("tab", name="Environment")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_label("Type").fill(NAME)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Compute", level=1)).to_be_visible()


def test_a_token_is_shown_once_and_revoked(visit: Visit) -> None:
    page = visit.open("/settings")
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("for the night")
    dialog.get_by_label("Role").select_option("Reader")
    dialog.get_by_role("button", name="Create").click()
    secret = dialog.get_by_text("wst_").inner_text()
    holder = httpx.Client(base_url=visit.server.url, headers={"Authorization": f"Bearer {secret}"}, trust_env=False)
    assert holder.get(visit.where.url).status_code == 200
    assert holder.get(f"{API}/subscriptions").status_code == 403
    dialog.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Revoke for the night").click()
    dialog.get_by_role("button", name="Revoke").click()
    expect(dialog).to_have_count(0)  # while it stands, what is behind it has no role
    expect(page.get_by_role("button", name="Revoke for the night")).to_have_count(0)
    assert holder.get(visit.where.url).status_code == 401
