"""What MLflow's page asks by GraphQL: reads that the REST API has too, and of them only the fields asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec
from sqlalchemy import Connection

from workstead.dialects.mlflow.endpoints import Endpoint, Finder, Method
from workstead.dialects.mlflow.errors import Refused, invalid
from workstead.dialects.mlflow.query import Field, Operation, parse
from workstead.dialects.mlflow.reading import read_json
from workstead_wire.errors import WorkspaceNotFound, WorksteadError
from workstead_wire.workspaces import WorkspacePath

_TYPES = {
    "GetExperiment": "experiment:Experiment",
    "GetRun": "run:Run",
    "SearchRuns": "runs:[Run] next_page_token:text",
    "SearchDatasets": "dataset_summaries:[DatasetSummary]",
    "SearchModelVersions": "model_versions:[ModelVersion] next_page_token:text",
    "ListArtifacts": "root_uri:text files:[File] next_page_token:text",
    "GetMetricHistoryBulkInterval": "metrics:[Metric]",
    "Test": "output:text",
    "Experiment": "experiment_id:text name:text artifact_location:text lifecycle_stage:text last_update_time:long "
    "creation_time:long tags:[Tag] effective_trace_archival_retention:text workspace:text",
    "Run": "info:RunInfo data:RunData inputs:RunInputs outputs:RunOutputs experiment:Experiment "
    "model_versions:[ModelVersion]",
    "RunInfo": "run_id:text run_uuid:text run_name:text experiment_id:text user_id:text status:word start_time:long "
    "end_time:long artifact_uri:text lifecycle_stage:text",
    "RunData": "metrics:[Metric] params:[Tag] tags:[Tag]",
    "RunInputs": "dataset_inputs:[DatasetInput] model_inputs:[ModelLink]",
    "RunOutputs": "model_outputs:[ModelLink]",
    "DatasetInput": "tags:[Tag] dataset:Dataset",
    "Dataset": "name:text digest:text source_type:text source:text schema:text profile:text",
    "DatasetSummary": "experiment_id:text name:text digest:text context:text",
    "ModelLink": "model_id:text step:long",
    "Metric": "key:text value:number timestamp:long step:long dataset_name:text dataset_digest:text model_id:text "
    "run_id:text",
    "Tag": "key:text value:text",
    "File": "path:text is_dir:truth file_size:long",
    "ModelVersion": "name:text version:text creation_timestamp:long last_updated_timestamp:long user_id:text "
    "current_stage:text description:text source:text run_id:text status:word status_message:text tags:[Tag] "
    "run_link:text aliases:[text] model_id:text",
}
"""The fields of each kind of thing, and what each is: of a kind, a list of it, or plain."""
_FIELDS = {kind: dict(pair.split(":") for pair in fields.split()) for kind, fields in _TYPES.items()}

_ASKED: dict[str, tuple[Method, str]] = {
    "GetExperiment": ("GET", "mlflow/experiments/get"),
    "GetRun": ("GET", "mlflow/runs/get"),
    "SearchRuns": ("POST", "mlflow/runs/search"),
    "SearchDatasets": ("POST", "mlflow/experiments/search-datasets"),
    "SearchModelVersions": ("GET", "mlflow/model-versions/search"),
    "ListArtifacts": ("GET", "mlflow/artifacts/list"),
    "GetMetricHistoryBulkInterval": ("GET", "mlflow/metrics/get-history-bulk-interval"),
}
_OF = {"query": {*_ASKED} - {"SearchDatasets"}, "mutation": {"SearchRuns", "SearchDatasets"}}
"""What may be asked how. MLflow's page calls some searches mutations; they only read."""


class Request(msgspec.Struct):
    """A GraphQL document, and which of its operations is to be done with what."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = msgspec.field(default=None, name="operationName")


class Graph:
    """Answers documents by means of the endpoints of the REST API."""

    def __init__(self, finder: Finder[Endpoint]) -> None:
        self._endpoints = {kind: _needed(finder, method, path) for kind, (method, path) in _ASKED.items()}

    def answer(self, conn: Connection, where: WorkspacePath, user: str, asked: Request) -> dict[str, Any]:
        """``data`` and ``errors``, as GraphQL's answers have them; nothing is written."""
        try:
            operation = parse(asked.query, asked.variables or {}, asked.operation_name)
            kinds = [_kind_of(operation, field) for field in operation.fields]
            for kind, field in zip(kinds, operation.fields, strict=True):
                _check(kind, field)
        except Refused as error:
            return {"data": None, "errors": [error.message]}
        visit = _Visit(self._endpoints, conn, where, user)
        data = {field.shown: visit.find(kind, field) for kind, field in zip(kinds, operation.fields, strict=True)}
        return {"data": data, "errors": visit.errors or None}


