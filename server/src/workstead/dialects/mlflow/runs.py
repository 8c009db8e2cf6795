"""MLflow's runs: made, changed, deleted and brought back, with their tags and parameters."""

from __future__ import annotations

import json
import uuid
from typing import Any

import msgspec

from workstead.dialects.mlflow import limits, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import invalid, missing
from workstead.dialects.mlflow.experiments import active_experiment
from workstead.dialects.mlflow.reading import Needed
from workstead.foundation import clock, ids
from workstead.runs import service as runs
from workstead.runs.service import RunDetails
from workstead_wire.errors import RunNotFound
from workstead_wire.runs import RunCreate, RunUpdate

endpoints = Endpoints()

HISTORY = "mlflow.log-model.history"
_MODEL_FIELDS = {"artifact_path", "flavors", "utc_time_created", "run_id"}
_STATUS_BY_NUMBER: list[words.Status] = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]


class CreateRun(msgspec.Struct):
    """Begin a run; ``start_time`` in ms."""

    experiment_id: str = "0"
    user_id: str = ""
    run_name: str = ""
    start_time: int | None = None
    tags: list[words.Given] = []


class UpdateRun(msgspec.Struct):
    """Change what is given; ``end_time`` in ms, a status by name or number."""

    run_id: Needed
    status: words.Status | int | None = None
    end_time: int | None = None
    run_name: str | None = None


class GetRun(msgspec.Struct):
    """Name a run."""

    run_id: Needed


class SetTag(msgspec.Struct):
    """Set a tag."""

    run_id: Needed
    key: Needed
    value: str = ""


class DeleteTag(msgspec.Struct):
    """Remove a tag."""

    run_id: Needed
    key: Needed


class LogParam(msgspec.Struct):
    """Log a parameter."""

    run_id: Needed
    key: Needed
    value: str = ""


class LogModel(msgspec.Struct):
    """Note a model that was logged as MLflow 2 does."""

    run_id: Needed
    model_json: Needed


@endpoints.post("mlflow/runs/create")
def create_run(here: Here, asked: CreateRun) -> words.Json:
    """Begin a run."""
    experiment = active_experiment(here, asked.experiment_id)
    tags = words.from_tags(asked.tags)
    for tag in asked.tags:
        check_tag(tag.key, tag.value)
    tagged = tags.pop(words.RUN_NAME, "")
    if asked.run_name and tagged and asked.run_name != tagged:
        raise invalid(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
            f"(run_name='{asked.run_name}', mlflow.runName='{tagged}')."
        )
    parent = tags.get(words.PARENT)
    is_named = bool(asked.user_id) and tags.get(words.USER) != asked.user_id
    made = RunCreate(
        id=uuid.uuid4().hex,
        experiment=experiment.name,
        parent_id=parent if parent and _is_there(here, parent) else None,
        display_name=asked.run_name or tagged or ids.short_name(),
        type=words.RUN_TYPE,
        tags={key: _cut(value) for key, value in tags.items()},
        properties={words.USER_ID: asked.user_id} if is_named and asked.user_id != "unknown" else {},
    )
    runs.create_run(here.conn, here.where, here.user, made)
    start = clock.now() // 1000 if asked.start_time is None else asked.start_time
    runs.report_run(here.conn, here.where, made.id, started_at=start * 1000)
    return {"run": words.to_run(runs.get_details(here.conn, here.where, made.id))}


@endpoints.post("mlflow/runs/update")
def update_run(here: Here, asked: UpdateRun) -> words.Json:
    """Change a run's name, status or end."""
    find_active(here, asked.run_id)
    status = asked.status
    if isinstance(status, int):
        if not 1 <= status <= len(_STATUS_BY_NUMBER):
            raise invalid(f"Invalid value {status} for parameter 'status' supplied.")
        status = _STATUS_BY_NUMBER[status - 1]
    end = None if asked.end_time is None else asked.end_time * 1000
    ours = None if status is None else words.STATUSES[status]
    runs.report_run(here.conn, here.where, asked.run_id, status=ours, ended_at=end)
    if asked.run_name:
        set_tags(here, asked.run_id, {words.RUN_NAME: asked.run_name})
    return {"run_info": words.to_info(find_run(here, asked.run_id))}


@endpoints.get("mlflow/runs/get")
def get_run(here: Here, asked: GetRun) -> words.Json:
    """One run."""
    return {"run": words.to_run(find_run(here, asked.run_id))}


@endpoints.post("mlflow/runs/delete")
def delete_run(here: Here, asked: GetRun) -> Nothing:
    """Hide a run."""
    find_run(here, asked.run_id)
    runs.hide_run(here.conn, here.where, asked.run_id)
    return Nothing()


