"""What happens to instances as telemetry, where the workspace asked for it: each change of state is an event."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from workstead.foundation import clock
from workstead.insights import service as insights
from workstead.insights.service import KINDS, TEXT_MAX, Item

_ROLE = "instances"
_EVENT, _EXCEPTION = KINDS.index("event"), KINDS.index("exception")
_ERROR, _WARNING, _INFORMATION = 3, 2, 1


def tell_state(conn: Connection, row: Row[Any], state: str, reason: str | None = None) -> None:
    """Note that an instance, as it was before, is in another state now."""
    if state == row.state and state != "Creating":
        return
    failed = state == "Failed"
    said = {"state": state} if state == "Creating" else {"before": row.state, "state": state}
    _tell(conn, row, f"instance {state.lower()}", said, reason, _ERROR if failed else _INFORMATION)


def tell_death(conn: Connection, row: Row[Any], deaths: int) -> None:
    """Note that an instance's Jupyter had ended by itself, and was started again."""
    _tell(conn, row, "instance died", {"deaths": str(deaths)}, "its Jupyter ended and was started again", _WARNING)


def _tell(conn: Connection, row: Row[Any], name: str, said: dict[str, str], reason: str | None, severity: int) -> None:
    if not insights.is_watched(conn, row.workspace_id, "instances"):
        return
    item = Item(
        clock.now(), _EXCEPTION if severity == _ERROR else _EVENT, name, operation=row.id, role=_ROLE,
        message=(reason or "")[:TEXT_MAX], severity=severity,
        properties={"instance": row.name, "size": row.size, "created by": row.created_by, **said},
    )  # fmt: skip
    insights.note(conn, row.workspace_id, [item])
