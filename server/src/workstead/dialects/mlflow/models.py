"""MLflow's registered models."""

from __future__ import annotations

from typing import Annotated

import msgspec

from workstead.dialects.mlflow import filtering, limits, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import Refused, exists, missing
from workstead.dialects.mlflow.paging import offset_of, page
from workstead.dialects.mlflow.reading import Needed
from workstead.dialects.mlflow.versions import ModelVersion, to_version
from workstead.models.service import PROMPT, registry, registry_search, versions
from workstead.models.service import RegisteredModel as Ours
from workstead.models.service.registry_search import Asked, Order
from workstead_wire.base import Tags
from workstead_wire.errors import AlreadyExists, ModelNotFound

endpoints = Endpoints()

_KEYS = {
    "name": "name",
    "timestamp": "last_updated_timestamp",
    "last_updated_timestamp": "last_updated_timestamp",
}


class Alias(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A name that stands for a version."""

    alias: str
    version: str


class RegisteredModel(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A model by name; times in ms."""

    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""
    latest_versions: list[ModelVersion] = []
    tags: list[words.Tag] = []
    aliases: list[Alias] = []


class CreateModel(msgspec.Struct):
    """Make a model."""

    name: Needed
    description: str = ""
    tags: list[words.Given] = []


class GetModel(msgspec.Struct):
    """Name a model."""

    name: Needed


class RenameModel(msgspec.Struct):
    """Give a model another name."""

    name: Needed
    new_name: Needed


class UpdateModel(msgspec.Struct):
    """Change a model's description."""

    name: Needed
    description: str = ""


class SetTag(msgspec.Struct):
    """Set a tag of a model."""

    name: Needed
    key: Needed
    value: str = ""


class DeleteTag(msgspec.Struct):
    """Remove a tag of a model."""

    name: Needed
    key: Needed


class SetAlias(msgspec.Struct):
    """Let a name stand for a version."""

    name: Needed
    alias: Needed
    version: Needed


class GetAlias(msgspec.Struct):
    """Name a version by its alias."""

    name: Needed
    alias: Needed


class SearchModels(msgspec.Struct):
    """Look for models."""

    filter: str = ""
    max_results: Annotated[int, msgspec.Meta(le=1000)] = 100
    order_by: list[str] = []
    page_token: str | None = None


class GetLatest(msgspec.Struct):
    """Ask for the newest version in each stage."""

    name: Needed
    stages: list[str] = []


@endpoints.post("mlflow/registered-models/create")
def create_model(here: Here, asked: CreateModel) -> words.Json:
    """Make a model without versions."""
    limits.check_model_name(asked.name)
    for tag in asked.tags:
        limits.check_tag(tag.key, tag.value, limits.MODEL_TAG_MAX)
    tags = words.from_tags(asked.tags)
    try:
        made = registry.create_name(here.conn, here.where, asked.name, asked.description, tags)
    except AlreadyExists as error:
        there = registry.get_name(here.conn, here.where, asked.name)
        raise _taken(asked.name, old=_noun(there.tags), new=_noun(tags)) from error
    return {"registered_model": _to_model(here, made)}


@endpoints.get("mlflow/registered-models/get")
def get_model(here: Here, asked: GetModel) -> words.Json:
    """One model."""
    return {"registered_model": _to_model(here, find_model(here, asked.name))}


@endpoints.post("mlflow/registered-models/rename")
def rename_model(here: Here, asked: RenameModel) -> words.Json:
    """Give a model and its versions another name."""
    limits.check_model_name(asked.new_name, "new_name")
    find_model(here, asked.name)
    try:
        renamed = registry.rename(here.conn, here.where, asked.name, asked.new_name)
    except AlreadyExists as error:
        raise exists(f"Registered Model (name={asked.new_name}) already exists. Error: {error.message}") from error
    return {"registered_model": _to_model(here, renamed)}


@endpoints.patch("mlflow/registered-models/update")
def update_model(here: Here, asked: UpdateModel) -> words.Json:
    """Change a model's description."""
    find_model(here, asked.name)
    return {
        "registered_model": _to_model(here, registry.describe(here.conn, here.where, asked.name, asked.description))
    }


@endpoints.delete("mlflow/registered-models/delete")
def delete_model(here: Here, asked: GetModel) -> Nothing:
    """Delete a model with its versions."""
    find_model(here, asked.name)
    registry.delete_name(here.conn, here.where, asked.name)
    return Nothing()


@endpoints.get("mlflow/registered-models/search")
@endpoints.post("mlflow/registered-models/search", "read")
def search_models(here: Here, asked: SearchModels) -> words.Json:
    """Models under a filter, by name unless told."""
    start = offset_of(asked.page_token)
    clauses = filtering.parse(asked.filter)
    filtering.check_attributes(clauses, ["name"])
    orders = filtering.parse_orders(asked.order_by, _KEYS, noun="order by key")
    search = Asked(
        clauses=clauses,
        orders=[Order(key=_KEYS[order.key], descending=order.descending) for order in orders],
        offset=start,
        limit=asked.max_results + 1,
    )
    found = registry_search.search_names(here.conn, here.where, search)
    return page("registered_models", _to_models(here, found), start, asked.max_results)


@endpoints.post("mlflow/registered-models/get-latest-versions", "read")
@endpoints.get("mlflow/registered-models/get-latest-versions")
def get_latest(here: Here, asked: GetLatest) -> words.Json:
    """The newest version in each of the stages asked for, or in all."""
    find_model(here, asked.name)
    stages = {limits.check_stage(stage) for stage in asked.stages}
    found = versions.latest_versions(here.conn, here.where, [asked.name])
    return {"model_versions": [to_version(one) for one in found if not stages or one.stage in stages]}


@endpoints.post("mlflow/registered-models/set-tag")
def set_tag(here: Here, asked: SetTag) -> Nothing:
    """Set a tag."""
    limits.check_model_name(asked.name)
    limits.check_tag(asked.key, asked.value, limits.MODEL_TAG_MAX)
    find_model(here, asked.name)
    registry.tag_name(here.conn, here.where, asked.name, asked.key, asked.value)
    return Nothing()


@endpoints.delete("mlflow/registered-models/delete-tag")
def delete_tag(here: Here, asked: DeleteTag) -> Nothing:
    """Remove a tag; one that is not there is no fault."""
    limits.check_name("key", asked.key)
    find_model(here, asked.name)
    registry.tag_name(here.conn, here.where, asked.name, asked.key, None)
    return Nothing()


@endpoints.post("mlflow/registered-models/alias")
def set_alias(here: Here, asked: SetAlias) -> Nothing:
    """Let an alias stand for a version."""
    limits.check_model_name(asked.name)
    limits.check_alias(asked.alias)
    version = limits.check_version(asked.version)
    try:
        versions.get_version(here.conn, here.where, asked.name, version)
    except ModelNotFound as error:
        raise missing(f"Model Version (name={asked.name}, version={asked.version}) not found") from error
    registry.set_alias(here.conn, here.where, asked.name, asked.alias, version)
    return Nothing()


@endpoints.delete("mlflow/registered-models/alias")
def delete_alias(here: Here, asked: GetAlias) -> Nothing:
    """Remove an alias; one that is not there is no fault."""
    find_model(here, asked.name)
    limits.check_alias(asked.alias)
    registry.set_alias(here.conn, here.where, asked.name, asked.alias, None)
    return Nothing()


@endpoints.get("mlflow/registered-models/alias")
def get_by_alias(here: Here, asked: GetAlias) -> words.Json:
    """The version that an alias stands for."""
    limits.check_model_name(asked.name)
    if asked.alias.lower() == "latest":
        newest = max(versions.latest_versions(here.conn, here.where, [asked.name]), key=_number, default=None)
    else:
        newest = versions.find_by_alias(here.conn, here.where, asked.name, asked.alias)
    if newest is None:
        raise limits.invalid(f"Registered model alias {asked.alias} not found.")
    return {"model_version": to_version(newest)}


def find_model(here: Here, name: str) -> Ours:
    """The model of that name."""
    limits.check_model_name(name)
    try:
        return registry.get_name(here.conn, here.where, name)
    except ModelNotFound as error:
        raise missing(f"Registered Model with name={name} not found") from error


def _noun(tags: Tags) -> str:
    return "Prompt" if tags.get(PROMPT, "").lower() == "true" else "Registered Model"


def _taken(name: str, *, old: str, new: str) -> Refused:
    if old == new:
        return exists(f"{new} (name={name}) already exists.")
    return exists(
        f"Tried to create a {new.lower()} with name {name!r}, but the name is already taken by a {old.lower()}. "
        "A model and a prompt cannot share a name; choose another one."
    )


def _number(version: versions.Version) -> int:
    return version.model.version


def _to_model(here: Here, found: Ours) -> RegisteredModel:
    return _to_models(here, [found])[0]


def _to_models(here: Here, found: list[Ours]) -> list[RegisteredModel]:
    latest: dict[str, list[ModelVersion]] = {}
    for one in versions.latest_versions(here.conn, here.where, [model.name for model in found]):
        latest.setdefault(one.model.name, []).append(to_version(one))
    return [
        RegisteredModel(
            name=model.name,
            creation_timestamp=model.created_at // 1000,
            last_updated_timestamp=model.updated_at // 1000,
            description=model.description,
            latest_versions=latest.get(model.name, []),
            tags=words.to_tags(model.tags),
            aliases=[Alias(alias=alias, version=str(version)) for alias, version in model.aliases.items()],
        )
        for model in found
    ]
