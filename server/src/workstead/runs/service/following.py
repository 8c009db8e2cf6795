"""What has changed in a run since somebody last looked."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, bindparam, select

from workstead.runs import tables as t
from workstead.runs.service.rows import get_run_row, make_runs
from workstead.runs.service.series import read_summaries
from workstead_wire.errors import RunNotFound
from workstead_wire.runs import ENDED, Run, RunEvent
from workstead_wire.workspaces import WorkspacePath

_COUNTS = select(t.metrics.c.pk, t.metrics.c.total).where(t.metrics.c.run_pk == bindparam("run_pk"))


class Seen(msgspec.Struct):
    """What somebody knows of a run: itself, and how many points each metric has, by its key."""

    run: Run | None = None
    counts: dict[int, int] = {}


def read_news(
    conn: Connection, where: WorkspacePath, user: str, run_id: str, seen: Seen
) -> tuple[RunEvent | None, Seen]:
    """What ``seen`` lacks (None: nothing), and what is known with it.

    Raises:
        RunNotFound: there is no such run, and ``seen`` had none either; one that was deleted is an event.
    """
    try:
        row = get_run_row(conn, where, run_id)
    except RunNotFound:
        if seen.run is None:
            raise
        return RunEvent(ended=True), seen
    # The run first: when it has ended, everything that was logged before is seen below, on every database.
    run = make_runs(conn, [row], user)[0]
    counts = {pk: total for pk, total in conn.execute(_COUNTS, {"run_pk": row.pk})}  # noqa: C416 - typed
    grown = [pk for pk, total in counts.items() if seen.counts.get(pk) != total]
    changed = seen.run is None or _itself(run) != _itself(seen.run)
    now = Seen(run, counts)
    if not (changed or grown):
        return None, now
    event = RunEvent(run=run if changed else None, metrics=read_summaries(conn, grown), ended=run.status in ENDED)
    return event, now


def _itself(run: Run) -> Run:
    return msgspec.structs.replace(run, metrics={})
