"""What happens to models as news for webhooks, where the workspace has any. A prompt is told as such."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from workstead.models import tables as t
from workstead.models.service.rows import PROMPT
from workstead.webhooks import service as webhooks
from workstead.webhooks.service import News
from workstead_wire.base import Tags
from workstead_wire.models import Model


def tell_name(conn: Connection, workspace_id: str, name: str, description: str, tags: Tags) -> None:
    """Tell that there is a model of a new name."""
    event = "prompt.created" if _says_prompt(tags) else "registered_model.created"
    webhooks.tell(conn, workspace_id, event, News(name=name, description=description, tags=tags))


def tell_version(conn: Connection, workspace_id: str, made: Model, source: str | None = None) -> None:
    """Tell that there is a new version; ``source`` is its maker's word for where it is from."""
    event = "prompt_version.created" if _says_prompt(made.tags) else "model_version.created"
    news = News(
        name=made.name,
        version=made.version,
        description=made.description,
        tags=made.tags,
        run_id=made.run_id,
        source=source,
        origin=made.origin,
        container=made.container,
        path=made.path,
    )
    webhooks.tell(conn, workspace_id, event, news)


def tell_name_tag(conn: Connection, workspace_id: str, name: str, key: str, value: str | None) -> None:
    """Tell that a prompt's tag was set, or by None deleted; of a model's own tags there is no news."""
    if webhooks.is_listening(conn, workspace_id) and _is_prompt(conn, workspace_id, name):
        event = "prompt_tag.deleted" if value is None else "prompt_tag.set"
        webhooks.tell(conn, workspace_id, event, News(name=name, key=key, value=value))


def tell_tags(conn: Connection, workspace_id: str, name: str, version: int, before: Tags, after: Tags) -> None:
    """Tell which tags of a version were set and which deleted."""
    if not webhooks.is_listening(conn, workspace_id):
        return
    noun = "prompt_version_tag" if _is_prompt(conn, workspace_id, name) else "model_version_tag"
    for key in before.keys() - after.keys():
        webhooks.tell(conn, workspace_id, f"{noun}.deleted", News(name=name, version=version, key=key))
    for key, value in after.items():
        if before.get(key) != value:
            webhooks.tell(conn, workspace_id, f"{noun}.set", News(name=name, version=version, key=key, value=value))


def tell_alias(conn: Connection, workspace_id: str, name: str, alias: str, version: int | None) -> None:
    """Tell that an alias stands for a version, or by None for none any more."""
    if webhooks.is_listening(conn, workspace_id):
        noun = "prompt_alias" if _is_prompt(conn, workspace_id, name) else "model_version_alias"
        event = f"{noun}.deleted" if version is None else f"{noun}.created"
        webhooks.tell(conn, workspace_id, event, News(name=name, alias=alias, version=version))


def _says_prompt(tags: Tags) -> bool:
    return tags.get(PROMPT, "").lower() == "true"


def _is_prompt(conn: Connection, workspace_id: str, name: str) -> bool:
    c = t.name_tags.c
    query = select(c.key).where(c.workspace_id == workspace_id, c.name == name, c.key == PROMPT)
    return conn.execute(query.where(func.lower(c.value) == "true")).first() is not None
