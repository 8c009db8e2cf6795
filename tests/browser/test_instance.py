"""An instance as its user has it: made by the dialog, opened by its links, stopped, started, and all is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import live
from workstead.hosts.programs import has_rstudio

NAME = "college"
CREATE_MS = 300_000
START_MS = 60_000


@pytest.fixture
def window(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """A signed-in browser at the compute page of a new server, whose instances end with it."""
    with live.running(tmp_path / "home", env={"WORKSTEAD_STOP_INSTANCES": "1"}) as server:
        where = server.make_workspace("team")
        wsid = f"/subscriptions/{where.subscription_id}/resourcegroups/{where.resource_group}/workspaces/team"
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(server.call("POST", "/access/links", {"next": f"/compute?wsid={wsid}"})["url"])
        yield page
        context.close()


@pytest.mark.long
def test_a_notebook_outlives_a_stop(window: Page) -> None:
    window.get_by_role("button", name="New").click()
    dialog = window.get_by_role("dialog")
    dialog.get_by_label("Compute name").fill(NAME)
    dialog.get_by_role("button", name="Create").click()
    row = window.get_by_role("row").filter(has_text=NAME)
    expect(row).to_contain_text("Running", timeout=CREATE_MS)
    if not has_rstudio():
        with window.expect_popup() as opened:
            row.get_by_role("link", name="RStudio").click()
        expect(opened.value.get_by_text("install rstudio-server")).to_be_visible()
    write_in_lab(window)
    row.get_by_role("link", name=NAME).click()
    window.get_by_role("button", name="Stop", exact=True).click()
    expect(window.get_by_text("Stopped").first).to_be_visible(timeout=START_MS)
    window.get_by_role("button", name="Start", exact=True).click()
    expect(window.get_by_text("Running").first).to_be_visible(timeout=START_MS)
    find_in_notebook(window)


def write_in_lab(page: Page) -> None:
    """A new notebook from JupyterLab's launcher, two cells, and a name at the first save."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name="JupyterLab", exact=True).click()
    lab = opened.value
    lab.locator(".jp-LauncherCard").filter(has_text="AzureML").first.click(timeout=START_MS)
    expect(lab.get_by_text("AzureML | Idle")).to_be_visible(timeout=START_MS)
    for text in ("answer = 6 * 7", "print('answer', answer)"):
        lab.locator(".jp-Notebook .jp-mod-active .cm-content").click()
        lab.keyboard.type(text)
        lab.keyboard.press("Shift+Enter")
    expect(lab.get_by_text("answer 42")).to_be_visible(timeout=START_MS)
    lab.keyboard.press("Control+S")
    rename = lab.get_by_role("dialog")
    rename.get_by_role("textbox").fill("kept.ipynb")
    rename.get_by_role("button", name="Rename").click()
    expect(lab.get_by_role("tab", name="kept.ipynb")).to_be_visible()
    lab.keyboard.press("Control+S")
    lab.close()


def find_in_notebook(page: Page) -> None:
    """The file in Notebook 7's list, with what its cells printed."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Jupyter", exact=True).click()
    tree = opened.value
    with tree.expect_popup() as opened:
        tree.get_by_text("kept.ipynb").dblclick(timeout=START_MS)
    expect(opened.value.get_by_text("answer 42")).to_be_visible(timeout=START_MS)
