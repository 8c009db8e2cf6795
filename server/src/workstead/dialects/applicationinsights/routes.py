"""Where Azure Monitor's clients post: ``/insights/v2.1/track``. The key in each envelope says whose it is."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, Router, post
from litestar.params import Dependency

from workstead.dialects.applicationinsights.words import Answer, Envelope, Problem, read_items
from workstead.foundation.http import PUBLIC
from workstead.foundation.inflating import inflate
from workstead.insights.intake import Intake
from workstead.insights.service import Item
from workstead_wire.errors import InvalidInput

_ERRORS_MAX = 100
_decode_raw = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_all = msgspec.json.Decoder(list[Envelope]).decode
_decode_one = msgspec.json.Decoder(Envelope).decode

# The instrumentation key is in the body: the guard cannot see it, and the route looks for itself.


@post(["/v2.1/track", "/v2/track"], opt=PUBLIC, status_code=200)
async def track(
    request: Request[Any, Any, Any], intake: Annotated[Intake, Dependency(skip_validation=True)]
) -> Response[bytes]:
    """Take envelopes, as a JSON array or one a line; those that are not good are named one by one."""
    body = inflate(await request.body(), request.headers.get("content-encoding", ""))
    read = await asyncio.to_thread(_read, body) if len(body) > 100_000 else _read(body)  # noqa: PLR2004
    errors = read.errors
    accepted = 0
    for key, items in read.items.items():
        workspace_id = await intake.find_workspace(key)
        if workspace_id is None:
            errors += [Problem(index, 400, "Invalid instrumentation key") for index in read.places[key]]
            continue
        intake.offer(workspace_id, items)
        accepted += len(read.places[key])
    status = 200 if not errors else 206 if accepted else 400
    answer = Answer(read.count, accepted, errors[:_ERRORS_MAX])
    return Response(msgspec.json.encode(answer), status_code=status, media_type=MediaType.JSON)


class _Read:
    """What a body held, by instrumentation key."""

    def __init__(self) -> None:
        self.count = 0
        self.items: dict[str, list[Item]] = {}
        self.places: dict[str, list[int]] = {}
        self.errors: list[Problem] = []

    def add(self, index: int, envelope: Envelope) -> None:
        key = envelope.iKey.lower()
        self.items.setdefault(key, []).extend(read_items(envelope))
        self.places.setdefault(key, []).append(index)


def _read(body: bytes) -> _Read:
    try:
        envelopes = _decode_all(body)
    except (msgspec.MsgspecError, ValueError):
        return _read_one_by_one(body)
    read = _Read()
    read.count = len(envelopes)
    for index, envelope in enumerate(envelopes):
        try:
            read.add(index, envelope)
        except (ValueError, msgspec.MsgspecError) as error:
            read.errors.append(Problem(index, 400, str(error)))
    return read


def _read_one_by_one(body: bytes) -> _Read:
    """Older clients send a line each, and one bad envelope must not spoil the others."""
    read = _Read()
    try:
        listed = body.lstrip().startswith(b"[")
        raw = _decode_raw(body) if listed else [msgspec.Raw(line) for line in body.splitlines() if line]
    except (msgspec.MsgspecError, ValueError) as error:
        raise InvalidInput(f"the body is no list of envelopes: {error}") from error
    read.count = len(raw)
    for index, one in enumerate(raw):
        try:
            read.add(index, _decode_one(one))
        except (ValueError, msgspec.MsgspecError) as error:
            read.errors.append(Problem(index, 400, str(error)))
    return read


router = Router("/insights", route_handlers=[track], include_in_schema=False)
