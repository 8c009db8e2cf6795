import json
import os
import subprocess
import sys

import httpx
import msgspec
import pytest

import live
from workstead_client import runs
from workstead_client.segment import Segment
from workstead_client.transport import Transport
from workstead_wire.runs import RunCreate


@pytest.fixture
def http(live_server):
    return Transport(live_server.url, live_server.token)


@pytest.fixture
def signed(cli, live_server):
    """Runs a command on the live server and wants it to succeed."""

    def run(*args):
        shown = cli(*args, **live_server.environ())
        assert shown.returncode == 0, shown.stderr
        assert live_server.token not in shown.stdout + shown.stderr
        return shown.stdout

    return run


@pytest.fixture
def here(workspace):
    return ("-w", workspace.workspace, "-g", workspace.resource_group)


def test_groups_and_workspaces(signed, cli, live_server):
    assert "'cligroup' is in westeurope" in signed("group", "create", "cligroup", "-l", "West Europe", "--tag", "a=b")
    assert ["cligroup", "westeurope"] in [line.split()[:2] for line in signed("group", "list").splitlines()]
    made = json.loads(signed("workspace", "create", "cliws", "-g", "cligroup", "--tag", "team=x", "-o", "json"))
    assert (made["name"], made["tags"]) == ("cliws", {"team": "x"})
    assert signed("workspace", "list", "-g", "cligroup").splitlines()[1].startswith("cliws  cligroup")
    assert f"storage account       {made['storage_account']}" in signed("workspace", "show", "-w", "cliws")

    again = cli("workspace", "create", "cliws", "-g", "cligroup", **live_server.environ())
    assert again.returncode == 1
    assert len(again.stderr.splitlines()) == 1
    assert signed("workspace", "create", "cliws", "-g", "cligroup", "--exist-ok")

    assert cli("group", "delete", "cligroup", **live_server.environ()).returncode != 0  # nobody said yes
    signed("workspace", "create", "cliother", "-g", "cligroup")
    assert "Deleted" in signed("workspace", "delete", "-w", "cliws", "--yes")
    assert cli("workspace", "show", "-w", "cliws", **live_server.environ()).returncode == 1
    assert "Deleted" in signed("group", "delete", "cligroup", "--yes")
    assert "cligroup" not in signed("group", "list")
    done = signed("activity", "-g", "cligroup", "-n", "2").splitlines()[1:]
    assert [line.split("owner")[1].split("/")[0].strip() for line in done] == [
        "Delete resource group",
        "Delete workspace",
    ]


def test_runs(signed, cli, live_server, http, workspace, here):
    for number in range(3):
        runs.create_run(http, workspace, RunCreate(id=f"cli-{workspace.workspace}-{number}", experiment="e"))
    run_id = f"cli-{workspace.workspace}-0"
    rows = signed("run", "list", *here).splitlines()
    assert [row.split()[0][-1] for row in rows[1:]] == ["2", "1", "0"]
    assert len(json.loads(signed("run", "list", *here, "-n", "2", "-o", "json"))) == 2
    assert f"Run {run_id} is Canceled." in signed("run", "cancel", run_id, *here)
    assert json.loads(signed("run", "show", run_id, *here, "-o", "json"))["status"] == "Canceled"
    assert [row["id"] for row in json.loads(signed("run", "list", *here, "--status", "Canceled", "-o", "json"))] == [
        run_id
    ]
    narrowed = signed("run", "list", *here, "--filter", "status = Canceled and number < 2", "-o", "json")
    assert [row["id"] for row in json.loads(narrowed)] == [run_id]
    unknown = cli("run", "show", "nosuch", *here, **live_server.environ())
    assert unknown.returncode == 1
    assert "nosuch" in unknown.stderr


def test_the_workspace_comes_from_config_json(signed, workspace, tmp_path):
    config = {
        "subscription_id": workspace.subscription_id,
        "resource_group": workspace.resource_group,
        "workspace_name": workspace.workspace,
    }
    (tmp_path / "config.json").write_bytes(msgspec.json.encode(config))
    assert json.loads(signed("workspace", "show", "-o", "json"))["name"] == workspace.workspace


def test_an_unclear_workspace_is_refused(cli, live_server, workspace):
    live_server.make_workspace("onemore")
    shown = cli("run", "list", **live_server.environ())
    assert shown.returncode == 1
    assert workspace.workspace in shown.stderr


