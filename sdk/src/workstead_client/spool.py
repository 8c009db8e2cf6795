"""The durable queue between ``run.log`` and the server.

A logged point is one ``write`` into a file, so it survives the end of the process by any means; a thread of its own
sends the file's bytes as they are. What a killed process leaves is sent by ``workstead sync``.
"""

from __future__ import annotations

import atexit
import math
import os
import shutil
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple, TypeVar

import msgspec

from workstead_client.segment import Segment
from workstead_wire.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    NotSignedIn,
    TooLarge,
    Unavailable,
    VersionMismatch,
    WorksteadError,
)
from workstead_wire.runs import StatusChange
from workstead_wire.workspaces import WorkspacePath

if TYPE_CHECKING:
    from workstead_client.transport import Transport

T = TypeVar("T")
Log = Callable[[str, Any, Optional[int], str], None]

PERIOD_S = 0.05
IDLE_PERIOD_S = 0.4
"""How often a quiet spool is looked at."""
BACKOFF_MAX_S = 5.0
SEGMENT_BYTES = 64 * 1024 * 1024
"""A segment that has grown so large is followed by a new one, so that what is sent can be deleted."""
SETTLE_S = 1.0
"""How long after that a thread may still be writing to the old one."""
EXIT_S = 10.0
"""How long the end of the process waits for the server."""
PATIENCE_S = 3.0
"""How long a flush waits in silence."""
_FINAL = (InvalidInput, NotFound, Forbidden, NotSignedIn, TooLarge, VersionMismatch)
"""Refusals that waiting does not change."""


def spool_folders() -> Tuple[Path, Path]:
    """Where spools of this user's processes lie: in the home, or beside it when that cannot be written."""
    home = Path(os.environ.get("WORKSTEAD_HOME") or "~/.workstead").expanduser()
    user = os.getuid() if hasattr(os, "getuid") else 0
    return home / "spool", Path(tempfile.gettempdir()) / f"workstead-spool-{user}"


