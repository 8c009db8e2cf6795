"""Traces and assessments as MLflow's clients and OpenTelemetry's exporters speak of them."""

from __future__ import annotations

import gzip
import json
import os
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import live
from environments import make_environment
from workstead.dialects.mlflow.endpoints import Finder
from workstead.dialects.mlflow.routes import TRACING
from workstead_wire.workspaces import WorkspacePath

_finder = Finder(TRACING)
_asked: set[tuple[str, str]] = set()
CLIENTS = [
    ["mlflow==3.17.2", "scikit-learn"],
    ["mlflow==2.22.*", "opentelemetry-sdk==1.30.*"],  # of its time: with later ones the client itself ends no span
]
SCRIPT = Path(__file__).parent / "mlflow_scripts" / "trace.py"


class Tracer:
    """Asks like an MLflow client that traces."""

    def __init__(self, root: str, token: str) -> None:
        self.root = root
        self.http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False)
        self.experiment = self.ask("POST", "experiments/create", {"name": "traced"})["experiment_id"]

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """The answer to a request."""
        found = _finder.find(method, f"mlflow/{path}")
        if found is not None:
            _asked.add((method, found[0].path))
        given: dict[str, Any] = {"params": body} if method == "GET" else {"json": body}
        return self.http.request(method, f"{self.root}/api/3.0/mlflow/{path}", **given)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The reply of a request that is granted."""
        reply = self.send(method, path, body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def refused(self, method: str, path: str, body: Any = None) -> tuple[str, str]:
        """Code and message of a request that is not."""
        error = self.send(method, path, body).json()
        return error["error_code"], error["message"]

    def start(self, trace_id: str, **more: Any) -> Any:
        """A trace that a client tells of."""
        location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": self.experiment}}
        info = {
            "trace_id": trace_id,
            "trace_location": location,
            "request_time": "2026-07-31T18:00:00.123Z",
            "execution_duration": "1.5s",
            "state": "OK",
            **more,
        }
        return self.ask("POST", "traces", {"trace": {"trace_info": info}})["trace"]["trace_info"]

    def log(self, *spans: dict[str, Any], resource: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        """Send spans as OpenTelemetry's exporters do, in JSON."""
        pairs = [{"key": key, "value": {"stringValue": value}} for key, value in (resource or {}).items()]
        body = {"resourceSpans": [{"resource": {"attributes": pairs}, "scopeSpans": [{"spans": list(spans)}]}]}
        sent = {"x-mlflow-experiment-id": self.experiment, "content-type": "application/json", **headers}
        content = json.dumps(body).encode()
        if headers.get("content-encoding") == "gzip":
            content = gzip.compress(content)
        return self.http.post(f"{self.root}/v1/traces", content=content, headers=sent)

    def search(self, text: str = "", **more: Any) -> list[str]:
        """The ids of the traces that a filter lets through."""
        where = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": self.experiment}}]
        found = self.ask("POST", "traces/search", {"locations": where, "filter": text, **more})
        return [one["trace_id"] for one in found["traces"]]

    def info(self, trace_id: str) -> Any:
        """A trace as it is now."""
        return self.ask("GET", f"traces/{trace_id}")["trace"]["trace_info"]


@pytest.fixture
def tracer(live_server: live.Live, workspace: WorkspacePath) -> Iterator[Tracer]:
    """A client on a fresh workspace."""
    speaker = Tracer(f"{live_server.url}/mlflow/v1.0{workspace.id}", live_server.token)
    yield speaker
    speaker.http.close()


def span(trace: int, number: int, parent: int = 0, **more: Any) -> dict[str, Any]:
    """A span of OTLP's JSON."""
    attributes = more.pop("attributes", {})
    made = {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        "name": f"span {number}",
        "startTimeUnixNano": str(number * 10**9),
        "endTimeUnixNano": str(number * 10**9 + 5 * 10**8),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
        "status": {"code": 1},
        **more,
    }
    return made | ({"parentSpanId": f"{parent:016x}"} if parent else {})


def name_of(trace: int) -> str:
    """MLflow's id of a trace of OpenTelemetry's."""
    return f"tr-{trace:032x}"


