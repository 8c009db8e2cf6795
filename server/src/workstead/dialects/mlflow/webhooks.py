"""MLflow's webhooks of the model registry. Their URLs may be as good as passwords, so that owners alone see them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from workstead.dialects.mlflow import webhook_words, words
from workstead.dialects.mlflow.calls import Call, Errands
from workstead.dialects.mlflow.endpoints import Nothing
from workstead.dialects.mlflow.errors import Refused, invalid
from workstead.dialects.mlflow.reading import Needed
from workstead.foundation import clock, ids
from workstead.webhooks import service
from workstead.webhooks.reconcile import Postman
from workstead.webhooks.service import EVENTS, Delivery, WebhookChange
from workstead_wire.errors import InvalidInput, Unavailable

errands = Errands()

LIST_DEFAULT, LIST_MAX = 100, 1000
_NAME = re.compile(r"(?=.{1,63}$)[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?")
_ENTITIES = (
    "registered_model", "model_version", "model_version_tag", "model_version_alias", "prompt", "prompt_version",
    "prompt_tag", "prompt_version_tag", "prompt_alias", "budget_policy",
)  # fmt: skip
_ACTIONS = ("created", "updated", "deleted", "set", "exceeded")
_STATUSES = {"ACTIVE": True, "DISABLED": False}
_BAD = 400


class Event(msgspec.Struct):
    """What a webhook is told of, in protobuf's words or numbers."""

    entity: str | int = ""
    action: str | int = ""


class Webhook(words.Word):
    """A webhook; times in ms."""

    webhook_id: str
    name: str
    url: str
    events: list[Event]
    status: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""


class Outcome(words.Word):
    """How a try went."""

    success: bool
    response_status: int | None = None
    response_body: str | None = None
    error_message: str | None = None


class CreateWebhook(msgspec.Struct):
    """Make a webhook."""

    name: Needed
    url: Needed
    events: list[Event] = []
    description: str = ""
    secret: str = ""
    status: str | None = None


class ListWebhooks(msgspec.Struct):
    """List webhooks."""

    max_results: int = 0
    page_token: str | None = None


class NameWebhook(msgspec.Struct):
    """Name a webhook."""

    webhook_id: Needed


class UpdateWebhook(msgspec.Struct):
    """Change a webhook."""

    webhook_id: Needed
    name: str = ""
    url: str = ""
    events: list[Event] = []
    description: str | None = None
    secret: str | None = None
    status: str | None = None


class TestWebhook(msgspec.Struct):
    """Try a webhook out."""

    webhook_id: Needed
    event: Event | None = None


@errands.add("POST", "mlflow/webhooks")
async def create_webhook(call: Call, postman: Postman, asked: CreateWebhook) -> words.Json:
    """Make a webhook, which is told of what happens to models from now on."""
    wanted = WebhookChange(
        name=_check_name(asked.name),
        url=asked.url,
        events=_read_events(asked.events),
        description=asked.description,
        secret=asked.secret or None,
        active=_read_status(asked.status) is not False,
    )
    return {"webhook": _to_webhook(await postman.create(call.where, wanted))}


@errands.add("GET", "mlflow/webhooks")
async def list_webhooks(call: Call, _postman: Postman, asked: ListWebhooks) -> words.Json:
    """Webhooks, newest first."""
    limit = asked.max_results or LIST_DEFAULT
    if not 1 <= limit <= LIST_MAX:
        raise invalid(f"max_results must be between 1 and {LIST_MAX}.")
    found = await call.db.read(service.list_webhooks, call.where, asked.page_token, limit)
    reply: words.Json = {"webhooks": [_to_webhook(one) for one in found.items]}
    return reply | ({"next_page_token": found.next_cursor} if found.next_cursor else {})


@errands.add("GET", "mlflow/webhooks/{webhook_id}")
async def get_webhook(call: Call, _postman: Postman, asked: NameWebhook) -> words.Json:
    """One webhook."""
    return {"webhook": _to_webhook(await call.db.read(service.get_webhook, call.where, asked.webhook_id))}


