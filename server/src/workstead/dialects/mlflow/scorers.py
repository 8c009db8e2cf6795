"""MLflow's scorers: registered, read and deleted. This server runs none of them, and has no gateway to models."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import msgspec

from workstead.dialects.mlflow import limits, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import invalid, missing
from workstead.dialects.mlflow.experiments import active_experiment
from workstead.dialects.mlflow.reading import Needed
from workstead.dialects.mlflow.trace_search import read_filter
from workstead.runs import service as runs
from workstead.scorers import service as scorers
from workstead.scorers.service import LISTED_MAX, Scorer
from workstead_wire import runs as wire
from workstead_wire.errors import ScorerNotFound

endpoints = Endpoints()

NAME_MAX = 255
CONTENT_MAX = 1_000_000
_MODELS = ("instructions_judge_pydantic_data", "builtin_scorer_pydantic_data", "third_party_scorer_data")
"""Where a scorer's model stands, by the kind of scorer."""
_GATEWAY = "gateway:"


class RegisterScorer(msgspec.Struct):
    """Register a version of a scorer."""

    experiment_id: Needed
    name: Needed
    serialized_scorer: Needed


class ListScorers(msgspec.Struct):
    """Ask for the scorers of an experiment, of some, or of all."""

    experiment_id: str = ""
    experiment_ids: list[str] = []


class NameScorer(msgspec.Struct):
    """Name a scorer, or a version of it."""

    experiment_id: Needed
    name: Needed
    version: int | None = None


class OnlineConfigs(msgspec.Struct):
    """Ask which scorers look at traces by themselves."""

    scorer_ids: list[str]


class SetOnline(msgspec.Struct):
    """Let a scorer look at some traces by itself."""

    experiment_id: Needed
    name: Needed
    sample_rate: float
    filter_string: str | None = None


@endpoints.post("mlflow/scorers/register")
def register_scorer(here: Here, asked: RegisterScorer) -> words.Json:
    """Keep a new version of a scorer; one that is code of its own is refused."""
    if not asked.name.strip():
        raise invalid("Scorer name cannot be empty or contain only whitespace.")
    limits.check_length("name", NAME_MAX, asked.name)
    limits.check_length("serialized_scorer", CONTENT_MAX, asked.serialized_scorer)
    experiment = active_experiment(here, asked.experiment_id)
    _check_content(asked.serialized_scorer)
    made = scorers.register_scorer(here.conn, here.where, experiment.id, asked.name, asked.serialized_scorer)
    return {
        "version": made.version,
        "scorer_id": made.id,
        "experiment_id": str(experiment.number),
        "name": made.name,
        "serialized_scorer": made.content,
        "creation_time": made.created_at // 1000,
    }


@endpoints.get("mlflow/scorers/list")
def list_scorers(here: Here, asked: ListScorers) -> words.Json:
    """The newest version of each scorer."""
    if asked.experiment_id and asked.experiment_ids:
        raise invalid("Cannot specify both 'experiment_id' and 'experiment_ids'.")
    known = {one.id: one.number for one in _experiments(here, asked)}
    found = _all(lambda start: scorers.list_scorers(here.conn, here.where, list(known), start))
    ordered = sorted(found, key=lambda one: (known[one.experiment_id], one.name))
    return {"scorers": [_to_scorer(one, known[one.experiment_id]) for one in ordered]}


@endpoints.get("mlflow/scorers/versions")
def list_versions(here: Here, asked: NameScorer) -> words.Json:
    """The versions of a scorer, the oldest first."""
    experiment = active_experiment(here, asked.experiment_id)
    with _explained(asked):
        found = _all(lambda start: scorers.list_versions(here.conn, experiment.id, asked.name, start))
    return {"scorers": [_to_scorer(one, experiment.number) for one in found]}


@endpoints.get("mlflow/scorers/get")
def get_scorer(here: Here, asked: NameScorer) -> words.Json:
    """One version of a scorer, the newest unless told."""
    experiment = active_experiment(here, asked.experiment_id)
    with _explained(asked):
        found = scorers.get_scorer(here.conn, experiment.id, asked.name, asked.version)
    return {"scorer": _to_scorer(found, experiment.number)}


@endpoints.delete("mlflow/scorers/delete")
def delete_scorer(here: Here, asked: NameScorer) -> Nothing:
    """Delete a version of a scorer, or all of it."""
    experiment = active_experiment(here, asked.experiment_id)
    with _explained(asked):
        scorers.delete_scorer(here.conn, experiment.id, asked.name, asked.version)
    return Nothing()


