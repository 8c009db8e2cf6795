"""Registered models in a real browser: registered, compared, archived, deleted."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from browser.seed import Seed
from browser.visit import Visit


@pytest.fixture
def seed(seeded: tuple[Seed, dict[str, str]]) -> Seed:
    """Writes to the workspace that ``visit`` looks at."""
    return seeded[0]


def register(seed: Seed, name: str, accuracy: float) -> str:
    """The next version of a model from a run of its own; the run's id."""
    run = seed.run("modelling")
    seed.log(run, [["accuracy", accuracy, int(time.time() * 1000)]])
    seed.upload(run, "outputs/model.bin", b"weights")
    seed.end(run)
    place = {"origin": "ExperimentRun", "container": f"dcid.{run}", "path": "outputs/model.bin"}
    seed.call("POST", f"{seed.where.url}/models", {"name": name, "run_id": run} | place)
    return run


def test_a_model_is_registered_from_files_of_the_reader(visit: Visit) -> None:
    page = visit.open("/models")
    page.get_by_role("button", name="Register model").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("bad name")
    expect(dialog.get_by_text("Letters, digits")).to_be_visible()
    expect(dialog.get_by_role("button", name="Register")).to_be_disabled()
    dialog.get_by_label("Name").fill("uploaded")
    files = [{"name": name, "mimeType": "text/plain", "buffer": name.encode()} for name in ("a.txt", "b.txt")]
    dialog.get_by_label("Files").set_input_files(files)
    dialog.get_by_label("Framework").fill("PyTorch")
    dialog.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="uploaded:1")).to_be_visible()
    expect(page.get_by_role("region", name="Attributes")).to_contain_text("PyTorch")
    page.get_by_role("tab", name="Artifacts").click()
    page.get_by_role("navigation", name="Artifacts").get_by_role("button", name="b.txt").click()
    expect(page.get_by_label("Contents")).to_have_text("b.txt")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "model.zip"


def test_versions_stand_side_by_side(visit: Visit, seed: Seed) -> None:
    for accuracy in (0.5, 0.625):
        register(seed, "compared", accuracy)
    page = visit.open("/model/compared:2/versions")
    table = page.get_by_role("region", name="Versions")
    expect(table.get_by_role("row").filter(has_text="accuracy")).to_have_text("accuracy0.6250.5")
    expect(table.get_by_role("row").filter(has_text="Size")).to_have_count(1)
    page.get_by_label("Only what differs").check()
    expect(table.get_by_role("row").filter(has_text="Size")).to_have_count(0)
    expect(table.get_by_role("row").filter(has_text="accuracy")).to_have_count(1)
    table.get_by_role("link", name="Version 1").click()
    expect(page.get_by_role("heading", name="compared:1")).to_be_visible()


def test_a_model_outlives_its_run(visit: Visit, seed: Seed) -> None:
    run = register(seed, "orphan", 0.5)
    seed.call("DELETE", f"{seed.where.url}/runs/{run}")
    page = visit.open("/model/orphan:1/versions")
    expect(page.get_by_role("region", name="Versions")).to_contain_text(run)


def test_a_model_is_edited_archived_and_deleted(visit: Visit, seed: Seed) -> None:
    register(seed, "shelved", 0.5)
    page = visit.open("/model/shelved:1/details")
    page.get_by_role("button", name="Edit description").click()
    page.get_by_role("textbox", name="description").fill("The first that works")
    page.get_by_role("button", name="Save description").click()
    expect(page.get_by_role("region", name="Description")).to_contain_text("The first that works")
    page.get_by_role("button", name="Edit tags").click()
    page.get_by_label("Tag 1 name").fill("stage")
    page.get_by_label("Tag 1 value").fill("trial")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Tags")).to_contain_text("trial")
    visit.open("/models")
    page.get_by_placeholder("Filter by name").fill("shelved")
    page.get_by_label("Select row 1").check()
    page.get_by_role("button", name="Archive").click()
    expect(visit.row("shelved")).to_have_count(0)
    page.get_by_label("Which models").select_option("archived")
    expect(visit.row("shelved")).to_contain_text("Archived")
    page.get_by_label("Select row 1").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(visit.row("shelved")).to_have_count(0)
