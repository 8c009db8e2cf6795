"""Carries what waits to webhooks, after the commit that wrote it, in the background; again where that fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from sqlalchemy import Connection

from workstead.foundation import clock
from workstead.foundation.db import Database
from workstead.foundation.reconcile import Reconciler
from workstead.keys.rings import Source
from workstead.webhooks import service
from workstead.webhooks.posting import CONNECTIONS, Answer, Message, Poster
from workstead.webhooks.service import Delivery, Errand, Handled, Webhook, WebhookChange
from workstead_wire.errors import InvalidInput, Unavailable
from workstead_wire.workspaces import WorkspacePath

_log = logging.getLogger("workstead")

LOOK_S = 0.5
"""How long a delivery waits at most before it is first tried."""
AGAIN_S = (1, 2, 4, 60, 600)
"""After how long it is tried again, each time that it was not taken; then it is given up."""
PATIENCE_S = 60.0
"""The longest wait that a receiver may ask for."""
_LATER_US = 60 * 1_000_000
_WRONG = 400
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""What a receiver says that may take it another time."""

Speak = Callable[[Delivery, str | None], Message]
"""Puts a delivery into the words of those who receive it, signed by the webhook's secret."""


class Errands:
    """What the reconciler asks of this room."""

    def __init__(self, db: Database, source: Source, poster: Poster, speak: Speak) -> None:
        self._db = db
        self._source = source
        self._poster = poster
        self._speak = speak
        self._slots = asyncio.Semaphore(CONNECTIONS)

    def load(self, conn: Connection) -> list[Errand]:
        """Webhooks for which something is due."""
        return service.load_errands(conn)

    async def is_settled(self, work: Errand) -> bool:  # noqa: ARG002
        """None is, until all was sent."""
        return False

    def lease(self, conn: Connection, work: Errand, lease: str, until: int) -> Errand | None:
        """Take one."""
        return service.lease_errand(conn, work, lease, until)

    def extend(self, conn: Connection, work: Errand, until: int) -> bool:
        """Keep it for longer."""
        return service.extend_errand(conn, work, until)

    async def act(self, work: Errand) -> list[Handled] | None:
        """Send what is due, in order, up to the first that is not taken and is to be tried again."""
        async with self._slots:
            ring = await asyncio.to_thread(self._source.read)
            batch = await self._db.read(service.read_batch, work, ring)
            handled: list[Handled] = []
            if batch is None:
                return handled
            for delivery in batch.deliveries:
                handled.append(await self._send(work, batch.url, delivery, batch.secret))
                if handled[-1].due_at is not None:
                    break
            return handled

    def failure(self, work: Errand, error: Exception) -> None:
        """Nothing could be tried: the master key is away, say, or the database."""
        _log.error("what waits for webhook %s could not be sent, and waits on", work.id, exc_info=error)

    def apply(self, conn: Connection, work: Errand, outcome: list[Handled] | None) -> None:
        """Note what became of it."""
        if outcome is None:
            service.postpone_errand(conn, work, clock.now() + _LATER_US)
        else:
            service.finish_errand(conn, work, outcome)

    async def _send(self, work: Errand, url: str, delivery: Delivery, secret: str | None) -> Handled:
        wait = AGAIN_S[delivery.tries] if delivery.tries < len(AGAIN_S) else None
        try:
            answer = await self._poster.post(url, self._speak(delivery, secret))
        except Unavailable as error:
            why = error.message
        except InvalidInput as error:
            why, wait = error.message, None
        else:
            if answer.status < _WRONG:
                return Handled(pk=delivery.pk)
            why = f"the receiver answered {answer.status}"
            wait = _longer(wait, answer) if answer.status in _AGAIN else None
        if wait is None:
            # The host alone: what follows it is a password, with some services.
            host = urlsplit(url).hostname
            _log.warning("webhook %s at %s: %s given up: %s", work.id, host, delivery.event, why)
            return Handled(pk=delivery.pk)
        return Handled(pk=delivery.pk, due_at=clock.now() + int(wait * 1_000_000))


class Postman:
    """What the server does for webhooks beside reading them: keeps secrets, tries one out, carries what waits."""

    def __init__(self, db: Database, source: Source, poster: Poster, speak: Speak) -> None:
        self._db = db
        self._source = source
        self._poster = poster
        self._speak = speak
        self._reconciler = Reconciler(db, Errands(db, source, poster, speak), period_s=LOOK_S)

    async def create(self, where: WorkspacePath, asked: WebhookChange) -> Webhook:
        """Make a webhook.

        Raises:
            InvalidInput: its URL leads where no webhook may.
        """
        self._poster.check(asked.url or "")
        ring = await asyncio.to_thread(self._source.read)
        return await self._db.write(service.create_webhook, where, ring, asked)

    async def update(self, where: WorkspacePath, webhook_id: str, asked: WebhookChange) -> Webhook:
        """Change one; as ``create``."""
        if asked.url is not None:
            self._poster.check(asked.url)
        ring = await asyncio.to_thread(self._source.read)
        return await self._db.write(service.update_webhook, where, ring, webhook_id, asked)

    async def send_once(self, where: WorkspacePath, webhook_id: str, delivery: Delivery) -> Answer:
        """Send a delivery to a webhook now, to see how that goes.

        Raises:
            InvalidInput: it leads where no webhook may.
            Unavailable: there was no answer.
        """
        ring = await asyncio.to_thread(self._source.read)
        webhook, secret = await self._db.read(service.read_target, where, ring, webhook_id)
        return await self._poster.post(webhook.url, self._speak(delivery, secret))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Carry what waits while the server runs; at its end what is under way is left for the next start."""
        if self._db.is_sqlite:
            await self._db.write(service.drop_leases)
        self._reconciler.start()
        try:
            yield
        finally:
            await self._reconciler.stop()
            await self._poster.close()


def _longer(wait: float | None, answer: Answer) -> float | None:
    if wait is None:
        return None
    return max(wait, min(answer.retry_after or 0, PATIENCE_S))
