"""How a file comes in: its first span, then the others several at a time, each taken up again where it broke."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Callable, ContextManager, Dict, Optional, Tuple

from workstead_wire.errors import Unreachable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

CHUNK = 1024 * 1024
SPAN = 64 * 1024 * 1024
"""Bytes asked for at a time. A file that has no more comes in one answer."""
_THREADS = 4
_BREAKS_MAX = 5
"""Breaks of one span after which the download is given up."""
_PARTIAL = 206

Ask = Callable[[Dict[str, str]], "ContextManager[BaseHTTPResponse]"]
"""Sends the request with these headers too; the answer is below 400, its body not yet read."""
Progress = Callable[[int], None]


def fetch(ask: Ask, file: Path, progress: Optional[Progress] = None) -> int:
    """Write the bytes that a route answers to ``file``; how many.

    Args:
        ask: the request.
        file: where to; what is there is lost.
        progress: called with the number of bytes written so far, by one thread at a time.

    Raises:
        Unreachable: the connection broke too often.
    """
    count = _Count(progress)
    with file.open("wb") as stream:
        total, etag = _fill(ask, stream, 0, SPAN, "", count)
        if total > SPAN:
            try:
                _fill_rest(ask, file, total, etag, count)
            except _ChangedError:
                count.add(-count.number)
                stream.truncate(stream.seek(0))
                total, _ = _fill(ask, stream, 0, None, "", count)
    return total


class _ChangedError(Exception):
    """The file is another one by now."""


class _Count:
    """How many bytes have been written."""

    def __init__(self, progress: Optional[Progress]) -> None:
        self.number = 0
        self._progress = progress
        self._lock = threading.Lock()

    def add(self, more: int) -> None:
        with self._lock:
            self.number += more
            if self._progress is not None:
                self._progress(self.number)


def _fill_rest(ask: Ask, file: Path, total: int, etag: str, count: _Count) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - keeps `import azureml.core` light

    def fill(begin: int) -> None:
        with file.open("r+b") as stream:
            stream.seek(begin)
            _fill(ask, stream, begin, begin + SPAN, etag, count)

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(fill, range(SPAN, total, SPAN)))


def _fill(ask: Ask, stream: BinaryIO, begin: int, stop: Optional[int], etag: str, count: _Count) -> Tuple[int, str]:
    """Write the bytes from ``begin`` up to ``stop`` (None is the end); how many the whole file has, and its ETag.

    A server that knows no ranges sends the whole file, which then is written.

    Raises:
        _ChangedError: the whole file came where a later span was asked for.
    """
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - urllib3 is loaded by the first call

    at, breaks = begin, 0
    while True:
        try:
            with ask(_range(at, stop, etag)) as reply:
                partial = reply.status == _PARTIAL
                if at and not partial:
                    if begin:
                        raise _ChangedError
                    count.add(-at)
                    at = stream.seek(0)
                    stream.truncate()
                etag = reply.headers.get("ETag", "")
                for chunk in reply.stream(CHUNK):
                    stream.write(chunk)
                    at += len(chunk)
                    count.add(len(chunk))
                return int(reply.headers["Content-Range"].rpartition("/")[2]) if partial else at, etag
        except HTTPError as error:
            breaks += 1
            if breaks > _BREAKS_MAX:
                raise Unreachable(f"the download broke off {breaks} times: {error}") from None


def _range(at: int, stop: Optional[int], etag: str) -> Dict[str, str]:
    if not at and stop is None:
        return {}
    headers = {"Range": f"bytes={at}-{'' if stop is None else stop - 1}"}
    if etag:
        headers["If-Range"] = etag  # the whole file where it is another one by now
    return headers
