"""Telemetry of a shop that never was, as Azure Monitor's exporters send it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

OPERATION = f"{9:032x}"
"""An operation that failed."""


def make_telemetry(key: str) -> list[dict[str, Any]]:
    """Forty minutes of it, up to now, for the holder of an instrumentation key."""
    now = datetime.now(UTC)
    return [one for number in range(1, 400) for one in make_operation(key, number, now - timedelta(seconds=6 * number))]


def envelope(key: str, operation: str, at: datetime, kind: str, parent: str = "", **body: Any) -> dict[str, Any]:
    tags = {"ai.operation.id": operation, "ai.operation.parentId": parent, "ai.cloud.role": "shop"}
    return {"time": at.isoformat(), "iKey": key, "tags": tags, "data": {"baseType": kind, "baseData": body}}


def make_operation(key: str, number: int, at: datetime) -> list[dict[str, Any]]:
    operation, good = f"{number:032x}", number % 9 != 0
    milliseconds = 40 + number * 7 % 300
    name = ["GET /", "GET /score", "POST /orders"][number % 3]
    request = {
        "id": f"a{number}", "name": name, "duration": f"00:00:00.{milliseconds:03}", "success": good,
        "responseCode": "200" if good else "500",
    }  # fmt: skip
    later = at + timedelta(milliseconds=milliseconds / 4)
    query = {
        "id": f"b{number}",
        "name": "SELECT orders",
        "duration": f"00:00:00.{milliseconds // 2:03}",
        "success": good,
    }
    made = [
        envelope(key, operation, at, "RequestData", **request),
        envelope(key, operation, later, "RemoteDependencyData", f"a{number}", type="sqlite", **query),
        envelope(key, operation, later, "MessageData", f"b{number}", message="read 3 orders", severityLevel=1),
    ]
    if not good:
        thrown = [{"typeName": "TimeoutError", "message": "the database is slow", "stack": "in read_orders"}]
        made.append(envelope(key, operation, later, "ExceptionData", f"b{number}", exceptions=thrown))
    return made
