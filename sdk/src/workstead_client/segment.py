"""One file of logged points that wait for the server: a header line, then one point a line, in wire form.

A segment is sent as it lies. The server takes ``(source, number of the first line)`` with every batch and counts what
it has, so sending again does no harm, whoever does it. A line that the server refuses for good is set aside, and the
lines after it go on as a source of their own, whose name says where it begins: whoever sends later finds the same.
"""

from __future__ import annotations

import contextlib
import os
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Optional, Tuple

import msgspec

from workstead_wire.base import Wire
from workstead_wire.errors import BatchGap, InvalidInput, TooLarge, WorksteadError
from workstead_wire.runs import StatusChange
from workstead_wire.workspaces import WorkspacePath

try:
    import fcntl
except ImportError:  # Windows: there a segment of a living process cannot be told from one that was left
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from workstead_client.transport import Transport

CHUNK = 1024 * 1024
"""Most bytes of a batch."""
LINES_MAX = 1 << 20
"""Most lines of a batch; fewer while one that the server refuses is searched for."""


class Header(Wire):
    """The first line: where the points go. Never a token."""

    url: str
    where: WorkspacePath
    run_id: str
    source: str


class Segment:
    """A segment file, open. ``descriptor`` appends; ``sent`` counts the lines that the server has."""

    def __init__(self, file: Path, header: Header, descriptor: int, start: int) -> None:
        self.file = file
        self.header = header
        self.descriptor = descriptor
        self.sent = 0
        self.retired = 0.0
        """When it was followed by a new one, in seconds since 1970; 0 while it is the one written to."""
        self._start = start
        self._offset = start
        self._base = 0  # lines before the first of the present source
        self._lines_max = LINES_MAX
        self._refused = 0

    @classmethod
    def create(cls, folder: Path, url: str, where: WorkspacePath, run_id: str) -> Segment:
        """A new, empty segment, held by this process."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        header = Header(url=url, where=where, run_id=run_id, source=str(uuid.uuid4()))
        file = folder / f"{header.source}.jsonl"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(file, flags, 0o600)
        _hold(descriptor)
        line = msgspec.json.encode(header) + b"\n"
        os.write(descriptor, line)
        return cls(file, header, descriptor, len(line))

    @classmethod
    def adopt(cls, file: Path) -> Optional[Segment]:
        """The segment that a dead process left; None while its process lives, or if it never got a header."""
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | getattr(os, "O_CLOEXEC", 0))
        if not _hold(descriptor):
            os.close(descriptor)
            return None
        line = os.pread(descriptor, 64 * 1024, 0).partition(b"\n")[0]
        try:
            header = msgspec.json.decode(line, type=Header)
        except msgspec.MsgspecError:
            os.close(descriptor)
            return None
        return cls(file, header, descriptor, len(line) + 1)

    @property
    def waiting(self) -> int:
        """Bytes that the server does not have yet."""
        return os.fstat(self.descriptor).st_size - self._offset

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return os.fstat(self.descriptor).st_size

    def count_waiting(self) -> int:
        """Lines that the server does not have yet."""
        return sum(chunk.count(b"\n") for chunk in self._chunks(self._offset))

    def send_chunk(self, http: Transport) -> bool:
        """Send one batch; False when no whole line waits.

        Raises:
            WorksteadError: the server did not take it; nothing is lost.
        """
        lines = next(self._chunks(self._offset), b"")
        if lines:
            self._post(http, _first_lines(lines, self._lines_max))
        return bool(lines)

    def ask_progress(self, http: Transport) -> None:
        """Go on after the lines that the server has already: another process may have sent some."""
        from workstead_client.runs import log_batch  # noqa: PLC0415 - urllib3 is loaded by the first call

        receipt = log_batch(http, self.header.where, self.header.run_id, self._source, 0, b"")
        self._seek(self._base + receipt.next)

    @property
    def _source(self) -> str:
        return f"{self.header.source}~{self._base}" if self._base else self.header.source

    @property
    def end_file(self) -> Path:
        """Where the status waits that the run gets when all points are sent."""
        return self.file.with_suffix(".end.json")

    def keep_end(self, change: StatusChange) -> None:
        """Let whoever sends the rest end the run so."""
        self.end_file.write_bytes(msgspec.json.encode(change))

    def delete(self) -> None:
        """Remove the file: the server has everything."""
        self.end_file.unlink(missing_ok=True)
        self.file.unlink(missing_ok=True)
        os.close(self.descriptor)
        with contextlib.suppress(OSError):  # other segments of the run may lie there
            self.file.parent.rmdir()

    def _post(self, http: Transport, lines: bytes) -> None:
        from workstead_client.runs import log_batch  # noqa: PLC0415 - urllib3 is loaded by the first call

        header, count = self.header, lines.count(b"\n")
        try:
            receipt = log_batch(http, header.where, header.run_id, self._source, self.sent - self._base, lines)
        except BatchGap as gap:
            self._seek(self._base + int(gap.details["next"]))
            return
        except (InvalidInput, TooLarge) as error:
            if count > 1:
                self._lines_max = count // 2
            else:
                self._set_aside(http, lines, error)
            return
        self._lines_max = min(self._lines_max * 2, LINES_MAX)
        self._offset += len(lines)
        self.sent += count
        if self._base + receipt.next != self.sent:
            self._seek(self._base + receipt.next)

    def _set_aside(self, http: Transport, line: bytes, error: WorksteadError) -> None:
        """Keep a line that the server will never take beside the file, and go on after it."""
        file = self.file.with_suffix(".refused")
        with open(file, "ab", opener=_open_private) as stream:
            stream.write(line)
        self._offset += len(line)
        self.sent += 1
        self._base = self.sent
        self._refused += 1
        if self._refused == 1:
            warnings.warn(
                f"the server refused a logged point, which is kept in {file}: {error}", RuntimeWarning, stacklevel=2
            )
        self.ask_progress(http)

    def _seek(self, line: int) -> None:
        """Go to just before line number ``line``."""
        self._offset, self.sent = self._start, 0
        for chunk in self._chunks(self._start):
            count = chunk.count(b"\n")
            if self.sent + count <= line:
                self._offset += len(chunk)
                self.sent += count
                continue
            for text in chunk.splitlines(keepends=True)[: line - self.sent]:
                self._offset += len(text)
            self.sent = line
            return

    def _chunks(self, offset: int) -> Iterator[bytes]:
        """The file from ``offset`` on, in pieces of whole lines."""
        while True:
            chunk = os.pread(self.descriptor, CHUNK, offset)
            end = chunk.rfind(b"\n") + 1
            if end == 0 and len(chunk) == CHUNK:
                chunk, end = self._long_line(offset)
            if end == 0:
                return
            yield chunk[:end]
            offset += end

    def _long_line(self, offset: int) -> Tuple[bytes, int]:
        """A line that is longer than a chunk, and its length; 0 if it is not ended yet."""
        size = CHUNK
        while True:
            size *= 4
            chunk = os.pread(self.descriptor, size, offset)
            end = chunk.find(b"\n") + 1
            if end or len(chunk) < size:
                return chunk, end


def _hold(descriptor: int) -> bool:
    """Take the file for this process; False if another living one has it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _first_lines(lines: bytes, most: int) -> bytes:
    if most == LINES_MAX or lines.count(b"\n") <= most:
        return lines
    return b"".join(lines.splitlines(keepends=True)[:most])


def _open_private(file: str, flags: int) -> int:
    return os.open(file, flags, 0o600)