def test_a_trace_that_a_client_tells(tracer: Tracer) -> None:
    said = {
        "assessment_name": "good",
        "source": {"source_type": "HUMAN", "source_id": "me"},
        "feedback": {"value": True},
    }
    more = {"tags": {"k": "v"}, "trace_metadata": {"m": "1"}, "assessments": [said], "request_preview": "p"}
    made = tracer.start("tr-a", **more)
    assert (made["request_time"], made["execution_duration"]) == ("2026-07-31T18:00:00.123Z", "1.500s")
    assert (made["state"], made["tags"]["k"], made["trace_metadata"]["m"]) == ("OK", "v", "1")
    assert made["tags"]["mlflow.artifactLocation"].endswith("/traces/tr-a/artifacts")
    assert made["assessments"][0]["feedback"] == {"value": True}
    assert tracer.info("tr-a") == made
    assert tracer.ask("POST", "traces/batchGetInfos", {"trace_ids": ["x", "tr-a"]})["trace_infos"] == [made]
    again = tracer.start("tr-a", state="ERROR", tags={"other": "1"})
    assert (again["state"], again["tags"]["k"], again["tags"]["other"]) == ("ERROR", "v", "1")
    assert (again["request_preview"], len(again["assessments"])) == ("p", 1)
    assert tracer.refused("GET", "traces/none") == ("RESOURCE_DOES_NOT_EXIST", "Trace with ID 'none' not found.")
    assert tracer.refused("GET", "traces/get", {"trace_id": "tr-a"})[1] == "Trace data not stored in tracking store"


def test_the_words_of_mlflow_2(tracer: Tracer) -> None:
    pairs = [{"key": "k", "value": "v"}]
    body = {"experiment_id": tracer.experiment, "timestamp_ms": 1000, "request_metadata": pairs, "tags": pairs}
    begun = tracer.ask("POST", "traces", body)["trace_info"]
    assert (begun["status"], begun["timestamp_ms"], "execution_time_ms" in begun) == ("IN_PROGRESS", 1000, False)
    trace_id = begun["request_id"]
    end = {"timestamp_ms": 3000, "status": "OK", "tags": [{"key": "k", "value": "w"}]}
    ended = tracer.ask("PATCH", f"traces/{trace_id}", end)["trace_info"]
    assert (ended["status"], ended["execution_time_ms"], ended["request_metadata"]) == ("OK", 2000, pairs)
    assert {"key": "k", "value": "w"} in ended["tags"]
    assert tracer.ask("GET", f"traces/{trace_id}/info")["trace_info"] == ended
    asked = {"experiment_ids": [tracer.experiment], "filter": "status = 'OK'", "max_results": 5}
    assert tracer.ask("GET", "traces", asked)["traces"] == [ended]


def test_spans_make_a_trace(tracer: Tracer) -> None:
    root = {"mlflow.spanType": "CHAIN", "mlflow.spanInputs": '{"q": 1}', "mlflow.traceTag.mine": "1", "user.id": "u"}
    resource = {"service.name": "shop", "telemetry.sdk.name": "x"}
    assert tracer.log(span(1, 3, parent=2), resource=resource).status_code == 200
    assert (tracer.info(name_of(1))["state"], tracer.info(name_of(1))["request_time"]) == (
        "IN_PROGRESS",
        "1970-01-01T00:00:03Z",
    )
    encoded = {"content-encoding": "gzip"}
    assert tracer.log(span(1, 2, attributes=root, status={"code": 2, "message": "oh"}), **encoded).status_code == 200
    info = tracer.info(name_of(1))
    assert (info["state"], info["request_time"], info["execution_duration"]) == (
        "ERROR",
        "1970-01-01T00:00:02Z",
        "1.500s",
    )
    assert (info["tags"]["service.name"], info["tags"]["mine"]) == ("shop", "1")
    assert info["request_preview"] == json.dumps('{"q": 1}')
    assert info["trace_metadata"]["mlflow.trace.user"] == "u"
    assert "telemetry.sdk.name" not in info["tags"]
    whole = tracer.ask("GET", "traces/get", {"trace_id": name_of(1)})["trace"]
    assert [one["name"] for one in whole["spans"]] == ["span 2", "span 3"]
    assert whole["spans"][0]["status"] == {"code": "STATUS_CODE_ERROR", "message": "oh"}
    assert {"key": "mlflow.spanType", "value": {"string_value": "CHAIN"}} in whole["spans"][0]["attributes"]
    assert tracer.ask("GET", "traces/batchGet", {"trace_ids": [name_of(1), "x"]})["traces"] == [whole]
    file = tracer.send("GET", "get-trace-artifact", {"request_id": name_of(1)})
    assert [one["name"] for one in file.json()["spans"]] == ["span 2", "span 3"]


