"""What several servers on one PostgreSQL tell each other: which bells rang."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec
from sqlalchemy import URL

from workstead.foundation.events import Bells

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_log = logging.getLogger("workstead")

CHANNEL = "workstead"
GATHER_S = 0.05
"""Bells that ring within this time are told together."""
AGAIN_S = 0.5
"""After how long a lost connection is tried again."""
_TOLD_AT_ONCE = 25
"""Names in one notice, which PostgreSQL bounds to 8,000 bytes."""


class Line:
    """One connection to PostgreSQL for short statements, each by itself; made when first needed, and anew when lost."""

    def __init__(self, url: URL) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: AsyncConnection[Any] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def connect(self) -> AsyncConnection[Any]:
        """A further connection, for who needs one alone."""
        from psycopg import AsyncConnection  # noqa: PLC0415 - only who uses PostgreSQL has it

        return await AsyncConnection.connect(self._address, autocommit=True)

    async def ask(self, statement: Any, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The first row of the answer.

        Raises:
            psycopg.Error: the connection is lost; what it held is free.
        """
        async with self._one_at_a_time:
            if self._connection is None or self._connection.closed:
                self._connection = await self.connect()
            cursor = await self._connection.execute(statement, values)
            return await cursor.fetchone() or ()

    async def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            await self._connection.close()


class Peers:
    """Rings here the bells of other servers, and there ours, while it is entered. Without a ``line`` there are none."""

    def __init__(self, line: Line | None, bells: Bells) -> None:
        self._line = line
        self._bells = bells
        self._news: set[str] = set()
        self._fresh = asyncio.Event()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin, on the running event loop."""
        if self._line is not None:
            self._bells.relay = self._tell
            self._stack.push_async_callback(self._line.close)
            for work in (self._hear(self._line), self._speak(self._line)):
                self._stack.callback(asyncio.create_task(work).cancel)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell and hear no more."""
        await self._stack.aclose()

    def _tell(self, name: str) -> None:
        self._news.add(name)
        self._fresh.set()

    async def _hear(self, line: Line) -> None:
        from psycopg import Error  # noqa: PLC0415

        while True:
            try:
                async with await line.connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._bells.hear_all()
                    async for notice in connection.notifies():
                        for name in msgspec.json.decode(notice.payload, type=list[str]):
                            self._bells.hear(name)
            except Error as error:
                _log.warning("other servers cannot be heard: %s", _line_of(error))
            await asyncio.sleep(AGAIN_S)

    async def _speak(self, line: Line) -> None:
        from psycopg import Error  # noqa: PLC0415

        while True:
            await self._fresh.wait()
            names = sorted(self._news)[:_TOLD_AT_ONCE]
            try:
                await line.ask("SELECT pg_notify(%s, %s)", (CHANNEL, msgspec.json.encode(names).decode()))
            except Error as error:
                _log.warning("other servers cannot be told: %s", _line_of(error))
                await asyncio.sleep(AGAIN_S)
                continue
            self._news.difference_update(names)
            if not self._news:
                self._fresh.clear()
            await asyncio.sleep(GATHER_S)


def _line_of(error: Exception) -> str:
    return str(error).partition("\n")[0]
