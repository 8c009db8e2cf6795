"""Takes the pictures in docs/pictures: Studio on a seeded server, in Debian's Chromium. Run by ``make pictures``."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

import live  # noqa: E402
from browser.conftest import ARGUMENTS, NAMES  # noqa: E402
from browser.seed import Seed  # noqa: E402

NAME = "aidevcollege"
NOTEBOOK = HERE.parent / "examples" / "challenge01.ipynb"
STOPPING = {"WORKSTEAD_STOP_INSTANCES": "1"}
SIZE = {"width": 1280, "height": 800}


def take(browser: Browser, server: live.Live, pages: dict[str, str], scheme: str) -> None:
    """One picture a page, light or dark."""
    context = browser.new_context(viewport=SIZE, color_scheme=scheme, timezone_id="Europe/Berlin", locale="en-GB")
    page = context.new_page()
    page.goto(server.call("POST", "/access/links", {"next": "/"})["url"])
    for name, address in pages.items():
        page.goto(server.url + address)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(400)
        file = HERE / "pictures" / f"{name}-{scheme}.png"
        page.screenshot(path=file)
        print(file.relative_to(HERE.parent))
    context.close()


def addresses(seed: Seed, ids: dict[str, str]) -> dict[str, str]:
    """Pages worth a picture."""
    where = seed.where
    wsid = (
        f"?wsid=/subscriptions/{where.subscription_id}/resourcegroups/{where.resource_group}"
        f"/workspaces/{where.workspace}"
    )
    return {
        "portal": "/",
        "resource-group": f"/subscriptions/{where.subscription_id}/resourcegroups/{where.resource_group}",
        "create-workspace": "/create/workspace",
        "activity": "/activity",
        "storage": f"{wsid.removeprefix('?wsid=')}/storage/azureml/ExperimentRun/dcid.{ids['curves']}/outputs",
        "compute": f"/compute{wsid}",
        "notebook": f"/notebooks/{NAME}/{NOTEBOOK.name}{wsid}",
        "experiments": f"/experiments{wsid}",
        "runs": f"/experiments/mnist-cnn{wsid}",
        "run-details": f"/runs/{ids['lesson']}{wsid}",
        "run-metrics": f"/runs/{ids['curves']}{wsid}&tab=metrics",
        "run-files": f"/runs/{ids['curves']}{wsid}&tab=outputs&file=outputs/history.csv",
        "models": f"/models{wsid}",
        "model-versions": f"/model/scikit-learn-mnist-model:2/versions{wsid}",
    }


def make_instance(server: live.Live, seed: Seed) -> None:
    """An instance with the lesson's notebook on it."""
    url = f"{seed.where.url}/computes/{NAME}"
    seed.call("PUT", url, {"size": "STANDARD_D3_V2"})
    while seed.call("GET", url)["state"] == "Creating":
        time.sleep(1)
    (files,) = server.home.glob(f"instances/*/{NAME}/files")
    shutil.copy(NOTEBOOK, files)


def main() -> None:
    """Take them all."""
    (HERE / "pictures").mkdir(exist_ok=True)
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    with tempfile.TemporaryDirectory() as folder, live.running(Path(folder) / "home", env=STOPPING) as server:
        seed = Seed(server.url, server.token)
        pages = addresses(seed, seed.everything())
        make_instance(server, seed)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
            for scheme in ("light", "dark"):
                take(browser, server, pages, scheme)
            browser.close()


if __name__ == "__main__":
    main()
