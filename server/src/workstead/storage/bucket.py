"""Storage kind ``bucket``: an object store that obstore knows, at an address such as ``memory:///`` or ``s3://name/prefix``."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import re
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterable, Sequence
from datetime import timedelta
from typing import Any, Literal, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store, from_url

from workstead.foundation import clock
from workstead.settings import Settings
from workstead.storage.base import Signed, Staged, limited
from workstead_wire.errors import AlreadyExists, ArtifactNotFound, Unavailable

T = TypeVar("T")
_log = logging.getLogger("workstead")

_STAGING = ".staging"
_AT_ONCE = 16
"""Requests under way for one batch."""
_SPAN = 4 * 1024 * 1024
"""Bytes asked for at a time."""
_RETRIES: Any = {"max_retries": 5, "retry_timeout": timedelta(seconds=15)}
"""How a request is tried again. obstore's own three minutes are longer than anybody waits for an answer."""
_STALE_US = 24 * 3600 * 1_000_000
"""Age at which bytes without a name are thrown away."""
_QUERY = re.compile(r"\?\S*")


class BucketStore:
    """A store in a bucket; see ``storage.base.Store`` for its verbs. Bytes are staged under a key of their own."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._sweeping: asyncio.Task[None] | None = None

    async def receive(self, chunks: AsyncIterator[bytes], *, max_bytes: int = 0) -> Staged:
        """Upload in parts, hashing on the way."""
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep())
        token = f"{_STAGING}/{uuid.uuid4().hex}"
        digest, size = hashlib.sha256(), 0

        async def count() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in limited(chunks, max_bytes):
                size += len(chunk)
                digest.update(chunk)
                yield chunk

        with _sentences():
            await obstore.put_async(self._store, token, count())
        return Staged(token=token, size=size, sha256=digest.hexdigest())

    async def keep(self, staged: Staged, key: str, *, replace: bool) -> None:
        """Copy to the key, then drop the staged object."""
        with _sentences():
            try:
                await obstore.copy_async(self._store, staged.token, key, overwrite=replace)
            except AlreadyExistsError as error:
                raise AlreadyExists(f"{key!r} is there already") from error
            await obstore.delete_async(self._store, staged.token)

    async def put(self, content: bytes, key: str) -> None:
        """Put the object; buckets show no half-written ones."""
        with _sentences():
            await obstore.put_async(self._store, key, content)

    async def stage(self, contents: Sequence[bytes]) -> list[Staged]:
        """Put each under a key of its own, several at a time."""
        staged = [_name(content) for content in contents]

        async def put(pair: tuple[Staged, bytes]) -> None:
            with _sentences():
                await obstore.put_async(self._store, pair[0].token, pair[1])

        try:
            await _at_once(put, list(zip(staged, contents, strict=True)))
        except BaseException:
            await _at_once(self.discard, staged)
            raise
        return staged

    async def keep_all(self, pairs: Sequence[tuple[Staged, str]]) -> None:
        """Copy each to its key, several at a time."""

        async def keep(pair: tuple[Staged, str]) -> None:
            await self.keep(*pair, replace=True)

        await _at_once(keep, pairs)

    async def discard(self, staged: Staged) -> None:
        """Drop the staged object."""
        await self.delete(staged.token)

    async def find_size(self, key: str) -> int | None:
        """The object's size."""
        with _sentences():
            try:
                return (await obstore.head_async(self._store, key))["size"]
            except FileNotFoundError:
                return None

    async def find_modified(self, key: str) -> int | None:
        """The object's time."""
        with _sentences():
            try:
                return clock.from_datetime((await obstore.head_async(self._store, key))["last_modified"])
            except FileNotFoundError:
                return None

    async def sign(self, key: str, seconds: int) -> str | None:
        """S3, Azure and GCS sign; others do not."""
        return await self._sign("GET", key, seconds)

    async def sign_put(self, key: str, seconds: int) -> Signed | None:
        """The same for one object, which is there once it is whole."""
        url = await self._sign("PUT", key, seconds)
        headers = {"x-ms-blob-type": "BlockBlob"} if isinstance(self._store, AzureStore) else {}
        return Signed(url, headers) if url else None

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Spans of the object, of which the next one comes while one is being used.

        One request for all of it would be given up after obstore's time-out, however well it goes.
        """
        if stop is None:
            stop = await self.find_size(key)
            if stop is None:
                raise ArtifactNotFound(f"there are no bytes at {key!r}")
        spans = [(at, min(at + _SPAN, stop)) for at in range(start, stop, _SPAN)]
        etag: str | None = None
        coming: asyncio.Task[tuple[bytes, str | None]] | None = None
        try:
            for number, span in enumerate(spans):
                piece, etag = await (coming or self._read_span(key, span, etag))
                following = spans[number + 1 : number + 2]
                coming = asyncio.create_task(self._read_span(key, following[0], etag)) if following else None
                yield piece
        finally:
            if coming is not None:
                coming.cancel()

    async def list(self, prefix: str) -> AsyncIterator[tuple[str, int]]:
        """All objects below the prefix."""
        with _sentences():
            async for batch in obstore.list(self._store, prefix or None):  # pyright: ignore[reportUnknownMemberType]
                for item in batch:
                    if not item["path"].startswith(_STAGING + "/"):
                        yield item["path"], item["size"]

    async def delete(self, key: str) -> None:
        """Delete the object."""
        if await self.find_size(key) is not None:
            with _sentences():
                await obstore.delete_async(self._store, key)

    async def _sign(self, method: Literal["GET", "PUT"], key: str, seconds: int) -> str | None:
        if not isinstance(self._store, AzureStore | GCSStore | S3Store):
            return None
        with _sentences():
            return await obstore.sign_async(self._store, method, key, timedelta(seconds=seconds))

    async def _read_span(self, key: str, span: tuple[int, int], etag: str | None) -> tuple[bytes, str | None]:
        """A span's bytes, and what tells this object from one that comes in its place."""
        options: Any = {"range": span} if etag is None else {"range": span, "if_match": etag}
        with _sentences():
            try:
                found = await obstore.get_async(self._store, key, options=options)
            except FileNotFoundError as error:
                raise ArtifactNotFound(f"there are no bytes at {key!r}") from error
            return bytes(await found.bytes_async()), found.meta["e_tag"]

    async def _sweep(self) -> None:
        """Throw away what servers that died left without a name."""
        oldest = clock.now() - _STALE_US
        with contextlib.suppress(Unavailable), _sentences():
            async for batch in obstore.list(self._store, _STAGING):  # pyright: ignore[reportUnknownMemberType]
                stale = [item["path"] for item in batch if clock.from_datetime(item["last_modified"]) < oldest]
                await _at_once(self.delete, stale)


