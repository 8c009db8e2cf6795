"""What happens to runs as telemetry, where the workspace asked for it: a start is an event, an end a request.

All runs of one root are one operation, so that its waterfall shows which of them took how long.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from workstead.foundation import clock
from workstead.insights import service as insights
from workstead.insights.service import KINDS, NAME_MAX, TEXT_MAX, Item
from workstead.runs.service.rows import get_run_row
from workstead_wire.insights import Kind
from workstead_wire.runs import ENDED, Status
from workstead_wire.workspaces import WorkspacePath

_ROLE = "runs"
_OK = {"Completed": True, "Failed": False}
"""A canceled run is no failure, and no success either."""
_ERROR = 3


def tell_status(conn: Connection, where: WorkspacePath, workspace_id: str, run_id: str, status: Status) -> None:
    """Note that a run has come to a status."""
    if (status == "Running" or status in ENDED) and insights.is_watched(conn, workspace_id, "runs"):
        run = get_run_row(conn, where, run_id)
        insights.note(conn, workspace_id, _end(run) if status in ENDED else [_start(run)])


def _start(run: Row[Any]) -> Item:
    return _item(run, run.started_at or clock.now(), "event", "run started", parent=run.id)


def _end(run: Row[Any]) -> list[Item]:
    ended_at = run.ended_at or clock.now()
    began_at = run.started_at or ended_at
    message = (run.error_message or "")[:TEXT_MAX]
    request = _item(
        run, began_at, "request", f"run of {run.experiment}"[:NAME_MAX], span=run.id, parent=run.parent_id or "",
        duration=max(0, ended_at - began_at) / 1000, success=_OK.get(run.status), code=run.status, message=message,
    )  # fmt: skip
    if run.error_code is None:
        return [request]
    error = _item(
        run, ended_at, "exception", run.error_code[:NAME_MAX], parent=run.id, message=message, severity=_ERROR
    )
    return [request, error]


def _item(run: Row[Any], at: int, kind: Kind, name: str, **more: Any) -> Item:
    said = {"experiment": run.experiment, "run": run.id, "display name": run.display_name, "type": run.type}
    said |= {"compute target": run.compute_target, "created by": run.created_by}
    properties = {key: value for key, value in said.items() if value}
    return Item(at, KINDS.index(kind), name, operation=run.root_id, role=_ROLE, properties=properties, **more)
