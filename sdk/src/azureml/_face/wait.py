"""Waiting for a run, with its log on the screen if asked for."""

from __future__ import annotations

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Dict

from azureml.exceptions import ActivityCanceledException, ActivityFailedException, ExperimentExecutionException
from workstead_wire.runs import ENDED

if TYPE_CHECKING:
    from azureml.core.run import Run

_FIRST_S, _LAST_S = 0.2, 5.0
_STREAMED = "user_logs/std_log.txt"


def wait_for_run(run: Run, *, show_output: bool, raise_on_error: bool) -> Dict[str, Any]:
    """Ask for the status, ever more seldom up to every 5 s, until the run has ended; its details."""
    try:
        _watch(run, show_output=show_output)
    except KeyboardInterrupt:
        if not show_output:
            raise
        raise ExperimentExecutionException(
            f"waiting was interrupted, but run {run.id!r} goes on; run.cancel() stops it"
        ) from None
    details = run.get_details()
    if show_output:
        print(f"\nExecution Summary\n=================\nRunId: {run.id}\nStatus: {details['status']}")
        print(f"Web View: {run.get_portal_url()}\n")
    if raise_on_error and details["status"] == "Failed":
        why = details.get("error") or {"error": {"message": "no reason was given; the run's logs may tell"}}
        raise ActivityFailedException(error_details=json.dumps(why, indent=4))
    if raise_on_error and show_output and details["status"] == "Canceled":
        raise ActivityCanceledException
    return details


def _watch(run: Run, *, show_output: bool) -> None:
    if show_output:
        print(f"RunId: {run.id}\nWeb View: {run.get_portal_url()}\n")
    pause, seen, shown = _FIRST_S, "", 0
    while True:
        status = run.get_status()
        if show_output and status != seen:
            print(f"{time.strftime('%H:%M:%S')} {status}", flush=True)
        if show_output:
            shown = _stream_log(run, shown)
        if status in ENDED:
            return
        pause = _FIRST_S if status != seen else min(pause * 1.5, _LAST_S)
        seen = status
        time.sleep(pause)


def _stream_log(run: Run, shown: int) -> int:
    """Print what the log has beyond the first ``shown`` characters; how many it has now."""
    if _STREAMED not in run.get_file_names():
        return shown
    with TemporaryDirectory() as folder:
        run.download_file(_STREAMED, str(Path(folder, "log.txt")))
        text = Path(folder, "log.txt").read_text(encoding="utf-8", errors="replace")
    print(text[shown:], end="", flush=True)
    return len(text)