def test_values_of_all_kinds_come_back(tracer: Tracer) -> None:
    message = ExportTraceServiceRequest()
    sent = (
        message.resource_spans.add()
        .scope_spans.add()
        .spans.add(trace_id=(9).to_bytes(16, "big"), span_id=(1).to_bytes(8, "big"), name="é", start_time_unix_nano=1)
    )
    for key, word, value in (("i", "int_value", 1 << 60), ("d", "double_value", 0.5), ("b", "bool_value", True)):
        setattr(sent.attributes.add(key=key).value, word, value)
    sent.attributes.add(key="l").value.array_value.values.add(string_value="x")
    sent.attributes.add(key="m").value.kvlist_value.values.add(key="n").value.int_value = 2
    sent.attributes.add(key="nothing")
    sent.events.add(name="e", time_unix_nano=5).attributes.add(key="k").value.int_value = 7
    sent.links.add(trace_id=(3).to_bytes(16, "big"), span_id=(4).to_bytes(8, "big"))
    headers = {"x-mlflow-experiment-id": tracer.experiment, "content-type": "application/x-protobuf"}
    reply = tracer.http.post(f"{tracer.root}/v1/traces", content=message.SerializeToString(), headers=headers)
    assert (reply.status_code, reply.content) == (200, b"")
    got = tracer.ask("GET", "traces/get", {"trace_id": name_of(9)})["trace"]["spans"][0]
    values = {one["key"]: one["value"] for one in got["attributes"]}
    assert values["i"] == {"int_value": 1 << 60}
    assert (values["d"], values["b"], values["nothing"]) == ({"double_value": 0.5}, {"bool_value": True}, {})
    assert values["l"] == {"array_value": {"values": [{"string_value": "x"}]}}
    assert values["m"] == {"kvlist_value": {"values": [{"key": "n", "value": {"int_value": 2}}]}}
    assert (got["name"], got["events"][0]["attributes"]) == ("é", [{"key": "k", "value": {"int_value": 7}}])
    assert got["links"][0]["span_id"] == "AAAAAAAAAAQ="


@pytest.mark.parametrize(
    ("content", "headers", "why"),
    [
        (b"nothing", {}, "Invalid OpenTelemetry format"),
        (b"{}", {"content-type": "application/json"}, "no spans found"),
        (b"{}", {"content-type": "text/plain"}, "Invalid Content-Type"),
    ],
)
def test_messages_that_are_none(tracer: Tracer, content: bytes, headers: dict[str, str], why: str) -> None:
    given = {"x-mlflow-experiment-id": tracer.experiment, "content-type": "application/x-protobuf", **headers}
    reply = tracer.http.post(f"{tracer.root}/v1/traces", content=content, headers=given)
    assert (reply.status_code, reply.json()["error_code"]) == (400, "BAD_REQUEST")
    assert why in reply.json()["message"]


def test_tokens_are_summed_over_the_tree(tracer: Tracer) -> None:
    def used(count: int) -> dict[str, str]:
        return {"gen_ai.usage.input_tokens": str(count), "gen_ai.usage.output_tokens": "1", "gen_ai.request.model": "m"}

    tracer.log(span(2, 3, parent=2, attributes=used(5)), span(2, 4, parent=2, attributes=used(7)))
    tokens = json.loads(tracer.info(name_of(2))["trace_metadata"]["mlflow.trace.tokenUsage"])
    assert tokens == {"input_tokens": 12, "output_tokens": 2, "total_tokens": 14}
    tracer.log(span(2, 2, attributes=used(20)))  # speaks for those below it
    tokens = json.loads(tracer.info(name_of(2))["trace_metadata"]["mlflow.trace.tokenUsage"])
    assert tokens == {"input_tokens": 20, "output_tokens": 1, "total_tokens": 21}


