"""Sends what processes that were killed, or could not reach their server, have left in the spool."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Dict, Iterator, List

import msgspec

from workstead_client.segment import Header, Segment
from workstead_client.spool import spool_folders
from workstead_wire.errors import WorksteadError
from workstead_wire.runs import StatusChange

if TYPE_CHECKING:
    from workstead_client.transport import Transport

Connect = Callable[[Header], "Transport"]
"""Gives the way to the server that a segment is for."""


def sync(connect: Connect, say: Callable[[str], None] = print) -> int:
    """Send everything that waits and is nobody's any more; how many runs still have something waiting.

    ``say`` is told one sentence a run. Done twice, or beside another sync, it sends nothing twice.
    """
    ways: Dict[str, Transport] = {}
    left = 0
    folders = sorted(path for place in spool_folders() for path in place.glob("*") if path.is_dir())
    for folder in folders:
        segments = list(_adopt_all(folder))
        if not segments:
            continue
        header = segments[0].header
        try:
            if header.url not in ways:
                ways[header.url] = connect(header)
            sent = _send_run(ways[header.url], segments)
        except WorksteadError as error:
            left += 1
            say(f"run {folder.name}: {error}")
            for segment in segments:
                os.close(segment.descriptor)
            continue
        say(f"run {folder.name}: {sent} points sent")
    return left


def _adopt_all(folder: Path) -> Iterator[Segment]:
    for file in sorted(folder.glob("*.jsonl")):
        segment = Segment.adopt(file)
        if segment is not None:
            yield segment


def _send_run(http: Transport, segments: List[Segment]) -> int:
    """Send a run's segments and the status that waits with them; the number of points."""
    from workstead_client.runs import change_status  # noqa: PLC0415 - urllib3 is loaded by the first call

    sent = 0
    for segment in segments:
        segment.ask_progress(http)
        before = segment.sent
        while segment.send_chunk(http):
            pass
        sent += segment.sent - before
    for segment in segments:
        if segment.end_file.exists():
            change = msgspec.json.decode(segment.end_file.read_bytes(), type=StatusChange)
            change_status(http, segment.header.where, segment.header.run_id, change)
        segment.delete()
    return sent
