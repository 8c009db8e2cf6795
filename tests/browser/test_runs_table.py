"""The table of runs: columns, filters, charts, many runs at once; and the pages beside it."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from browser.seed import HOSTILE
from browser.visit import Visit

HOSTILE_WORD = quote(HOSTILE.replace("%", "%25").replace(",", "%2C"))
"""As a field's name stands in an address."""


def headings(page: Page) -> list[str]:
    """The titles of the columns in order."""
    return [text for text in page.get_by_role("columnheader").all_inner_texts() if text]


def tick(page: Page, *rows: int) -> None:
    """Tick rows by their place, from 1."""
    for row in rows:
        page.get_by_role("checkbox", name=f"Select row {row}", exact=True).check()


def add_runs(visit: Visit, experiment: str, count: int, **fields: object) -> list[str]:
    """New runs that have completed, oldest first, with accuracy 0.1, 0.2, …"""
    ids: list[str] = []
    for number in range(count):
        body = {"id": f"{experiment}-{number}", "experiment": experiment} | fields
        run = visit.server.http.post(f"{visit.where.url}/runs", json=body).raise_for_status().json()["id"]
        line = b'["accuracy",%.1f,%d]' % ((number + 1) / 10, int(time.time() * 1000))
        place = f"{visit.where.url}/runs/{run}/metrics?source=s&first=0"
        visit.server.http.post(place, content=line).raise_for_status()
        visit.server.http.post(f"{visit.where.url}/runs/{run}/status", json={"status": "Completed"}).raise_for_status()
        ids.append(run)
    return ids


def status(visit: Visit, name: str) -> Locator:
    """The button that shows only runs of that status."""
    return visit.page.get_by_role("group", name="Status").get_by_role("button", name=name)


def test_runs_are_sorted_and_filtered_in_the_address(visit: Visit) -> None:
    page = visit.open("/experiments/mnist-cnn")
    expect(page.get_by_role("columnheader", name="Submitted time")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("button", name="accuracy").click()
    expect(page.get_by_role("columnheader", name="accuracy")).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile("sort="))
    status(visit, "Failed").click()
    expect(visit.row("Failed")).to_have_count(1)
    expect(visit.row("Completed")).to_have_count(0)
    page.reload()
    expect(visit.row("Failed")).to_have_count(1)
    status(visit, "Failed").click()
    page.get_by_label("Filter by tag").fill("kind=base")
    page.keyboard.press("Enter")
    expect(visit.row("Completed")).to_have_count(1)
    page.get_by_role("button", name="Clear all").click()
    expect(visit.row("Failed")).to_have_count(1)


def test_columns_are_chosen_and_ordered_by_keyboard(visit: Visit) -> None:
    page = visit.open("/experiments/mnist-cnn")
    page.get_by_role("button", name="Edit columns").press("Enter")
    page.get_by_role("button", name="Hide Duration").press("Enter")
    page.get_by_role("searchbox", name="Search columns").fill("gpu")
    page.get_by_role("button", name="Show gpu").press("Enter")
    page.get_by_role("button", name="Move Status up").press("Enter")
    page.get_by_role("button", name="Move Status up").press("Enter")
    page.get_by_role("button", name="Apply").press("Enter")
    expect(page.get_by_role("columnheader", name="gpu")).to_be_visible()
    assert headings(page)[:2] == ["Status", "Display name"]
    assert "Duration" not in headings(page)
    page.get_by_role("button", name="Status", exact=True).press("Alt+ArrowRight")
    expect(page.get_by_role("columnheader").nth(1)).to_have_text("Display name")
    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    expect(page.get_by_role("columnheader", name="gpu")).to_be_visible()
    assert headings(page)[:2] == ["Display name", "Status"]


def test_a_run_is_renamed_where_it_stands(visit: Visit) -> None:
    add_runs(visit, "renaming", 2)
    page = visit.open("/experiments/renaming")
    page.get_by_role("button", name=re.compile("^Rename ")).first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Display name").fill("my best run")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="my best run")).to_be_visible()
    page.get_by_role("button", name="Rename my best run").press("Enter")
    page.get_by_role("textbox", name="Display name").fill("never mind")
    page.keyboard.press("Escape")
    page.reload()
    page.get_by_role("link", name="my best run").click()
    expect(page.get_by_role("heading", name="my best run")).to_be_visible()