def test_what_a_client_told_whole_stays(tracer: Tracer) -> None:
    tracer.start(name_of(3), state="OK")
    tracer.log(span(3, 1, status={"code": 2}))
    info = tracer.info(name_of(3))
    assert (info["state"], info["request_time"]) == ("OK", "2026-07-31T18:00:00.123Z")
    assert info["tags"]["mlflow.trace.spansLocation"] == "TRACKING_STORE"


def test_spans_that_are_awaited(tracer: Tracer) -> None:
    tracer.start(name_of(4), trace_metadata={"mlflow.trace.sizeStats": '{"num_spans": 2}'})
    tracer.log(span(4, 1))
    assert "not fully exported yet" in tracer.refused("GET", "traces/get", {"trace_id": name_of(4)})[1]
    partial = tracer.ask("GET", "traces/get", {"trace_id": name_of(4), "allow_partial": "true"})
    assert len(partial["trace"]["spans"]) == 1
    assert tracer.ask("GET", "traces/batchGet", {"trace_ids": [name_of(4)]})["traces"] == []


def make_some(tracer: Tracer) -> None:
    tracer.start("tr-1", request_time="1970-01-01T00:00:01.5Z", tags={"mlflow.traceName": "alpha", "k": "x"})
    tracer.start("tr-2", request_time="1970-01-01T00:00:02Z", state="ERROR", execution_duration="0.5s", tags={"k": "y"})
    tracer.start(
        "tr-3", request_time="1970-01-01T00:00:03Z", trace_metadata={"mlflow.sourceRun": "r"}, client_request_id="c"
    )
    tracer.log(span(1, 1, name="think", attributes={"mlflow.spanType": "LLM", "model": "big"}))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "3 2 1 s"),
        ("status = 'ERROR'", "2"),
        ("trace.status IN ('OK') AND timestamp_ms >= 1000", "3 1 s"),
        ("attributes.execution_time_ms <= 500", "2 s"),
        ("end_time > 2600", "3 1"),
        ("name = 'alpha'", "1"),
        ("trace.name ILIKE 'AL%'", "1"),
        ("tags.k != 'x'", "2"),
        ("tag.k RLIKE '^[xz]$'", "1"),
        ("tags.k IS NULL", "3 s"),
        ("metadata.`mlflow.sourceRun` IS NOT NULL", "3"),
        ("run_id = 'r'", "3"),
        ("client_request_id = 'c'", "3"),
        ("request_id = 'tr-2'", "2"),
        ("span.name = 'think' AND span.type = 'LLM' AND span.status = 'OK'", "s"),
        ("span.name = 'think' AND span.type = 'TOOL'", ""),
        ("span.attributes.model LIKE '%big%'", "s"),
        ("span.attributes.model RLIKE '^b.g$'", "s"),
        ("span.attributes.model RLIKE '^g'", ""),
        ("trace.text LIKE '%think%'", "s"),
    ],
)
def test_filters(tracer: Tracer, text: str, found: str) -> None:
    make_some(tracer)
    names = {name_of(1): "s"}
    assert " ".join(names.get(one, one[3:]) for one in tracer.search(text)) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("invalid", "Invalid clause(s) in filter string"),
        ("foo.bar = 'x'", "Invalid entity type 'foo'"),
        ("invalid = 'x'", "Invalid attribute key 'invalid'"),
        ("trace.tags.k = 'x'", "Invalid attribute key 'tags.k'"),
        ("trace.status < 'OK'", "Invalid comparator '<'"),
        ("name IN ('x')", "Invalid comparator 'IN'"),
        ("span.size = 'x'", "Invalid span attribute 'size'"),
        ("span.content = 'x'", "comparator '=' not one of"),
        ("prompt LIKE 'x'", "Only '=' is supported"),
        ("prompt = 'x'", "Expected format"),
        ("feedback.good > 'x'", "Expected a numeric value"),
        ("tags.k RLIKE '('", "is no regular expression"),
    ],
)
def test_filters_that_are_refused(tracer: Tracer, text: str, why: str) -> None:
    where = [{"mlflow_experiment": {"experiment_id": tracer.experiment}}]
    code, message = tracer.refused("POST", "traces/search", {"locations": where, "filter": text})
    assert code == "INVALID_PARAMETER_VALUE"
    assert why in message


