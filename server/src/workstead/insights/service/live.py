"""The live view: what came since one looked last."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from workstead.foundation import clock
from workstead.insights.service import blocks
from workstead.insights.service.items import KINDS, make_telemetry
from workstead.insights.service.minutes import Named, sum_up
from workstead.insights.service.settings import get_insights
from workstead.workspaces.service import get_workspace_id
from workstead_wire.insights import LiveTelemetry
from workstead_wire.workspaces import WorkspacePath

_SHOWN = 20


class Seen(msgspec.Struct, frozen=True):
    """What somebody has been told."""

    place: blocks.Place
    at: int
    dropped: int


def find_end(conn: Connection, where: WorkspacePath) -> Seen:
    """The beginning of a live view: all that is there has been seen."""
    place = blocks.find_end(conn, get_workspace_id(conn, where))
    return Seen(place, clock.now(), get_insights(conn, where).dropped)


def read_news(conn: Connection, where: WorkspacePath, seen: Seen) -> tuple[LiveTelemetry, Seen]:
    """What came since."""
    fresh, place = blocks.read_after(conn, get_workspace_id(conn, where), seen.place)
    dropped, now = get_insights(conn, where).dropped, clock.now()
    kinds: Named = {}
    for minute in sum_up(item for item, _, _ in fresh).values():
        for kind, figures in minute.kinds.items():
            kinds.setdefault(kind, type(figures)()).add(figures)
    counts = {kind: kinds[kind].count if kind in kinds else 0 for kind in KINDS}
    requests = kinds.get("request")
    news = LiveTelemetry(
        at=clock.to_datetime(now), seconds=(now - seen.at) / 1e6, requests=counts["request"],
        failures=requests.failures if requests else 0, dependencies=counts["dependency"],
        exceptions=counts["exception"], mean_ms=requests.duration / requests.count if requests else None,
        dropped=dropped - seen.dropped, items=[make_telemetry(*one) for one in reversed(fresh[-_SHOWN:])],
    )  # fmt: skip
    return news, Seen(place, now, dropped)
