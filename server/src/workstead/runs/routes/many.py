"""Routes that change many runs at once: each on its own, so that one that cannot be changed stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from litestar import post

from workstead.foundation.db import Database
from workstead.foundation.events import Bells
from workstead.foundation.http import WRITE
from workstead.runs import service
from workstead_wire.errors import WorksteadError
from workstead_wire.runs import ManyRuns, RunResult, RunResults, RunUpdate, StatusChange, TagMany
from workstead_wire.workspaces import WorkspacePath


@post("/runs/tags", opt=WRITE, status_code=200, tags=["runs"])
async def tag_runs(db: Database, bells: Bells, where: WorkspacePath, data: TagMany) -> RunResults:
    """Merge tags into those of every run; a tag set to null is removed."""
    change = RunUpdate(tags=data.tags)
    return await _each(data.ids, bells, lambda run_id: db.write(service.update_run, where, run_id, change))


@post("/runs/cancel", opt=WRITE, status_code=200, tags=["runs"])
async def cancel_runs(db: Database, bells: Bells, where: WorkspacePath, data: ManyRuns) -> RunResults:
    """Set every run to Canceled; one that has ended otherwise is refused."""
    change = StatusChange(status="Canceled")
    return await _each(data.ids, bells, lambda run_id: db.write(service.change_status, where, run_id, change))


@post("/runs/delete", opt=WRITE, status_code=200, tags=["runs"])
async def delete_runs(db: Database, bells: Bells, where: WorkspacePath, data: ManyRuns) -> RunResults:
    """Delete every run with its children; one that has not ended is refused."""
    return await _each(data.ids, bells, lambda run_id: db.write(service.delete_run, where, run_id))


async def _each(ids: list[str], bells: Bells, change: Callable[[str], Awaitable[object]]) -> RunResults:
    async def one(run_id: str) -> RunResult:
        try:
            await change(run_id)
        except WorksteadError as error:  # the answer for this run alone
            return RunResult(id=run_id, error=error.body().error)
        bells.ring(run_id)
        return RunResult(id=run_id)

    return RunResults(items=await asyncio.gather(*(one(run_id) for run_id in dict.fromkeys(ids))))


handlers = [tag_runs, cancel_runs, delete_runs]