@endpoints.post("mlflow/runs/restore")
def restore_run(here: Here, asked: GetRun) -> Nothing:
    """Bring a hidden run back."""
    find_run(here, asked.run_id)
    runs.restore_run(here.conn, here.where, asked.run_id)
    return Nothing()


@endpoints.post("mlflow/runs/set-tag")
def set_tag(here: Here, asked: SetTag) -> Nothing:
    """Set a tag."""
    check_tag(asked.key, asked.value)
    find_active(here, asked.run_id)
    set_tags(here, asked.run_id, {asked.key: asked.value})
    return Nothing()


@endpoints.post("mlflow/runs/delete-tag")
def delete_tag(here: Here, asked: DeleteTag) -> Nothing:
    """Remove a tag."""
    limits.check_name("key", asked.key)
    found = find_active(here, asked.run_id)
    if asked.key not in words.run_tags(found.run):
        raise missing(f"No tag with name: {asked.key} in run with id {asked.run_id}")
    left = words.UNTOLD if asked.key == words.RUN_NAME else None
    runs.update_run(here.conn, here.where, asked.run_id, RunUpdate(tags={asked.key: left}))
    return Nothing()


@endpoints.post("mlflow/runs/log-parameter")
def log_param(here: Here, asked: LogParam) -> Nothing:
    """Log a parameter."""
    check_param(asked.key, asked.value)
    found = find_active(here, asked.run_id)
    before = found.run.params.get(asked.key)
    value = asked.value[: limits.PARAM_MAX]
    if before is not None and before != value:
        raise invalid(
            f"Changing param values is not allowed. Param with key='{asked.key}' was already logged with "
            f"value='{before}' for run ID='{asked.run_id}'. Attempted logging new value '{value}'."
        )
    runs.add_params(here.conn, here.where, asked.run_id, {asked.key: value})
    return Nothing()


@endpoints.post("mlflow/runs/log-model")
def log_model(here: Here, asked: LogModel) -> Nothing:
    """Note a model in the run's tag of models."""
    try:
        model: Any = json.loads(asked.model_json)
    except ValueError as error:
        raise invalid(f"Malformed model info. \n {asked.model_json} \n is not a valid JSON.") from error
    lacking = _MODEL_FIELDS - set(model)
    if lacking:
        raise invalid(f"Model json is missing mandatory fields: {lacking}")
    found = find_active(here, asked.run_id)
    before: list[Any] = json.loads(found.run.tags.get(HISTORY, "[]"))
    model.pop("model_uuid", None) if model.get("model_uuid") is None else None
    tags: dict[str, str | None] = {HISTORY: json.dumps([*before, model])}
    runs.update_run(here.conn, here.where, asked.run_id, RunUpdate(tags=tags))
    return Nothing()


def find_run(here: Here, run_id: str) -> RunDetails:
    """The run, deleted or not."""
    try:
        return runs.get_details(here.conn, here.where, run_id)
    except RunNotFound as error:
        raise missing(f"Run with id={run_id} not found") from error


def find_active(here: Here, run_id: str) -> RunDetails:
    """The run, refused when it was deleted."""
    found = find_run(here, run_id)
    if found.run.deleted_at is not None:
        raise invalid(f"The run {run_id} must be in the 'active' state. Current state is deleted.")
    return found


def set_tags(here: Here, run_id: str, tags: dict[str, str]) -> None:
    """Set tags, one of which may be the run's name."""
    name = tags.get(words.RUN_NAME)
    rest: dict[str, str | None] = {key: _cut(value) for key, value in tags.items()}
    if name is not None:
        rest[words.RUN_NAME] = None
    runs.update_run(here.conn, here.where, run_id, RunUpdate(display_name=name, tags=rest))


def check_tag(key: str, value: str, path: str = "") -> None:
    """A run's tag is of its form; a long value is no fault, it is cut."""
    limits.check_tag(key, value[: limits.TAG_MAX], limits.TAG_MAX, path)


def check_param(key: str, value: str, path: str = "") -> None:
    """A parameter is of its form; a long value is no fault, it is cut."""
    limits.check_name(f"{path}.key" if path else "key", key)
    limits.check_length("Param key", limits.KEY_MAX, key)
    limits.check_length("Param value", limits.PARAM_MAX, value[: limits.PARAM_MAX])


def check_params(given: dict[str, str], logged: dict[str, str], run_id: str) -> None:
    """No parameter changes its value."""
    changed = [
        {"key": key, "old_value": logged[key], "new_value": value}
        for key, value in given.items()
        if key in logged and logged[key] != value
    ]
    if changed:
        raise invalid(
            f"Changing param values is not allowed. Params were already logged='{changed}' for run ID='{run_id}'."
        )


def _cut(value: str) -> str:
    return value[: limits.TAG_MAX]


def _is_there(here: Here, run_id: str) -> bool:
    return bool(runs.read_details(here.conn, here.where, [run_id]))