def _name(content: bytes) -> Staged:
    return Staged(f"{_STAGING}/{uuid.uuid4().hex}", len(content), hashlib.sha256(content).hexdigest())


async def _at_once(act: Callable[[T], Coroutine[Any, Any, None]], items: Iterable[T]) -> None:
    """Do it for all items, a few at a time; the first that fails ends the others."""
    free = asyncio.Semaphore(_AT_ONCE)

    async def one(item: T) -> None:
        async with free:
            await act(item)

    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(one(item))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


@contextlib.contextmanager
def _sentences() -> Generator[None]:
    """Turn what an object store can answer into our errors; the log gets the store's own words."""
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        _tell(error)
        raise Unavailable(
            "the object store refuses the server's credentials; whoever runs the server has to mend them"
        ) from None
    except FileNotFoundError as error:
        _tell(error)
        raise Unavailable(
            "the object store lacks its bucket, or what was just put there; whoever runs the server has to check it"
        ) from None
    except BaseError as error:
        _tell(error)
        raise Unavailable(
            "the object store gives no answer, or none that can be used; try again in a moment, and tell whoever runs "
            "the server if that lasts: its log has the details"
        ) from None


def _tell(error: Exception) -> None:
    # The first line has no header, and a query may have a signature.
    _log.warning("the object store: %s", _QUERY.sub("?…", str(error).partition("\n")[0]))


def open_store(settings: Settings) -> BucketStore:
    """The store at the address in the settings; credentials come from the environment, as obstore reads them.

    Raises:
        Unavailable: the address or the credentials are not of their form.
    """
    url = settings.storage_url or "memory:///"
    # S3 copies to a free key only at the end of an upload in parts.
    own: Any = {"config": {"copy_if_not_exists": "multipart"}} if url.startswith(("s3:", "s3a:")) else {}
    if not url.startswith("memory:"):
        own["retry_config"] = _RETRIES
    try:
        return BucketStore(from_url(url, **own))
    except (BaseError, ValueError, OSError) as error:
        _tell(error)
        raise Unavailable(
            f"the object store {_QUERY.sub('?…', url)!r} of WORKSTEAD_STORAGE_URL cannot be opened: its address or its "
            "credentials are not of their form, and the server's log has the details"
        ) from None
