"""The lesson as its reader does it, by mouse and keyboard, on a server where nothing has been done yet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import live

NAME = "aidevcollege"
EXPERIMENT = "scikit-learn-mnist"
MODEL = "scikit-learn-mnist-model"
CREATE_MS = 300_000
TRAIN_MS = 180_000
NOTEBOOK = Path(live.__file__).parents[1] / "examples" / "challenge01.ipynb"


def cells() -> list[str]:
    """What the reader copies. The training takes a tenth of the digits: here it is not about its accuracy."""
    code = [
        "".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"
    ]
    return [cell.replace("clf.fit(X_train, y_train)", "clf.fit(X_train[:6000], y_train[:6000])") for cell in code]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[live.Live]:
    """A new server, whose instances end with it."""
    with live.running(tmp_path / "home", env={"WORKSTEAD_STOP_INSTANCES": "1"}) as server:
        yield server


@pytest.fixture
def window(chromium: Browser, server: live.Live) -> Iterator[Page]:
    """A browser that was signed in by the link that the server printed."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(server.call("POST", "/access/links", {"next": "/"})["url"])
    yield page
    context.close()


@pytest.mark.long
def test_from_a_resource_group_to_a_registered_model(window: Page) -> None:
    make_group(window)
    make_workspace(window)
    make_instance(window)
    write_notebook(window)
    look_at_the_run(window)
    register_once_more(window)
    look_into_storage(window)
    delete_everything(window)


def make_group(page: Page) -> None:
    expect(page.get_by_text("No workspace yet")).to_be_visible()
    rail(page, "Resource groups")
    page.get_by_role("button", name="Create", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Resource group").fill(NAME)
    dialog.get_by_label("Region").select_option("West Europe")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()


def make_workspace(page: Page) -> None:
    page.get_by_role("button", name="Create workspace").click()
    page.get_by_label("Workspace name").fill(NAME)
    expect(page.get_by_text("The name is free.")).to_be_visible()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name="Your deployment is complete")).to_be_visible()
    page.get_by_role("button", name="Go to resource", exact=True).click()
    page.get_by_role("button", name="Launch studio").click()


def make_instance(page: Page) -> None:
    rail(page, "Compute")
    page.get_by_role("button", name="New").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Compute name").fill(NAME)
    dialog.get_by_role("searchbox").fill("D3_V2")
    dialog.get_by_role("radio", name="STANDARD_D3_V2", exact=True).check()
    dialog.get_by_role("button", name="Create").click()
    row = page.get_by_role("row").filter(has_text=NAME)
    expect(row).to_contain_text("Running", timeout=CREATE_MS)


def write_notebook(page: Page) -> None:
    """In the instance's own Jupyter, opened by its link: a new notebook, cell after cell pasted and run."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Jupyter", exact=True).click()
    tree = opened.value
    tree.get_by_text("New", exact=True).click()
    with tree.expect_popup() as opened:
        tree.get_by_role("menuitem").filter(has_text="AzureML").first.click()
    notebook = opened.value
    for cell in cells():
        notebook.evaluate("text => navigator.clipboard.writeText(text)", cell)
        notebook.locator(".jp-Notebook .jp-mod-active .cm-content").click()
        notebook.keyboard.press("Control+V")
        notebook.keyboard.press("Shift+Enter")
    expect(notebook.get_by_text(re.compile(r"^Accuracy is 0\.[89]\d+"))).to_be_visible(timeout=TRAIN_MS)
    expect(notebook.get_by_text(f"{MODEL}:1")).to_be_visible(timeout=TRAIN_MS)
    with notebook.expect_response(lambda reply: reply.request.method == "PUT" and "/api/contents/" in reply.url):
        notebook.keyboard.press("Control+S")
    notebook.close()
    tree.close()


def look_at_the_run(page: Page) -> None:
    rail(page, "Notebooks")
    page.get_by_role("table").get_by_role("link", name=NAME).click()
    page.get_by_role("table").get_by_role("link", name="Untitled.ipynb").click()
    expect(page.get_by_role("region", name="Notebook").get_by_text(f"{MODEL}:1")).to_be_visible()
    rail(page, "Experiments")
    page.get_by_role("link", name=EXPERIMENT).click()
    row = page.get_by_role("row").filter(has_text="Completed")
    expect(row).to_contain_text(re.compile(r"0\.[89]"))
    row.get_by_role("link").first.click()
    expect(page.get_by_role("tab", name="Details")).to_be_visible()
    rail(page, "Models")
    page.get_by_role("link", name=MODEL).first.click()
    expect(page.get_by_role("heading", name=re.compile(MODEL))).to_be_visible()
    expect(page.get_by_role("link", name=EXPERIMENT)).to_be_visible()


def register_once_more(page: Page) -> None:
    """By mouse, too: a file of the run becomes version 2."""
    rail(page, "Experiments")
    page.get_by_role("link", name=EXPERIMENT).click()
    page.get_by_role("row").filter(has_text="Completed").get_by_role("link").first.click()
    page.get_by_role("button", name="Register model").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(MODEL)
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("heading", name=f"{MODEL}:2")).to_be_visible()


def look_into_storage(page: Page) -> None:
    page.get_by_role("link", name="Workstead, all workspaces").click()
    rail(page, "Resource groups")
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("row").filter(has_text="Storage account").get_by_role("link").click()
    for name in ("azureml", "ExperimentRun", re.compile("^dcid"), "outputs"):
        page.get_by_role("table").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("row").filter(has_text=f"{EXPERIMENT}.pkl")).to_contain_text("KiB")


def delete_everything(page: Page) -> None:
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name=NAME).click()
    page.get_by_role("button", name="Delete resource group").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type").fill(NAME)
    page.keyboard.press("Enter")
    expect(page.get_by_text("No resource group yet")).to_be_visible()


def rail(page: Page, name: str) -> None:
    """Go to a place by the rail at the left."""
    link = page.get_by_role("navigation", name="Workspace").get_by_role("link", name=name)
    link.click()
    expect(link).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("progressbar")).to_have_count(0)
