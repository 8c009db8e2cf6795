"""A run's page in a real browser: followed while it goes, looked at closely when it is over."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from typing import Literal

import httpx
import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Request, expect

import live
from browser.seed import HOSTILE, Seed
from browser.visit import Visit


@pytest.fixture
def seed(seeded: tuple[Seed, dict[str, str]]) -> Seed:
    """Writes to the workspace that ``visit`` looks at."""
    return seeded[0]


def now() -> int:
    return int(time.time() * 1000)


def zoom(page: Page, chart: Locator, begin: float, end: float) -> None:
    """Drag over a part of a chart, from 0 at its left to 1 at its right."""
    box = chart.locator(".u-over").bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + begin * box["width"], height)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], height, steps=4)
    page.mouse.up()


def test_a_run_is_followed_by_its_feed_and_asked_about_no_more(visit: Visit, seed: Seed) -> None:
    run = seed.run("followed")
    seed.log(run, [["loss", 1 / (i + 1), now(), i] for i in range(20)])
    asked: list[str] = []
    page = visit.page
    page.on("request", lambda request: asked.append(request.url))
    visit.open(f"/runs/{run}", "&tab=metrics")
    card = page.get_by_role("region", name="loss", exact=True)
    expect(card).to_contain_text("20 points")
    expect(card.locator("canvas")).to_be_visible()
    asked.clear()
    for step in range(20, 23):
        with page.expect_request(re.compile(rf"after={step - 1}\b")):
            seed.log(run, [["loss", 0.125, now(), step]])
        expect(card).to_contain_text(f"last 0.125 · {step + 1} points")
    seed.log(run, [["fresh", 7, now()]])
    expect(page.get_by_role("group", name="fresh")).to_contain_text("7")
    assert [url for url in asked if "/series?" not in url] == []
    seed.end(run)
    expect(page.get_by_text("Completed")).to_be_visible()


def test_a_run_is_asked_about_where_there_is_no_feed(visit: Visit, seed: Seed) -> None:
    run = seed.run("followed")
    seed.log(run, [["loss", 1 / (i + 1), now(), i] for i in range(20)])
    visit.page.route("**/events", lambda route: route.fulfill(status=502, body="a proxy that cannot"))
    page = visit.open(f"/runs/{run}", "&tab=metrics")
    card = page.get_by_role("region", name="loss", exact=True)
    expect(card).to_contain_text("20 points")
    seed.log(run, [["loss", 0.125, now(), 20]])
    expect(card).to_contain_text("last 0.125 · 21 points")
    seed.end(run)
    expect(page.get_by_text("Completed")).to_be_visible()


def test_zoom_reads_the_window_anew(visit: Visit, seed: Seed) -> None:
    run = seed.run("zoomed")
    seed.log(run, [["loss", (i * 7919) % 1000, now() + i, i] for i in range(20_000)])
    seed.end(run)
    page = visit.open(f"/runs/{run}", "&tab=metrics")
    chart = page.get_by_role("img", name="Chart of loss")
    expect(chart.locator("canvas")).to_be_visible()
    with page.expect_response(lambda reply: "after=" in reply.url) as answer:
        zoom(page, chart, 0.5, 0.55)
    window = answer.value.json()
    assert not window["thinned"]
    assert len(window["index"]) > 900
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("button", name="Show all")).to_have_count(0)
    chart.focus()
    with page.expect_response(lambda reply: "after=" in reply.url):
        page.keyboard.press("+")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Show all")).to_have_count(0)
    zoom(page, chart, 0.2, 0.4)
    expect(page.get_by_role("button", name="Show all")).to_be_visible()
    chart.locator(".u-over").dblclick()
    expect(page.get_by_role("button", name="Show all")).to_have_count(0)


def test_only_charts_that_are_seen_are_read(visit: Visit, seed: Seed) -> None:
    run = seed.run("many")
    points: list[list] = [[f"m{i:03}", (i * step) % 17, now(), step] for step in range(4) for i in range(300)]
    seed.log(run, points)
    seed.end(run)
    read: list[str] = []

    def note(request: Request) -> None:
        if "/series?" in request.url:
            read.append(request.url)

    visit.page.on("request", note)
    page = visit.open(f"/runs/{run}", "&tab=metrics")
    expect(page.get_by_role("img", name="Chart of m000").locator("canvas")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < len(read) < 30
    page.get_by_placeholder("Filter metrics").fill("m299")
    expect(page.get_by_role("img", name="Chart of m299").locator("canvas")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(1)


def test_every_kind_of_metric_has_its_chart(visit: Visit, seed: Seed) -> None:
    run = seed.run("kinds")
    seed.documents(run)
    seed.upload(run, "broken.json", b'{"data": {"matrix": [["seven"]]}}')
    seed.log(run, [["broken", "broken.json", now(), None, "confusion_matrix"]])
    seed.end(run)
    visit.page.set_viewport_size({"width": 1280, "height": 3000})
    page = visit.open(f"/runs/{run}", "&tab=metrics")
    for name in ("Counts of confusion matrix", "Residuals of residuals", "Predictions of predictions"):
        expect(page.get_by_role("img", name=name).locator("canvas").first).to_be_visible()
    for view in ("ROC", "Precision-recall", "Lift"):
        page.get_by_label("View of accuracy table").select_option(view)
        expect(page.get_by_role("img", name=f"{view} of accuracy table").locator("canvas").first).to_be_visible()
    scores = page.get_by_role("region", name="scores", exact=True)
    expect(scores.get_by_role("img", name="Chart of scores").locator("canvas").first).to_be_visible()
    scores.get_by_label("Over").select_option("precision")
    expect(scores.locator(".u-series")).to_have_count(2)
    scores.get_by_role("tab", name="Table").click()
    expect(scores.get_by_role("row").filter(has_text="bird")).to_contain_text("0.77")
    broken = page.get_by_role("region", name="broken", exact=True)
    expect(broken.get_by_role("alert")).to_contain_text("holds something that is not a number")


def test_a_growing_log_is_followed(visit: Visit, seed: Seed) -> None:
    run = seed.run("logging")
    seed.upload(run, "logs/driver.log", b"".join(b"line %d\n" % i for i in range(400)))
    page = visit.open(f"/runs/{run}", "&tab=outputs&file=logs/driver.log")
    contents = page.get_by_label("Contents")
    expect(contents.get_by_text("line 399", exact=True)).to_be_in_viewport()
    with page.expect_request(lambda request: request.headers.get("range", "").startswith("bytes=36")) as asked:
        seed.upload(run, "logs/driver.log", b"".join(b"line %d\n" % i for i in range(450)))
    assert asked.value.url.endswith("driver.log?inline")
    expect(contents.get_by_text("line 449", exact=True)).to_be_in_viewport()
    seed.upload(run, "logs/driver.log", b"begun anew\n")
    expect(contents.get_by_text("begun anew")).to_be_visible()
    expect(contents.get_by_text("line 449", exact=True)).to_have_count(0)
    seed.upload(run, "logs/driver.log", b"begun anew\nthe end\n")
    seed.end(run)
    expect(contents.get_by_text("the end")).to_be_visible()


def test_a_long_file_is_searched_from_line_to_line(visit: Visit, seed: Seed) -> None:
    run = seed.run("logging")
    seed.upload(run, "long.txt", b"".join(b"line %d %s\n" % (i, b"x" * 20) for i in range(30_000)))
    seed.end(run)
    page = visit.open(f"/runs/{run}", "&tab=outputs")
    expect(page.get_by_text("The first 512.00 KiB of")).to_be_visible()
    page.get_by_placeholder("Search in file").fill("line 1500")
    expect(page.get_by_role("status")).to_have_text("Line 1 of 11 that have it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Line 2 of 11 that have it")
    expect(page.get_by_text("line 15000 xxx")).to_be_in_viewport()
    expect(page.get_by_text("line 15000 xxx")).to_have_attribute("data-line", "15001")
    page.get_by_role("tab", name="End").click()
    expect(page.get_by_text("The last 512.00 KiB of")).to_be_visible()
    page.get_by_placeholder("Search in file").fill("29999")
    expect(page.get_by_text("line 29999 xxx")).to_be_in_viewport()


HOSTILE_SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90" onload="top.hacked=1">
<script>top.hacked = 1</script><circle cx="45" cy="45" r="40" fill="teal"/></svg>"""


