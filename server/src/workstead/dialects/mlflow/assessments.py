"""MLflow's assessments: feedback on traces, and what was expected of them."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from workstead.dialects.mlflow import trace_words, words
from workstead.dialects.mlflow.endpoints import Endpoints, Here, Nothing
from workstead.dialects.mlflow.errors import invalid, missing
from workstead.dialects.mlflow.reading import Needed
from workstead.foundation import clock
from workstead.traces import service as traces
from workstead.traces.service import Assessment
from workstead_wire.errors import AssessmentNotFound, TraceNotFound

endpoints = Endpoints()


class CreateAssessment(msgspec.Struct):
    """Say something of a trace."""

    trace_id: Needed
    assessment: trace_words.AssessmentWord


class GetAssessment(msgspec.Struct):
    """Name what was said."""

    trace_id: Needed
    assessment_id: Needed


class UpdateAssessment(msgspec.Struct):
    """Say it otherwise: in what the mask names."""

    trace_id: Needed
    assessment_id: Needed
    assessment: trace_words.AssessmentWord
    update_mask: Needed


@endpoints.post("mlflow/traces/{trace_id}/assessments")
def create_assessment(here: Here, asked: CreateAssessment) -> words.Json:
    """Say something of a trace."""
    made = trace_words.from_assessment(asked.assessment)
    try:
        traces.create_assessment(here.conn, here.where, asked.trace_id, made)
    except TraceNotFound as error:
        raise missing(f"Trace with ID '{asked.trace_id}' not found.") from error
    except AssessmentNotFound as error:
        raise missing(f"Assessment with ID '{made.overrides}' not found for trace '{asked.trace_id}'") from error
    return {"assessment": trace_words.to_assessment(asked.trace_id, _get(here, asked.trace_id, made.id))}


@endpoints.get("mlflow/traces/{trace_id}/assessments/{assessment_id}")
def get_assessment(here: Here, asked: GetAssessment) -> words.Json:
    """What was said."""
    return {"assessment": trace_words.to_assessment(asked.trace_id, _get(here, asked.trace_id, asked.assessment_id))}


@endpoints.patch("mlflow/traces/{trace_id}/assessments/{assessment_id}")
def update_assessment(here: Here, asked: UpdateAssessment) -> words.Json:
    """Say it otherwise."""
    found = _get(here, asked.trace_id, asked.assessment_id)
    changed = {"updated_at": clock.now() // 1000}
    for path in asked.update_mask.split(","):
        changed |= _change(found, path.strip(), asked.assessment)
    made = msgspec.structs.replace(found, **changed)
    traces.put_assessment(here.conn, here.where, asked.trace_id, made)
    return {"assessment": trace_words.to_assessment(asked.trace_id, made)}


@endpoints.delete("mlflow/traces/{trace_id}/assessments/{assessment_id}")
def delete_assessment(here: Here, asked: GetAssessment) -> Nothing:
    """Take back what was said; what is not there needs no taking back."""
    with contextlib.suppress(TraceNotFound):
        traces.delete_assessment(here.conn, here.where, asked.trace_id, asked.assessment_id)
    return Nothing()


def _change(found: Assessment, path: str, told: trace_words.AssessmentWord) -> dict[str, Any]:
    """What one word of the mask changes."""
    match path:
        case "assessmentName" | "assessment_name":
            return {"name": told.assessment_name}
        case "feedback" | "expectation":
            if found.kind != path:
                other = "an Expectation" if path == "feedback" else "a Feedback"
                raise invalid(f"Cannot update {path} value on {other} assessment.")
            return {"value": told.said, "error": told.feedback.error if told.feedback else None}
        case "rationale":
            return {"rationale": told.rationale} if found.kind == "feedback" else {}
        case "metadata":
            return {"metadata": (found.metadata or {}) | told.metadata}
        case "valid":
            return {"valid": told.valid}
        case _:
            raise invalid(f"'{path}' of an assessment cannot be changed")


def _get(here: Here, trace_id: str, assessment_id: str) -> Assessment:
    try:
        return traces.get_assessment(here.conn, here.where, trace_id, assessment_id)
    except TraceNotFound as error:
        raise missing(f"Trace with request_id '{trace_id}' not found") from error
    except AssessmentNotFound as error:
        raise missing(f"Assessment with ID '{assessment_id}' not found for trace '{trace_id}'") from error