@errands.add("PATCH", "mlflow/webhooks/{webhook_id}")
async def update_webhook(call: Call, postman: Postman, asked: UpdateWebhook) -> words.Json:
    """Change what is given, and leave the rest."""
    wanted = WebhookChange(
        name=_check_name(asked.name) if asked.name else None,
        url=asked.url or None,
        events=_read_events(asked.events) if asked.events else None,
        description=asked.description,
        secret=asked.secret,
        active=_read_status(asked.status),
    )
    return {"webhook": _to_webhook(await postman.update(call.where, asked.webhook_id, wanted))}


@errands.add("DELETE", "mlflow/webhooks/{webhook_id}")
async def delete_webhook(call: Call, _postman: Postman, asked: NameWebhook) -> Nothing:
    """Delete a webhook with what waits for it."""
    await call.db.write(service.delete_webhook, call.where, asked.webhook_id)
    return Nothing()


@errands.add("POST", "mlflow/webhooks/{webhook_id}/test")
async def test_webhook(call: Call, postman: Postman, asked: TestWebhook) -> words.Json:
    """Send an example of an event now, by default the webhook's first, and tell how that went."""
    webhook = await call.db.read(service.get_webhook, call.where, asked.webhook_id)
    event = webhook.events[0] if asked.event is None else _read_event(asked.event)
    delivery = Delivery(id=ids.new_id(), event=event, news=webhook_words.example(event), at=clock.now())
    try:
        answer = await postman.send_once(call.where, asked.webhook_id, delivery)
    except (InvalidInput, Unavailable) as error:
        return {"result": Outcome(success=False, error_message=f"Failed to test webhook: {error.message}")}
    good = answer.status < _BAD
    return {"result": Outcome(success=good, response_status=answer.status, response_body=answer.body)}


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise invalid(
            f"Webhook name {name[:80]!r} is invalid. It must start and end with a letter or digit, be less than 63 "
            "characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-)."
        )
    return name


def _read_events(given: list[Event]) -> list[str]:
    if not given:
        raise invalid("Webhook events must be a non-empty list of WebhookEvent objects: [].")
    return list(dict.fromkeys(_read_event(event) for event in given))


def _read_event(given: Event) -> str:
    entity = _word(given.entity, dict(enumerate(_ENTITIES, 1)))
    action = _word(given.action, dict(enumerate(_ACTIONS, 1)))
    event = f"{entity}.{action}"
    if event == "budget_policy.exceeded":
        raise Refused("NOT_IMPLEMENTED", "this server keeps no budgets, and so has no webhooks for them")
    if event not in EVENTS:
        valid = sorted(one.partition(".")[2] for one in EVENTS if one.startswith(f"{entity}."))
        raise invalid(f"Invalid action '{action}' for entity '{entity}'. Valid actions are: {valid}")
    return event


def _word(given: str | int, numbers: Mapping[int, str]) -> str:
    """A word of protobuf's, which may come as its number."""
    return numbers.get(given, str(given)) if isinstance(given, int) else given[:40].lower()


def _read_status(given: str | None) -> bool | None:
    if given is not None and given not in _STATUSES:
        raise invalid(f"Unknown webhook status {given[:40]!r}; it may be {' or '.join(_STATUSES)}")
    return None if given is None else _STATUSES[given]


def _to_webhook(found: service.Webhook) -> Webhook:
    pairs = [event.partition(".") for event in found.events]
    return Webhook(
        webhook_id=found.id,
        name=found.name,
        url=found.url,
        description=found.description,
        events=[Event(entity=entity.upper(), action=action.upper()) for entity, _, action in pairs],
        status="ACTIVE" if found.active else "DISABLED",
        creation_timestamp=found.created_at // 1000,
        last_updated_timestamp=found.updated_at // 1000,
    )
