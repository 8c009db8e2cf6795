"""An experiment with 100,000 runs in a real browser: first rows, order by a metric, filter, scrolling; and MLflow's UI.

Both have the same runs, copied inside their databases from one that came in by their own API. Wanted: 300 ms for the
first rows and for an order by a metric, 500 ms for a filter, and no frame without rows while the table is scrolled.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "tests")]

from copies import fill_mlflow, fill_workstead  # noqa: E402
from figures import Figures, show  # noqa: E402

import live  # noqa: E402
from browser.conftest import ARGUMENTS, NAMES  # noqa: E402
from browser.seed import Seed  # noqa: E402
from browser.visit import Visit  # noqa: E402
from environments import make_environment  # noqa: E402

RUNS = 100_000
TIMES = 7
MLFLOW = ["mlflow==3.5.1", "sqlalchemy<2.1"]
MLFLOW_TIMES = 3
MLFLOW_WAIT_MS = 60_000
FILTER = 'accuracy > 0.9 and tags.kind = "base"'

BLANKS = """(async () => {
    const box = document.querySelector("[role=region][aria-label=Runs]");
    let blank = 0;
    let longest = 0;
    for (let frame = 0; frame < 240; frame += 1) {
      box.scrollTop += 400;
      await new Promise((go) => requestAnimationFrame(go));
      const { left, top, height } = box.getBoundingClientRect();
      const here = document.elementFromPoint(left + 300, top + height / 2);
      blank = here?.closest("[role=row]") ? 0 : blank + 1;
      longest = Math.max(longest, blank);
    }
    return longest;
})()"""
"""Scrolls nine rows a frame and counts the frames in a row that show none in the middle."""


def median(times: int, measure: Callable[[], float]) -> float:
    """The median of several, after one that warms."""
    measure()
    return statistics.median(measure() for _ in range(times))


def measure_workstead(browser: Browser, folder: Path) -> Figures:
    """Milliseconds from the wish to the rows."""
    with live.running(folder / "home") as server:
        seed = Seed(server.url, server.token)
        seed.workspace()
        run = seed.run("big", tags={"kind": "base"}, params={"lr": "0.1"})
        seed.log(run, [["accuracy", 0.5, 1_767_225_600_000], ["loss", 0.5, 1_767_225_600_000]])
        seed.end(run)
    fill_workstead(f"sqlite:///{folder / 'home' / 'workstead.db'}", RUNS)
    with live.running(folder / "home") as server:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(server.call("POST", "/access/links", {"next": "/settings"})["url"])
        visit = Visit(page, server, seed.where, {})
        figures = {
            "100,000 runs: page opened to first rows, ms": median(TIMES, lambda: opened(visit)),
            "100,000 runs: first rows inside Studio, ms": median(TIMES, lambda: entered(visit)),
            "100,000 runs: sorted by a metric, ms": median(TIMES, lambda: sorted_by_metric(visit)),
            "100,000 runs: filtered, ms": median(TIMES, lambda: filtered(visit)),
            "100,000 runs: opened in a metric's order, ms": median(
                TIMES, lambda: opened(visit, "&sort=-metric:accuracy")
            ),
        }
        visit.open("/experiments/big")
        rows(page).first.wait_for()
        figures["100,000 runs: frames without rows while scrolling"] = float(page.evaluate(BLANKS))
        page.context.close()
    return figures


def rows(page: Page) -> Locator:
    return page.get_by_role("row").filter(has_text="run_")


def until_drawn(page: Page, act: Callable[[], object]) -> float:
    """From the wish until rows of its answer stand in a quiet table."""
    began = time.perf_counter()
    act()
    page.locator("[role=table][aria-busy=false] [role=row][aria-rowindex='2']").wait_for()
    return (time.perf_counter() - began) * 1000


def opened(visit: Visit, query: str = "") -> float:
    return until_drawn(visit.page, lambda: visit.open("/experiments/big", query))


def entered(visit: Visit) -> float:
    visit.open("/experiments")
    link = visit.page.get_by_role("link", name="big", exact=True)
    link.wait_for()
    heading = visit.page.get_by_role("heading", name="big", exact=True)
    return until_drawn(visit.page, lambda: (link.click(), heading.wait_for()))


def sorted_by_metric(visit: Visit) -> float:
    opened(visit)
    header = visit.page.get_by_role("columnheader", name="accuracy")
    act = lambda: (header.get_by_role("button").click(), expect(header).to_have_attribute("aria-sort", "descending"))  # noqa: E731
    return until_drawn(visit.page, act)


def filtered(visit: Visit) -> float:
    opened(visit)
    field = visit.page.get_by_role("textbox", name="Filter expression")
    field.fill(FILTER)
    clear = visit.page.get_by_role("button", name="Clear all")
    return until_drawn(visit.page, lambda: (field.press("Enter"), clear.wait_for()))


@contextlib.contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """MLflow's server with its UI, on the same disk."""
    python = make_environment(MLFLOW)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--default-artifact-root", str(folder / "files")]
    with (folder / "mlflow.log").open("ab") as log:
        process = subprocess.Popen([*command, *store], stdout=log, stderr=log, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health") as reply:  # noqa: S310
                if reply.status == 200:
                    break
            time.sleep(0.5)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


LOG = """
import sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("big")
with mlflow.start_run(tags={"kind": "base"}):
    mlflow.log_params({"lr": "0.1"})
    mlflow.log_metrics({"accuracy": 0.5, "loss": 0.5})
print(mlflow.get_experiment_by_name("big").experiment_id)
"""


def measure_mlflow(browser: Browser, folder: Path) -> Figures:
    """The same first page in MLflow's UI, whose addresses keep no order to open with."""
    python = make_environment(MLFLOW)
    with mlflow_server(folder) as url:
        said = subprocess.run([python, "-c", LOG, url], check=True, stdout=subprocess.PIPE, text=True).stdout
    experiment = said.split()[-1]
    fill_mlflow(f"sqlite:///{folder / 'mlflow.db'}", RUNS)
    with mlflow_server(folder) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 800})

        def shown() -> float:
            page.goto("about:blank")
            began = time.perf_counter()
            page.goto(f"{url}/#/experiments/{experiment}/runs", wait_until="commit")
            page.get_by_text("run_").first.wait_for(timeout=MLFLOW_WAIT_MS)
            return (time.perf_counter() - began) * 1000

        figures = {"mlflow ui: page opened to first rows, ms": median(MLFLOW_TIMES, shown)}
        page.context.close()
    return figures


def measure() -> Figures:
    """Both, one after the other, and how many times longer MLflow's pages take."""
    found = next((path for called in NAMES if (path := shutil.which(called))), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        figures = measure_workstead(browser, Path(folder)) | measure_mlflow(browser, Path(folder))
        browser.close()
    name = "page opened to first rows, ms"
    figures["mlflow ui over Studio: first rows, times"] = (
        figures[f"mlflow ui: {name}"] / figures[f"100,000 runs: {name}"]
    )
    return figures


if __name__ == "__main__":
    show(__doc__, measure)
