import pytest

from azureml.core import ComputeTarget
from azureml.core.compute import ComputeInstance
from azureml.core.compute_target import ComputeTargetException


def test_an_unknown_target_raises_what_scripts_catch(ws):
    """The idiom of most public notebooks: look it up, and create it if that raises."""
    with pytest.raises(ComputeTargetException, match="nosuch"):
        ComputeTarget(workspace=ws, name="nosuch")
    assert ws.compute_targets == {}


def test_a_name_that_is_no_name_is_refused(ws):
    asked = ComputeInstance.provisioning_configuration(vm_size="STANDARD_D3_V2")
    with pytest.raises(ComputeTargetException, match="3 to 24"):
        ComputeTarget.create(ws, "a_b", asked)


def test_an_unknown_size_is_refused(ws):
    asked = ComputeInstance.provisioning_configuration(vm_size="STANDARD_NONE")
    with pytest.raises(ComputeTargetException, match="STANDARD_NONE"):
        ComputeTarget.create(ws, "machine", asked)


@pytest.mark.parametrize("asked", [None, "STANDARD_D3_V2", {}])
def test_what_is_no_configuration_is_refused_in_words(ws, asked):
    with pytest.raises(ComputeTargetException, match="provisioning_configuration"):
        ComputeTarget.create(ws, "machine", asked)


def test_ssh_is_refused_in_words(ws):
    with pytest.raises(ComputeTargetException, match="terminal"):
        ComputeInstance.provisioning_configuration(ssh_public_access=True)


def test_rest_is_asked_for(ws):
    rest = {"start": "08:00", "stop": "18:00", "days": ["Monday"], "time_zone": "Europe/Berlin"}
    asked = ComputeInstance.provisioning_configuration(idle_time_before_shutdown_minutes=30, schedule=rest)
    instance = ComputeTarget.create(ws, f"{ws.name}-rests", asked)
    assert (instance._info.idle_minutes, instance._info.schedule.stop) == (30, "18:00")
    instance.delete(wait_for_completion=True)
    with pytest.raises(ComputeTargetException, match="not weekdays"):
        ComputeInstance.provisioning_configuration(schedule={"weekdays": []})
    with pytest.raises(ComputeTargetException, match="not of its form"):
        ComputeInstance.provisioning_configuration(schedule={"days": ["Someday"]})


def test_sizes_are_listed_in_azures_shape(ws):
    sizes = {size["name"]: size for size in ComputeInstance.supported_vmsizes(workspace=ws)}
    assert sizes["STANDARD_D3_V2"] == {"name": "STANDARD_D3_V2", "vCPUs": 4, "gpus": 0, "memoryGB": 14}


def test_an_instance_lives(ws, capsys):
    name = f"{ws.name}-machine"
    asked = ComputeInstance.provisioning_configuration("standard_d3_v2", tags={"team": "a"}, description="for the test")
    instance = ComputeTarget.create(ws, name, asked)
    assert isinstance(instance, ComputeInstance)
    with pytest.raises(ComputeTargetException, match="unique"):
        ComputeTarget.create(ws, name.upper(), asked)
    instance.wait_for_completion(show_output=True)
    shown = capsys.readouterr().out
    assert "Start Jupyter" in shown
    assert shown.rstrip().endswith("Running")
    status = instance.get_status()
    assert (status.state, status.vm_size, status.errors) == ("Running", "STANDARD_D3_V2", [])
    assert {it["displayName"] for it in instance.applications} >= {"JupyterLab", "Jupyter", "Terminal"}
    with pytest.raises(ComputeTargetException, match="delete"):
        instance.detach()
    assert (instance.provisioning_state, instance.provisioning_errors) == ("Succeeded", None)
    assert (instance.tags, instance.description) == ({"team": "a"}, "for the test")
    assert list(ws.compute_targets) == [name]
    assert "http" in instance._repr_html_()
    instance.stop(wait_for_completion=True)
    assert ComputeTarget(ws, name.upper()).get_status().state == "Stopped"
    instance.delete(wait_for_completion=True)
    assert ws.compute_targets == {}
