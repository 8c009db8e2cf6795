"""Takes the pictures in docs/pictures: Studio on a seeded server, in Debian's Chromium. Run by ``make pictures``.

``python docs/pictures.py FOLDER WIDTH`` takes them elsewhere and as wide as a telephone, to be looked at.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

import live  # noqa: E402
from browser.conftest import ARGUMENTS, NAMES  # noqa: E402
from browser.seed import Seed  # noqa: E402
from browser.telemetry import OPERATION, make_telemetry  # noqa: E402

NAME = "aidevcollege"
NOTEBOOK = HERE.parent / "examples" / "challenge01.ipynb"
STOPPING = {"WORKSTEAD_STOP_INSTANCES": "1"}
HEIGHT = 800


def take(browser: Browser, server: live.Live, pages: dict[str, str], scheme: str, folder: Path, width: int) -> None:
    """One picture a page, light or dark."""
    size = ViewportSize(width=width, height=HEIGHT)
    context = browser.new_context(viewport=size, color_scheme=scheme, timezone_id="Europe/Berlin", locale="en-GB")
    page = context.new_page()
    page.goto(server.call("POST", "/access/links", {"next": "/"})["url"])
    for name, address in pages.items():
        page.goto(server.url + address)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(400)
        file = folder / f"{name}-{scheme}.png"
        page.screenshot(path=file)
        print(file)
    context.close()


def addresses(seed: Seed, ids: dict[str, str]) -> dict[str, str]:
    """Pages worth a picture."""
    where = seed.where
    group = f"/subscriptions/{where.subscription_id}/resourcegroups/{where.resource_group}"
    home = f"{group}/workspaces/{where.workspace}"
    wsid = f"?wsid={home}"
    sweep = seed.call("GET", f"{where.url}/runs?experiment=mnist-cnn&search=&limit=8&order_by=created_at")["items"]
    compared = [ids["curves"], *(run["id"] for run in sweep if run["id"] != ids["curves"])][:4]
    return {
        "portal": "/",
        "resource-group": group,
        "create-workspace": "/create/workspace",
        "activity": "/activity",
        "storage": f"{home}/storage/azureml/ExperimentRun/dcid.{ids['curves']}/outputs",
        "compute": f"/compute{wsid}",
        "notebook": f"/notebooks/{NAME}/{NOTEBOOK.name}{wsid}",
        "experiments": f"/experiments{wsid}",
        "runs": f"/experiments/mnist-cnn{wsid}",
        "run-details": f"/runs/{ids['lesson']}{wsid}",
        "run-metrics": f"/runs/{ids['curves']}{wsid}&tab=metrics",
        "run-files": f"/runs/{ids['curves']}{wsid}&tab=outputs&file=outputs/history.csv",
        "models": f"/models{wsid}",
        "model": f"/model/scikit-learn-mnist-model:2{wsid}",
        "model-versions": f"/model/scikit-learn-mnist-model:2/versions{wsid}",
        "compare": f"/compare{wsid}&runs={','.join(compared)}",
        "instance": f"/compute/{NAME}{wsid}",
        "storage-account": f"{home}/storage/",
        "key-vault": f"{home}/keyvault",
        "insights": f"{home}/insights",
        "operation": f"{home}/insights?operation={OPERATION}",
    }


def make_instance(server: live.Live, seed: Seed) -> None:
    """An instance with the lesson's notebook on it."""
    url = f"{seed.where.url}/computes/{NAME}"
    seed.call("PUT", url, {"size": "STANDARD_D3_V2"})
    while seed.call("GET", url)["state"] == "Creating":
        time.sleep(1)
    (files,) = server.home.glob(f"instances/*/{NAME}/files")
    shutil.copy(NOTEBOOK, files)


def fill_portal(seed: Seed) -> None:
    """Secrets, and forty minutes of a shop's telemetry."""
    for name, kind in (("db-password", ""), ("storage-connection", "text/plain"), ("mail-token", "application/json")):
        seed.call("PUT", f"{seed.where.url}/secrets/{name}", {"value": "correct horse", "content_type": kind})
    key = seed.call("POST", f"{seed.where.url}/insights/connection")["instrumentation_key"]
    sent = make_telemetry(key)
    seed.call("POST", "/insights/v2.1/track", sent)
    while seed.call("GET", f"{seed.where.url}/insights")["items"] < len(sent):
        time.sleep(0.1)


def main() -> None:
    """Take them all."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "pictures"
    width = int(sys.argv[2]) if len(sys.argv) > 2 else 1280  # noqa: PLR2004
    target.mkdir(exist_ok=True)
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    with tempfile.TemporaryDirectory() as folder, live.running(Path(folder) / "home", env=STOPPING) as server:
        seed = Seed(server.url, server.token)
        pages = addresses(seed, seed.everything())
        make_instance(server, seed)
        fill_portal(seed)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
            for scheme in ("light", "dark"):
                take(browser, server, pages, scheme, target, width)
            browser.close()


if __name__ == "__main__":
    main()