def notebook() -> bytes:
    """A notebook whose every part tries to run something."""
    html = f"<b>table</b>{HOSTILE}"
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["plain ", "words\n"]},
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": html, "text/plain": "a table"}},
        {"output_type": "display_data", "metadata": {}, "data": {"application/javascript": "window.hacked=1"}},
        {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": HOSTILE_SVG.decode()}},
    ]
    cells = [
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": f"# Heading of cells\n{HOSTILE}\n[x](javascript:window.hacked=1)",
        },
        {"cell_type": "code", "metadata": {}, "execution_count": 7, "source": HOSTILE, "outputs": outputs},
    ]
    return msgspec.json.encode({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_no_preview_of_a_file_can_run(visit: Visit, seed: Seed) -> None:
    run = seed.run("hostile")
    tries = HOSTILE + "<script>top.hacked=1;parent.document.title='hacked'</script>"
    page_text = f"<h1>Report</h1>{tries}<a href='javascript:top.hacked=1' target=_top>go</a>"
    seed.upload(run, "report.html", page_text.encode())
    seed.upload(run, "picture.svg", HOSTILE_SVG)
    seed.upload(run, "work.ipynb", notebook())
    seed.end(run)
    page = visit.open(f"/runs/{run}", "&tab=outputs&file=report.html")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Report")).to_be_visible()
    frame.get_by_role("link", name="go").click()
    visit.open(f"/runs/{run}", "&tab=outputs&file=picture.svg")
    expect(page.get_by_role("img", name="picture.svg")).to_have_js_property("naturalWidth", 90)
    visit.open(f"/runs/{run}", "&tab=outputs&file=work.ipynb")
    shown = page.get_by_role("region", name="Notebook")
    expect(shown.get_by_role("region", name="Output").get_by_text("table")).to_be_visible()
    for words in ("Heading of cells", "plain words", "application/javascript, which is not shown"):
        expect(shown.get_by_text(words)).to_be_visible()
    expect(shown.get_by_role("img", name="Output")).to_have_js_property("naturalWidth", 90)
    assert page.evaluate("window.hacked") is None
    for file in ("report.html", "picture.svg"):
        page.goto(f"{visit.server.url}{visit.where.url}/artifacts/ExperimentRun/dcid.{run}/{file}?inline")
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("window.origin") == "null"


def test_two_snapshots_are_told_apart(visit: Visit, seed: Seed) -> None:
    script = b"".join(b"step %d\n" % i for i in range(40))
    old = {"train.py": script, "old.txt": b"gone\n", "same.py": b"x = 1\n", "data.bin": b"\0\1"}
    changed = script.replace(b"step 7\n", b"leap 7\n")
    new = {"train.py": changed, "new.txt": b"come\n", "same.py": b"x = 1\n", "data.bin": b"\0\2"}
    first = seed.run("snapshots", snapshot_id=seed.snapshot(old), display_name="the_first")
    second = seed.run("snapshots", snapshot_id=seed.snapshot(new))
    third = seed.run("snapshots", snapshot_id=seed.snapshot(new), display_name="the_third")
    for run in (first, second, third):
        seed.end(run)
    page = visit.open(f"/runs/{second}", "&tab=snapshot")
    choice = page.get_by_label("Compare with")
    choice.select_option(first)
    expect(page.get_by_text("1 added, 1 removed, 2 changed since the_first")).to_be_visible()
    differ = page.get_by_role("navigation", name="Files that differ")
    expect(differ.get_by_role("button")).to_have_count(4)
    expect(differ).not_to_contain_text("same.py")
    differ.get_by_role("button", name="train.py").click()
    patch = page.get_by_role("region", name="Difference")
    expect(patch.get_by_role("row").filter(has_text="step 7")).to_have_text("8-step 7")
    expect(patch.get_by_role("row").filter(has_text="leap 7")).to_have_text("8+leap 7")
    expect(patch.get_by_text("step 20")).to_have_count(0)
    differ.get_by_role("button", name="data.bin").click()
    expect(page.get_by_role("heading", name="This file is binary or too long")).to_be_visible()
    page.reload()
    expect(choice).to_have_value(first)
    choice.select_option(third)
    expect(page.get_by_role("heading", name="No file differs")).to_be_visible()


def test_a_page_outlives_its_server(page: Page, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(live.running(tmp_path / "home"))
        seed = Seed(server.url, server.token)
        seed.workspace()
        run = seed.run("away")
        seed.log(run, [["loss", 1 / (i + 1), now(), i] for i in range(20)])
        page.goto(server.call("POST", "/access/links", {"next": "/settings"})["url"])
        Visit(page, server, seed.where, {}).open(f"/runs/{run}", "&tab=metrics")
        card = page.get_by_role("region", name="loss", exact=True)
        expect(card).to_contain_text("20 points")
        server.stop()
        bar = page.get_by_text("The server does not answer")
        expect(bar).to_be_visible()
        expect(card.locator("canvas")).to_be_visible()
        port = httpx.URL(server.url).port
        assert port is not None
        back = live.start(tmp_path / "home", port=port)
        stack.callback(back.stop)
        expect(bar).to_have_count(0)
        Seed(back.url, back.token).log(run, [["loss", 0.125, now(), 20]])
        expect(card).to_contain_text("last 0.125 · 21 points")


HEAP_GROWTH_MB = 8
"""What an open page may keep of all that was ever streamed to it."""


@pytest.mark.long
def test_streaming_does_not_fill_the_memory(visit: Visit, seed: Seed) -> None:
    run = seed.run("streamed")
    page = visit.open(f"/runs/{run}", "&tab=metrics")
    devtools = page.context.new_cdp_session(page)
    step = 0

    def stream(batches: int) -> float:
        """Send so many batches of 500 points of four metrics; the heap after that, in MB."""
        nonlocal step
        for _ in range(batches):
            names = ("a", "b", "c", "d")
            seed.log(run, [[name, (step + i) % 97, now(), step + i] for i in range(500) for name in names])
            step += 500
            page.wait_for_timeout(100)
        expect(page.get_by_role("region", name="a", exact=True)).to_contain_text(f"{step:,} points")
        devtools.send("HeapProfiler.collectGarbage")
        return devtools.send("Runtime.getHeapUsage")["usedSize"] / 1e6

    before = stream(60)
    after = stream(180)
    print(f"{before:.1f} MB after 120,000 points, {after:.1f} MB after {4 * step:,}")
    assert after - before < HEAP_GROWTH_MB


TABS = ("details", "metrics", "images", "children", "outputs", "outputs&file=outputs/report.html", "snapshot")


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_serious_fault_on_runs_and_models(
    visit: Visit, scheme: Literal["light", "dark"], width: int
) -> None:
    page = visit.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 3000})
    against = f"&tab=snapshot&against={visit.runs['again']}"
    places = [(f"/runs/{visit.runs['curves']}", f"&tab={tab}") for tab in TABS]
    places += [(f"/runs/{visit.runs['lesson']}", against), ("/models", "")]
    places += [(f"/model/scikit-learn-mnist-model:1/{tab}", "") for tab in ("details", "versions", "artifacts")]
    found: list[tuple[str, str, str]] = []
    for path, query in places:
        visit.open(path, query)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        faults = Axe().run(page).response["violations"]
        found += [(path + query, fault["id"], node["html"]) for fault in faults for node in fault["nodes"]]
    # Fluent's own guards of the focus: they hand it on at once, so that nobody ever stays on one.
    assert [fault for fault in found if "data-tabster-dummy" not in fault[2]] == []
