"""Storage kind ``bucket``: an object store that obstore knows, at an address such as ``memory:///`` or ``s3://name/prefix``."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store, from_url

from workstead.foundation import clock
from workstead.settings import Settings
from workstead.storage.base import Staged, limited
from workstead_wire.errors import AlreadyExists, ArtifactNotFound

T = TypeVar("T")

_STAGING = ".staging"
_AT_ONCE = 16
"""Requests under way for one batch."""


class BucketStore:
    """A store in a bucket; see ``storage.base.Store`` for its verbs. Bytes are staged under a key of their own."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def receive(self, chunks: AsyncIterator[bytes], *, max_bytes: int = 0) -> Staged:
        """Upload in parts, hashing on the way."""
        token = f"{_STAGING}/{uuid.uuid4().hex}"
        digest, size = hashlib.sha256(), 0

        async def count() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in limited(chunks, max_bytes):
                size += len(chunk)
                digest.update(chunk)
                yield chunk

        await obstore.put_async(self._store, token, count())
        return Staged(token=token, size=size, sha256=digest.hexdigest())

    async def keep(self, staged: Staged, key: str, *, replace: bool) -> None:
        """Copy to the key, then drop the staged object."""
        try:
            await obstore.copy_async(self._store, staged.token, key, overwrite=replace)
        except AlreadyExistsError as error:
            raise AlreadyExists(f"{key!r} is there already") from error
        await obstore.delete_async(self._store, staged.token)

    async def stage(self, contents: Sequence[bytes]) -> list[Staged]:
        """Put each under a key of its own, several at a time."""
        staged = [_name(content) for content in contents]

        async def put(pair: tuple[Staged, bytes]) -> None:
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
        try:
            return (await obstore.head_async(self._store, key))["size"]
        except FileNotFoundError:
            return None

    async def find_modified(self, key: str) -> int | None:
        """The object's time."""
        try:
            return clock.from_datetime((await obstore.head_async(self._store, key))["last_modified"])
        except FileNotFoundError:
            return None

    async def sign(self, key: str, seconds: int) -> str | None:
        """S3, Azure and GCS sign; others do not."""
        if not isinstance(self._store, AzureStore | GCSStore | S3Store):
            return None
        return await obstore.sign_async(self._store, "GET", key, timedelta(seconds=seconds))

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Parts of the object as they arrive."""
        if stop is not None and stop <= start:
            return
        asked: Any = {"offset": start} if stop is None else (start, stop)
        try:
            found = await obstore.get_async(self._store, key, options={"range": asked} if start or stop else {})
        except FileNotFoundError as error:
            raise ArtifactNotFound(f"there are no bytes at {key!r}") from error
        async for chunk in found.stream():
            yield bytes(chunk)

    async def list(self, prefix: str) -> AsyncIterator[tuple[str, int]]:
        """All objects below the prefix."""
        async for batch in obstore.list(self._store, prefix or None):  # pyright: ignore[reportUnknownMemberType]
            for item in batch:
                if not item["path"].startswith(_STAGING + "/"):
                    yield item["path"], item["size"]

    async def delete(self, key: str) -> None:
        """Delete the object."""
        if await self.find_size(key) is not None:
            await obstore.delete_async(self._store, key)


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


def open_store(settings: Settings) -> BucketStore:
    """The store at the address in the settings; credentials come from the environment, as obstore reads them."""
    url = settings.storage_url or "memory:///"
    if url.startswith(("s3:", "s3a:")):
        # S3 copies to a free key only at the end of an upload in parts.
        return BucketStore(from_url(url, config={"copy_if_not_exists": "multipart"}))
    return BucketStore(from_url(url))
