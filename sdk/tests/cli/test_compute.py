import json


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
