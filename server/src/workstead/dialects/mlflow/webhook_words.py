"""News in MLflow's words, as its webhooks have them: what the body says of each event, and how it is signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any

import msgspec

from workstead.dialects.mlflow import places
from workstead.foundation import clock
from workstead.models.service import PROMPT
from workstead.webhooks.posting import Message
from workstead.webhooks.service import Delivery, News
from workstead_wire.base import Tags

_SIGNATURE = "X-MLflow-Signature"
_TIMESTAMP = "X-MLflow-Timestamp"
_DELIVERY = "X-MLflow-Delivery-Id"
_TEMPLATE = "mlflow.prompt.text"
_OF_PROMPTS = {PROMPT, "_mlflow_prompt_type", _TEMPLATE}
"""Tags by which MLflow keeps prompts, and that their readers are not told."""
_FIELDS = {
    "registered_model.created": ("name", "tags", "description"),
    "model_version.created": ("name", "version", "source", "run_id", "tags", "description"),
    "model_version_tag.set": ("name", "version", "key", "value"),
    "model_version_tag.deleted": ("name", "version", "key"),
    "model_version_alias.created": ("name", "alias", "version"),
    "model_version_alias.deleted": ("name", "alias"),
    "prompt.created": ("name", "tags", "description"),
    "prompt_version.created": ("name", "version", "template", "tags", "description"),
    "prompt_tag.set": ("name", "key", "value"),
    "prompt_tag.deleted": ("name", "key"),
    "prompt_version_tag.set": ("name", "version", "key", "value"),
    "prompt_version_tag.deleted": ("name", "version", "key"),
    "prompt_alias.created": ("name", "alias", "version"),
    "prompt_alias.deleted": ("name", "alias"),
}
_WHAT = {
    "registered_model": "registered model",
    "model_version": "model version",
    "prompt": "prompt",
    "prompt_version": "prompt version",
}


def compose(delivery: Delivery, secret: str | None) -> Message:
    """What a receiver gets, signed now: it may refuse what was signed long ago."""
    entity, _, action = delivery.event.partition(".")
    said = {
        "entity": entity,
        "action": action,
        "timestamp": clock.to_datetime(delivery.at).isoformat(),
        "data": _data(delivery.event, delivery.news),
    }
    body, now = msgspec.json.encode(said), str(int(time.time()))
    headers = {"Content-Type": "application/json", _DELIVERY: delivery.id, _TIMESTAMP: now}
    if secret:
        headers[_SIGNATURE] = _sign(secret, f"{delivery.id}.{now}.".encode() + body)
    return Message(headers, body)


def example(event: str) -> News:
    """News to try a webhook out with."""
    entity = event.partition(".")[0]
    noun = "prompt" if entity.startswith("prompt") else "model"
    tags = {"example_key": "example_value"}
    if entity == "prompt_version":
        tags[_TEMPLATE] = "Hello {{name}}!"
    what = _WHAT.get(entity, "")
    return News(
        name=f"example_{noun}",
        version=1,
        description=f"An example {what}",
        tags=tags,
        key="example_key",
        value="example_value",
        alias="example_alias",
        run_id="abcd1234abcd5678",
        source="models:/123",
    )


def _data(event: str, news: News) -> dict[str, Any]:
    is_version = event.endswith("_version.created")
    everything: dict[str, Any] = {
        "name": news.name,
        "version": str(news.version),
        "description": news.description or (None if is_version else ""),
        "tags": _shown(news.tags) if event.startswith("prompt") else news.tags,
        "template": news.tags.get(_TEMPLATE),
        "source": news.source or places.address_of(news.origin, news.container, news.path),
        "run_id": news.run_id,
        "key": news.key,
        "value": news.value,
        "alias": news.alias,
    }
    return {field: everything[field] for field in _FIELDS[event]}


def _shown(tags: Tags) -> Tags:
    return {key: value for key, value in tags.items() if key not in _OF_PROMPTS}


def _sign(secret: str, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), content, hashlib.sha256)).decode()
