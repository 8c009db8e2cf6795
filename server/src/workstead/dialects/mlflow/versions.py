"""MLflow's model versions."""

from __future__ import annotations

from typing import Annotated

import msgspec

from workstead.dialects.mlflow import filtering, limits, places, sources, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import invalid, missing
from workstead.dialects.mlflow.paging import offset_of, page
from workstead.dialects.mlflow.reading import Needed, wrong
from workstead.models.service import PROMPT, Version, VersionCreate, registry_search, versions
from workstead.models.service.registry_search import Asked, Order
from workstead_wire.errors import ModelNotFound

endpoints = Endpoints()

SEARCH_MAX = 200_000
_ACTIVE = ("Staging", "Production")
_TEXTS = ("name", "run_id", "source_path")
_NUMBERS = ("version_number", "creation_timestamp", "last_updated_timestamp")
_DEFAULT_ORDER = ["last_updated_timestamp DESC", "name ASC", "version_number DESC"]


class ModelVersion(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A version; times in ms."""

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int
    current_stage: str
    source: str
    status: str
    description: str
    user_id: str = ""
    run_id: str | None = None
    run_link: str | None = None
    tags: list[words.Tag] = []
    aliases: list[str] = []
    model_id: str | None = None


class CreateVersion(msgspec.Struct):
    """Register a version."""

    name: Needed
    source: Needed
    run_id: str = ""
    run_link: str = ""
    description: str = ""
    tags: list[words.Given] = []
    model_id: str = ""


class GetVersion(msgspec.Struct):
    """Name a version."""

    name: Needed
    version: Needed


class UpdateVersion(msgspec.Struct):
    """Change a version's description."""

    name: Needed
    version: Needed
    description: str = ""


class Transition(msgspec.Struct):
    """Put a version into a stage."""

    name: Needed
    version: Needed
    stage: Needed
    archive_existing_versions: bool = False


class SetTag(msgspec.Struct):
    """Set a tag of a version."""

    name: Needed
    version: Needed
    key: Needed
    value: str = ""


class DeleteTag(msgspec.Struct):
    """Remove a tag of a version."""

    name: Needed
    version: Needed
    key: Needed


class SearchVersions(msgspec.Struct):
    """Look for versions."""

    filter: str = ""
    max_results: Annotated[int, msgspec.Meta(le=SEARCH_MAX)] = 10_000
    order_by: list[str] = []
    page_token: str | None = None


@endpoints.post("mlflow/model-versions/create")
def create_version(here: Here, asked: CreateVersion) -> words.Json:
    """Register the next version of a model."""
    limits.check_model_name(asked.name)
    tags = words.from_tags(asked.tags)
    for tag in asked.tags:
        limits.check_tag(tag.key, tag.value, limits.MODEL_TAG_MAX)
    found = sources.resolve(here, asked.source, asked.run_id, asked.model_id, is_prompt=tags.get(PROMPT, "") == "true")
    spot = places.spot_of(found.address) or places.Spot("LocalUpload", "elsewhere", "")
    made = VersionCreate(
        name=asked.name,
        source=found.source,
        download_uri=found.address,
        origin=spot.origin,
        container=spot.container,
        path=spot.path,
        description=asked.description,
        tags=tags,
        run_id=found.run_id or None,
        run_link=asked.run_link or None,
        model_id=found.model_id or None,
    )
    try:
        version = versions.register_version(here.conn, here.where, here.user, made)
    except ModelNotFound as error:
        raise missing(f"Registered Model with name={asked.name} not found") from error
    sources.note_registration(here, version)
    return {"model_version": to_version(version)}


@endpoints.get("mlflow/model-versions/get")
def get_version(here: Here, asked: GetVersion) -> words.Json:
    """One version."""
    return {"model_version": to_version(find_version(here, asked.name, asked.version))}


@endpoints.patch("mlflow/model-versions/update")
def update_version(here: Here, asked: UpdateVersion) -> words.Json:
    """Change a version's description."""
    found = find_version(here, asked.name, asked.version)
    changed = versions.update_version(
        here.conn, here.where, asked.name, found.model.version, description=asked.description
    )
    return {"model_version": to_version(changed)}


@endpoints.post("mlflow/model-versions/transition-stage")
def transition(here: Here, asked: Transition) -> words.Json:
    """Put a version into a stage, and archive those that were there if asked."""
    stage = limits.check_stage(asked.stage)
    if asked.archive_existing_versions and stage not in _ACTIVE:
        raise invalid(
            f"Model version transition cannot archive existing model versions because '{asked.stage}' is not an Active "
            f"stage. Valid stages are {list(_ACTIVE)}",
        )
    found = find_version(here, asked.name, asked.version)
    others = "Archived" if asked.archive_existing_versions else None
    moved = versions.move_to_stage(here.conn, here.where, asked.name, found.model.version, stage, others_to=others)
    return {"model_version": to_version(moved)}


@endpoints.delete("mlflow/model-versions/delete")
def delete_version(here: Here, asked: GetVersion) -> Nothing:
    """Delete a version."""
    found = find_version(here, asked.name, asked.version)
    versions.delete_version(here.conn, here.where, asked.name, found.model.version)
    return Nothing()


@endpoints.get("mlflow/model-versions/get-download-uri")
def get_download_uri(here: Here, asked: GetVersion) -> words.Json:
    """Where a version's files lie."""
    return {"artifact_uri": download_uri(find_version(here, asked.name, asked.version))}


@endpoints.get("mlflow/model-versions/search")
@endpoints.post("mlflow/model-versions/search", "read")
def search_versions(here: Here, asked: SearchVersions) -> words.Json:
    """Versions under a filter, those that changed last first unless told."""
    if asked.max_results < 1:
        raise wrong("max_results", asked.max_results, f"It must be a positive integer, but got {asked.max_results}")
    start = offset_of(asked.page_token)
    clauses = filtering.parse(asked.filter)
    filtering.check_attributes(clauses, _TEXTS, _NUMBERS)
    orders = filtering.parse_orders(asked.order_by or _DEFAULT_ORDER, ("name", *_NUMBERS))
    search = Asked(
        clauses=clauses,
        orders=[Order(key=order.key, descending=order.descending) for order in orders],
        offset=start,
        limit=asked.max_results + 1,
    )
    found = registry_search.search_versions(here.conn, here.where, search)
    return page("model_versions", [to_version(one) for one in found], start, asked.max_results)


@endpoints.post("mlflow/model-versions/set-tag")
def set_tag(here: Here, asked: SetTag) -> Nothing:
    """Set a tag."""
    limits.check_model_name(asked.name)
    limits.check_version(asked.version)
    limits.check_tag(asked.key, asked.value, limits.MODEL_TAG_MAX)
    found = find_version(here, asked.name, asked.version)
    versions.tag_version(here.conn, here.where, asked.name, found.model.version, asked.key, asked.value)
    return Nothing()


@endpoints.delete("mlflow/model-versions/delete-tag")
def delete_tag(here: Here, asked: DeleteTag) -> Nothing:
    """Remove a tag; one that is not there is no fault."""
    limits.check_name("key", asked.key)
    found = find_version(here, asked.name, asked.version)
    versions.tag_version(here.conn, here.where, asked.name, found.model.version, asked.key, None)
    return Nothing()


def find_version(here: Here, name: str, version: str) -> Version:
    """The version of that number."""
    limits.check_model_name(name)
    number = limits.check_version(version)
    try:
        return versions.get_version(here.conn, here.where, name, number)
    except ModelNotFound as error:
        raise missing(f"Model Version (name={name}, version={version}) not found") from error


def download_uri(version: Version) -> str:
    """Where a version's files lie; one that ``azureml`` registered has no source of MLflow's."""
    model = version.model
    return version.download_uri or places.address_of(model.origin, model.container, model.path)


def to_version(found: Version) -> ModelVersion:
    """A version in MLflow's words."""
    model = found.model
    return ModelVersion(
        name=model.name,
        version=str(model.version),
        creation_timestamp=words.to_ms(model.created_at),
        last_updated_timestamp=found.updated_at // 1000,
        current_stage=found.stage,
        source=found.source or download_uri(found),
        status="READY",
        description=model.description,
        user_id="" if found.source else model.created_by,
        run_id=model.run_id or "",
        run_link=found.run_link or "",
        tags=words.to_tags(model.tags),
        aliases=found.aliases,
        model_id=found.model_id,
    )
