import json

import pytest


def test_an_instance_is_begun_shown_and_deleted(cli, live_server, workspace):
    """Instances that run are told of in tests/contract; here only the way there and back."""
    here = ("-w", workspace.workspace, "-g", workspace.resource_group)
    env = live_server.environ()
    assert len(cli("compute", "list", *here, **env).stdout.splitlines()) == 1
    name = f"{workspace.workspace}machine"
    begun = cli("compute", "create", name, "--size", "standard_ds11_v2", "--tag", "a=b", "--no-wait", *here, **env)
    assert begun.returncode == 0, begun.stderr
    assert "Creating" in begun.stdout
    shown = json.loads(cli("compute", "show", name, *here, "-o", "json", **env).stdout)
    assert (shown["name"], shown["size"]["name"].upper(), shown["tags"]) == (name, "STANDARD_DS11_V2", {"a": "b"})
    assert [row["name"] for row in json.loads(cli("compute", "list", *here, "-o", "json", **env).stdout)] == [name]
    rest = ("--idle", "30", "--start-at", "08:00", "--stop-at", "18:00", "--day", "Monday")
    changed = cli("compute", "update", name, *rest, *here, "-o", "json", **env)
    assert changed.returncode == 0, changed.stderr
    told = json.loads(changed.stdout)
    assert (told["idle_minutes"], told["schedule"]["days"], told["schedule"]["stop"]) == (30, ["Monday"], "18:00")
    changed = json.loads(cli("compute", "update", name, "--no-schedule", *here, "-o", "json", **env).stdout)
    assert (changed["idle_minutes"], changed["schedule"]) == (30, None)
    asked = cli("compute", "delete", name, *here, **env)
    assert asked.returncode != 0  # nobody said yes
    gone = cli("compute", "delete", name, "--yes", *here, **env)
    assert gone.returncode == 0, gone.stderr
    assert "Deleted" in gone.stdout.splitlines()[-1]


def test_an_unknown_instance_is_one_sentence(cli, live_server, workspace):
    here = ("-w", workspace.workspace, "-g", workspace.resource_group)
    for verb in ("show", "start", "stop", "restart"):
        shown = cli("compute", verb, "nosuch", *here, **live_server.environ())
        assert (shown.returncode, len(shown.stderr.splitlines())) == (1, 1)
        assert "'nosuch'" in shown.stderr


@pytest.mark.long
def test_steps_are_printed_once_and_environments_made(cli, live_server, workspace, tmp_path):
    here = ("-w", workspace.workspace, "-g", workspace.resource_group)
    env = live_server.environ()
    name = f"{workspace.workspace}steps"
    made = cli("compute", "create", name, "--size", "STANDARD_D1", *here, **env)
    assert made.returncode == 0, made.stderr
    assert made.stdout.count("Install packages") == 1
    assert "JupyterLab: http" in made.stdout
    assert "RStudio: " not in made.stdout or "rserver" in made.stdout
    again = cli("compute", "restart", name, *here, **env)
    assert "Install packages" not in again.stdout
    assert again.stdout.count("Start Jupyter") == 1
    assert "jupyter" in cli("compute", "log", name, *here, **env).stdout.lower()
    (tmp_path / "conda.yml").write_text("dependencies: [numpy, {pip: [tomli==2.0.1]}]")
    vision = cli("compute", "environments", "create", name, "vision", "--conda", "conda.yml", *here, **env)
    assert vision.returncode == 0, vision.stderr
    assert "left out" in vision.stdout
    assert "Install packages: " in vision.stdout
    assert "vision" in cli("compute", "environments", "list", name, *here, **env).stdout
    assert "Removed" in cli("compute", "environments", "delete", name, "vision", *here, **env).stdout
    cli("compute", "delete", name, "--yes", *here, **env)
