"""A browser, and a seeded server for it to visit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright

import live
from browser.seed import Seed
from browser.visit import Visit

# Chromium asks for Google's hosts at every start unless it is told not to.
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
NAMES = ("chromium", "chromium-browser", "google-chrome")
"""Names that the browser has on various systems."""
PAGE = Path(live.__file__).parents[1] / "server/src/workstead/studio/static/index.html"


# Playwright's loop runs in this thread while the browser is there, so that no other module could run one of its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser; skips, saying so, where there is none."""
    if not PAGE.exists():
        pytest.skip("Studio is not built; `make .stamps/studio` builds it")
    expect.set_options(timeout=15_000)
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        except Error:
            if found:
                raise
            pytest.skip("no Chromium here: install Debian's package chromium to run the browser tests")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def seeded(live_server: live.Live) -> tuple[Seed, dict[str, str]]:
    """A workspace with runs, models and files; the ids of runs worth a visit."""
    seed = Seed(live_server.url, live_server.token)
    return seed, seed.everything()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A window of its own that is not signed in; an error that no code caught fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    window = context.new_page()
    faults: list[str] = []
    window.on("pageerror", lambda error: faults.append(str(error)))
    window.on("console", lambda message: faults.extend(refused(message)))
    yield window
    context.close()
    assert faults == []


def refused(message: ConsoleMessage) -> list[str]:
    """What the page's own policy refused: Studio must not need it."""
    return [message.text] if "Content Security Policy" in message.text else []


@pytest.fixture
def visit(page: Page, live_server: live.Live, seeded: tuple[Seed, dict[str, str]]) -> Visit:
    """A window that is signed in and knows the seeded workspace."""
    seed, runs = seeded
    link = live_server.call("POST", "/access/links", {"next": "/settings"})["url"]
    page.goto(link)
    return Visit(page, live_server, seed.where, runs)