class Spool:
    """The queue of one run in this process.

    Attributes:
        log: ``log(name, value, step, kind)`` keeps a point. It costs microseconds and raises for bad values alone.
            Always the same function, also after ``close`` and in a forked child, where it begins a new file.
    """

    log: Log

    def __init__(self, http: Transport, where: WorkspacePath, run_id: str, plain: Callable[[Any], Any]) -> None:
        """Open a spool. ``plain`` turns a scalar that is neither an int nor a finite float into a wire value."""
        self._http = http
        self._where = where
        self._run_id = run_id
        self._told = False
        self._open()
        self.log, self._write_to = self._make_log(plain)
        self._write_to(self._current.descriptor)

    def flush(self, timeout_s: float = 60.0) -> None:
        """Return when the server has everything that was logged before the call.

        Raises:
            WorksteadError: it does not; the message says how much waits and what to do.
        """
        began, told = time.monotonic(), False
        while self._fails_to_send():
            failure = self._failure
            if isinstance(failure, _FINAL) or time.monotonic() - began > timeout_s:
                raise self._give_up(failure)
            if time.monotonic() - began > PATIENCE_S and not told:
                told = True
                _say(f"waiting for {self._http.url} ({failure}); Ctrl-C leaves the rest to `workstead sync`")
            time.sleep(0.2)

    def finish(self, change: StatusChange, send: Callable[[], T], timeout_s: float = 60.0) -> T:
        """Send what waits, also from children that ended, then the run's last status by ``send``; its answer.

        Raises:
            WorksteadError: the server did not take it all. What waits, and the status, are kept for later.
        """
        try:
            self.flush(timeout_s)
        except Unavailable:
            self._keep_end(change)
            raise
        try:
            answer = send()
        except Unavailable as error:
            raise self.postpone(change, error) from None
        self.close()
        return answer

    def postpone(self, change: StatusChange, error: Unavailable) -> Unavailable:
        """Keep the run's last status for later; the error to raise for it."""
        self._keep_end(change)
        folder = self._current.file.parent
        return type(error)(f"the status {change.status} waits in {folder}: {error}; `workstead sync` sends it later")

    def close(self) -> None:
        """Let go of the files: what is sent is deleted, the rest waits for ``workstead sync``."""
        self._write_to(-1)
        self._closed = True
        self._wake.set()
        self._thread.join(timeout=5)
        with self._sending:
            for segment in (*self._old, self._current):
                if segment.waiting <= 0 and self._end is None:
                    segment.delete()
                else:
                    os.close(segment.descriptor)
        if self in _living:
            _living.remove(self)

    def count_waiting(self) -> int:
        """Points that the server does not have yet."""
        with self._sending:
            return sum(segment.count_waiting() for segment in (*self._old, self._current)) + len(self._memory)

    def _keep_end(self, change: StatusChange) -> None:
        self._current.keep_end(change)
        self._end = change

    def _open(self) -> None:
        self._sending, self._wake = threading.Lock(), threading.Event()
        self._failure: WorksteadError = Unavailable("nothing was sent yet")
        self._end: Optional[StatusChange] = None
        self._old: List[Segment] = []
        self._memory: List[bytes] = []
        self._memory_sent = 0
        self._current = self._new_segment()
        self._closed = False
        self._thread = threading.Thread(target=self._send_forever, name="workstead-spool", daemon=True)
        self._thread.start()
        _living.append(self)

    def _make_log(self, plain: Callable[[Any], Any]) -> Tuple[Log, Callable[[int], None]]:
        """``log`` with all that it needs in local reach, and the function that says which file it writes to."""
        encode = msgspec.json.Encoder().encode
        write, time_ns, isfinite, overflow = os.write, time.time_ns, math.isfinite, self._overflow
        descriptor = -1

        def log(name: str, value: Any, step: Optional[int] = None, kind: str = "scalar") -> None:
            if kind == "scalar":
                if not (isfinite(value) if type(value) is float else type(value) is int):
                    value = plain(value)
                at = time_ns() // 1_000_000
                if step is None:
                    line = encode((name, value, at)) + b"\n"
                else:
                    line = encode((name, value, at, step if type(step) is int else _plain_step(step))) + b"\n"
            else:
                line = encode((name, value, time_ns() // 1_000_000, step, kind)) + b"\n"
            try:
                written = write(descriptor, line)
            except OSError:
                written = 0
            if written != len(line):
                overflow(line, written)

        def write_to(chosen: int) -> None:
            nonlocal descriptor
            descriptor = chosen

        return log, write_to

    def _overflow(self, line: bytes, written: int) -> None:
        """The line could not be written, or only its first bytes: the spool was closed, or the disk is full."""
        if written:
            # Taken back, or the next line that finds room would be glued to it.
            os.ftruncate(self._current.descriptor, self._current.size - written)
        if self._closed:
            self._open()
            self._write_to(self._current.descriptor)
            if os.write(self._current.descriptor, line) == len(line):
                return
        self._memory.append(line)
        if not self._told:
            self._told = True
            folder = self._current.file.parent
            free = shutil.disk_usage(folder).free
            warnings.warn(
                f"no space left for logged points in {folder} ({free} bytes free): they are kept in memory until "
                "they are sent; free some space",
                RuntimeWarning,
                stacklevel=4,
            )

    def _new_segment(self) -> Segment:
        first, second = (folder / self._run_id for folder in spool_folders())
        try:
            return Segment.create(first, self._http.url, self._where, self._run_id)
        except OSError:
            return Segment.create(second, self._http.url, self._where, self._run_id)

    def _send_forever(self) -> None:
        period = PERIOD_S
        while not self._closed:
            self._wake.wait(period)
            if self._fails_to_send():
                period = min(period * 2, BACKOFF_MAX_S)
            else:
                period = PERIOD_S if self._was_busy else min(period * 1.5, IDLE_PERIOD_S)

    _was_busy = False

    def _fails_to_send(self) -> bool:
        """Send all that waits, in the calling thread; whether that failed."""
        if self._closed:
            return False
        try:
            with self._sending:
                self._was_busy = self._send_all()
        except WorksteadError as error:
            self._failure = error
        except Exception as error:  # noqa: BLE001 - the thread must live on; flush tells its caller
            self._failure = Unavailable(f"sending failed: {type(error).__name__}: {error}")
        else:
            return False
        self._warn_if_final()
        return True

    def _send_all(self) -> bool:
        """Send all that waits; whether there was something."""
        busy = False
        for segment in (*self._old, self._current):
            while segment.send_chunk(self._http):
                busy = True
        self._send_memory()
        if self._end is not None:
            from workstead_client.runs import change_status  # noqa: PLC0415 - urllib3 is loaded by the first call

            change_status(self._http, self._where, self._run_id, self._end)
            self._current.end_file.unlink()
            self._end = None
        self._rotate()
        return busy

    def _send_memory(self) -> None:
        """Send what found no room on the disk, as lines of a source of their own."""
        from workstead_client.runs import log_batch  # noqa: PLC0415 - urllib3 is loaded by the first call

        source = f"{self._current.header.source}-memory"
        while self._memory:
            lines = self._memory[:1000]
            log_batch(self._http, self._where, self._run_id, source, self._memory_sent, b"".join(lines))
            self._memory_sent += len(lines)
            del self._memory[: len(lines)]

    def _rotate(self) -> None:
        """Begin a new file when the present one is large, and delete the one before it once it is sent."""
        now = time.time()
        for segment in [old for old in self._old if old.waiting <= 0 and now - old.retired > SETTLE_S]:
            self._old.remove(segment)
            segment.delete()
        if self._current.size > SEGMENT_BYTES and not self._memory:
            old, self._current = self._current, self._new_segment()
            self._write_to(self._current.descriptor)
            self._memory_sent = 0
            old.retired = now
            self._old.append(old)

    def _warn_if_final(self) -> None:
        if isinstance(self._failure, _FINAL) and not self._told:
            self._told = True
            warnings.warn(f"logged points cannot be sent: {self._failure.message}", RuntimeWarning, stacklevel=2)

    def _give_up(self, error: WorksteadError) -> WorksteadError:
        sentence = (
            f"{self.count_waiting()} logged points wait in {self._current.file.parent}: {error}; "
            "`workstead sync` sends them later"
        )
        return type(error)(sentence, **error.details)

    def let_go(self) -> None:
        """In a forked child: the files are the parent's; the first ``log`` here begins one of its own."""
        self._write_to(-1)
        self._closed = True
        for segment in (*self._old, self._current):
            os.close(segment.descriptor)


def _plain_step(step: Any) -> int:
    """A step that is no int, such as numpy's; whole floats too."""
    try:
        whole = int(step)
    except (TypeError, ValueError, OverflowError):
        whole = None
    if whole is None or whole != step:
        raise TypeError(f"step is {step!r}, but must be a whole number")
    return whole


_living: List[Spool] = []


def _let_go_after_fork() -> None:
    for spool in _living:
        spool.let_go()
    _living.clear()


def _flush_at_exit() -> None:
    deadline = time.monotonic() + EXIT_S
    for spool in _living.copy():
        try:
            spool.flush(max(0.1, deadline - time.monotonic()))
        except WorksteadError as error:
            _say(str(error))
        spool.close()


def _say(sentence: str) -> None:
    print(f"workstead: {sentence}", file=sys.stderr)  # noqa: T201 - where a script's user looks


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_after_fork)
atexit.register(_flush_at_exit)
