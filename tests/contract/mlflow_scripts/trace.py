"""Traces a program with MLflow's client, reads it back and says what it thinks of it; prints what it saw as JSON."""

import json
import sys

import mlflow

mlflow.set_tracking_uri(sys.argv[1])
experiment_id = mlflow.set_experiment("traced").experiment_id
client = mlflow.MlflowClient()
modern = int(mlflow.__version__.split(".")[0]) >= 3


@mlflow.trace(span_type="TOOL")
def inner(x):
    return x * 2


@mlflow.trace(name="outer", attributes={"a": 1})
def outer(x):
    mlflow.update_current_trace(tags={"kind": "test"})
    return inner(x) + 1


with mlflow.start_run() as run:
    outer(3)
trace_id = mlflow.get_last_active_trace_id()
if modern:
    mlflow.flush_trace_async_logging()
trace = mlflow.get_trace(trace_id)
names = {span.span_id: span.name for span in trace.data.spans}
told = {
    "spans": [[span.name, span.outputs, names.get(span.parent_id)] for span in trace.data.spans],
    "state": str(getattr(trace.info.status, "value", trace.info.status)),
    "tag": trace.info.tags["kind"],
}
client.set_trace_tag(trace_id, "checked", "yes")
told["found"] = len(client.search_traces([experiment_id], filter_string="tags.checked = 'yes'"))
try:
    with mlflow.start_span("fails"):
        1 / 0  # noqa: B018
except ZeroDivisionError:
    pass
failed = mlflow.get_last_active_trace_id()
if modern:
    mlflow.flush_trace_async_logging()
told["failed"] = str(getattr(client.get_trace(failed).info.status, "value", ""))
if modern:
    made = mlflow.log_feedback(trace_id=trace_id, name="good", value=True)
    seen = [mlflow.get_assessment(trace_id, made.assessment_id).value]
    mlflow.update_assessment(trace_id, made.assessment_id, mlflow.entities.Feedback(name="good", value=False))
    told["feedback"] = [*seen, mlflow.get_assessment(trace_id, made.assessment_id).value]
    wanted = mlflow.log_expectation(trace_id=trace_id, name="want", value={"x": [1]})
    told["expected"] = mlflow.get_assessment(trace_id, wanted.assessment_id).value
    told["of_run"] = len(mlflow.search_traces(run_id=run.info.run_id))
told["deleted"] = client.delete_traces(experiment_id, **{"trace_ids" if modern else "request_ids": [failed]})
print(json.dumps(told))