class _Visit:
    """One document's way through the endpoints."""

    def __init__(self, endpoints: Mapping[str, Endpoint], conn: Connection, where: WorkspacePath, user: str) -> None:
        self._endpoints = endpoints
        self._conn = conn
        self._where = where
        self._user = user
        self.errors: list[str] = []

    def find(self, kind: str, field: Field) -> dict[str, Any] | None:
        """What a field of the first level asks; None, with an error, when that is refused."""
        try:
            found = {"output": field.given.get("inputString")} if kind == "Test" else self._ask(kind, _input_of(field))
            return self._show(kind, found, field)
        except WorkspaceNotFound:
            raise
        except (Refused, WorksteadError) as error:
            self.errors.append(error.message)
            return None

    def _ask(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        endpoint = self._endpoints[kind]
        asked = read_json(endpoint.asked, msgspec.json.encode(given), {})
        return msgspec.to_builtins(endpoint.run(self._conn, self._where, self._user, asked))

    def _show(self, kind: str, found: Mapping[str, Any], field: Field) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for one in field.fields:
            assert isinstance(one, Field)  # noqa: S101 - fragments are unfolded
            name = _snake(one.name)
            if name == "api_error":
                shown[one.shown] = None
            elif name == "__typename":
                shown[one.shown] = f"Mlflow{kind}"
            else:
                value = found.get(name) if name in found else self._look_up(kind, name, found)
                shown[one.shown] = self._show_value(_FIELDS[kind][name], value, one)
        return shown

    def _show_value(self, kind: str, value: Any, field: Field) -> Any:
        if kind.startswith("["):
            return [self._show_value(kind[1:-1], one, field) for one in cast("list[Any]", value or [])]
        return self._show(kind, value or {}, field) if kind in _FIELDS else _plain(kind, value)

    def _look_up(self, kind: str, name: str, found: Mapping[str, Any]) -> Any:
        """What a run has beside what the REST API says of it."""
        if kind == "Run" and name == "experiment":
            return self._ask("GetExperiment", {"experiment_id": found["info"]["experiment_id"]})[name]
        if kind == "Run" and name == "model_versions":
            return self._ask("SearchModelVersions", {"filter": f"run_id='{found['info']['run_id']}'"})[name]
        return None


def _input_of(field: Field) -> dict[str, Any]:
    given: object = field.given.get("input") or {}
    if not isinstance(given, dict):
        raise invalid(f"Argument 'input' of '{field.name}' must be an object.")
    return {_snake(key): value for key, value in cast("dict[str, Any]", given).items()}


def _kind_of(operation: Operation, field: Field) -> str:
    if field.name in ("test", "testMutation"):
        return "Test"
    kind = field.name.removeprefix("mlflow")
    if field.name == kind or kind not in _OF[operation.kind]:
        raise invalid(f"Cannot query field '{field.name}' on type '{operation.kind.capitalize()}'.")
    return kind


def _check(kind: str, field: Field) -> None:
    """All fields below are known, and those that have fields say which."""
    if not field.fields:
        raise invalid(f"Field '{field.name}' must have a selection of subfields.")
    for one in field.fields:
        assert isinstance(one, Field)  # noqa: S101 - fragments are unfolded
        if one.name in ("apiError", "__typename"):
            continue
        below = _FIELDS[kind].get(_snake(one.name), "").strip("[]")
        if not below:
            raise invalid(f"Cannot query field '{one.name}' on type 'Mlflow{kind}'.")
        if below in _FIELDS:
            _check(below, one)
        elif one.fields:
            raise invalid(f"Field '{one.name}' must not have a selection since it has no subfields.")


def _plain(kind: str, value: Any) -> Any:
    """A value as GraphQL has it: protobuf's default when it is not set; whole numbers are texts, NaN is nothing."""
    if kind == "long":
        return str(value or 0)
    if kind == "number":
        return None if value == "NaN" else float(value or 0)
    if kind == "truth":
        return bool(value)
    return value if kind == "word" else value or ""


def _needed(finder: Finder[Endpoint], method: Method, path: str) -> Endpoint:
    found = finder.find(method, path)
    assert found is not None, path  # noqa: S101 - both tables are ours
    return found[0]


def _snake(name: str) -> str:
    return name if name.startswith("__") else re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"_{found[1].lower()}", name)