def test_many_runs_are_tagged_and_deleted_at_once(visit: Visit) -> None:
    add_runs(visit, "tagged", 5)
    page = visit.open("/experiments/tagged")
    tick(page, 1)
    page.get_by_role("checkbox", name="Select row 3", exact=True).click(modifiers=["Shift"])
    page.get_by_role("button", name="Tag", exact=True).click()
    dialog = page.get_by_role("dialog", name="Tag 3 runs")
    dialog.get_by_label("Tag", exact=True).fill("stage")
    dialog.get_by_label("Value").fill("final")
    dialog.get_by_role("button", name="Set the tag").click()
    expect(visit.row("final")).to_have_count(3)
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete 3 runs?")
    expect(dialog).to_contain_text("cannot be undone")
    dialog.get_by_role("button", name="Cancel").click()
    expect(visit.row("final")).to_have_count(3)
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(visit.row("final")).to_have_count(0)
    expect(visit.row("Completed")).to_have_count(2)


def test_the_whole_list_is_tagged_with_what_was_not_read(visit: Visit) -> None:
    for number in range(230):
        body = {"id": f"whole-{number}", "experiment": "whole"}
        visit.server.http.post(f"{visit.where.url}/runs", json=body).raise_for_status()
    page = visit.open("/experiments/whole")
    page.get_by_role("checkbox", name="Select all rows").check()
    page.get_by_role("button", name="Select all 230").click()
    page.get_by_role("button", name="Tag", exact=True).click()
    dialog = page.get_by_role("dialog", name="Tag 230 runs")
    dialog.get_by_label("Tag", exact=True).fill("stage")
    dialog.get_by_label("Value").fill("final")
    dialog.get_by_role("button", name="Set the tag").click()
    expect(dialog).to_have_count(0)
    reply = visit.server.http.get(
        f"{visit.where.url}/runs/counts", params={"experiment": "whole", "tag": "stage=final"}
    )
    assert sum(reply.raise_for_status().json()["by_status"].values()) == 230


def test_a_long_list_is_kept_fresh_where_it_is_read(visit: Visit) -> None:
    for number in range(330):
        body = {"id": f"long-{number}", "experiment": "long", "display_name": f"name {number}"}
        visit.server.http.post(f"{visit.where.url}/runs", json=body).raise_for_status()
    visit.page.clock.install()
    page = visit.open("/experiments/long")
    table = page.get_by_role("region", name="Runs")
    bottom = table.get_by_role("link", name="name 0", exact=True)
    expect(table.get_by_role("link", name="name 329")).to_be_visible()
    for _ in range(20):
        table.evaluate("box => box.scrollTo(0, box.scrollHeight)")
        page.wait_for_timeout(50)
        if bottom.count():
            break
    expect(bottom).to_be_visible()
    visit.row("name 3").get_by_role("checkbox").last.check()
    place = table.evaluate("box => box.scrollTop")
    newest = {"id": "long-new", "experiment": "long", "display_name": "name new"}
    visit.server.http.post(f"{visit.where.url}/runs", json=newest).raise_for_status()
    visit.server.http.patch(f"{visit.where.url}/runs/long-1", json={"display_name": "renamed"}).raise_for_status()
    page.clock.fast_forward(16_000)
    expect(table.get_by_role("link", name="renamed")).to_be_visible()
    assert table.evaluate("box => box.scrollTop") == place
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)
    table.evaluate("box => box.scrollTo(0, 0)")
    page.wait_for_timeout(100)
    page.clock.fast_forward(16_000)
    expect(table.get_by_role("link", name="name new")).to_be_visible()


def test_a_going_run_is_canceled_after_a_question(visit: Visit) -> None:
    body = {"id": "going-0", "experiment": "going"}
    visit.server.http.post(f"{visit.where.url}/runs", json=body).raise_for_status()
    page = visit.open("/experiments/going")
    tick(page, 1)
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    expect(visit.row("Canceled")).to_have_count(1)


