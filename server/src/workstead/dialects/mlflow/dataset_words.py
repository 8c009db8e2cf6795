"""Evaluation data sets and their records in MLflow's words, and ours out of them."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from workstead.dialects.mlflow import words
from workstead.dialects.mlflow.errors import invalid
from workstead.evaluations.service import EvaluationSet, Example, Record, Source

_SOURCES = ("UNSPECIFIED", "TRACE", "HUMAN", "DOCUMENT", "CODE")


class SourceWord(msgspec.Struct):
    """Where a record comes from."""

    source_type: str
    source_data: dict[str, Any] | None = None


class RecordWord(msgspec.Struct):
    """A record as clients send it."""

    inputs: dict[str, Any] = {}
    outputs: Any = msgspec.UNSET
    expectations: dict[str, Any] | None = None
    tags: dict[str, Any] | None = None
    source: SourceWord | None = None


def read_examples(text: str) -> list[Example]:
    """The records of a list in JSON, as clients send them: NaN and infinities may stand in it."""
    try:
        told = msgspec.convert(json.loads(text), list[RecordWord])
    except (ValueError, RecursionError) as error:
        raise invalid(f"records must be a list of records in JSON: {error}") from error
    return [_example(one) for one in told]


def to_dataset(found: EvaluationSet) -> words.Json:
    """A data set in MLflow's words."""
    made = {
        "dataset_id": found.id,
        "name": found.name,
        "tags": json.dumps(found.tags),
        "schema": found.schema,
        "profile": json.dumps({"num_records": found.record_count}) if found.record_count else None,
        "digest": found.digest,
        "created_time": found.created_at // 1000,
        "last_update_time": found.updated_at // 1000,
        "created_by": found.created_by,
        "last_updated_by": found.updated_by,
    }
    return {key: value for key, value in made.items() if value is not None}


def to_record(dataset_id: str, one: Record) -> words.Json:
    """A record in MLflow's words."""
    made = {
        "dataset_record_id": one.id,
        "dataset_id": dataset_id,
        "inputs": one.inputs,
        "outputs": one.outputs,
        "expectations": one.expectations,
        "tags": one.tags or {},
        "created_time": one.created_at // 1000,
        "last_update_time": one.updated_at // 1000,
        "created_by": one.created_by,
        "last_updated_by": one.updated_by,
        **({} if one.source is None else _to_source(one.source)),
    }
    return {key: value for key, value in made.items() if value is not None}


def _example(told: RecordWord) -> Example:
    user = (told.tags or {}).get(words.USER)
    return Example(
        inputs=told.inputs,
        outputs=told.outputs,
        expectations=told.expectations,
        tags=told.tags,
        source=None if told.source is None else _source(told.source),
        user=None if user is None else str(user)[:255],
    )


def _source(told: SourceWord) -> Source:
    kind = told.source_type.upper()
    if kind not in _SOURCES:
        raise invalid(f"Invalid dataset record source type: {kind[:80]}. Valid source types: {list(_SOURCES)}")
    return Source(kind, told.source_data or {})


def _to_source(source: Source) -> words.Json:
    return {
        "source": {"source_type": source.type, "source_data": source.data},
        "source_type": source.type,
        "source_id": source.data.get("trace_id" if source.type == "TRACE" else "source_id"),
    }
