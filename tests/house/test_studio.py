"""What drifts silently in Studio: its types, its addresses, what may see what."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

STUDIO = Path(__file__).parents[2] / "studio"
SOURCES = [file for file in STUDIO.glob("src/**/*.ts*") if file.name != "schema.d.ts"]

ADDRESSES = {
    "home": "/",
    "subscriptions": "/subscriptions",
    "resourceGroups": "/resourcegroups",
    "resourceGroup": "/subscriptions/:subscription/resourcegroups/:group",
    "workspace": "/subscriptions/:subscription/resourcegroups/:group/workspaces/:workspace",
    "activity": "/activity",
    "groupActivity": "/subscriptions/:subscription/resourcegroups/:group/activity",
    "workspaceActivity": "/subscriptions/:subscription/resourcegroups/:group/workspaces/:workspace/activity",
    "createWorkspace": "/create/workspace",
    "storage": "/subscriptions/:subscription/resourcegroups/:group/workspaces/:workspace/storage/*",
    "keyVault": "/subscriptions/:subscription/resourcegroups/:group/workspaces/:workspace/keyvault",
    "insights": "/subscriptions/:subscription/resourcegroups/:group/workspaces/:workspace/insights",
    "studio": "/home",
    "experiments": "/experiments",
    "allRuns": "/runs",
    "experiment": "/experiments/:experiment",
    "compare": "/compare",
    "run": "/runs/:run",
    "models": "/models",
    "model": "/model/:model/:tab?",
    "compute": "/compute",
    "instance": "/compute/:instance",
    "notebooks": "/notebooks/*",
    "data": "/data/*",
    "settings": "/settings",
}
"""Links to Studio stand in notebooks, mails and other people's bookmarks: an address is added, never changed."""


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("studio_build", STUDIO / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_types_are_those_of_the_frozen_api() -> None:
    build = builder()
    build.install()
    status = build.npm("run", "types", "--silent", "--", "--check", check=False)
    assert status == 0, "the API changed: `npm run types` in studio/ and commit"


def test_addresses_stay() -> None:
    text = (STUDIO / "src/paths.ts").read_text()
    block = re.search(r"export const patterns = \{(.*?)\} as const", text, re.DOTALL)
    assert block is not None
    assert dict(re.findall(r'(\w+): "([^"]+)"', block[1])) == ADDRESSES


def test_every_address_has_a_page_with_an_error_view() -> None:
    routes = (STUDIO / "src/routes.tsx").read_text()
    assert set(re.findall(r"page\(patterns\.(\w+), ", routes)) == set(ADDRESSES)
    assert "lazy, ErrorBoundary: RouteError" in routes


def test_pieces_of_the_house_know_no_room() -> None:
    knowing = [file.name for file in (STUDIO / "src/ui").iterdir() if re.search(r'from "[./]*rooms/', file.read_text())]
    assert knowing == []


def test_no_type_is_any() -> None:
    loose = re.compile(r"[:<|,]\s*any\b|\bas any\b|@ts-(?:ignore|nocheck|expect-error)")
    assert [file.name for file in SOURCES if loose.search(file.read_text())] == []


def test_nothing_is_put_into_a_page_as_html() -> None:
    raw = re.compile(r"dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|\beval\(|new Function")
    assert [file.name for file in SOURCES if raw.search(file.read_text())] == []