def test_charts_over_runs_are_part_of_the_link(visit: Visit) -> None:
    page = visit.open("/experiments/mnist-cnn")
    expect(visit.row("Failed")).to_have_count(1)
    for kind in ("Bars", "Scatter", "Parallel coordinates"):
        page.get_by_role("button", name="Add chart").click()
        page.get_by_role("radio", name=kind).check()
        if kind == "Scatter":
            page.get_by_label("Vertical axis").select_option("loss")
            page.get_by_label("Horizontal axis").select_option("learning_rate")
        page.get_by_role("dialog").get_by_role("button", name="Add").click()
    page.reload()
    for label in ("accuracy, 14 runs", "loss against learning_rate, 14 runs", "accuracy, epochs"):
        expect(page.get_by_role("img", name=f"Chart of {label}").locator("canvas")).to_be_visible()
    page.get_by_role("button", name="Remove the chart of accuracy", exact=True).click()
    expect(page.get_by_role("img", name="Chart of accuracy, 14 runs")).to_have_count(0)
    expect(page.get_by_role("img", name=re.compile("^Chart of"))).to_have_count(2)


def test_a_view_is_saved_under_a_name(visit: Visit) -> None:
    page = visit.open("/experiments/mnist-cnn", "&sort=metric:accuracy&search=a")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Save view").click()
    page.get_by_role("dialog").get_by_label("Name").fill("By accuracy")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="View: By accuracy")).to_be_visible()
    page.get_by_role("button", name="View: By accuracy").click()
    page.get_by_role("menuitem", name="Default").click()
    expect(page).not_to_have_url(re.compile("search=a"))
    visit.open("/experiments/sweep")
    page.get_by_role("button", name="Views").click()
    expect(page.get_by_role("menuitem", name="By accuracy")).to_have_count(0)
    visit.open("/experiments/mnist-cnn")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="By accuracy", exact=True).click()
    expect(page.get_by_role("columnheader", name="accuracy")).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_placeholder("Search by name or id")).to_have_value("a")
    page.get_by_role("button", name="View: By accuracy").click()
    page.get_by_role("menuitem", name="Forget").click()
    expect(page.get_by_role("button", name="Views")).to_be_visible()


def test_the_filtered_list_is_exported_and_runs_in_no_spreadsheet(visit: Visit, tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://x","a")'
    add_runs(visit, "exported", 3, tags={"note": formula, "offset": "-0.5"})
    page = visit.open("/experiments/exported", "&columns=status,metric:accuracy,tag:note,tag:offset,duration")
    expect(visit.row("Completed")).to_have_count(3)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    assert download.value.suggested_filename == "exported-runs.csv"
    file = tmp_path / "runs.csv"
    download.value.save_as(file)
    first, *rows = csv.reader(io.StringIO(file.read_text()))
    assert first == ["Status", "accuracy", "note", "offset", "Duration (s)"]
    assert [row[:4] for row in rows] == [
        ["Completed", number, "'" + formula, "-0.5"] for number in ("0.3", "0.2", "0.1")
    ]
    assert all(float(row[4]) >= 0 for row in rows)


def test_runs_are_compared_side_by_side(visit: Visit) -> None:
    page = visit.open("/experiments/mnist-cnn")
    tick(page, 4, 5, 6)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare 3 runs")).to_be_visible()
    table = page.get_by_role("region", name="Comparison")
    expect(table.get_by_role("row").filter(has_text="learning_rate")).to_have_count(1)
    expect(table.get_by_role("row").filter(has_text="Experiment")).to_have_count(1)
    page.get_by_label("Only what differs").check()
    expect(table.get_by_role("row").filter(has_text="Experiment")).to_have_count(0)
    expect(table.get_by_role("rowheader", name="accuracy (differs)")).to_be_visible()
    page.get_by_role("region", name="loss", exact=True).scroll_into_view_if_needed()
    chart = page.get_by_role("img", name="Chart of loss", exact=True)
    expect(chart.locator(".u-series")).to_have_count(4)
    page.get_by_label("Horizontal axis").select_option("relative")
    expect(chart).to_contain_text("Seconds")
    expect(page.get_by_role("region", name="Parallel coordinates").locator("canvas")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Leave out ")).first.click()
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    expect(page.get_by_label("Only what differs")).to_be_checked()


def test_runs_are_found_by_expression_name_star_and_owner(visit: Visit) -> None:
    add_runs(visit, "finding", 4, tags={"kind": "base"}, params={"rate": "0.5"})
    page = visit.open("/experiments/finding")
    expect(status(visit, "Completed")).to_contain_text("4")
    expression = page.get_by_role("textbox", name="Filter expression")
    expression.fill("accuracy > > 1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The filter is not understood at character 12")).to_be_visible()
    expect(visit.row("Completed")).to_have_count(4)
    expression.fill('accuracy > 0.25 and tags.kind = "base" and rate = 0.5')
    page.keyboard.press("Enter")
    expect(visit.row("Completed")).to_have_count(2)
    expect(status(visit, "Completed")).to_contain_text("2")
    expect(page.get_by_text("not understood")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Star ")).first.click()
    page.get_by_role("button", name="Clear all").click()
    page.get_by_role("switch", name="Starred").check()
    expect(visit.row("Completed")).to_have_count(1)
    page.get_by_role("switch", name="Only mine").check()
    expect(page).to_have_url(re.compile("mine=1"))
    page.get_by_label("Submitted").select_option("24h")
    expect(visit.row("Completed")).to_have_count(1)
    page.reload()
    expect(visit.row("Completed")).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("^Star "))).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Clear all").click()
    page.get_by_role("searchbox", name="Search runs").fill("NDING-2")
    page.keyboard.press("Enter")
    expect(visit.row("Completed")).to_have_count(1)
    expect(visit.row("Completed")).to_contain_text("0.3")


