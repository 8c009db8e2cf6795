"""Studio in a real browser, by role, as a reader with mouse or keyboard finds things."""

from __future__ import annotations

import re
import time
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, expect

import live
from browser.visit import Visit


def test_sign_in_by_link_leads_to_the_page_asked_for(page: Page, live_server: live.Live) -> None:
    page.goto(live_server.url + "/resourcegroups")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    link = live_server.call("POST", "/access/links", {"next": "/resourcegroups"})["url"]
    page.goto(link)
    expect(page.get_by_role("heading", name="Resource groups")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("used or has expired")


def test_sign_in_by_token_and_sign_out(page: Page, live_server: live.Live) -> None:
    page.goto(live_server.url + "/resourcegroups")
    page.get_by_label("Token").fill("wst_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not (or no longer) known")
    page.get_by_label("Token").fill(live_server.token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Resource groups")).to_be_visible()
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(live_server.url + "/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_code_is_typed_in_and_lets_the_device_in(visit: Visit) -> None:
    page, server = visit.page, visit.server
    code = server.call("POST", "/access/devicecodes")
    page.goto(code["verification_uri"])
    page.get_by_label("Code").fill("WRONGCODE")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not waiting for approval")
    page.get_by_label("Code").fill(code["user_code"])
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="You are signed in")).to_be_visible()
    assert server.call("POST", "/access/devicecodes/token", {"device_code": code["device_code"]})["secret"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/signin", "/devicelogin"])
def test_axe_finds_no_fault_before_the_door(visit: Visit, path: str, scheme: Literal["light", "dark"]) -> None:
    page = visit.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(visit.server.url + path)
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("textbox").or_(page.get_by_label("Token"))).to_be_focused()
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_from_the_rail_to_a_run(visit: Visit) -> None:
    page = visit.open("/home")
    page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Experiments").click()
    page.get_by_role("link", name="scikit-learn-mnist", exact=True).click()
    row = visit.row("Completed").first
    expect(row).to_contain_text("0.92")
    row.get_by_role("link").first.click()
    properties = page.get_by_role("region", name="Properties")
    expect(properties).to_contain_text("Completed")
    expect(properties).to_contain_text("local")
    expect(page.get_by_role("region", name="Metrics")).to_contain_text("accuracy")


def test_charts_are_drawn_and_change_with_the_axis(visit: Visit) -> None:
    page = visit.open(f"/runs/{visit.runs['curves']}", "&tab=metrics")
    expect(page.get_by_role("group", name="learning_rate")).to_contain_text(re.compile(r"0\.\d+"))
    chart = page.get_by_role("img", name="Chart of loss", exact=True)
    expect(chart.locator("canvas")).to_be_visible()
    expect(page.get_by_role("img", name="Chart of val/loss")).to_be_visible()
    page.get_by_label("Horizontal axis").select_option("wall")
    expect(chart).to_contain_text("Time")
    page.get_by_placeholder("Filter metrics").fill("val/")
    expect(chart).to_have_count(0)


def test_a_link_draws_curves_as_its_sender_saw_them(visit: Visit) -> None:
    page = visit.open(f"/runs/{visit.runs['curves']}", "&tab=metrics")
    page.get_by_label("Horizontal axis").select_option("relative")
    page.get_by_role("switch", name="Log scale").check()
    page.get_by_role("slider", name="Smoothing").fill("0.6")
    expect(page).to_have_url(re.compile("axis=relative&log=1&smoothing=0.6"))
    page.reload()
    expect(page.get_by_label("Horizontal axis")).to_have_value("relative")
    expect(page.get_by_role("switch", name="Log scale")).to_be_checked()
    expect(page.get_by_role("slider", name="Smoothing")).to_have_value("0.6")


def test_a_running_run_is_followed(visit: Visit) -> None:
    run = visit.runs["live"]
    page = visit.open(f"/runs/{run}", "&tab=metrics")
    card = page.get_by_role("region", name="loss", exact=True)
    expect(card).to_contain_text("80 points")
    place = f"{visit.where.url}/runs/{run}/metrics?source=live&first=0"
    line = b'["loss",0.125,%d,80]' % int(time.time() * 1000)
    visit.server.http.post(place, content=line).raise_for_status()
    expect(card).to_contain_text("last 0.125 · 81 points")


def test_details_are_edited_where_they_stand(visit: Visit) -> None:
    page = visit.open(f"/runs/{visit.runs['again']}")
    page.get_by_role("button", name="Edit display name").click()
    page.get_by_role("textbox", name="display name").fill("renamed_run")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="renamed_run")).to_be_visible()
    page.get_by_role("button", name="Edit tags").click()
    page.get_by_label("Tag 1 name").fill("kind")
    page.get_by_label("Tag 1 value").fill("final")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Tags")).to_contain_text("final")
    page.reload()
    expect(page.get_by_role("heading", name="renamed_run")).to_be_visible()
    expect(page.get_by_role("region", name="Tags")).to_contain_text("final")


