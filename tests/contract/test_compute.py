"""A compute instance from its creation to its end, with real uv and a real Jupyter, through the server's one port."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from environments import make_environment
from machine import NAME, Machine
from workstead.commands.jupyter import CellFailed
from workstead.hosts.processes import started_at

DEPLOYED = {"WORKSTEAD_ALLOWED_HOSTS": "ml.example.org", "WORKSTEAD_INSTANCES_DOMAIN": "*.apps.example.org"}
"""As a server for a team has it; whoever comes by a loopback name sees nothing of it."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("c") / "h", env=DEPLOYED)
    try:
        made.call("PUT", body={"size": "standard_d3_v2"})
        made.wait_for("Running")
        yield made
    finally:
        made.end()


def test_steps_size_and_links_are_told(machine: Machine) -> None:
    instance = machine.call("GET")
    assert {"Make environment", "Install packages", "Install Jupyter", "Start Jupyter"} <= {
        step["name"] for step in instance["steps"]
    }
    assert all(step["seconds"] >= 0 for step in instance["steps"])
    assert (instance["size"]["name"], instance["size"]["cores"], instance["size"]["memory_gib"]) == (
        "STANDARD_D3_V2", 4, 14,
    )  # fmt: skip
    names = [it["name"] for it in instance["applications"]]
    assert names == ["JupyterLab", "Jupyter", "Terminal", "VS Code", "RStudio"]
    assert all(it["available"] == (it["why"] is None) for it in instance["applications"])
    assert instance["kernel"].startswith("Python 3.")
    assert instance["kernel"].endswith(" - AzureML")


def test_a_cell_runs_in_the_lessons_environment(machine: Machine) -> None:
    source = "import sklearn, numpy, scipy, pandas, matplotlib, joblib, sys; print(sklearn.__version__, sys.prefix)"
    (said,) = machine.run_cells(source)
    version, prefix = said.split()
    assert (1, 6) <= tuple(int(part) for part in version.split(".")[:2]) < (1, 8)
    assert prefix == str(next(machine.home.glob(f"instances/*/{NAME}/env")))


def test_a_cell_that_raises_says_so(machine: Machine) -> None:
    with pytest.raises(CellFailed, match="ZeroDivisionError"):
        machine.run_cells("1/0")


def test_the_instance_is_signed_in_by_itself(machine: Machine) -> None:
    (said,) = machine.run_cells(
        "from azureml.core import Workspace\nws = Workspace.from_config()\nprint(ws.name, ws.resource_group)"
    )
    assert said.split() == ["aidevcollege", "tests"]


AZURE = """
import os, sys
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import BlobServiceClient

credential, authority = DefaultAzureCredential(), os.environ["WORKSTEAD_CA_FILE"]
secrets = SecretClient(sys.argv[1], credential, connection_verify=authority, verify_challenge_resource=False)
secrets.set_secret("from-the-instance", "kept")
blobs = BlobServiceClient(sys.argv[2], credential, connection_verify=authority)
blobs.create_container("by-identity").upload_blob("a.txt", b"bytes")
found = blobs.get_blob_client("by-identity", "a.txt").download_blob().readall()
print(secrets.get_secret("from-the-instance").value, found)
os.environ["IDENTITY_HEADER"] = os.environ["IDENTITY_HEADER"][:-1] + "x"
try:
    ManagedIdentityCredential().get_token("https://vault.azure.net/.default")
except ClientAuthenticationError as error:
    print("no running instance's" in str(error))
"""


def test_azures_own_clients_sign_in_as_the_instance(machine: Machine) -> None:
    python = make_environment(["azure-identity>=1.19", "azure-keyvault-secrets>=4.9", "azure-storage-blob>=12.20"])
    vault = machine.server.http.get(f"{machine.workspace.url}/keyvault").json()["url"]
    account = machine.server.http.get(f"{machine.workspace.url}/storageaccount").json()["name"]
    blobs = f"{vault.partition('/vaults/')[0]}/blob/{account}"
    command = [str(python), "-c", AZURE, vault, blobs]
    (said,) = machine.run_cells(f"import subprocess\nprint(subprocess.check_output({command!r}, text=True))")
    assert "kept b'bytes'\nTrue\n" in said


