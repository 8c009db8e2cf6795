"""Workspaces: found by config files, made, listed, shown; and what is refused."""

from __future__ import annotations

import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import live
from azureml.core import Experiment, Run, Workspace
from azureml.core.authentication import InteractiveLoginAuthentication, ServicePrincipalAuthentication
from azureml.exceptions import (
    AuthenticationException,
    AzureMLException,
    ServiceException,
    UserErrorException,
    WorkspaceException,
)


@pytest.mark.parametrize("place", ["config.json", ".azureml/config.json", "aml_config/config.json"])
def test_config_is_found_upwards(ws: Workspace, here: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    ws.write_config(str(here / "written"))
    file = here / place
    file.parent.mkdir(exist_ok=True)
    file.write_bytes((here / "written/.azureml/config.json").read_bytes())
    (here / "a/b").mkdir(parents=True)
    monkeypatch.chdir(here / "a/b")
    assert Workspace.from_config() == ws
    assert Workspace.from_config(path=str(file)) == ws


def test_config_holds_no_token(ws: Workspace, online, here: Path) -> None:
    ws.write_config()
    text = (here / ".azureml/config.json").read_text()
    assert online.token not in text
    assert {"subscription_id", "resource_group", "workspace_name"} <= json.loads(text).keys()


def test_a_config_of_another_program_is_passed_over(ws: Workspace, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws.write_config()
    (here / "model").mkdir()
    (here / "model/config.json").write_text('{"hidden_size": 768}')
    monkeypatch.chdir(here / "model")
    assert Workspace.from_config() == ws
    with pytest.raises(UserErrorException, match="names no workspace: subscription_id"):
        Workspace.from_config("config.json")


def test_without_config_the_instance_knows_its_workspace(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSTEAD_WORKSPACE", ws.get_details()["id"])
    assert Workspace.from_config() == ws


def test_without_config_among_several_workspaces_the_error_lists_them(ws: Workspace, online) -> None:
    online.make_workspace("another", "elsewhere")
    with pytest.raises(UserErrorException, match=r"no config.json was found .* 'another' \(resource group 'elsewhere'"):
        Workspace.from_config()


def test_without_config_the_only_workspace_of_a_local_server_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live.running(tmp_path / "home") as server:  # found by its home alone
        only = server.make_workspace("only")
        assert Workspace.from_config().get_details()["id"] == only.id
        server.make_workspace("second")
        with pytest.raises(UserErrorException, match=r"'only' .*, 'second'"):
            Workspace.from_config()


@pytest.mark.parametrize(("protocol", "side"), [(0, "older"), (99, "newer")])
def test_a_server_of_another_protocol(monkeypatch: pytest.MonkeyPatch, protocol: int, side: str) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the base class's name
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"product": "workstead", "version": "7.7", "protocol": %d}' % protocol)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("WORKSTEAD_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("WORKSTEAD_TOKEN", "any")
        with pytest.raises(AzureMLException, match=f"is {side} than this SDK") as caught:
            Workspace("s", "g", "w")
        server.shutdown()
    assert_sentence(caught.value)


def test_create_get_list(online) -> None:
    made = Workspace.create("made-here", resource_group="made", location="West Europe", show_output=False)
    assert (made.name, made.resource_group, made.location) == ("made-here", "made", "westeurope")
    assert Workspace.get("MADE-HERE") == made
    assert Workspace.get("made-here", subscription_id=made.subscription_id, resource_group="made") == made
    assert Workspace.list(made.subscription_id)["made-here"] == [made]
    assert list(Workspace.list(made.subscription_id, resource_group="made")) == ["made-here"]
    with pytest.raises(WorkspaceException, match="exists in resource group 'made'"):
        Workspace.create("made-here", resource_group="made", location="westeurope")
    again = Workspace.create("made-here", resource_group="made", location="westeurope", exist_ok=True)
    assert again == made
    with pytest.raises(WorkspaceException, match="'nowhere' does not exist"):
        Workspace.get("nowhere")


def test_delete(ws: Workspace, experiment: Experiment) -> None:
    with experiment.start_logging(snapshot_directory=None) as run:
        run.log("a", 1)
    assert list(ws.experiments) == [experiment.name]
    ws.delete(delete_dependent_resources=True, no_wait=True)
    with pytest.raises(WorkspaceException, match="does not exist"):
        Workspace.get(ws.name, resource_group=ws.resource_group)
    again = Workspace.create(ws.name, resource_group=ws.resource_group, location="westeurope", show_output=False)
    assert again.experiments == {}


def test_the_same_name_in_two_groups_must_be_told_apart(online) -> None:
    for group in ("one", "two"):
        Workspace.create("twin", resource_group=group, location="westeurope", show_output=False)
    with pytest.raises(WorkspaceException, match="several resource groups") as caught:
        Workspace.get("twin")
    assert caught.value.found_multiple
    assert Workspace.get("twin", resource_group="two").resource_group == "two"


def test_details(ws: Workspace) -> None:
    details = ws.get_details()
    assert details["name"] == ws.name
    assert details["type"] == "Microsoft.MachineLearningServices/workspaces"
    assert details["storageAccount"].rpartition("/")[2].startswith(ws.name)
    assert details["keyVault"] != details["applicationInsights"]


def test_update(ws: Workspace) -> None:
    ws.update(description="words", tags={"a": "b"})
    assert (ws.get_details()["description"], ws.tags) == ("words", {"a": "b"})


def test_shown_as_a_table_with_everything_escaped(ws: Workspace) -> None:
    experiment = Experiment(ws, "<script>alert(1)")
    for thing in (ws, experiment):
        html = thing._repr_html_()
        assert "<script>" not in html
        assert f'href="{ws.discovery_url.removesuffix("/api/v1")}' in html
    assert repr(ws).startswith(f"Workspace.create(name='{ws.name}', subscription_id=")


def test_wrong_token(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSTEAD_TOKEN", "wst_wrong")
    with pytest.raises(AuthenticationException) as caught:
        Workspace.get(ws.name, resource_group=ws.resource_group, subscription_id=ws.subscription_id)
    assert_sentence(caught.value)
    assert "wst_wrong" not in str(caught.value)


def test_a_token_can_be_given_as_a_principals_password(ws: Workspace, online, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKSTEAD_TOKEN")
    auth = ServicePrincipalAuthentication("tenant", "principal", online.token)
    assert Workspace.get(ws.name, auth=auth, resource_group=ws.resource_group) == ws


def test_header_for_ones_own_requests(online) -> None:
    header = InteractiveLoginAuthentication().get_authentication_header()
    assert header == {"Authorization": f"Bearer {online.token}"}


def test_unknown_workspace(ws: Workspace) -> None:
    with pytest.raises(WorkspaceException, match="there is no workspace 'nope'") as caught:
        Workspace(ws.subscription_id, ws.resource_group, "nope")
    assert_sentence(caught.value)


def test_unreachable_server(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("WORKSTEAD_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setattr("workstead_client.transport.RETRY_S", 0.1)
        with pytest.raises(ServiceException, match=r"no server answers at http://127\.0\.0\.1") as caught:
            Workspace(ws.subscription_id, ws.resource_group, ws.name)
    assert_sentence(caught.value)


def test_a_run_of_another_workspace(ws: Workspace, run: Run, online) -> None:
    path = online.make_workspace("foreign", "foreign")
    other = Workspace(path.subscription_id, "foreign", "foreign")
    with pytest.raises(UserErrorException, match="there is no run") as caught:
        Run.get(other, run.id)
    assert_sentence(caught.value)
    with pytest.raises(UserErrorException, match="belongs to experiment 'try out'"):
        Run(Experiment(ws, "other one"), run.id)


def assert_sentence(error: AzureMLException) -> None:
    assert str(error) == error.message
    assert "\n" not in error.message
    assert len(error.message) > 20


@pytest.mark.parametrize("name", ["a/b", "..", ""])
def test_names_that_lead_elsewhere_are_refused_by_name(ws: Workspace, name: str) -> None:
    with pytest.raises(AzureMLException, match=f"{re.escape(repr(name))} is no name of a workspace"):
        Workspace.create(name, resource_group=ws.resource_group, location="westeurope")
