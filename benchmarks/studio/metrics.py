"""A run with 500 metrics, one of a million points, in a real browser; and twenty curves of 100,000 points overlaid.

Wanted: the Metrics tab usable in 1 s, a zoom drawn in 150 ms, a logged point in its chart in 1 s, 60 frames a second
while the mouse moves over the overlaid curves.
"""

from __future__ import annotations

import itertools
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "tests")]

from figures import Figures, show  # noqa: E402

import live  # noqa: E402
from browser.conftest import ARGUMENTS, NAMES  # noqa: E402
from browser.seed import Seed  # noqa: E402
from browser.visit import Visit  # noqa: E402

METRICS = 500
LONG = 1_000_000
CURVES, CURVE = 20, 100_000
BATCH = 50_000
TIMES = 7

WATCH = """
    window.drawn = [];
    new PerformanceObserver((list) => {
      if (!list.getEntries().some((entry) => entry.name.includes("after="))) return;
      requestAnimationFrame(() => requestAnimationFrame(() => drawn.push(performance.timeOrigin + performance.now())));
    }).observe({ type: "resource" });
"""
"""Notes when the frame after each answer with a part of a series was drawn, in ms since 1970."""

FRAMES = """(async () => {
    const times = [];
    window.watching = true;
    const note = (at) => { times.push(at); if (watching) requestAnimationFrame(note); };
    requestAnimationFrame(note);
    while (watching) await new Promise((go) => setTimeout(go, 50));
    return times;
})()"""


def now() -> float:
    return time.time() * 1000


def log_long(seed: Seed, run: str, name: str, count: int) -> None:
    """A series of so many points."""
    for begin in range(0, count, BATCH):
        stop = min(begin + BATCH, count)
        seed.log(run, [[name, (i * 7919) % 1000 / (1 + i / count), int(now()), i] for i in range(begin, stop)])


def first_chart(page: Page) -> Locator:
    """The first chart's canvas."""
    return page.locator("[role=img] canvas").first


def opening(visit: Visit, run: str) -> tuple[float, float]:
    """Milliseconds until charts are there: after a click on the tab, and when the address is opened."""
    clicks, loads = [], []
    for _ in range(TIMES):
        page = visit.open(f"/runs/{run}")
        tab = page.get_by_role("tab", name="Metrics")
        expect(tab).to_be_visible()
        page.wait_for_load_state("networkidle")
        began = now()
        tab.click()
        first_chart(page).wait_for()
        clicks.append(now() - began)
        began = now()
        visit.open(f"/runs/{run}", "&tab=metrics")
        first_chart(page).wait_for()
        loads.append(now() - began)
    return statistics.median(clicks), statistics.median(loads)


def wait_until_drawn(page: Page, known: int) -> float:
    """When the next frame with newly read points was drawn; ``known`` of them were noted before."""
    # The page's policy allows no wait_for_function, which evaluates text.
    while page.evaluate("drawn.length") == known:
        page.wait_for_timeout(5)
    return page.evaluate("drawn.at(-1)")


def zooming(visit: Visit, run: str) -> float:
    """Milliseconds from letting the mouse go until the window that was read anew is drawn."""
    page = visit.open(f"/runs/{run}", "&tab=metrics")
    page.get_by_placeholder("Filter metrics").fill("long")
    box = page.get_by_role("img", name="Chart of long").locator(".u-over").bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    took = []
    for at in range(TIMES):
        known = page.evaluate("drawn.length")
        page.mouse.move(box["x"] + (0.1 + at / 20) * box["width"], height)
        page.mouse.down()
        page.mouse.move(box["x"] + (0.3 + at / 20) * box["width"], height)
        began = now()
        page.mouse.up()
        took.append(wait_until_drawn(page, known) - began)
        page.keyboard.press("Escape")
        page.mouse.dblclick(box["x"] + box["width"] / 2, height)
    return statistics.median(took)


def following(visit: Visit, seed: Seed, run: str) -> float:
    """Milliseconds from the call that logs a point until the chart with it is drawn."""
    page = visit.open(f"/runs/{run}", "&tab=metrics")
    page.get_by_placeholder("Filter metrics").fill("long")
    first_chart(page).wait_for()
    took = []
    for at in range(TIMES):
        page.wait_for_timeout(700)
        known = page.evaluate("drawn.length")
        began = now()
        seed.log(run, [["long", at, int(began), LONG + at]])
        took.append(wait_until_drawn(page, known) - began)
    return max(took)


def hovering(visit: Visit, runs: list[str]) -> Figures:
    """Frames a second while the mouse moves over overlaid curves, and over a page without any: the machine's limit."""
    page = visit.open("/compare", "&runs=" + ",".join(runs))
    chart = page.get_by_role("img", name="Chart of curve")
    page.get_by_role("region", name="curve", exact=True).scroll_into_view_if_needed()
    expect(chart.locator(".u-series")).to_have_count(CURVES + 1)
    page.wait_for_load_state("networkidle")
    gaps = move(page, chart.locator(".u-over"))
    visit.open("/settings")
    page.wait_for_load_state("networkidle")
    bare = move(page, page.get_by_role("main"))
    return {
        "hover over 20 curves, frames/s": 1000 / statistics.mean(gaps),
        "hover over 20 curves, frame p95, ms": statistics.quantiles(gaps, n=20)[-1],
        "hover over nothing, frames/s": 1000 / statistics.mean(bare),
    }


def move(page: Page, over: Locator) -> list[float]:
    """Move the mouse for three seconds; the time between frames in ms."""
    box = over.bounding_box()
    assert box is not None
    page.evaluate(f"window.frames_ = {FRAMES}; 0")
    until = time.monotonic() + 3
    at = 0
    while time.monotonic() < until:
        at += 1
        page.mouse.move(box["x"] + at * 7 % box["width"], box["y"] + at * 3 % box["height"])
    times = page.evaluate("(watching = false, frames_)")
    return [b - a for a, b in itertools.pairwise(times)]


def measure() -> Figures:
    """Seed a server and look at it."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    with tempfile.TemporaryDirectory() as folder, live.running(Path(folder) / "home") as server:
        seed = Seed(server.url, server.token)
        seed.workspace()
        run = seed.run("large")
        points: list[list[object]] = [
            [f"m{i:03}", (i * s) % 17, int(now()), s] for s in range(20) for i in range(METRICS - 1)
        ]
        seed.log(run, points)
        log_long(seed, run, "long", LONG)
        curves = [seed.run("curves") for _ in range(CURVES)]
        for each in curves:
            log_long(seed, each, "curve", CURVE)
            seed.end(each)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(WATCH)
            page.goto(server.call("POST", "/access/links", {"next": "/settings"})["url"])
            visit = Visit(page, server, seed.where, {})
            click, load = opening(visit, run)
            zoom, point = zooming(visit, run), following(visit, seed, run)
            hovers = hovering(visit, curves)
            browser.close()
    return {
        "metrics tab by a click, ms": click,
        "metrics tab by its address, ms": load,
        "zoom drawn, ms": zoom,
        "point logged to drawn, ms (longest)": point,
        **hovers,
    }


if __name__ == "__main__":
    show(__doc__, measure)
