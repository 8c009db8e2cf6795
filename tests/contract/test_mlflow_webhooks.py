"""Webhooks as MLflow's clients make them, and as a real receiver hears of what happens to models by every door."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import live
from environments import make_environment
from receiver import Receiver, receiving
from speaker import Speaker
from workstead.dialects.mlflow.routes import WEBHOOKS
from workstead.webhooks.service import EVENTS
from workstead_wire.workspaces import WorkspacePath

SCRIPTS = Path(__file__).parent / "mlflow_scripts"
PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}


@pytest.fixture
def mlflow(live_server: live.Live, workspace: WorkspacePath) -> Iterator[Speaker]:
    """A client on a fresh workspace."""
    speaker = Speaker(f"{live_server.url}/mlflow/v1.0{workspace.id}", live_server.token)
    yield speaker
    speaker.http.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def event(word: str) -> dict[str, str]:
    entity, _, action = word.partition(".")
    return {"entity": entity.upper(), "action": action.upper()}


def make(mlflow: Speaker, url: str, *events: str, **more: Any) -> str:
    asked = {"name": "hook", "url": url, "events": [event(word) for word in events], **more}
    return mlflow.ask("POST", "webhooks", asked)["webhook"]["webhook_id"]


def make_version(mlflow: Speaker, name: str = "m", **more: Any) -> None:
    mlflow.ask("POST", "registered-models/create", {"name": name})
    mlflow.ask("POST", "model-versions/create", {"name": name, "source": "s3://bucket/m", **more})


def test_made_listed_changed_deleted(mlflow: Speaker) -> None:
    asked = {"name": "one", "url": "https://example.com/a", "events": [event("model_version.created")]}
    made = mlflow.ask("POST", "webhooks", asked | {"secret": "hush", "description": "d"})["webhook"]
    assert "secret" not in made
    assert (made["status"], made["description"], made["events"]) == ("ACTIVE", "d", asked["events"])
    one = made["webhook_id"]
    assert mlflow.ask("GET", f"webhooks/{one}")["webhook"] == made
    changed = mlflow.ask("PATCH", f"webhooks/{one}", {"name": "two", "status": "DISABLED"})["webhook"]
    assert (changed["name"], changed["status"], changed["url"]) == ("two", "DISABLED", "https://example.com/a")
    others = [mlflow.ask("POST", "webhooks", asked)["webhook"]["webhook_id"] for _ in range(2)]
    first = mlflow.ask("GET", "webhooks", {"max_results": 2})
    rest = mlflow.ask("GET", "webhooks", {"max_results": 2, "page_token": first["next_page_token"]})
    assert [each["webhook_id"] for each in first["webhooks"] + rest["webhooks"]] == [*reversed(others), one]
    assert "next_page_token" not in rest
    mlflow.ask("DELETE", f"webhooks/{one}")
    gone = f"Webhook with ID {one} not found."
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test")):
        assert mlflow.refused(method, f"webhooks/{one}{path}", {}) == (404, "RESOURCE_DOES_NOT_EXIST", gone)
    assert {(each.method, each.path) for each in WEBHOOKS} == {
        ("POST", "mlflow/webhooks"),
        ("GET", "mlflow/webhooks"),
        *((method, "mlflow/webhooks/{webhook_id}") for method in ("GET", "PATCH", "DELETE")),
        ("POST", "mlflow/webhooks/{webhook_id}/test"),
    }, "an endpoint that this file does not ask"


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"url": "ftp://example.com"}, "INVALID_PARAMETER_VALUE", "Invalid webhook URL scheme: 'ftp'"),
        ({"url": "  "}, "INVALID_PARAMETER_VALUE", "Webhook URL cannot be empty or just whitespace"),
        ({"url": "https://ada:hush@example.com"}, "INVALID_PARAMETER_VALUE", "must not include embedded credentials"),
        ({"url": "http://169.254.169.254/latest/"}, "INVALID_PARAMETER_VALUE", "no webhook may lead to"),
        ({"url": "http://[fe80::1]/"}, "INVALID_PARAMETER_VALUE", "no webhook may lead to"),
        ({"url": "http://8.8.8.8/"}, "INVALID_PARAMETER_VALUE", "must begin with https://"),
        ({"url": "http://0177.0.0.1/"}, "INVALID_PARAMETER_VALUE", "not a canonical IP address"),
        ({"name": "-hook"}, "INVALID_PARAMETER_VALUE", "is invalid"),
        ({"events": []}, "INVALID_PARAMETER_VALUE", "Webhook events must be a non-empty list"),
        ({"events": [event("prompt.set")]}, "INVALID_PARAMETER_VALUE", "Invalid action 'set' for entity 'prompt'"),
        ({"events": [event("budget_policy.exceeded")]}, "NOT_IMPLEMENTED", "keeps no budgets"),
        ({"status": "ASLEEP"}, "INVALID_PARAMETER_VALUE", "it may be ACTIVE or DISABLED"),
        ({"description": "x" * 1001}, "INVALID_PARAMETER_VALUE", "it takes at most 1000"),
    ],
)
def test_what_is_refused(mlflow: Speaker, wrong: dict[str, Any], code: str, words: str) -> None:
    asked = {"name": "one", "url": "https://example.com", "events": [event("prompt.created")]} | wrong
    _, said, message = mlflow.refused("POST", "webhooks", asked)
    assert (said, words in message) == (code, True), message
    assert "hush" not in message


def test_only_owners_see_webhooks(live_server: live.Live, workspace: WorkspacePath, mlflow: Speaker) -> None:
    one = make(mlflow, "https://example.com/secret-path", "prompt.created")
    asked = {"name": "helper", "role": "Contributor", "scope": workspace.id}
    helper = Speaker(mlflow.root, live_server.call("POST", "/access/tokens", asked)["secret"])
    for method, path in (
        ("GET", ""),
        ("POST", ""),
        ("GET", f"/{one}"),
        ("DELETE", f"/{one}"),
        ("POST", f"/{one}/test"),
    ):
        assert helper.refused(method, f"webhooks{path}", {})[:2] == (403, "PERMISSION_DENIED")
    helper.ask("POST", "registered-models/create", {"name": "may still be made"})
    helper.http.close()


def test_every_event_in_mlflows_words(mlflow: Speaker, receiver: Receiver) -> None:
    make(mlflow, receiver.url + "/x?y=1", *EVENTS, secret="hush")
    for name, tags in (("m", []), ("p", [PROMPT])):
        mlflow.ask("POST", "registered-models/create", {"name": name, "tags": [*tags, {"key": "a", "value": "b"}]})
        text = [{"key": "mlflow.prompt.text", "value": "Hi {{x}}"}] if tags else []
        mlflow.ask("POST", "model-versions/create", {"name": name, "source": "s3://b/m", "tags": [*tags, *text]})
        here = {"name": name, "version": "1"}
        mlflow.ask("POST", "model-versions/set-tag", here | {"key": "k", "value": "v"})
        mlflow.ask("DELETE", "model-versions/delete-tag", here | {"key": "k"})
        mlflow.ask("DELETE", "model-versions/delete-tag", here | {"key": "never there"})
        mlflow.ask("POST", "registered-models/alias", here | {"alias": "best"})
        mlflow.ask("DELETE", "registered-models/alias", {"name": name, "alias": "best"})
        mlflow.ask("POST", "registered-models/set-tag", {"name": name, "key": "k", "value": "v"})
        mlflow.ask("DELETE", "registered-models/delete-tag", {"name": name, "key": "k"})
    got = receiver.wait(14)
    told = [(one.event, one.said["data"]) for one in got]
    model, prompt = {"name": "m", "version": "1"}, {"name": "p", "version": "1"}
    assert told == [
        ("registered_model.created", {"name": "m", "tags": {"a": "b"}, "description": ""}),
        ("model_version.created", model | {"source": "s3://b/m", "run_id": None, "tags": {}, "description": None}),
        ("model_version_tag.set", model | {"key": "k", "value": "v"}),
        ("model_version_tag.deleted", model | {"key": "k"}),
        ("model_version_alias.created", model | {"alias": "best"}),
        ("model_version_alias.deleted", {"name": "m", "alias": "best"}),
        ("prompt.created", {"name": "p", "tags": {"a": "b"}, "description": ""}),
        ("prompt_version.created", prompt | {"template": "Hi {{x}}", "tags": {}, "description": None}),
        ("prompt_version_tag.set", prompt | {"key": "k", "value": "v"}),
        ("prompt_version_tag.deleted", prompt | {"key": "k"}),
        ("prompt_alias.created", prompt | {"alias": "best"}),
        ("prompt_alias.deleted", {"name": "p", "alias": "best"}),
        ("prompt_tag.set", {"name": "p", "key": "k", "value": "v"}),
        ("prompt_tag.deleted", {"name": "p", "key": "k"}),
    ]
    assert {one.path for one in got} == {"/x?y=1"}
    assert all(one.is_signed_by("hush") for one in got)
    assert not got[0].is_signed_by("other")
    assert len({one.headers["x-mlflow-delivery-id"] for one in got}) == 14
    assert abs(int(got[0].headers["x-mlflow-timestamp"]) - time.time()) < 60


def test_what_azureml_registers_is_told_too(
    mlflow: Speaker, live_server: live.Live, workspace: WorkspacePath, receiver: Receiver
) -> None:
    make(mlflow, receiver.url, *EVENTS)
    files = f"{workspace.url}/artifacts/ExperimentRun/dcid.r/outputs/m.pkl"
    live_server.http.put(files, content=b"x").raise_for_status()
    model = {"name": "ours", "origin": "ExperimentRun", "container": "dcid.r", "path": "outputs", "tags": {"a": "1"}}
    live_server.http.post(f"{workspace.url}/models", json=model).raise_for_status()
    version = f"{workspace.url}/models/ours/versions/1"
    live_server.http.patch(version, json={"tags": {"b": "2"}}).raise_for_status()
    live_server.http.patch(version, json={"description": "no news"}).raise_for_status()
    got = receiver.wait(4)
    assert [one.event for one in got] == [
        "registered_model.created", "model_version.created", "model_version_tag.deleted", "model_version_tag.set",
    ]  # fmt: skip
    address = "mlflow-artifacts:/ExperimentRun/dcid.r/outputs"
    found = mlflow.ask("GET", "model-versions/get", {"name": "ours", "version": "1"})["model_version"]
    assert got[1].said["data"]["source"] == found["source"] == address
    assert "x-mlflow-signature" not in got[0].headers


def test_a_webhook_hears_only_what_it_asked_for_while_it_is_active(mlflow: Speaker, receiver: Receiver) -> None:
    one = make(mlflow, receiver.url + "/one", "model_version.created")
    make(mlflow, receiver.url + "/two", "registered_model.created")
    make_version(mlflow, "a")
    receiver.wait(2)
    mlflow.ask("PATCH", f"webhooks/{one}", {"status": "DISABLED"})
    make_version(mlflow, "b")
    receiver.wait(3)
    mlflow.ask("PATCH", f"webhooks/{one}", {"status": "ACTIVE"})
    make_version(mlflow, "c")
    got = receiver.wait(5)
    assert [each.said["data"]["name"] for each in got if each.path == "/one"] == ["a", "c"]
    assert [each.said["data"]["name"] for each in got if each.path == "/two"] == ["a", "b", "c"]


def test_what_is_not_taken_is_sent_again_under_the_same_id(mlflow: Speaker, receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [503, 429], {"Retry-After": "2"}
    make(mlflow, receiver.url, "registered_model.created", secret="hush")
    mlflow.ask("POST", "registered-models/create", {"name": "m"})
    got = receiver.wait(3)
    assert len({one.headers["x-mlflow-delivery-id"] for one in got}) == 1
    assert len({one.body for one in got}) == 1
    assert all(one.is_signed_by("hush") for one in got)
    assert got[1].at - got[0].at > 1.9, "a receiver may ask for more time"
    receiver.answers = [404]
    mlflow.ask("POST", "registered-models/create", {"name": "refused for good"})
    mlflow.ask("POST", "registered-models/create", {"name": "n"})
    names = [one.said["data"]["name"] for one in receiver.wait(5)[3:]]
    assert names == ["refused for good", "n"]


def test_a_try_tells_how_it_went(mlflow: Speaker, receiver: Receiver) -> None:
    one = make(mlflow, receiver.url, "model_version.created", "prompt.created", secret="hush")
    good = mlflow.ask("POST", f"webhooks/{one}/test", {})["result"]
    assert good == {"success": True, "response_status": 200, "response_body": "heard"}
    receiver.answers = [401]
    asked = {"event": event("prompt.created")}
    bad = mlflow.ask("POST", f"webhooks/{one}/test", asked)["result"]
    assert (bad["success"], bad["response_status"]) == (False, 401)
    assert [each.event for each in receiver.got] == ["model_version.created", "prompt.created"]
    assert all(each.is_signed_by("hush") for each in receiver.got)
    receiver.close()
    gone = mlflow.ask("POST", f"webhooks/{one}/test", {})["result"]
    assert (gone["success"], "did not answer" in gone["error_message"]) == (False, True)


def test_a_redirect_is_not_followed(mlflow: Speaker, receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [307], {"Location": receiver.url + "/elsewhere"}
    one = make(mlflow, receiver.url + "/here", "prompt.created")
    assert mlflow.ask("POST", f"webhooks/{one}/test", {})["result"]["response_status"] == 307
    assert [each.path for each in receiver.got] == ["/here"]


def test_a_slow_receiver_keeps_nobody_waiting(mlflow: Speaker, receiver: Receiver) -> None:
    receiver.answers = [8.0]
    with receiving() as quick:
        make(mlflow, receiver.url, "registered_model.created")
        make(mlflow, quick.url, "registered_model.created")
        began = time.monotonic()
        for number in range(5):
            mlflow.ask("POST", "registered-models/create", {"name": f"m{number}"})
        assert time.monotonic() - began < 4
        quick.wait(5, patience_s=5)
        assert len(receiver.got) == 1


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_a_killed_server_sends_it_when_it_is_back_and_stops_at_once(tmp_path: Path) -> None:
    port, home = free_port(), tmp_path / "home"
    with live.running(home) as server:
        where = server.make_workspace("ws")
        mlflow = Speaker(f"{server.url}/mlflow/v1.0{where.id}", server.token)
        make(mlflow, f"http://127.0.0.1:{port}", "registered_model.created", secret="hush hush")
        mlflow.ask("POST", "registered-models/create", {"name": "acknowledged"})
        server.kill()
    assert b"hush hush" not in b"".join(file.read_bytes() for file in home.glob("workstead.db*"))
    with receiving(port) as receiver, live.running(home) as again:
        (one,) = receiver.wait(1)
        assert (one.said["data"]["name"], one.is_signed_by("hush hush")) == ("acknowledged", True)
        receiver.answers = [10.0]
        mlflow = Speaker(f"{again.url}/mlflow/v1.0{where.id}", again.token)
        mlflow.ask("POST", "registered-models/create", {"name": "under way"})
        receiver.wait(2)
        began = time.monotonic()
        assert again.stop() == 0
        assert time.monotonic() - began < 8
        assert "Traceback" not in again.log_text()


def test_a_server_for_others_reaches_public_addresses_only(tmp_path: Path, receiver: Receiver) -> None:
    with live.running(tmp_path / "home", env={"WORKSTEAD_WEBHOOK_ADDRESSES": "public"}) as server:
        where = server.make_workspace("ws")
        mlflow = Speaker(f"{server.url}/mlflow/v1.0{where.id}", server.token)
        asked = {"name": "h", "events": [event("prompt.created")]}
        for url, words in (
            (receiver.url, "Allowed schemes are: https."),
            ("https://localhost/", "must not resolve to a non-public IP address"),
            ("https://[::ffff:10.0.0.1]/", "must not resolve to a non-public IP address"),
        ):
            assert words in mlflow.refused("POST", "webhooks", asked | {"url": url})[2]


@pytest.mark.long
def test_mlflows_own_client(
    live_server: live.Live, workspace: WorkspacePath, tmp_path: Path, receiver: Receiver
) -> None:
    python = make_environment(("mlflow==3.17.2", "scikit-learn"))
    environ = os.environ | {"MLFLOW_TRACKING_TOKEN": live_server.token, "HOME": str(tmp_path)}
    uri = f"{live_server.url}/mlflow/v1.0{workspace.id}"
    command = [python, SCRIPTS / "webhooks.py", uri, receiver.url]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"tried": [True, 200], "listed": ["hook"], "status": "ACTIVE", "left": 0}
    got = receiver.wait(3)
    assert [one.event for one in got] == ["model_version.created", "registered_model.created", "prompt.created"]
    assert got[2].said["data"] == {"name": "greeting", "tags": {"a": "b"}, "description": ""}
    assert all(one.is_signed_by("hush") for one in got)