def test_experiments_are_searched_sorted_and_archived(visit: Visit) -> None:
    add_runs(visit, "old-one", 1)
    page = visit.open("/experiments")
    page.get_by_role("searchbox").fill("old-")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="Runs").click()
    page.reload()
    expect(page.get_by_role("columnheader", name="Runs")).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_role("row")).to_have_count(2)
    tick(page, 1)
    page.get_by_role("button", name="Archive experiment").click()
    expect(page.get_by_role("heading", name="No experiment's name contains")).to_be_visible()
    page.get_by_role("switch", name="View archived experiments").check()
    tick(page, 1)
    page.get_by_role("button", name="Bring back").click()
    page.get_by_role("switch", name="View archived experiments").uncheck()
    expect(visit.row("old-one")).to_have_count(1)


def test_names_of_runs_cannot_run(visit: Visit) -> None:
    hostile = visit.runs["hostile"]
    charts = "".join(f"&chart={kind},metric:{HOSTILE_WORD}" for kind in ("bars", "points", "lines"))
    for path, query in (
        ("/experiments/injection", charts),
        ("/experiments/injection", f"&columns=display_name,tag:note,metric:{HOSTILE_WORD}"),
        ("/compare", f"&runs={hostile},{visit.runs['curves']}"),
    ):
        page = visit.open(path, query)
        expect(page.get_by_text("window.hacked").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.mouse.move(640, 420)
        assert page.evaluate("window.hacked") is None


PLACES = (
    ("/experiments", ""),
    ("/experiments/mnist-cnn", "&chart=bars,metric:accuracy&filter=accuracy+>+>"),
    ("/experiments/mnist-cnn", "&search=nobody"),
    ("/compare", "&runs={curves},{live}"),
)


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_fault_around_runs(visit: Visit, scheme: Literal["light", "dark"], width: int) -> None:
    page = visit.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    for path, query in PLACES:
        visit.open(path, query.format_map(visit.runs))
        check_axe(page)
    visit.open("/experiments/mnist-cnn")
    for name in ("Add chart", "Edit columns"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("dialog")).to_have_css("opacity", "1")
        check_axe(page)
        page.keyboard.press("Escape")


def check_axe(page: Page) -> None:
    """No fault but in Fluent's own guards of the focus, on which nobody ever stays."""
    expect(page.get_by_role("heading", level=1, include_hidden=True)).to_be_attached()
    page.wait_for_load_state("networkidle")
    faults = Axe().run(page).response["violations"]
    found = [(fault["id"], node["html"]) for fault in faults for node in fault["nodes"]]
    assert [fault for fault in found if "data-tabster-dummy" not in fault[1]] == []
