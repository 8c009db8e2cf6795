"""The storage account's keys and signatures by mouse and keyboard."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
from playwright.sync_api import expect

from browser.visit import Visit


def test_keys_and_signatures(visit: Visit) -> None:
    w, http = visit.where, visit.server.http
    account = http.get(f"{w.url}/storageaccount").json()
    box = next(item["name"] for item in http.get(f"{w.url}/blobs").json() if item["name"].startswith("azureml-blob"))
    http.put(f"{w.url}/blobs/{box}/a.txt", content=b"hello").raise_for_status()
    http.post(f"{w.url}/storageaccount/keys/key1/read")
    page = visit.page
    page.goto(f"{visit.server.url}{visit.wsid}/storage/")
    page.get_by_role("button", name="Show key1").click()
    page.get_by_text("==").first.wait_for()
    page.get_by_role("button", name="Hide key1").click()
    made_at = account_key(visit)
    page.get_by_role("button", name="Rotate key1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("refused from now on")
    expect(dialog.get_by_role("button", name="Rotate")).to_be_disabled()
    dialog.get_by_role("textbox").fill("key1")
    dialog.get_by_role("button", name="Rotate").click()
    expect(dialog).to_have_count(0)
    assert account_key(visit) != made_at
    page.get_by_role("button", name="Make signature").click()
    dialog.get_by_label("Container").select_option(box)
    dialog.get_by_label("Blob").fill("a.txt")
    expect(dialog).to_contain_text("on the blob a.txt until")
    dialog.get_by_role("button", name="Make").click()
    made = page.get_by_text("sig=").first.inner_text()
    assert made.startswith(account["url"].partition("/blob/")[0])
    assert httpx.get(made, trust_env=False).text == "hello"
    if folder := os.environ.get("WORKSTEAD_PICTURES"):
        page.screenshot(path=Path(folder) / "storage-1280.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 800})
        page.screenshot(path=Path(folder) / "storage-390.png", full_page=True)


def account_key(visit: Visit) -> str:
    return visit.server.http.post(f"{visit.where.url}/storageaccount/keys/key1/read").json()["value"]