def test_a_model_goes_up_and_comes_down(signed, cli, live_server, here, tmp_path):
    folder = tmp_path / "weights"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.bin").write_bytes(b"a" * 1500)
    (folder / "inner" / "b.bin").write_bytes(b"b")
    assert signed("model", "register", "weights", "-n", "m", "--tag", "k=v", *here) == "Registered m:1 (1.5 kB).\n"
    assert signed("model", "register", "weights/a.bin", "-n", "m", *here).startswith("Registered m:2")
    assert [row["id"] for row in json.loads(signed("model", "list", *here, "-o", "json"))] == ["m:2", "m:1"]
    assert [row["id"] for row in json.loads(signed("model", "list", *here, "--latest", "-o", "json"))] == ["m:2"]
    assert "k=v" in signed("model", "show", "m:1", *here)

    signed("model", "download", "m:1", "-d", "down", *here)
    assert (tmp_path / "down" / "weights" / "a.bin").read_bytes() == b"a" * 1500
    assert (tmp_path / "down" / "weights" / "inner" / "b.bin").read_bytes() == b"b"
    again = cli("model", "download", "m:1", "-d", "down", *here, **live_server.environ())
    assert again.returncode == 1
    assert "--force" in again.stderr
    signed("model", "download", "m:1", "-d", "down", "--force", *here)
    signed("model", "download", "m", "-d", "down", *here)
    assert (tmp_path / "down" / "a.bin").is_file()


def test_tokens_are_made_listed_and_revoked(cli, live_server):
    made = cli("token", "create", "robot", "--days", "1", **live_server.environ())
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    assert cli("status", WORKSTEAD_URL=live_server.url, WORKSTEAD_TOKEN=secret).returncode == 0
    rows = json.loads(cli("token", "list", "-o", "json", **live_server.environ()).stdout)
    (row,) = [row for row in rows if row["name"] == "robot"]
    assert row["role"] == "Reader"
    assert secret not in str(rows)
    assert cli("token", "delete", row["id"], **live_server.environ()).returncode == 0
    assert cli("status", WORKSTEAD_URL=live_server.url, WORKSTEAD_TOKEN=secret).returncode == 1


def test_open_prints_a_link_that_signs_in_once(signed, live_server):
    link = signed("open", "--print", "/api/docs").strip()
    assert link.startswith(live_server.url)
    first = httpx.get(link, trust_env=False)
    assert (first.status_code, first.headers["location"]) == (303, "/api/docs")
    assert httpx.get(link, trust_env=False).status_code == 401


def test_sync_sends_what_a_killed_script_left(signed, http, workspace, home):
    """The whole story is told in tests/faults; here only that the command finds the spool and the token."""
    run_id = f"sync-{workspace.workspace}"
    runs.create_run(http, workspace, RunCreate(id=run_id, experiment="e"))
    assert signed("sync") == "Nothing waits to be sent.\n"
    code = f"""
import os
from workstead_client.spool import Spool
from workstead_client.transport import Transport
from workstead_wire.workspaces import WorkspacePath
where = WorkspacePath(subscription_id={workspace.subscription_id!r},
    resource_group={workspace.resource_group!r}, workspace={workspace.workspace!r})
spool = Spool(Transport({http.url!r}, 'wst_wrong'), where, {run_id!r}, float)
for number in range(5):
    spool.log('loss', number, None, 'scalar')
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], env=live.clean_environ(home), check=False, timeout=60)
    assert signed("sync").startswith(f"run {run_id}: 5 points sent")
    assert runs.read_series(http, workspace, run_id, "loss").values["loss"] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("known", [True, False])
def test_sync_finds_a_server_that_has_moved_by_its_workspace(cli, live_server, http, workspace, home, known):
    run_id = f"moved-{workspace.workspace}"
    runs.create_run(http, workspace, RunCreate(id=run_id, experiment="e"))
    where = workspace if known else msgspec.structs.replace(workspace, subscription_id="another-servers")
    segment = Segment.create(home / "spool" / run_id, "http://127.0.0.1:9", where, run_id)
    os.write(segment.descriptor, b'["loss",1,1767225600000]\n')
    os.close(segment.descriptor)
    done = cli("sync", **live_server.environ())
    if known:
        assert done.stdout == f"run {run_id}: 1 points sent\n"
        assert runs.read_series(http, workspace, run_id, "loss").values["loss"] == [1]
    else:
        assert done.returncode == 1
        assert "in use now, does not know the workspace" in done.stdout
        assert list((home / "spool" / run_id).glob("*.jsonl"))