def test_orders_and_pages(tracer: Tracer) -> None:
    make_some(tracer)
    assert tracer.search("tags.k LIKE '%'", order_by=["tag.k DESC"]) == ["tr-2", "tr-1"]
    assert tracer.search("timestamp > 1200", order_by=["execution_time ASC", "timestamp ASC"]) == [
        "tr-2",
        "tr-1",
        "tr-3",
    ]
    where = [{"mlflow_experiment": {"experiment_id": tracer.experiment}}]
    seen, token = [], None
    while True:
        page = tracer.ask("POST", "traces/search", {"locations": where, "max_results": 2, "page_token": token})
        seen += [one["trace_id"] for one in page["traces"]]
        token = page.get("next_page_token")
        if token is None:
            break
    assert seen == ["tr-3", "tr-2", "tr-1", name_of(1)]
    for limit in (0, 501):
        asked = {"locations": where, "max_results": limit}
        assert f"Invalid value {limit} for parameter 'max_results'" in tracer.refused("POST", "traces/search", asked)[1]


def test_experiments_sort_by_their_numbers(tracer: Tracer) -> None:
    first, ids = tracer.experiment, list[str]()
    for number in range(6):
        tracer.experiment = tracer.ask("POST", "experiments/create", {"name": f"e{number}"})["experiment_id"]
        tracer.start(f"tr-{number}")
        ids.append(tracer.experiment)
    where = [{"mlflow_experiment": {"experiment_id": one}} for one in (*reversed(ids), first)]
    for order, expected in (("ASC", range(6)), ("DESC", range(5, -1, -1))):
        found = tracer.ask("POST", "traces/search", {"locations": where, "order_by": [f"experiment_id {order}"]})
        assert [one["trace_id"] for one in found["traces"]] == [f"tr-{number}" for number in expected]


def test_assessments(tracer: Tracer) -> None:
    tracer.start("tr-a")
    source = {"source_type": "LLM_JUDGE", "source_id": "judge"}
    first = {"assessment_name": "score", "source": source, "feedback": {"value": 0.5}, "metadata": {"a": "1"}}
    made = tracer.ask("POST", "traces/tr-a/assessments", {"assessment": first})["assessment"]
    assert (made["feedback"], made["valid"], made["trace_id"]) == ({"value": 0.5}, True, "tr-a")
    assert tracer.search("feedback.score > 0.4") == ["tr-a"]
    assert tracer.search("feedback.score > 0.6") == []
    path = f"traces/tr-a/assessments/{made['assessment_id']}"
    change = {"assessment": {"metadata": {"b": "2"}, "rationale": "so"}, "update_mask": "metadata,rationale"}
    changed = tracer.ask("PATCH", path, change)["assessment"]
    assert (changed["metadata"], changed["rationale"], changed["feedback"]) == (
        {"a": "1", "b": "2"},
        "so",
        {"value": 0.5},
    )
    second = {**first, "feedback": {"value": "yes"}, "overrides": made["assessment_id"]}
    better = tracer.ask("POST", "traces/tr-a/assessments", {"assessment": second})["assessment"]
    assert tracer.ask("GET", path)["assessment"]["valid"] is False
    assert tracer.search("feedback.score = 'yes'") == ["tr-a"]
    assert tracer.search("feedback.score > 0.4") == []
    for _ in range(2):  # what is not there needs no taking back
        tracer.ask("DELETE", f"traces/tr-a/assessments/{better['assessment_id']}", {})
    assert tracer.ask("GET", path)["assessment"]["valid"] is True
    value = {"serialized_value": {"serialization_format": "JSON_FORMAT", "value": '{"x": 1}'}}
    wanted = {"assessment_name": "want", "source": source, "expectation": value}
    assert tracer.ask("POST", "traces/tr-a/assessments", {"assessment": wanted})["assessment"]["expectation"] == value
    assert tracer.search("expectation.want IS NOT NULL AND feedback.want IS NULL") == ["tr-a"]
    wrong = {"assessment": {"expectation": {"value": 1}}, "update_mask": "expectation"}
    assert "Cannot update expectation value on a Feedback" in tracer.refused("PATCH", path, wrong)[1]
    assert "not found for trace 'tr-a'" in tracer.refused("GET", "traces/tr-a/assessments/none")[1]
    assert tracer.refused("POST", "traces/none/assessments", {"assessment": first})[0] == "RESOURCE_DOES_NOT_EXIST"


