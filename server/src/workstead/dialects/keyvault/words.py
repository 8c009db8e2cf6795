"""Azure's words for secrets, and how ours become them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from workstead.secrets.service import KEPT_DAYS
from workstead_wire.base import Page, Tags
from workstead_wire.errors import AlreadyExists, Conflict
from workstead_wire.secrets import DeletedSecret, Secret, SecretSet, SecretUpdate

_CODES = {400: "BadParameter", 401: "Unauthorized", 403: "Forbidden", 404: "SecretNotFound", 409: "Conflict"}


class Word(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """Base of what crosses in this dialect."""


class Attributes(Word):
    """Times are whole seconds since 1970."""

    enabled: bool | None = None
    nbf: int | None = None
    exp: int | None = None
    created: int | None = None
    updated: int | None = None
    recovery_level: str | None = None
    recoverable_days: int | None = None


class SetParameters(Word):
    """Body of a PUT."""

    value: str
    content_type: str | None = None
    attributes: Attributes | None = None
    tags: Tags | None = None


class UpdateParameters(Word):
    """Body of a PATCH."""

    content_type: str | None = None
    attributes: Attributes | None = None
    tags: Tags | None = None


class RestoreParameters(Word):
    """Body of a restore: what a backup gave."""

    value: str


class Bundle(Word):
    """A secret; a deleted one has the last three."""

    id: str
    attributes: Attributes
    value: str | None = None
    content_type: str | None = None
    tags: Tags | None = None
    recovery_id: str | None = None
    deleted_date: int | None = None
    scheduled_purge_date: int | None = None


class Items(Word, omit_defaults=False):
    """One page of a list."""

    value: list[Bundle]
    next_link: str | None = None


def asked_set(body: SetParameters) -> SecretSet:
    """What a PUT asks for."""
    given = body.attributes or Attributes()
    return SecretSet(
        value=body.value,
        content_type=body.content_type or "",
        enabled=given.enabled is not False,
        not_before=_moment(given.nbf),
        expires=_moment(given.exp),
        tags=body.tags or {},
    )


def asked_update(body: UpdateParameters) -> SecretUpdate:
    """What a PATCH asks for; what it does not name stays."""
    asked = SecretUpdate()
    if body.content_type is not None:
        asked.content_type = body.content_type
    if body.tags is not None:
        asked.tags = body.tags
    given = body.attributes or Attributes()
    if given.enabled is not None:
        asked.enabled = given.enabled
    if given.nbf is not None:
        asked.not_before = _moment(given.nbf)
    if given.exp is not None:
        asked.expires = _moment(given.exp)
    return asked


def bundle(secret: Secret, vault: str, value: str | None = None, *, versioned: bool = True) -> Bundle:
    """A secret as Azure tells it. ``vault`` is the vault's address; lists of secrets tell ids without versions."""
    made = Bundle(
        id=f"{vault}/secrets/{secret.name}" + (f"/{secret.version}" if versioned else ""),
        value=value,
        content_type=secret.content_type or None,
        tags=secret.tags,
        attributes=Attributes(
            enabled=secret.enabled,
            nbf=_seconds(secret.not_before),
            exp=_seconds(secret.expires),
            created=_seconds(secret.created_at),
            updated=_seconds(secret.updated_at),
            recovery_level="Recoverable+Purgeable",
            recoverable_days=KEPT_DAYS,
        ),
    )
    if isinstance(secret, DeletedSecret):
        made.recovery_id = f"{vault}/deletedsecrets/{secret.name}"
        made.deleted_date = _seconds(secret.deleted_at)
        made.scheduled_purge_date = _seconds(secret.purge_at)
    return made


def items(page: Page[Any], vault: str, next_link: str | None, *, versioned: bool = False) -> Items:
    """A page of secrets, without values."""
    return Items(value=[bundle(secret, vault, versioned=versioned) for secret in page.items], next_link=next_link)


def error_body(status: int, message: str, error: Exception) -> dict[str, Any]:
    """An error in Azure's shape. Clients look at ``code``; scripts now and then at ``innererror``."""
    body: dict[str, Any] = {"code": _CODES.get(status, "InternalError"), "message": message}
    if isinstance(error, Conflict) and not isinstance(error, AlreadyExists):
        body["innererror"] = {"code": "ObjectIsDeletedButRecoverable"}
    return {"error": body}


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
