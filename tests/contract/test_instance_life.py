"""What an instance is beyond one notebook: its size holds, it finds a moved server, and takes further programs in."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from machine import NAME, Machine
from workstead.compute.reconcile.timers import ask_activity
from workstead.hosts.base import Door
from workstead.hosts.limits import find_limits

VS_CODE = f"""#!{sys.executable}
import http.server, socketserver, sys
where = next(word.partition("=")[2] for word in sys.argv if word.startswith("--socket="))
assert "--auth=none" in sys.argv
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"editor at " + self.path.encode())
    def address_string(self): return "-"
socketserver.UnixStreamServer(where, Page).serve_forever()
"""
"""Stands in for code-server, which is no package of ours: takes the same options, serves on the same socket."""

LONG = """
import pathlib, time
from azureml.core import Experiment, Workspace
ws, here = Workspace.from_config(), pathlib.Path(__file__).parent
first = ws._http.url
(here / "connected").touch()
while ws._http.url == first:
    time.sleep(0.1)
run = Experiment(ws, "moved").start_logging(snapshot_directory=None)
run.complete()
(here / "result").write_text(Experiment(ws, "moved").get_runs().__next__().experiment.name)
(here / "result").rename(here / "done")
"""
"""A script that goes on while the server moves."""
MLFLOW = """
import os, urllib.request
from importlib.metadata import entry_points
provider, = [it.load()() for it in entry_points(group="mlflow.request_auth_provider")]
assert provider.get_name() == os.environ["MLFLOW_TRACKING_AUTH"]
class Request:
    def __init__(self, url): self.url, self.headers = url, {}
here = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/experiments/search?max_results=1"
signed, foreign = [provider.get_auth()(Request(url)).headers for url in (here, "http://127.0.0.1:9/")]
print(urllib.request.urlopen(urllib.request.Request(here, headers=signed)).status)
print("Authorization" in signed, "Authorization" in foreign)
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """An instance of one core and 1 GiB, on a machine with VS Code."""
    folder = tmp_path_factory.mktemp("l")
    program = folder / "bin" / "code-server"
    program.parent.mkdir()
    program.write_text(VS_CODE)
    program.chmod(0o755)
    env = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "WORKSTEAD_INSTANCES_PER_USER": "2"}
    made = Machine(folder / "h", env)
    try:
        made.call("PUT", body={"size": "standard_b1s", "idle_minutes": 600})
        made.wait_for("Running")
        yield made
    finally:
        made.end()


def test_its_size_holds(machine: Machine) -> None:
    instance = machine.call("GET")
    assert instance["enforced_by"] == find_limits().kind
    assert ("limit for each process" in (instance["note"] or "")) == (instance["enforced_by"] == "limits")
    hog = "x = bytearray(1536 * 2**20)\nfor at in range(0, len(x), 4096): x[at] = 1\nprint('has it all')"
    modest = "x = bytearray(256 * 2**20)\nprint('has some')"
    cores, greedy, content = machine.run_cells(
        "import os; print(len(os.sched_getaffinity(0)))",
        f"import subprocess, sys; p = subprocess.run([sys.executable, '-c', {hog!r}], capture_output=True, text=True)\n"
        "print(p.returncode != 0, p.stdout, p.stderr[-200:])",
        f"print(subprocess.run([sys.executable, '-c', {modest!r}], capture_output=True, text=True).stdout)",
    )
    assert cores.strip() == "1"
    assert greedy.startswith("True")
    assert "has it all" not in greedy
    assert "has some" in content


def test_a_kernel_that_takes_too_much_is_stopped_and_the_next_cell_runs(machine: Machine) -> None:
    if find_limits().kind != "limits":
        pytest.skip("here the whole kernel is killed, which the cell before has shown of a process")
    (said,) = machine.run_cells("try:\n  x = bytearray(1536 * 2**20)\nexcept MemoryError:\n  print('no')")
    assert said.strip() == "no"


def test_programs_are_there_or_say_what_to_install(machine: Machine) -> None:
    programs = {it["name"]: it for it in machine.call("GET")["applications"]}
    assert programs["VS Code"]["available"]
    page = machine.signed("/vscode/some/file")
    assert (page.status_code, page.text) == (200, "editor at /some/file")
    assert machine.get("/vscode/").status_code == 401
    missing = [it for it in programs.values() if not it["available"]]
    for program in missing:
        answer = httpx.get(program["url"], headers={"Authorization": f"Bearer {machine.server.token}"}, trust_env=False)
        assert answer.status_code == 200
        assert "install" in answer.text


def test_pip_installs_for_good(machine: Machine) -> None:
    (files,) = machine.home.glob(f"instances/*/{NAME}/files")
    make_wheel(files / "tinything-1.0-py3-none-any.whl")
    machine.run_cells("%pip install -q --no-deps --no-index ../tinything-1.0-py3-none-any.whl")
    before = machine.process["pid"]
    machine.call("POST", f"/{NAME}/restart")
    machine.wait_for("Running")
    assert machine.process["pid"] != before
    assert "Install packages" not in [step["name"] for step in machine.call("GET")["steps"]]
    (said,) = machine.run_cells("import tinything; print(tinything.WORD)", folder="other")
    assert said.strip() == "tiny"