@endpoints.get("mlflow/scorers/online-configs")
def list_online(_here: Here, asked: OnlineConfigs) -> words.Json:
    """Which scorers look at traces by themselves: none does, for it takes a gateway to models."""
    del asked
    return {"configs": []}


@endpoints.put("mlflow/scorers/online-config")
def set_online(here: Here, asked: SetOnline) -> Nothing:
    """Let a scorer look at some traces by itself; refused, for it takes a gateway to models."""
    if not 0 <= asked.sample_rate <= 1:
        raise invalid(f"sample_rate must be between 0.0 and 1.0, got {asked.sample_rate}")
    read_filter(asked.filter_string or "")
    experiment = active_experiment(here, asked.experiment_id)
    with _explained(NameScorer(asked.experiment_id, asked.name)):
        scorers.get_scorer(here.conn, experiment.id, asked.name)
    raise invalid(
        f"Scorer '{asked.name}' does not use a gateway model. Only those can run by themselves, and this server has no "
        "gateway: run it by mlflow.genai.evaluate"
    )


def _experiments(here: Here, asked: ListScorers) -> Iterator[wire.Experiment]:
    """The experiments that are meant: one, which must be active, or the active ones of some, or of all."""
    if asked.experiment_id:
        yield active_experiment(here, asked.experiment_id)
        return
    if asked.experiment_ids:
        named = (runs.find_experiment(here.conn, here.where, one) for one in dict.fromkeys(asked.experiment_ids))
        yield from (one for one in named if one is not None and one.archived_at is None)
        return
    cursor = None
    while True:
        page = runs.list_experiments(here.conn, here.where, "active", None, "name asc", cursor, None)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _all(read: Callable[[int], list[Scorer]]) -> list[Scorer]:
    """What a list has, of which ``read`` gives a part from a place on: MLflow's clients know no pages of scorers."""
    found: list[Scorer] = []
    while True:
        part = read(len(found))
        found += part
        if len(part) < LISTED_MAX:
            return found


def _check_content(text: str) -> None:
    """Refuse code: whoever fetches the scorer would run it."""
    try:
        told = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise invalid("serialized_scorer must be valid JSON") from error
    if not isinstance(told, dict):
        raise invalid("serialized_scorer must be valid JSON: an object")
    if any(part.get("call_source") is not None for part in _maps(told)):
        raise invalid(
            "Custom scorer registration (using @scorer decorator) is not supported: whoever fetches the scorer would "
            "run its code. Keep the code in a repository and import it, or register a built-in scorer or a judge made "
            "by make_judge()"
        )
    _check_model(_model(cast("dict[str, Any]", told)))


def _maps(told: Any) -> Iterator[dict[str, Any]]:
    """All JSON objects within a value."""
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found = cast("dict[str, Any]", one)
            yield found
            waiting += found.values()
        elif isinstance(one, list):
            waiting += cast("list[Any]", one)


def _model(told: Mapping[str, Any]) -> Any:
    """The model that a scorer asks, if it says one."""
    for key in _MODELS:
        if found := _map_in(told, key):
            return found.get("model")
    memory = _map_in(told, "memory_augmented_judge_data")
    return _model(_map_in(memory, "base_judge")) if memory else None


def _map_in(told: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = told.get(key)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _check_model(model: Any) -> None:
    if model is None:
        return
    if not isinstance(model, str):
        raise invalid(f"Scorer model must be a string, got {type(model).__name__}.")
    if not model.strip():
        raise invalid("Scorer model cannot be empty or contain only whitespace.")
    if model.startswith(_GATEWAY):
        name = model.removeprefix(_GATEWAY).lstrip("/")
        raise missing(f"GatewayEndpoint not found (name='{name}'): this server has no gateway to models")


@contextmanager
def _explained(asked: NameScorer) -> Generator[None]:
    try:
        yield
    except ScorerNotFound as error:
        which = f"name '{asked.name}'" + ("" if asked.version is None else f" and version {asked.version}")
        raise missing(f"Scorer with {which} not found for experiment {asked.experiment_id}.") from error


def _to_scorer(one: Scorer, number: int) -> words.Json:
    return {
        "experiment_id": number,
        "scorer_name": one.name,
        "scorer_version": one.version,
        "serialized_scorer": one.content,
        "creation_time": one.created_at // 1000,
        "scorer_id": one.id,
    }
