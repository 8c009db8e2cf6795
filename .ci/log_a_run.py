"""Log a run to the server on this machine and read it back; any Python from 3.9."""

import sys

from azureml.core import Experiment, Workspace

ws = Workspace.create("wheels", resource_group="ci", location="westeurope", exist_ok=True)
name = "python-{}.{}".format(*sys.version_info[:2])
run = Experiment(ws, name).start_logging(snapshot_directory=None)
for step in range(100):
    run.log("loss", 1 / (step + 1))
run.log("accuracy", 0.926)
run.complete()
metrics = run.get_metrics()
assert run.get_status() == "Completed", run.get_status()
assert metrics["accuracy"] == 0.926, metrics
assert len(metrics["loss"]) == 100, metrics
print(f"{name}: logged and read back run {run.id}")