def test_mlflow_is_signed_in(machine: Machine) -> None:
    """In MLflow's words, without MLflow: its variables, its entry point, and a request as it makes them."""
    (said,) = machine.run_cells(MLFLOW)
    assert said.split() == ["200", "True", "False"]


def test_a_running_script_finds_the_server_at_another_port(machine: Machine) -> None:
    (files,) = machine.home.glob(f"instances/*/{NAME}/files")
    (files / "long.py").write_text(LONG)
    script = str(files / "long.py")
    machine.run_cells(f"import subprocess, sys; subprocess.Popen([sys.executable, {script!r}], start_new_session=True)")
    _wait_for(files / "connected")
    jupyter, old = machine.process["pid"], machine.server.url
    machine.restart_server(port=0)
    assert machine.server.url != old
    _wait_for(files / "done")
    assert (files / "done").read_text() == "moved"
    assert machine.process["pid"] == jupyter


def test_its_logs_are_told(machine: Machine) -> None:
    log = machine.call("GET", f"/{NAME}/logs/jupyter")
    assert "jupyter" in log["text"].lower()
    assert machine.process["secret"] not in log["text"]
    assert machine.call("GET", f"/{NAME}/logs/environment")["text"]
    reader = machine.server.call("POST", "/access/tokens", {"name": "reads", "role": "Reader"})["secret"]
    answer = httpx.get(
        f"{machine.server.url}{machine.workspace.url}/computes/{NAME}/logs/jupyter",
        headers={"Authorization": f"Bearer {reader}"},
    )
    assert answer.status_code == 403
    assert machine.server.http.get(f"{machine.workspace.url}/computes/{NAME}/logs/passwd").status_code == 400


async def test_activity_is_what_somebody_does(machine: Machine) -> None:
    machine.run_cells("1 + 1", folder="active")
    door = Door(socket=machine.process["socket"], secret=machine.process["secret"])
    first = await ask_activity(door)
    assert datetime.now(UTC) - first < timedelta(minutes=1)
    assert await ask_activity(door) == first  # asking is no activity
    machine.run_cells("2 + 2", folder="active")
    assert await ask_activity(door) > first


def test_rest_is_changed_while_it_runs(machine: Machine) -> None:
    schedule = {"start": "08:00", "stop": "18:00", "days": ["Monday"], "time_zone": "Europe/Berlin"}
    changed = machine.call("PATCH", body={"schedule": schedule})
    assert (changed["schedule"], changed["idle_minutes"]) == (schedule, 600)
    assert changed["next_change"] is not None
    assert machine.call("PATCH", body={"schedule": None})["next_change"] is None


def test_a_name_and_a_quota_are_refused_in_words(machine: Machine) -> None:
    names = machine.workspace.url + "/computeNames"
    for name, available in ((NAME.upper(), False), ("another", True), ("a b", False)):
        assert machine.server.http.get(names, params={"name": name}).json()["available"] == available
    machine.call("PUT", "/second", {"size": "STANDARD_B1S"})
    third = machine.server.http.put(f"{machine.workspace.url}/computes/third", json={"size": "STANDARD_B1S"})
    assert third.status_code == 409
    assert "allows 2 a user" in third.json()["error"]["message"]
    began = time.monotonic()
    machine.call("DELETE", "/second")
    while machine.server.http.get(f"{machine.workspace.url}/computes/second").status_code != 404:
        assert time.monotonic() - began < 30
        time.sleep(0.05)


def test_a_further_environment_has_a_kernel(machine: Machine) -> None:
    name = f"azureml-py3{sys.version_info.minor}"
    refused = make_environment(machine, name, {})
    assert refused["state"] == "Failed"
    assert "there already" in refused["reason"]
    made = make_environment(machine, "vision", {"requirements": "tomli==2.0.1\n", "python": None})
    assert made["state"] == "Ready", made["reason"]
    assert [step["name"] for step in made["steps"]][-1] == "Install packages"
    assert all(step["seconds"] is not None for step in made["steps"])
    source = "import tomli, sys, workstead_client, azureml.core; print(sys.prefix)"
    (said,) = machine.run_cells(source, folder="vision", kernel=made["kernel"])
    assert said.strip().endswith("environments/vision")
    failed = make_environment(machine, "broken", {"requirements": "no-such-thing-as-this-0815==1"})
    assert failed["state"] == "Failed"
    assert "no-such-thing-as-this-0815" in failed["reason"]
    machine.call("DELETE", f"/{NAME}/environments/vision")
    deadline = time.monotonic() + 20
    while "vision" in [it["name"] for it in machine.call("GET", f"/{NAME}/environments")]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not list(machine.home.glob(f"instances/*/{NAME}/environments/vision"))
    kernels = machine.signed("/api/kernelspecs").json()["kernelspecs"]
    assert "vision" not in kernels


def make_environment(machine: Machine, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    machine.call("PUT", f"/{NAME}/environments/{name}", asked)
    deadline = time.monotonic() + 120
    while (made := machine.call("GET", f"/{NAME}/environments/{name}"))["state"] == "Creating":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return made


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def make_wheel(file: Path) -> None:
    """A package of one module, so that pip needs no registry."""
    info = "tinything-1.0.dist-info"
    contents = {
        "tinything.py": "WORD = 'tiny'\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tinything\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in contents.items())
    with zipfile.ZipFile(file, "w") as wheel:
        for name, text in {**contents, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(name, text)


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