@pytest.mark.parametrize("proof", [None, "", "nonsense", "{id}.", "{id}.0000", "{id}.ü"])
def test_the_instances_token_is_told_to_nobody_else(machine: Machine, proof: str | None) -> None:
    environ = Path(f"/proc/{machine.find_pid()}/environ").read_text()
    (own,) = re.findall("IDENTITY_HEADER=([^.]+)", environ)
    known = urlsplit(machine.server.url)
    with socket.create_connection((known.hostname or "", known.port or 0)) as stream:
        shown = "" if proof is None else f"X-IDENTITY-HEADER: {proof.format(id=own)}\r\n"
        head = f"GET /identity/token?resource=r HTTP/1.1\r\nHost: localhost\r\n{shown}Connection: close\r\n\r\n"
        stream.sendall(head.encode())
        answer = b"".join(iter(lambda: stream.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"access_token" not in answer


def test_its_token_reaches_its_workspace_only(machine: Machine) -> None:
    (file,) = machine.home.glob(f"instances/*/{NAME}/client/token")
    assert file.stat().st_mode & 0o077 == 0
    headers = {"Authorization": f"Bearer {file.read_text().strip()}"}
    own = httpx.get(machine.server.url + machine.workspace.url, headers=headers, trust_env=False)
    assert own.status_code == 200
    other = machine.server.make_workspace("another")
    foreign = httpx.get(machine.server.url + other.url, headers=headers, trust_env=False)
    assert foreign.status_code == 403


def test_no_secret_lies_in_the_kernels_environment(machine: Machine) -> None:
    (said,) = machine.run_cells("import os; print(dict(os.environ))")
    (token,) = machine.home.glob(f"instances/*/{NAME}/client/token")
    for secret in (machine.server.token, machine.process["secret"], token.read_text().strip()):
        assert secret not in said


def test_folders_are_private(machine: Machine) -> None:
    (folder,) = machine.home.glob(f"instances/*/{NAME}")
    for place in (folder, folder / "files", folder / "run", folder / "client", folder / "logs"):
        assert place.stat().st_mode & 0o077 == 0, place


def test_a_name_is_taken_once_in_a_location(machine: Machine) -> None:
    elsewhere = machine.server.make_workspace("neighbour").url
    answer = machine.server.http.put(f"{elsewhere}/computes/{NAME.upper()}", json={})
    assert answer.status_code == 409
    assert "unique within" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["ab", "1ab", "a" * 25, "a_b", "ab-", "ä-b"])
def test_a_name_of_another_form_is_refused(machine: Machine, name: str) -> None:
    answer = machine.server.http.put(f"{machine.workspace.url}/computes/{name}", json={})
    assert answer.status_code == 400
    assert "3 to 24" in answer.json()["error"]["message"]


class TestProxy:
    """The way in is shut for all but signed-in callers and the instance's own pages."""

    def test_nobody_comes_in_without_signing_in(self, machine: Machine) -> None:
        assert machine.get("/api/contents").status_code == 401
        assert machine.get("/lab", Accept="text/html").headers["content-type"].startswith("text/html")

    def test_jupyters_own_token_is_of_no_use_outside(self, machine: Machine) -> None:
        secret = machine.process["secret"]
        assert machine.get(f"/api/contents?token={secret}").status_code == 401
        assert machine.get("/api/contents", Authorization=f"token {secret}").status_code == 401
        assert machine.get("/api/contents", Authorization=f"Bearer {secret}").status_code == 401

    def test_a_readers_token_is_refused(self, machine: Machine) -> None:
        reader = machine.server.call("POST", "/access/tokens", {"name": "reads", "role": "Reader"})["secret"]
        assert machine.get("/api/contents", Authorization=f"Bearer {reader}").status_code == 403

    def test_an_unknown_instance_is_not_found(self, machine: Machine) -> None:
        headers = {"Host": machine.host.replace(NAME, "nobody"), "Authorization": f"Bearer {machine.server.token}"}
        assert httpx.get(machine.server.url + "/lab", headers=headers, trust_env=False).status_code == 404

    def test_a_foreign_origin_is_refused(self, machine: Machine) -> None:
        for origin in ("http://evil.example", machine.server.url, "null"):
            assert machine.signed("/api/contents", Origin=origin).status_code == 403
            with pytest.raises(InvalidStatus):
                _open_terminal(machine, {"Authorization": f"Bearer {machine.server.token}"}, origin)

    def test_a_websocket_needs_sign_in(self, machine: Machine) -> None:
        with pytest.raises(InvalidStatus) as refused:
            _open_terminal(machine, {}, f"http://{machine.host}")
        assert refused.value.response.status_code == 403

    def test_paths_do_not_leave_the_files(self, machine: Machine) -> None:
        for path in ("/files/../run/process.json", "/files/%2e%2e/run/process.json", "/api/contents/..%2frun"):
            assert f'"pid":{machine.process["pid"]}' not in machine.signed(path).text
            with socket.create_connection(("127.0.0.1", urlsplit(machine.server.url).port or 0)) as raw:
                raw.sendall(
                    f"GET {path} HTTP/1.1\r\nHost: {machine.host}\r\nConnection: close\r\n"
                    f"Authorization: Bearer {machine.server.token}\r\n\r\n".encode()
                )
                answer = b"".join(iter(lambda: raw.recv(65536), b""))
            assert not answer.startswith(b"HTTP/1.1 200")

    def test_large_files_go_through_whole(self, machine: Machine) -> None:
        (files,) = machine.home.glob(f"instances/*/{NAME}/files")
        data = os.urandom(30_000_000)
        (files / "big.bin").write_bytes(data)
        assert machine.signed("/files/big.bin").content == data


class TestBrowser:
    """A browser is handed over from the server's origin to the instance's."""

    @pytest.fixture
    def browser(self, machine: Machine) -> Iterator[httpx.Client]:
        link = machine.server.call("POST", "/access/links", {"next": "/"})["url"]
        with httpx.Client(trust_env=False, mounts={}) as client:
            assert client.get(link).status_code == 303
            yield client

    def _enter(self, machine: Machine, browser: httpx.Client, app: str = "tree") -> tuple[str, str]:
        """The cookie of the instance's origin and where it sends the browser."""
        url = next(it["url"] for it in machine.call("GET")["applications"] if it["url"].endswith(app))
        handed = browser.get(url)
        assert handed.status_code == 303
        target = urlsplit(handed.headers["location"])
        assert target.netloc == machine.host
        entered = machine.get(f"{target.path}?{target.query}")
        assert entered.status_code == 303
        again = machine.get(f"{target.path}?{target.query}")
        assert again.status_code == 401
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie
        return cookie.partition(";")[0], entered.headers["location"]

    def test_links_lead_into_jupyter(self, machine: Machine, browser: httpx.Client) -> None:
        cookie, path = self._enter(machine, browser)
        page = machine.get(path, Cookie=cookie)
        assert page.status_code == 200
        assert "jupyter" in page.text.lower()

    def test_a_deployment_has_a_domain_of_its_own_for_instances(self, machine: Machine, browser: httpx.Client) -> None:
        session = {"Cookie": f"workstead_session={browser.cookies['workstead_session']}"}
        port = urlsplit(machine.server.url).port
        app = urlsplit(machine.call("GET")["applications"][0]["url"])
        address = f"{machine.server.url}{app.path}?{app.query}"
        behind_tls = {"Host": "ml.example.org", "X-Forwarded-Proto": "https"}
        handed = httpx.get(address, headers=session | behind_tls, trust_env=False)
        target = urlsplit(handed.headers["location"])
        assert (handed.status_code, target.scheme, target.netloc) == (303, "https", f"{NAME}.apps.example.org")
        named = behind_tls | {"Host": target.netloc}
        entered = httpx.get(
            f"{machine.server.url}{target.path}?{target.query}", headers=named, trust_env=False, follow_redirects=False
        )
        assert "; Secure" in entered.headers["set-cookie"]
        cookie = {"Cookie": entered.headers["set-cookie"].partition(";")[0]}
        page = httpx.get(machine.server.url + entered.headers["location"], headers=named | cookie, trust_env=False)
        assert (page.status_code, "jupyter" in page.text.lower()) == (200, True)
        told = httpx.get(machine.server.url + machine.workspace.url + f"/computes/{NAME}", headers=session | behind_tls)
        assert told.json()["host"] == target.netloc
        for name in (f"{NAME}.ml.example.org", f"a.{NAME}.apps.example.org", "apps.example.org", ".apps.example.org"):
            refused = httpx.get(machine.server.url, headers={"Host": f"{name}:{port}"}, trust_env=False)
            assert refused.status_code in (400, 403), name

    def test_a_link_that_leads_nowhere_is_explained_to_people(self, machine: Machine, browser: httpx.Client) -> None:
        app = urlsplit(machine.call("GET")["applications"][0]["url"])
        address = machine.server.url + app.path.replace(NAME + "/open", "nobody/open")
        shown = browser.get(address, headers={"Accept": "text/html"})
        assert (shown.status_code, shown.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "there is no compute &#x27;nobody&#x27;" in shown.text
        assert browser.get(address, headers={"Accept": "*/*"}).json()["error"]["code"] == "compute_not_found"

    def test_its_cookie_is_worth_nothing_at_the_servers_origin(self, machine: Machine, browser: httpx.Client) -> None:
        cookie, _ = self._enter(machine, browser)
        secret = cookie.partition("=")[2]
        assert secret != browser.cookies["workstead_session"]
        for headers in ({"Cookie": cookie}, {"Authorization": f"Bearer {secret}"}):
            answer = httpx.get(machine.server.url + machine.workspace.url, headers=headers, trust_env=False)
            assert answer.status_code in (401, 403)

    def test_studios_session_is_worth_nothing_here(self, machine: Machine, browser: httpx.Client) -> None:
        session = browser.cookies["workstead_session"]
        assert machine.get("/api/contents", Cookie=f"workstead_session={session}").status_code == 401

    def test_a_sign_in_link_of_the_server_is_no_entry(self, machine: Machine) -> None:
        link = machine.server.call("POST", "/access/links", {"next": "/"})["url"]
        answer = machine.get(f"/_workstead/enter?{urlsplit(link).query}")
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    def test_a_page_elsewhere_cannot_act_by_the_cookie(self, machine: Machine, browser: httpx.Client) -> None:
        cookie, _ = self._enter(machine, browser)
        url = machine.server.url + "/api/kernels"
        for origin in ({}, {"Origin": "http://evil.example"}):
            answer = httpx.post(url, headers={"Host": machine.host, "Cookie": cookie} | origin, trust_env=False)
            assert answer.status_code == 403

    def test_a_terminal_answers_over_its_websocket(self, machine: Machine, browser: httpx.Client) -> None:
        cookie, _ = self._enter(machine, browser)
        headers = {"Host": machine.host, "Cookie": cookie, "Origin": f"http://{machine.host}"}
        made = httpx.post(machine.server.url + "/api/terminals", headers=headers, trust_env=False)
        assert made.status_code == 200
        with _open_terminal(machine, {"Cookie": cookie}, f"http://{machine.host}", made.json()["name"]) as terminal:
            terminal.send(json.dumps(["stdin", "echo $((6*7))-answer; echo $WORKSTEAD_WORKSPACE\r"]))
            said = ""
            while "42-answer" not in said or machine.workspace.id not in said.replace("\r\n", ""):
                said += "".join(str(part) for part in json.loads(terminal.recv(timeout=20))[1:])

    def test_without_a_session_the_link_asks_to_sign_in(self, machine: Machine) -> None:
        url = machine.call("GET")["applications"][0]["url"]
        answer = httpx.get(url, trust_env=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/signin?next=")


def test_pip_install_goes_into_the_instance(machine: Machine) -> None:
    (said,) = machine.run_cells("%pip --version\n!which pip python")
    (env,) = machine.home.glob(f"instances/*/{NAME}/env")
    assert said.count(str(env)) == 3


def test_a_killed_jupyter_comes_back(machine: Machine) -> None:
    before = machine.process["pid"]
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while machine.find_pid() in (None, before) or machine.signed("/api/status").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_restarted_server_adopts_the_instance(machine: Machine) -> None:
    before = machine.process
    machine.restart_server()
    machine.wait_for("Running")
    assert machine.process == before
    assert machine.signed("/api/status").status_code == 200


def test_files_survive_stop_and_start(machine: Machine) -> None:
    machine.run_cells("open('kept.txt', 'w').write('here')")
    (token,) = machine.home.glob(f"instances/*/{NAME}/client/token")
    secret, pid = token.read_text().strip(), machine.process["pid"]
    assert machine.call("POST", f"/{NAME}/stop")["state"] == "Stopping"
    machine.wait_for("Stopped")
    assert started_at(pid) is None
    assert machine.signed("/api/status").status_code == 409
    headers = {"Authorization": f"Bearer {secret}"}
    deadline = time.monotonic() + 10  # other callers' tokens are remembered for some seconds
    while httpx.get(machine.server.url + machine.workspace.url, headers=headers).status_code != 401:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert machine.call("POST", f"/{NAME}/start")["state"] == "Starting"
    machine.wait_for("Running")
    (said,) = machine.run_cells("print(open('kept.txt').read())")
    assert said.strip() == "here"


def test_delete_can_keep_the_files(machine: Machine) -> None:
    machine.call("PUT", "/second", {"size": "STANDARD_D1"})
    machine.wait_for("Running", "second")
    (files,) = machine.home.glob("instances/*/second/files")
    (files / "mine.txt").write_text("mine")
    assert machine.call("DELETE", "/second?keep_files=true")["state"] == "Deleting"
    deadline = time.monotonic() + 30
    while machine.server.http.get(f"{machine.workspace.url}/computes/second").status_code != 404:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (files / "mine.txt").read_text() == "mine"
    assert not (files.parent / "env").exists()
    (files / "mine.txt").unlink()
    machine.call("PUT", "/second", {"size": "STANDARD_D1"})
    machine.wait_for("Running", "second")


def _open_terminal(machine: Machine, headers: dict[str, str], origin: str, name: str = "1") -> Any:
    peer = ("127.0.0.1", urlsplit(machine.server.url).port)
    return connect(
        f"ws://{machine.host}/terminals/websocket/{name}",
        sock=socket.create_connection(peer),
        additional_headers=headers,
        origin=origin,  # type: ignore[arg-type]
        open_timeout=10,
    )
