"""The lesson's steps, done as its reader would do them."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from workstead.commands.jupyter import Cell, Jupyter, Notebook
from workstead_client import access, artifacts, compute, data, models, runs, workspaces
from workstead_client.transport import Transport
from workstead_wire.access import SignInLinkRequest
from workstead_wire.compute import Instance, InstanceCreate
from workstead_wire.errors import ComputeNotFound, Unavailable, WorksteadError
from workstead_wire.models import Model
from workstead_wire.runs import Run
from workstead_wire.workspaces import ResourceGroupCreate, WorkspaceCreate, WorkspacePath

if TYPE_CHECKING:
    from workstead.commands.progress import Progress, Step

NAME = "aidevcollege"
LOCATION = "West Europe"
SIZE = "STANDARD_D3_V2"
EXPERIMENT = "scikit-learn-mnist"
MODEL = "scikit-learn-mnist-model"
NOTEBOOK = "challenge01.ipynb"
DATASET = "mnist"
INSTANCE_S = 900
"""How long making a compute instance may take."""


class Lesson:
    """The lesson on the server at ``url``, done as the holder of ``token``."""

    def __init__(self, progress: Progress, url: str, token: str) -> None:
        self._progress = progress
        self._url = url
        self._token = token
        self._http = Transport(url, token)
        self._where = WorkspacePath(subscription_id="", resource_group=NAME, workspace=NAME)

    def run(self) -> None:
        """All steps, then what came of them."""
        self._create_workspace()
        mirror = threading.Thread(target=self._fetch_data, daemon=True)
        mirror.start()  # the packages come down meanwhile
        instance = self._create_instance()
        mirror.join()
        training = self._run_notebook(instance)
        self._tell(instance, training)

    def _create_workspace(self) -> None:
        with self._progress.step(f"Create resource group {NAME} in {LOCATION}"):
            subscription = workspaces.list_subscriptions(self._http).items[0].id
            self._where = msgspec.structs.replace(self._where, subscription_id=subscription)
            workspaces.put_resource_group(self._http, subscription, NAME, ResourceGroupCreate(location=LOCATION))
        with self._progress.step(f"Create workspace {NAME} with storage account, key vault, insights"):
            workspaces.create_workspace(self._http, self._where, WorkspaceCreate(location=LOCATION, exist_ok=True))

    def _fetch_data(self) -> None:
        # Only a head start: if it fails, the notebook's own download says why.
        with contextlib.suppress(WorksteadError):
            data.fetch_dataset(self._http, DATASET)

    def _create_instance(self) -> Instance:
        with self._progress.step(f"Create compute instance {NAME} ({SIZE})") as step:
            known = self._begin_instance()
            instance = self._wait_for_instance(step)
        for done in instance.steps[known:]:
            self._progress.line("·", done.name, done.seconds or 0, indent="    ")
        return instance

    def _begin_instance(self) -> int:
        """Create or start the instance; the number of steps that it had before."""
        try:
            instance = compute.get_instance(self._http, self._where, NAME)
        except ComputeNotFound:
            compute.create_instance(self._http, self._where, NAME, InstanceCreate(size=SIZE))
            return 0
        if instance.state in ("Stopped", "Failed"):
            compute.start_instance(self._http, self._where, NAME)
        return len(instance.steps)

    def _wait_for_instance(self, step: Step) -> Instance:
        deadline = time.monotonic() + INSTANCE_S
        while time.monotonic() < deadline:
            instance = compute.get_instance(self._http, self._where, NAME)
            if instance.state == "Running":
                return instance
            if instance.state == "Failed":
                raise WorksteadError(f"the compute instance failed: {instance.reason}")
            step.show(instance.steps[-1].name if instance.steps else instance.state)
            time.sleep(0.1)
        raise Unavailable(f"the compute instance was not running after {INSTANCE_S} s; see the server's log")

    def _run_notebook(self, instance: Instance) -> float:
        """Run the notebook; the seconds of its longest cell, the training."""
        jupyter = Jupyter(self._url, instance.host or "", self._token)
        notebook: Notebook = msgspec.json.decode(_notebook_file().read_bytes())
        path = f"{NAME}/{NOTEBOOK}"
        with self._progress.step(f"Open folder {NAME} and put {NOTEBOOK} there"):
            jupyter.create_folder(NAME)
            jupyter.save_notebook(path, notebook)
        kernel = instance.kernel or ""
        with self._progress.step(f"Run {NOTEBOOK} with kernel {kernel!r}") as step:
            step.show("cell 1")
            seconds = jupyter.run_notebook(path, notebook, kernel, self._cell_done)
        return max(seconds)

    def _cell_done(self, cell: Cell, seconds: float) -> None:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        title = f"[{cell['execution_count']}] {source.strip().splitlines()[0]}"
        self._progress.line("·", title[:64], seconds, indent="    ")

    def _tell(self, instance: Instance, training: float) -> None:
        run = runs.list_runs(self._http, self._where, experiment=EXPERIMENT, limit=1).items[0]
        files = artifacts.list_artifacts(self._http, self._where, "ExperimentRun", run.container).items
        model = models.list_models(self._http, self._where, name=MODEL, limit=1).items[0]
        metrics = ", ".join(f"{name} = {value}" for name, value in run.metrics.items())
        link = access.create_sign_in_link(self._http, SignInLinkRequest(next=self._run_page(run)))
        beyond = self._progress.elapsed - training
        rows = [
            ("Accuracy", f"{run.metrics['accuracy']:.3f}"),
            ("Run", f"{run.display_name} ({run.id}), {run.status}"),
            ("Metrics", metrics),
            ("Files", ", ".join(file.path for file in files)),
            ("Model", f"{model.id} (version {model.version})"),
            ("Run page", self._url + self._run_page(run)),
            ("Model page", self._url + self._model_page(model)),
            *((app.name, app.url) for app in instance.applications if app.name.startswith("Jupyter")),
            ("Sign in", f"{link.url}  (once, within {link.expires_in_s // 60} minutes)"),
            ("Time", f"{self._progress.elapsed:.1f} s, of which {beyond:.1f} s beyond the training"),
        ]
        self._progress.console.print()
        for name, text in rows:
            self._progress.console.print(f"{name:<11}", text, markup=False, soft_wrap=True)

    def _run_page(self, run: Run) -> str:
        return f"/runs/{run.id}?wsid={quote(self._where.id)}"

    def _model_page(self, model: Model) -> str:
        return f"/model/{quote(model.id)}/details?wsid={quote(self._where.id)}"


def _notebook_file() -> Path:
    # It lies here so that wheels carry it; examples/ in a clone links to it.
    return Path(__file__).with_name(NOTEBOOK)
