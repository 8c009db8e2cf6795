"""Words for what the browser tests do."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

import live
from workstead_wire.workspaces import WorkspacePath


class Visit:
    """A signed-in window on the seeded workspace. ``runs`` are ids by what is worth seeing in them."""

    def __init__(self, page: Page, server: live.Live, where: WorkspacePath, runs: dict[str, str]) -> None:
        self.page = page
        self.server = server
        self.where = where
        self.runs = runs

    @property
    def wsid(self) -> str:
        """The workspace as Azure's addresses name it, as ``Run.get_portal_url`` writes it."""
        w = self.where
        return f"/subscriptions/{w.subscription_id}/resourcegroups/{w.resource_group}/workspaces/{w.workspace}"

    def open(self, path: str, query: str = "") -> Page:
        """A page of the workspace's Studio."""
        self.page.goto(f"{self.server.url}{path}?wsid={self.wsid}{query}")
        return self.page

    def row(self, text: str) -> Locator:
        """A table's row that holds ``text``."""
        return self.page.get_by_role("row").filter(has_text=text)