def test_files_are_shown_as_what_they_are(visit: Visit) -> None:
    page = visit.open(f"/runs/{visit.runs['curves']}", "&tab=outputs")
    tree = page.get_by_role("navigation", name="Outputs and logs")
    tree.get_by_role("button", name="history.csv").click()
    expect(page.get_by_role("columnheader", name="epoch")).to_be_visible()
    tree.get_by_role("button", name="report.html").click()
    expect(page.frame_locator("iframe").get_by_role("heading", name="Report")).to_be_visible()
    page.get_by_role("tab", name="Text").click()
    expect(page.get_by_text("<h1>Report</h1>")).to_be_visible()
    tree.get_by_role("button", name="digits.png").click()
    picture = page.get_by_role("img", name="images/digits.png")
    expect(picture).to_have_js_property("naturalWidth", 240)
    visit.open(f"/runs/{visit.runs['lesson']}", "&tab=outputs&file=outputs/scikit-learn-mnist.pkl")
    expect(page.get_by_role("heading", name="This file is binary")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download", exact=True).click()
    assert download.value.suggested_filename == "scikit-learn-mnist.pkl"


def test_a_model_is_registered_from_a_run(visit: Visit) -> None:
    page = visit.open(f"/runs/{visit.runs['lesson']}")
    page.get_by_role("button", name="Register model").click()
    page.get_by_role("dialog").get_by_label("Name").fill("from-the-browser")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("heading", name="from-the-browser:1")).to_be_visible()
    expect(page.get_by_role("region", name="Attributes")).to_contain_text(visit.runs["lesson"])
    page.get_by_role("tab", name="Artifacts").click()
    expect(page.get_by_role("region", name="outputs/scikit-learn-mnist.pkl")).to_be_visible()
    page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Models").click()
    expect(visit.row("from-the-browser")).to_have_count(1)


def test_the_addresses_that_the_sdk_prints(visit: Visit) -> None:
    page = visit.open("/model/scikit-learn-mnist-model:2/details", "&tid=0")
    expect(page.get_by_role("heading", name="scikit-learn-mnist-model:2")).to_be_visible()
    visit.open(f"/runs/{visit.runs['lesson']}", "&tid=0")
    expect(page.get_by_role("region", name="Properties")).to_contain_text(visit.runs["lesson"])


def test_the_storage_account_folder_by_folder(visit: Visit) -> None:
    page = visit.open("/data/")
    for name in ("azureml", "ExperimentRun", f"dcid.{visit.runs['lesson']}", "outputs"):
        page.get_by_role("table").get_by_role("link", name=name, exact=True).click()
    expect(visit.row("scikit-learn-mnist.pkl")).to_contain_text("62.11 KiB")
    page.get_by_label("Files to upload").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}
    )
    expect(visit.row("a.txt")).to_contain_text("5 B")
    page.get_by_role("table").get_by_role("link", name="a.txt").click()
    expect(page.get_by_text("hello")).to_be_visible()