def test_what_is_said_of_a_conversation_is_said_of_its_traces(tracer: Tracer) -> None:
    for trace_id, session in (("tr-a", "s"), ("tr-b", "s"), ("tr-c", "t")):
        tracer.start(trace_id, trace_metadata={"mlflow.trace.session": session})
    said = {
        "assessment_name": "kind",
        "source": {"source_type": "HUMAN", "source_id": "me"},
        "feedback": {"value": "y"},
    }
    body = {"assessment": {**said, "metadata": {"mlflow.trace.session": "s"}}}
    tracer.ask("POST", "traces/tr-a/assessments", body)
    assert sorted(tracer.search("feedback.kind = 'y'")) == ["tr-a", "tr-b"]
    assert tracer.search("feedback.kind IS NULL") == ["tr-c"]


def test_tags_links_and_deletion(tracer: Tracer) -> None:
    run_id = tracer.ask("POST", "runs/create", {"experiment_id": tracer.experiment})["run"]["info"]["run_id"]
    for number in range(4):
        tracer.start(f"tr-{number}", request_time=f"1970-01-01T00:00:0{number}Z")
    tracer.ask("PATCH", "traces/tr-1/tags", {"key": "k", "value": "v"})
    assert tracer.info("tr-1")["tags"]["k"] == "v"
    tracer.ask("DELETE", "traces/tr-1/tags", {"key": "k"})
    assert "No trace tag with key 'k'" in tracer.refused("DELETE", "traces/tr-1/tags", {"key": "k"})[1]
    locked = {"key": "mlflow.trace.spansLocation", "value": "x"}
    assert "immutable" in tracer.refused("PATCH", "traces/tr-1/tags", locked)[1]
    for _ in range(2):
        tracer.ask("POST", "traces/link-to-run", {"trace_ids": ["tr-1", "tr-2"], "run_id": run_id})
    assert tracer.search(f"run_id = '{run_id}'") == ["tr-2", "tr-1"]
    tracer.ask("POST", "traces/link-to-run", {"trace_ids": ["tr-late"], "run_id": run_id})
    tracer.start("tr-late")
    assert tracer.search(f"run_id = '{run_id}'") == ["tr-late", "tr-2", "tr-1"]
    prompts = [{"name": "p", "version": "1"}]
    tracer.ask("POST", "traces/link-prompts", {"trace_id": "tr-3", "prompt_versions": prompts})
    assert tracer.search("prompt = 'p/1'") == ["tr-3"]
    gone = {"experiment_id": tracer.experiment, "max_timestamp_millis": 2000, "max_traces": 2}
    assert tracer.ask("POST", "traces/delete-traces", gone) == {"traces_deleted": 2}
    assert tracer.search() == ["tr-late", "tr-3", "tr-2"]
    gone = {"experiment_id": tracer.experiment, "request_ids": ["tr-3", "none"]}
    assert tracer.ask("POST", "traces/delete-traces", gone) == {"traces_deleted": 1}
    assert "must be specified" in tracer.refused("POST", "traces/delete-traces", {"experiment_id": "0"})[1]


def test_how_two_filters_go_together(tracer: Tracer) -> None:
    for number in range(4):
        tracer.start(f"tr-{number}", tags={"even": str(number % 2 == 0), "low": str(number < 2)})

    def ask(second: str) -> Any:
        filters = {"filter_string1": "tags.even = 'True'", "filter_string2": second}
        asked = {"experiment_ids": [tracer.experiment], **filters}
        return tracer.ask("POST", "traces/calculate-filter-correlation", asked)

    same = ask("tags.even != 'False'")
    assert (same["npmi"], same["joint_count"], same["total_count"]) == (1.0, 2, 4)
    assert ask("tags.low = 'True'")["npmi"] == pytest.approx(0)
    assert ask("tags.even = 'False'")["npmi"] == -1
    assert "npmi" not in ask("tags.even = 'none'")


