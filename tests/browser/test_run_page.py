"""A run's page in a real browser: followed while it goes, looked at closely when it is over."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from browser.seed import Seed
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
