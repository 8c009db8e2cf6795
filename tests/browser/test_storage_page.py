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


def test_a_container_of_the_readers_own(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.server.url}{visit.wsid}/storage/")
    page.get_by_role("button", name="Container", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Not Good")
    expect(dialog.get_by_role("alert")).to_contain_text("cannot have this name")
    dialog.get_by_label("Name").fill("my-data")
    page.keyboard.press("Enter")
    page.get_by_role("table").get_by_role("link", name="my-data").click()
    expect(page.get_by_text("Nothing lies here")).to_be_visible()

    note = {"name": "note.json", "mimeType": "application/json", "buffer": b'{"kept": true}'}
    page.get_by_label("Files to upload").set_input_files(note)
    expect(visit.row("note.json")).to_contain_text("14 B")
    page.get_by_label("Files to upload").set_input_files(note | {"buffer": b'{"kept": "anew"}'})
    dialog.get_by_role("button", name="Replace").click()
    expect(visit.row("note.json")).to_contain_text("16 B")
    page.get_by_role("table").get_by_role("link", name="note.json").click()
    expect(page.get_by_text('"kept": "anew"')).to_be_visible()

    url = f"{visit.where.url}/blobs/my-data"
    for name in ("folder/a.txt", "folder/deep/b.txt"):
        visit.server.http.put(f"{url}/{name}", content=b"hello").raise_for_status()
    page.go_back()
    page.get_by_role("button", name="Refresh").click()
    page.get_by_role("table").get_by_role("link", name="folder").click()
    expect(page.get_by_role("navigation", name="Location")).to_contain_text("my-data / folder")
    expect(visit.row("deep")).to_contain_text("Folder")
    page.go_back()
    page.get_by_role("checkbox", name="Select row 1").check()
    page.get_by_role("button", name="Delete").click()
    expect(dialog).to_contain_text("All files below a folder go with it.")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_have_count(0)
    expect(visit.row("folder")).to_have_count(0)
    assert [item["name"] for item in visit.server.http.get(url).json()["items"]] == ["note.json"]

    page.get_by_role("link", name="storage account").click()
    visit.row("my-data").get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    dialog.get_by_role("textbox").fill("my-data")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(visit.row("my-data")).to_have_count(0)
