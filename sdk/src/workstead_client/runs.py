"""Experiments, runs and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, List, Optional
from urllib.parse import quote

import msgspec

from workstead_wire.base import Page
from workstead_wire.runs import (
    BatchReceipt,
    Experiment,
    ExperimentUpdate,
    ManyRuns,
    Metric,
    Run,
    RunCounts,
    RunCreate,
    RunEvent,
    RunInput,
    RunResults,
    RunUpdate,
    Series,
    Status,
    StatusChange,
    TagMany,
)
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead_client.transport import Transport


def list_experiments(
    http: Transport,
    where: WorkspacePath,
    *,
    archived: str = "active",
    name_contains: Optional[str] = None,
    order_by: Optional[str] = None,
    cursor: Optional[str] = None,
    limit: Optional[int] = None,
) -> Page[Experiment]:
    """One page of experiments, newest first unless told; ``archived`` is active, archived or all."""
    params = {
        "archived": archived, "name_contains": name_contains, "order_by": order_by, "cursor": cursor, "limit": limit
    }  # fmt: skip
    return http.request("GET", f"{where.url}/experiments", params=params, type=Page[Experiment])


def put_experiment(http: Transport, where: WorkspacePath, name: str) -> Experiment:
    """The experiment of that name; made when there is none."""
    return http.request("PUT", _experiment(where, name), type=Experiment)


def get_experiment(http: Transport, where: WorkspacePath, name: str) -> Experiment:
    """One experiment."""
    return http.request("GET", _experiment(where, name), type=Experiment)


def update_experiment(http: Transport, where: WorkspacePath, name: str, change: ExperimentUpdate) -> Experiment:
    """Change an experiment's description or tags, archive it or bring it back."""
    return http.request("PATCH", _experiment(where, name), body=change, type=Experiment)


def delete_experiment(http: Transport, where: WorkspacePath, name: str) -> None:
    """Delete an experiment that has no runs."""
    http.request("DELETE", _experiment(where, name))


def create_run(http: Transport, where: WorkspacePath, asked: RunCreate) -> Run:
    """Create a run, and its experiment on the way; asking again with the same id returns the run."""
    return http.request("POST", f"{where.url}/runs", body=asked, type=Run, retry_s=20.0)


def list_runs(
    http: Transport,
    where: WorkspacePath,
    *,
    experiment: Optional[str] = None,
    parent: Optional[str] = None,
    root: Optional[str] = None,
    include_children: bool = False,
    status: Optional[List[Status]] = None,
    type: Optional[List[str]] = None,  # noqa: A002 - the route's own word
    tag: Optional[List[str]] = None,
    property: Optional[List[str]] = None,  # noqa: A002
    filter: Optional[str] = None,  # noqa: A002
    search: Optional[str] = None,
    mine: bool = False,
    starred: bool = False,
    order_by: Optional[str] = None,
    cursor: Optional[str] = None,
    limit: Optional[int] = None,
) -> Page[Run]:
    """One page of runs, newest first unless told; ``tag`` and ``property`` hold ``key`` or ``key=value``.

    ``filter`` is an expression: ``accuracy > 0.9 and tags.kind = 'base'``.
    """
    params = {
        "experiment": experiment, "parent": parent, "root": root, "include_children": include_children,
        "status": status, "type": type, "tag": tag, "property": property, "filter": filter, "search": search,
        "mine": mine, "starred": starred, "order_by": order_by, "cursor": cursor, "limit": limit,
    }  # fmt: skip
    return http.request("GET", f"{where.url}/runs", params=params, type=Page[Run])


def count_runs(
    http: Transport,
    where: WorkspacePath,
    *,
    experiment: Optional[str] = None,
    parent: Optional[str] = None,
    root: Optional[str] = None,
    include_children: bool = False,
    status: Optional[List[Status]] = None,
    type: Optional[List[str]] = None,  # noqa: A002
    tag: Optional[List[str]] = None,
    property: Optional[List[str]] = None,  # noqa: A002
    filter: Optional[str] = None,  # noqa: A002
    search: Optional[str] = None,
    mine: bool = False,
    starred: bool = False,
) -> RunCounts:
    """How many runs ``list_runs`` would give, by status."""
    params = {
        "experiment": experiment, "parent": parent, "root": root, "include_children": include_children,
        "status": status, "type": type, "tag": tag, "property": property, "filter": filter, "search": search,
        "mine": mine, "starred": starred,
    }  # fmt: skip
    return http.request("GET", f"{where.url}/runs/counts", params=params, type=RunCounts)


def get_run(http: Transport, where: WorkspacePath, run_id: str) -> Run:
    """One run with its tags, properties, parameters and last metrics."""
    return http.request("GET", _run(where, run_id), type=Run)


def update_run(http: Transport, where: WorkspacePath, run_id: str, change: RunUpdate) -> Run:
    """Change a run's names and tags; add properties and parameters."""
    return http.request("PATCH", _run(where, run_id), body=change, type=Run, retry_s=20.0)


