"""The storage account's keys and signatures by mouse and keyboard."""

from __future__ import annotations

import os
from pathlib import Path

import httpx

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
    page.get_by_role("button", name="Rotate key1").click()
    page.get_by_label("Container", exact=True).fill(box)
    page.get_by_label("Blob", exact=True).fill("a.txt")
    page.get_by_role("button", name="Make signature").click()
    made = page.get_by_text("sig=").first.inner_text()
    assert made.startswith(account["url"].partition("/blob/")[0])
    assert httpx.get(made, trust_env=False).text == "hello"
    if folder := os.environ.get("WORKSTEAD_PICTURES"):
        page.screenshot(path=Path(folder) / "storage-1280.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 800})
        page.screenshot(path=Path(folder) / "storage-390.png", full_page=True)
