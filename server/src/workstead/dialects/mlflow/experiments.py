"""MLflow's experiments."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from workstead.dialects.mlflow import limits, places, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import Refused, exists, invalid, missing
from workstead.dialects.mlflow.reading import Needed
from workstead.runs import service as runs
from workstead_wire import runs as wire
from workstead_wire.errors import AlreadyExists
from workstead_wire.runs import ExperimentUpdate

endpoints = Endpoints()

_ID = re.compile(r"-?\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A number as MLflow's clients have it, or the id that ``azureml`` knows."""


class CreateExperiment(msgspec.Struct):
    """Make an experiment."""

    name: Needed
    artifact_location: str = ""
    tags: list[words.Given] = []


class GetExperiment(msgspec.Struct):
    """Name an experiment by its id."""

    experiment_id: Needed


class GetByName(msgspec.Struct):
    """Name an experiment."""

    experiment_name: Needed


class UpdateExperiment(msgspec.Struct):
    """Rename an experiment."""

    experiment_id: Needed
    new_name: Needed


class SetTag(msgspec.Struct):
    """Set a tag of an experiment."""

    experiment_id: Needed
    key: Needed
    value: str = ""


class DeleteTag(msgspec.Struct):
    """Remove a tag of an experiment."""

    experiment_id: Needed
    key: Needed


@endpoints.post("mlflow/experiments/create")
def create_experiment(here: Here, asked: CreateExperiment) -> words.Json:
    """Make an experiment."""
    limits.check_experiment_name(asked.name)
    location = asked.artifact_location.rstrip("/")
    if location.startswith("runs:"):
        raise invalid(f"Artifact location cannot be a runs:/ URI. Given: '{location}'")
    limits.check_location(location)
    location = places.absolute(location) if location else ""
    limits.check_length("artifact location", limits.LOCATION_MAX, location)
    for tag in asked.tags:
        limits.check_tag(tag.key, tag.value, limits.EXPERIMENT_TAG_MAX)
    try:
        made = runs.create_experiment(here.conn, here.where, asked.name, words.from_tags(asked.tags), location or None)
    except AlreadyExists as error:
        raise exists(f"Experiment(name={asked.name}) already exists. Error: {error.message}") from error
    return {"experiment_id": str(made.number)}


@endpoints.get("mlflow/experiments/get")
def get_experiment(here: Here, asked: GetExperiment) -> words.Json:
    """One experiment by its id."""
    return {"experiment": words.to_experiment(find_experiment(here, asked.experiment_id))}


@endpoints.get("mlflow/experiments/get-by-name")
def get_by_name(here: Here, asked: GetByName) -> words.Json:
    """One experiment by its name."""
    found = runs.find_by_name(here.conn, here.where, asked.experiment_name)
    if found is None:
        raise missing(f"Could not find experiment with name '{asked.experiment_name}'")
    return {"experiment": words.to_experiment(found)}


@endpoints.post("mlflow/experiments/delete")
def delete_experiment(here: Here, asked: GetExperiment) -> Nothing:
    """Archive an experiment, its runs with it."""
    found = find_experiment(here, asked.experiment_id, stage="active")
    runs.update_experiment(here.conn, here.where, found.name, ExperimentUpdate(archived=True))
    runs.hide_runs(here.conn, found.id)
    return Nothing()


@endpoints.post("mlflow/experiments/restore")
def restore_experiment(here: Here, asked: GetExperiment) -> Nothing:
    """Bring an experiment back, and the runs that went with it."""
    found = find_experiment(here, asked.experiment_id, stage="deleted")
    runs.restore_runs(here.conn, found.id)
    runs.update_experiment(here.conn, here.where, found.name, ExperimentUpdate(archived=False))
    return Nothing()


@endpoints.post("mlflow/experiments/update")
def update_experiment(here: Here, asked: UpdateExperiment) -> Nothing:
    """Rename an experiment."""
    limits.check_experiment_name(asked.new_name)
    found = find_experiment(here, asked.experiment_id)
    if found.archived_at is not None:
        raise Refused("INVALID_STATE", "Cannot rename a non-active experiment.")
    try:
        runs.rename_experiment(here.conn, here.where, found.name, asked.new_name)
    except AlreadyExists as error:
        raise exists(f"Experiment(name={asked.new_name}) already exists. Error: {error.message}") from error
    return Nothing()


@endpoints.post("mlflow/experiments/set-experiment-tag")
def set_tag(here: Here, asked: SetTag) -> Nothing:
    """Set a tag."""
    limits.check_tag(asked.key, asked.value, limits.EXPERIMENT_TAG_MAX)
    found = active_experiment(here, asked.experiment_id)
    runs.update_experiment(here.conn, here.where, found.name, ExperimentUpdate(tags={asked.key: asked.value}))
    return Nothing()


@endpoints.post("mlflow/experiments/delete-experiment-tag")
def delete_tag(here: Here, asked: DeleteTag) -> Nothing:
    """Remove a tag."""
    limits.check_name("key", asked.key)
    found = active_experiment(here, asked.experiment_id)
    if asked.key not in found.tags:
        raise missing(f"No tag with name: {asked.key} in experiment with id {asked.experiment_id}")
    runs.update_experiment(here.conn, here.where, found.name, ExperimentUpdate(tags={asked.key: None}))
    return Nothing()


def find_experiment(
    here: Here, experiment_id: str, *, stage: Literal["active", "deleted"] | None = None
) -> wire.Experiment:
    """The experiment with the id that MLflow's clients know; with ``stage`` only in that stage."""
    if not _ID.fullmatch(experiment_id):
        raise invalid(f"Invalid experiment ID '{experiment_id}'. Experiment ID must be a valid integer.")
    found = runs.find_experiment(here.conn, here.where, experiment_id)
    if found is None or (stage is not None and (found.archived_at is None) != (stage == "active")):
        raise missing(f"No Experiment with id={experiment_id} exists")
    return found


def active_experiment(here: Here, experiment_id: str) -> wire.Experiment:
    """As ``find_experiment``, refused when it was deleted."""
    found = find_experiment(here, experiment_id)
    if found.archived_at is not None:
        raise invalid(f"The experiment {experiment_id} must be in the 'active' state. Current state is deleted.")
    return found


def ensure_default(conn: Any, where: Any, since: int) -> None:
    """Make the experiment that MLflow's clients find in every store, as old as that."""
    runs.put_first(conn, where, words.DEFAULT, since)