def delete_run(http: Transport, where: WorkspacePath, run_id: str) -> None:
    """Delete an ended run with its children and everything logged to them."""
    http.request("DELETE", _run(where, run_id))


def change_status(http: Transport, where: WorkspacePath, run_id: str, change: StatusChange) -> Run:
    """Move a run to another status; the one that it has is no error."""
    return http.request("POST", _run(where, run_id) + "/status", body=change, type=Run, retry_s=20.0)


def star_run(http: Transport, where: WorkspacePath, run_id: str) -> None:
    """Mark a run with the caller's own star."""
    http.request("PUT", _run(where, run_id) + "/star")


def unstar_run(http: Transport, where: WorkspacePath, run_id: str) -> None:
    """Take the caller's star away."""
    http.request("DELETE", _run(where, run_id) + "/star")


def list_children(
    http: Transport,
    where: WorkspacePath,
    run_id: str,
    *,
    recursive: bool = False,
    order_by: Optional[str] = None,
    cursor: Optional[str] = None,
    limit: Optional[int] = None,
) -> Page[Run]:
    """One page of the runs below a run; with ``recursive`` at any depth."""
    params = {"recursive": recursive, "order_by": order_by, "cursor": cursor, "limit": limit}
    return http.request("GET", _run(where, run_id) + "/children", params=params, type=Page[Run])


def list_inputs(http: Transport, where: WorkspacePath, run_id: str) -> List[RunInput]:
    """The data sets that a run said it used, by name."""
    return http.request("GET", _run(where, run_id) + "/inputs", type=List[RunInput])


def tag_runs(http: Transport, where: WorkspacePath, change: TagMany) -> RunResults:
    """Merge tags into those of up to 1,000 runs."""
    return http.request("POST", f"{where.url}/runs/tags", body=change, type=RunResults)


def cancel_runs(http: Transport, where: WorkspacePath, which: ManyRuns) -> RunResults:
    """Set up to 1,000 runs to Canceled."""
    return http.request("POST", f"{where.url}/runs/cancel", body=which, type=RunResults)


def delete_runs(http: Transport, where: WorkspacePath, which: ManyRuns) -> RunResults:
    """Delete up to 1,000 ended runs with their children."""
    return http.request("POST", f"{where.url}/runs/delete", body=which, type=RunResults)


def log_batch(
    http: Transport, where: WorkspacePath, run_id: str, source: str, first: int, lines: bytes
) -> BatchReceipt:
    """Send points, one JSON array a line, of which the first is number ``first`` of ``source``.

    Raises:
        BatchGap: the server waits for an earlier one, ``error.details["next"]``.
    """
    params: Any = {"source": source, "first": first}
    headers = {"Content-Type": "application/x-ndjson"}
    path = _run(where, run_id) + "/metrics"
    return http.request("POST", path, params=params, body=lines, headers=headers, type=BatchReceipt, retry_s=0.0)


def list_metrics(
    http: Transport, where: WorkspacePath, run_id: str, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[Metric]:
    """One page of what is known of a run's metrics, by name."""
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", _run(where, run_id) + "/metrics", params=params, type=Page[Metric])


def read_metrics(
    http: Transport, where: WorkspacePath, run_id: str, cursor: Optional[str] = None, limit: Optional[int] = None
) -> Page[Series]:
    """One page of a run's metrics with their points; a series' own ``next_cursor`` tells that more follow."""
    params = {"cursor": cursor, "limit": limit}
    return http.request("GET", _run(where, run_id) + "/metrics/all", params=params, type=Page[Series])


def read_series(
    http: Transport,
    where: WorkspacePath,
    run_id: str,
    name: str,
    after: Optional[int] = None,
    limit: Optional[int] = None,
    points: Optional[int] = None,
    before: Optional[int] = None,
) -> Series:
    """Points of one metric behind index ``after`` (and before ``before``); with ``points`` thinned to about so many.

    Raises:
        MetricNotFound: the run has no metric of that name.
    """
    params = {"name": name, "after": after, "limit": limit, "points": points, "before": before}
    return http.request("GET", _run(where, run_id) + "/metrics/series", params=params, type=Series)


def follow_run(http: Transport, where: WorkspacePath, run_id: str) -> Iterator[RunEvent]:
    """News of a run as it comes: first all there is, then what changes; ``ended`` is the last.

    It stops without ``ended`` when the server does, or after an hour: then ask again.
    """
    for line in http.lines(_run(where, run_id) + "/events"):
        if line.startswith(b"data: "):
            yield msgspec.json.decode(line[6:], type=RunEvent)


def _experiment(where: WorkspacePath, name: str) -> str:
    return f"{where.url}/experiments/{quote(name, safe='')}"


def _run(where: WorkspacePath, run_id: str) -> str:
    return f"{where.url}/runs/{quote(run_id, safe='')}"