def measure(tracer: Tracer, view: str, name: str, *figures: str | float, **more: Any) -> list[Any]:
    """Figures of traces; a number is a percentile."""
    told = [
        {"aggregation_type": one} if isinstance(one, str) else {"aggregation_type": 4, "percentile_value": one}
        for one in figures
    ]
    asked = {"experiment_ids": [tracer.experiment], "view_type": view, "metric_name": name, "aggregations": told}
    return tracer.ask("POST", "traces/metrics", asked | more)["data_points"]


def test_figures_of_traces(tracer: Tracer) -> None:
    took = [40, 10, 30, 20, 1000]
    for number, ms in enumerate(took):
        tracer.start(
            f"tr-{number}",
            request_time=f"2026-07-31T1{number}:59:59Z",
            execution_duration=f"{ms / 1000}s",
            tags={"mlflow.traceName": "ab"[number % 2]},
            trace_metadata={
                "mlflow.trace.session": f"s{number % 2}",
                "mlflow.trace.tokenUsage": json.dumps({"input_tokens": ms}) if number else "no JSON",
            },
        )
    values = measure(tracer, "TRACES", "latency", "AVG", "MIN", "MAX", 0, 25, 90, 100)[0]["values"]
    quarters, tenths = (statistics.quantiles(took, n=n, method="inclusive") for n in (4, 10))
    assert [values[name] for name in ("AVG", "MIN", "MAX", "P0.0", "P100.0")] == [220, 10, 1000, 10, 1000]
    assert [values["P25.0"], values["P90.0"]] == pytest.approx([quarters[0], tenths[8]])
    by_name = measure(tracer, "TRACES", "latency", 50, dimensions=["trace_name"])
    assert [(one["dimensions"]["trace_name"], one["values"]["P50.0"]) for one in by_name] == [("a", 40), ("b", 15)]
    assert measure(tracer, "TRACES", "input_tokens", "SUM")[0]["values"] == {"SUM": 1060}
    assert measure(tracer, "TRACES", "session_count", "COUNT")[0]["values"] == {"COUNT": 2}
    of_b = ["trace.tag.`mlflow.traceName` = 'b'", "trace.status = 'OK'"]
    assert measure(tracer, "TRACES", "trace_count", "COUNT", filters=of_b)[0]["values"] == {"COUNT": 2}
    assert measure(tracer, "TRACES", "trace_count", "COUNT", end_time_ms=0)[0]["values"] == {"COUNT": 0}
    assert measure(tracer, "TRACES", "latency", "AVG", end_time_ms=0) == []
    tracer.start("tr-1", trace_metadata={"mlflow.trace.tokenUsage": '{"input_tokens": 11}'})
    assert measure(tracer, "TRACES", "input_tokens", "SUM")[0]["values"] == {"SUM": 1061}


def test_figures_in_pieces_of_time(tracer: Tracer) -> None:
    for number, moment in enumerate(("1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z", "1970-01-01T01:59:59Z")):
        tracer.start(f"tr-{number}", request_time=moment)
    hourly = {"time_interval_seconds": 3600, "start_time_ms": -(10**6), "end_time_ms": 10**30}
    found = measure(tracer, "TRACES", "trace_count", "COUNT", **hourly)
    buckets = [(one["dimensions"]["time_bucket"], one["values"]["COUNT"]) for one in found]
    first, second, third = "1969-12-31T23:00:00+00:00", "1970-01-01T00:00:00+00:00", "1970-01-01T01:00:00+00:00"
    assert buckets == [(first, 1), (second, 1), (third, 1)]
    asked = {"experiment_ids": [tracer.experiment], "view_type": 1, "metric_name": "trace_count", **hourly}
    asked |= {"aggregations": [{"aggregation_type": "COUNT"}], "max_results": 2}
    page = tracer.ask("POST", "traces/metrics", asked)
    asked["page_token"] = page["next_page_token"]
    assert tracer.ask("POST", "traces/metrics", asked)["data_points"] == found[2:]
    assert "of other metrics" in tracer.refused("POST", "traces/metrics", asked | {"view_type": 2, **_SPANS})[1]
    assert "'experiment_ids'" in tracer.refused("POST", "traces/metrics", asked | {"experiment_ids": []})[1]
    assert "are required" in tracer.refused("POST", "traces/metrics", asked | {"end_time_ms": None})[1]
    assert "from 1 to 1000" in tracer.refused("POST", "traces/metrics", asked | {"max_results": 1001})[1]


