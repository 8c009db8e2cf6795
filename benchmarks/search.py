"""How fast runs are found: any first page, any sort, any filter, the 1,000th page, over HTTP.

Run it from the repository's root: ``python benchmarks/search.py [--runs 100000]``.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from figures import Figures, make_parser, print_figures
from seed_runs import seed

import live
import workstead.app  # noqa: F401 - all tables of all rooms
from workstead.foundation.db import Database
from workstead_wire.workspaces import WorkspacePath

TIMES = 9
ORDERS = (
    "created_at desc", "created_at asc", "started_at desc", "ended_at asc", "duration desc", "number desc",
    "display_name asc", "status desc", "created_by asc", "id asc", "type asc", "compute_target desc",
    "metric:accuracy desc", "metric:loss asc",
    "param:lr asc", "param:depth desc", "param:optimizer asc", "tag:kind asc", "tag:sweep desc",
)  # fmt: skip
FILTERS = (
    "metrics.accuracy > 0.9 and params.lr = '0.1'",
    "metrics.accuracy > 0.999 and status = Completed",
    "tags.kind = 'base' and tags.`mlflow.user` = 'ann'",
    "tags.sweep = 'sweep-7' and loss < 0.5",
    "status = Failed and params.optimizer = 'adam'",
    "metrics.f1 < 0.001 and metrics.auc > 0.5",
    "params.depth > 48 and params.seed < 1000",
    "duration > 1h and user = 'eve'",
    "tags.kind LIKE 'b%' and created > 2026-01-02",
    "params.seed = '77' and accuracy > 0",
)
SORTED_FILTERS = ("created_at desc", "metric:loss asc")


class Asking:
    """Lists of one experiment over HTTP."""

    def __init__(self, server: live.Live, url: str) -> None:
        self._http = server.http
        self._url = url

    def page(self, cursor: str | None = None, **query: str) -> tuple[float, str | None]:
        """Milliseconds that a page of 50 takes, and where the next begins."""
        params = {"experiment": "many", "limit": "50", **query, **({"cursor": cursor} if cursor else {})}
        began = time.perf_counter()
        reply = self._http.get(self._url, params=params, timeout=120)
        took = (time.perf_counter() - began) * 1000
        assert reply.status_code == 200, reply.text
        return took, reply.json()["next_cursor"]

    def median(self, cursor: str | None = None, **query: str) -> float:
        """The median of several times."""
        return statistics.median(self.page(cursor, **query)[0] for _ in range(TIMES))

    def cursor_of(self, number: int, **query: str) -> str | None:
        """Where page ``number`` begins; of the last one if there are fewer."""
        cursor = None
        for _ in range(number // 20):  # pages of 1,000: the same cursors, sooner
            following = self.page(cursor, **{**query, "limit": "1000"})[1]
            if following is None:
                break
            cursor = following
        return cursor


@contextmanager
def seeded(count: int, kept: Path | None = None) -> Iterator[Asking]:
    """A server with so many runs in one experiment; made once and found again where a folder for it is given."""
    with tempfile.TemporaryDirectory() as folder:
        home = kept / str(count) if kept else Path(folder)
        if not (home / "seeded").exists():
            _fill(home, count)
        with live.running(home) as server:
            where = WorkspacePath(subscription_id=server.subscription_id, resource_group="tests", workspace="benchmark")
            yield Asking(server, where.url + "/runs")


def _fill(home: Path, count: int) -> None:
    with live.running(home) as server:
        where = server.make_workspace("benchmark")
    db = Database(f"sqlite:///{home / 'workstead.db'}")
    seed(db, where, "many", count)
    db.close()
    (home / "seeded").touch()


def measure(ask: Asking) -> Figures:
    """Milliseconds, medians."""
    ask.page()
    figures: Figures = {f"sort {order}": ask.median(order_by=order) for order in ORDERS}
    for order in ("created_at desc", "metric:accuracy desc"):
        figures[f"1,000th page {order}"] = ask.median(ask.cursor_of(1000, order_by=order), order_by=order)
    for text in FILTERS:
        for order in SORTED_FILTERS:
            figures[f"{text} | {order}"] = ask.median(filter=text, order_by=order)
    began = time.perf_counter()
    ask.page(search="no such name at all")
    figures["search that finds nothing"] = (time.perf_counter() - began) * 1000
    return figures


def main() -> None:
    """Seed, measure, print."""
    parser = make_parser(__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    asked = parser.parse_args()
    with seeded(asked.runs) as ask:
        figures = measure(ask)
    worst = max(figures, key=lambda name: figures[name])
    figures |= {"median of all": statistics.median(figures.values()), f"worst: {worst}": figures[worst]}
    print_figures(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
