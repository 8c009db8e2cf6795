"""Telemetry of a workspace's Application Insights."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Dict, List, Optional
from urllib.parse import quote

from workstead_wire.base import Page
from workstead_wire.insights import (
    Insights,
    InsightsConnection,
    InsightsUpdate,
    OperationFigures,
    Overview,
    TelemetryItem,
)
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead_client.transport import Transport


def get_insights(http: Transport, where: WorkspacePath) -> Insights:
    """The workspace's Application Insights: limits, and what is kept."""
    return http.request("GET", f"{where.url}/insights", type=Insights)


def update_insights(http: Transport, where: WorkspacePath, asked: InsightsUpdate) -> Insights:
    """Change limits and sources; what is beyond a new limit goes at once."""
    return http.request("PATCH", f"{where.url}/insights", body=asked, type=Insights)


def get_connection(http: Transport, where: WorkspacePath) -> InsightsConnection:
    """How programs send telemetry here."""
    return http.request("POST", f"{where.url}/insights/connection", type=InsightsConnection)


def renew_connection(http: Transport, where: WorkspacePath) -> InsightsConnection:
    """Make a new instrumentation key; programs with the old one are refused within seconds."""
    return http.request("POST", f"{where.url}/insights/connection/renew", type=InsightsConnection)


def get_overview(
    http: Transport, where: WorkspacePath, since: Optional[datetime] = None, until: Optional[datetime] = None
) -> Overview:
    """Requests, failures and percentiles over time, by default of the last hour."""
    return http.request("GET", f"{where.url}/insights/overview", params=_range(since, until), type=Overview)


def list_operations(
    http: Transport,
    where: WorkspacePath,
    kind: str = "request",
    since: Optional[datetime] = None,
    until: Optional[datetime] = None,
) -> List[OperationFigures]:
    """What operations of a kind (request, dependency or exception) did, those with most failures first."""
    params = {"kind": kind, **_range(since, until)}
    return http.request("GET", f"{where.url}/insights/operations", params=params, type=List[OperationFigures])


def list_items(
    http: Transport,
    where: WorkspacePath,
    text: str = "",
    since: Optional[datetime] = None,
    until: Optional[datetime] = None,
    cursor: Optional[str] = None,
    limit: Optional[int] = None,
) -> Page[TelemetryItem]:
    """One page of what a filter lets through, newest first; a short page with a cursor means: the search goes on."""
    params = {"filter": text, **_range(since, until), "cursor": cursor, "limit": limit}
    return http.request("GET", f"{where.url}/insights/items", params=params, type=Page[TelemetryItem])


def get_operation(http: Transport, where: WorkspacePath, operation_id: str) -> List[TelemetryItem]:
    """One operation end to end, in the order in which things began."""
    path = f"{where.url}/insights/operations/{quote(operation_id, safe='')}"
    return http.request("GET", path, type=List[TelemetryItem])


def _range(since: Optional[datetime], until: Optional[datetime]) -> Dict[str, Any]:
    return {"since": since and since.isoformat(), "until": until and until.isoformat()}