def test_names_and_files_cannot_run(visit: Visit) -> None:
    hostile = visit.runs["hostile"]
    for place, query in (
        (f"/runs/{hostile}", ""),
        (f"/runs/{hostile}", "&tab=metrics"),
        ("/experiments/injection", ""),
        ("/runs", "&search=hacked"),
    ):
        page = visit.open(place, query)
        expect(page.get_by_text("window.hacked").first).to_be_visible()
        assert page.evaluate("window.hacked") is None
    file = f"{visit.where.url}/artifacts/ExperimentRun/dcid.{visit.runs['curves']}/outputs/report.html?inline"
    visit.page.goto(visit.server.url + file)
    expect(visit.page.get_by_role("heading", name="Report")).to_be_visible()
    assert visit.page.evaluate("window.hacked") is None


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/runs/nope", "There is no run 'nope'"),
        ("/model/nope:7/details", "nope"),
        ("/compute/nope", "nope"),
        ("/nothing/here", "There is no page at /nothing/here"),
    ],
)
def test_errors_are_sentences(visit: Visit, path: str, sentence: str) -> None:
    page = visit.open(path)
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading", name="Not found")).to_be_visible()
    expect(alert).to_contain_text(sentence)
    expect(alert.get_by_role("button", name="Try again")).to_be_visible()


def test_a_server_that_goes_away_and_comes_back(visit: Visit) -> None:
    page = visit.open("/experiments/mnist-cnn")
    expect(visit.row("Failed")).to_have_count(1)
    page.route("**/api/**", lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("status")).to_contain_text("The server does not answer")
    expect(visit.row("Failed")).to_have_count(1)
    page.unroute_all()
    expect(page.get_by_text("The server does not answer")).to_have_count(0)


def test_dark_is_remembered(visit: Visit) -> None:
    page = visit.open("/home")
    page.get_by_role("button", name="Dark theme").click()
    page.reload()
    expect(page.get_by_role("button", name="Light theme")).to_be_visible()


PLACES = (
    "/home", "/experiments", "/runs", "/experiments/mnist-cnn", "/models", "/compute", "/notebooks/", "/data/",
    "/settings", "/model/scikit-learn-mnist-model:1/details", "/model/scikit-learn-mnist-model:1/versions",
)  # fmt: skip
PORTAL = ("/", "/subscriptions", "/resourcegroups", "/activity", "/create/workspace")
TABS = ("details", "metrics", "images", "children", "outputs", "snapshot")


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(visit: Visit, scheme: Literal["light", "dark"]) -> None:
    page = visit.page
    page.emulate_media(color_scheme=scheme)
    group = f"/subscriptions/{visit.where.subscription_id}/resourcegroups/aidevcollege"
    pages = [(path, "") for path in (*PORTAL, group, f"{group}/workspaces/aidevcollege", *PLACES)]
    pages += [(f"/runs/{visit.runs['curves']}", f"&tab={tab}") for tab in TABS]
    found: list[tuple[str, str, str]] = []
    for path, query in pages:
        visit.open(path, query)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        faults = Axe().run(page).response["violations"]
        found += [(path + query, fault["id"], node["html"]) for fault in faults for node in fault["nodes"]]
    # Fluent's own guards of the focus: they hand it on at once, so that nobody ever stays on one.
    assert [fault for fault in found if "data-tabster-dummy" not in fault[2]] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_the_window(visit: Visit, width: int) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 800})
    for path in (*PORTAL, *PLACES, f"/runs/{visit.runs['curves']}"):
        visit.open(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth")
        assert (path, wide) == (path, 0)


FIRST_VIEW_KB = 250
"""JavaScript, packed, that a workspace's first view may need."""


def test_the_first_view_is_light(visit: Visit) -> None:
    page = visit.page
    # What the next page needs is fetched when the browser has nothing else to do: this one does not wait for it.
    page.add_init_script("window.requestIdleCallback = () => 0")
    page.wait_for_load_state("networkidle")  # the page before has all of its own
    sizes: dict[str, int] = {}
    scripts: list[Response] = []
    page.on("response", lambda reply: scripts.append(reply) if reply.url.endswith(".js") else None)
    visit.open("/experiments")
    expect(visit.row("mnist-cnn")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    for reply in scripts:
        sizes[reply.url] = int(reply.headers["content-length"])
        assert reply.headers["content-encoding"] == "gzip"
    print(f"{len(sizes)} scripts, {sum(sizes.values()) / 1000:.0f} kB packed")
    assert 50 < sum(sizes.values()) / 1000 <= FIRST_VIEW_KB