_SPANS = {"metric_name": "span_count"}


def test_figures_of_spans_and_assessments(tracer: Tracer) -> None:
    cost = {"values": [{"key": "total_cost", "value": {"doubleValue": 0.5}}]}
    priced = [span(1, 1, attributes={"mlflow.llm.model": "m"}), span(1, 2, 1, attributes={"mlflow.llm.model": "m"})]
    for one in priced:
        one["attributes"].append({"key": "mlflow.llm.cost", "value": {"kvlistValue": cost}})
    for _ in range(2):  # what comes again counts once
        assert tracer.log(*priced, span(1, 3, 1)).status_code == 200
    assert tracer.log(span(2, 4)).status_code == 200
    assert measure(tracer, "SPANS", "span_count", "COUNT")[0]["values"] == {"COUNT": 4}
    assert measure(tracer, "SPANS", "span_count", "COUNT", filters=["span.name = 'span 3'"])[0]["values"]["COUNT"] == 1
    by_model = measure(tracer, "SPANS", "total_cost", "SUM", 50, dimensions=["span_model_name"])
    assert [one["values"] for one in by_model] == [{"SUM": 1, "P50.0": 0.5}]
    assert measure(tracer, "SPANS", "total_cost", "SUM", start_time_ms=2000)[0]["values"] == {"SUM": 0.5}
    assert measure(tracer, "SPANS", "latency", "MAX")[0]["values"] == {"MAX": 500}
    for value in (True, "No", 4, "else"):
        said = {"assessment_name": "good", "source": {"source_type": "HUMAN"}, "feedback": {"value": value}}
        tracer.ask("POST", f"traces/{name_of(1)}/assessments", {"assessment": said})
    values = measure(tracer, "ASSESSMENTS", "assessment_value", "AVG", "MIN")[0]["values"]
    assert values == pytest.approx({"AVG": 5 / 3, "MIN": 0})
    said = measure(tracer, "ASSESSMENTS", "assessment_count", "COUNT", dimensions=["assessment_value"])
    assert {one["dimensions"]["assessment_value"] for one in said} == {"true", '"No"', "4", '"else"'}
    for text in ("assessment.value = 'x'", "name = 'x'", "span.name = 'x'", "trace.status LIKE 'x'"):
        asked = {"experiment_ids": [tracer.experiment], "view_type": 3, "metric_name": "assessment_count"}
        asked |= {"aggregations": [{"aggregation_type": 1}], "filters": [text]}
        assert tracer.refused("POST", "traces/metrics", asked)[0] == "INVALID_PARAMETER_VALUE"


def test_who_may(tracer: Tracer) -> None:
    reply = httpx.post(f"{tracer.root}/v1/traces", content=b"", trust_env=False)
    assert reply.status_code == 401


def test_every_endpoint_was_asked() -> None:
    if len(_asked) < 10:
        pytest.skip("run the whole file: this test looks at what the others have asked")
    assert {(one.method, one.path) for one in TRACING} - _asked == set()


@pytest.mark.long
@pytest.mark.parametrize("version", CLIENTS, ids=["current", "2.22"])
def test_mlflows_own_clients(
    live_server: live.Live, workspace: WorkspacePath, tmp_path: Path, version: list[str]
) -> None:
    python = make_environment(version)
    uri = f"{live_server.url}/mlflow/v1.0{workspace.id}"
    environ = os.environ | {"MLFLOW_TRACKING_TOKEN": live_server.token, "HOME": str(tmp_path)}
    done = subprocess.run([python, SCRIPT, uri], env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["spans"] == [["outer", 7, None], ["inner", 6, "outer"]]
    assert (told["state"], told["found"], told["tag"]) == ("OK", 1, "test")
    assert (told["failed"], told["deleted"]) == ("ERROR", 1)
    if version == CLIENTS[0]:
        assert told["feedback"] == [True, False]
        assert told["expected"] == {"x": [1]}
        assert told["of_run"] == 1
