"""The storage account in the portal: folders, previews, upload, download, deletion."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.visit import Visit


def test_a_file_comes_is_looked_at_and_goes(visit: Visit) -> None:
    page = visit.page
    run = f"dcid.{visit.runs['curves']}"
    page.goto(f"{visit.server.url}{visit.wsid}/storage/")
    for name in ("azureml", "ExperimentRun", run, "outputs"):
        page.get_by_role("table").get_by_role("link", name=name, exact=True).click()
    location = page.get_by_role("navigation", name="Location")
    expect(location).to_contain_text(f"azureml / ExperimentRun / {run} / outputs")
    expect(visit.row("history.csv")).to_contain_text("text/csv")

    page.get_by_label("Files to upload").set_input_files(
        {"name": "note.json", "mimeType": "application/json", "buffer": b'{"kept": true}'}
    )
    expect(visit.row("note.json")).to_contain_text("14 B")
    page.get_by_role("table").get_by_role("link", name="note.json").click()
    expect(page.get_by_text('"kept": true')).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_bytes() == b'{"kept": true}'

    page.go_back()
    page.get_by_placeholder("Search by prefix").fill("note")
    expect(visit.row("history.csv")).to_have_count(0)
    page.get_by_role("checkbox", name="Select row 1").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing here begins so")).to_be_visible()


def test_tables_and_pictures_are_shown_as_such(visit: Visit) -> None:
    page = visit.page
    run = f"{visit.server.url}{visit.wsid}/storage/azureml/ExperimentRun/dcid.{visit.runs['curves']}"
    page.goto(f"{run}/outputs/history.csv")
    expect(page.get_by_role("columnheader", name="epoch")).to_be_visible()
    page.goto(f"{run}/images/digits.png")
    expect(page.get_by_role("main").get_by_role("img")).to_have_js_property("naturalWidth", 240)
