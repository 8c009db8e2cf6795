"""Notebooks: the files of an instance, read without waking it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import expect

from browser.seed import HOSTILE
from browser.visit import Visit

TABLE = f"<style>b{{}}</style><table><tr><th>loss</th><td onclick='window.hacked=1'>0.25</td></tr></table>{HOSTILE}"


def notebook() -> bytes:
    """Prose, a table, a terminal's colours, an error."""
    outputs = [
        {"output_type": "execute_result", "data": {"text/html": TABLE, "text/plain": "loss"}},
        {"output_type": "stream", "name": "stdout", "text": "10%\r\x1b[32m100%\x1b[0m\n"},
        {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["\x1b[31mValueError\x1b[0m: no"]},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# The lesson\n", "Some **strong** words, [a link](javascript:alert(1))"]},
        {"cell_type": "code", "execution_count": 3, "source": "print('hello')", "outputs": outputs},
    ]
    return msgspec.json.encode({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


@pytest.fixture
def files(visit: Visit) -> Iterator[Path]:
    """The folder of a new instance's files; the instance itself need not be ready."""
    name = f"lamp{uuid.uuid4().hex[:8]}"
    url = f"{visit.where.url}/computes/{name}"
    visit.server.http.put(url, json={}).raise_for_status()
    guid = visit.server.http.get(visit.where.url).json()["workspace_id"]
    folder = visit.server.home / "instances" / guid / name / "files"
    (folder / "lesson").mkdir(parents=True, exist_ok=True)
    yield folder
    visit.server.http.delete(url).raise_for_status()


def test_a_notebook_is_read_folder_by_folder(visit: Visit, files: Path) -> None:
    (files / "lesson" / "challenge 01.ipynb").write_bytes(notebook())
    page = visit.open("/home")
    page.get_by_role("link", name="Notebooks").first.click()
    for name in (files.parent.name, "lesson", "challenge 01.ipynb"):
        page.get_by_role("table").get_by_role("link", name=name).click()
    shown = page.get_by_role("region", name="Notebook")
    expect(shown.get_by_role("heading", name="The lesson")).to_be_visible()
    expect(shown.get_by_text("print('hello')")).to_be_visible()
    expect(shown.get_by_role("cell", name="0.25")).to_be_visible()
    expect(shown.get_by_text("100%", exact=True)).to_be_visible()
    expect(shown.get_by_text("ValueError: no")).to_be_visible()
    expect(shown.get_by_role("link", name="a link")).to_have_attribute("href", "")
    shown.get_by_role("cell", name="0.25").click()
    assert page.evaluate("window.hacked") is None
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="lesson").click()
    expect(visit.row("challenge 01.ipynb")).to_contain_text(" B")


def test_a_file_that_is_not_there_is_said_in_a_sentence(visit: Visit, files: Path) -> None:
    page = visit.open(f"/notebooks/{files.parent.name}/none.txt")
    expect(page.get_by_role("alert")).to_contain_text(f"There is no file none.txt on {files.parent.name}")
