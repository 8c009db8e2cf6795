"""What all compute targets of a workspace share."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Tuple

from azureml._face import display
from azureml.exceptions import ComputeTargetException
from workstead_wire.compute import Instance, InstanceCreate

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_PROVISIONING = {
    "Creating": "Creating", "Deleting": "Deleting", "Failed": "Failed", "Starting": "Updating",
    "Stopping": "Updating", "Restarting": "Updating",
}  # fmt: skip


class ComputeTargetProvisioningConfiguration:
    """What is asked of a new compute target; made by ``provisioning_configuration`` of its kind."""

    def __init__(self, asked: InstanceCreate) -> None:
        self.vm_size = asked.size
        self.description = asked.description
        self.tags = asked.tags
        self._asked = asked


class ComputeTarget:
    """A compute target that exists, looked up by name; an object of its own kind comes back.

    Args:
        workspace: the workspace that has it.
        name: its name, in any case.

    Raises:
        ComputeTargetException: the workspace has none of that name.
    """

    def __new__(cls, workspace: Workspace, name: str) -> ComputeTarget:  # noqa: PYI034 - of a kind below this one
        """An object of the target's kind."""
        from azureml.core.compute.computeinstance import ComputeInstance  # noqa: PLC0415 - it derives from this class

        return object.__new__(ComputeInstance if cls is ComputeTarget else cls)

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace = workspace
        self._info = workspace._call(_client().get_instance, name)

    @staticmethod
    def create(
        workspace: Workspace, name: str, provisioning_configuration: ComputeTargetProvisioningConfiguration
    ) -> ComputeTarget:
        """Begin to create a compute target; ``wait_for_completion`` tells when it is there.

        Args:
            workspace: where.
            name: 3 to 24 letters, digits or hyphens, unique within the subscription's location.
            provisioning_configuration: what ``ComputeInstance.provisioning_configuration()`` returned.

        Raises:
            ComputeTargetException: the name is taken or not of its form, or what is asked for is no configuration.
        """
        from azureml.exceptions import UserErrorException  # noqa: PLC0415

        if not isinstance(provisioning_configuration, ComputeTargetProvisioningConfiguration):  # pyright: ignore[reportUnnecessaryIsInstance] - scripts pass what they like
            raise ComputeTargetException(
                f"{provisioning_configuration!r} is no configuration; make one by "
                "ComputeInstance.provisioning_configuration(vm_size='STANDARD_D3_V2')"
            )
        try:
            workspace._call(_client().create_instance, name, provisioning_configuration._asked)
        except UserErrorException as error:
            raise ComputeTargetException(error.message) from None
        return ComputeTarget(workspace, name)

    @staticmethod
    def list(workspace: Workspace) -> List[ComputeTarget]:
        """All compute targets of the workspace, by name."""
        return [_wrap(workspace, info) for info in workspace._pages(_client().list_instances)]

    @property
    def name(self) -> str:
        """Its name."""
        return self._info.name

    @property
    def type(self) -> str:
        """``ComputeInstance``."""
        return "ComputeInstance"

    @property
    def compute_resource_id(self) -> str:
        """Its id as a resource, which begins with the workspace's."""
        return f"{self.workspace.get_details()['id']}/computes/{self.name}"

    @property
    def location(self) -> str:
        """Where it is, like ``westeurope``."""
        return self._info.location

    @property
    def description(self) -> str:
        """What it was described as."""
        return self._info.description

    @property
    def tags(self) -> Dict[str, str]:
        """Its tags."""
        return dict(self._info.tags)

    @property
    def created_on(self) -> datetime:
        """When it was created, in UTC."""
        return self._info.created_at

    @property
    def provisioning_state(self) -> str:
        """``Creating``, ``Updating``, ``Deleting``, ``Failed`` or ``Succeeded``."""
        return _PROVISIONING.get(self._info.state, "Succeeded")

    @property
    def provisioning_errors(self) -> Optional[List[Dict[str, Any]]]:
        """Why it failed, in Azure's shape ``[{"error": {"message": …}}]``; None when it did not."""
        return [{"error": {"message": self._info.reason}}] if self._info.reason else None

    def refresh_state(self) -> None:
        """Read it anew from the server."""
        self._info = self._call(_client().get_instance)

    def wait_for_completion(self, show_output: bool = False, is_delete_operation: bool = False) -> None:
        """Wait until it has become what was asked of it.

        Args:
            show_output: print every step with its time. Default False.
            is_delete_operation: wait until it is deleted. Default False.

        Raises:
            ComputeTargetException: it failed; the message has the reason.
        """
        shown = _Shown() if show_output else None
        info = self._call(_client().wait_for_instance, shown or _say_nothing)
        if info is None:
            if show_output:
                print("Deleted")
            if not is_delete_operation:
                raise ComputeTargetException(f"compute target {self.name!r} was deleted meanwhile")
            return
        self._info = info
        if info.state == "Failed":
            raise ComputeTargetException(f"compute target {self.name!r} failed: {info.reason}")

    def delete(self) -> None:
        """Begin to delete it, with its files."""
        self._info = self._call(_client().delete_instance)

    def detach(self) -> None:
        """Refuse: what lives in the workspace alone cannot be taken out of it.

        Raises:
            ComputeTargetException: always; ``delete`` removes it.
        """
        raise ComputeTargetException(f"compute target {self.name!r} cannot be detached: delete() removes it")

    def serialize(self) -> Dict[str, Any]:
        """What is known of it, as plain values in Azure's shape."""
        info = self._info
        return {
            "id": self.compute_resource_id,
            "name": info.name,
            "location": info.location,
            "tags": self.tags,
            "properties": {
                "computeType": self.type,
                "description": info.description,
                "provisioningState": self.provisioning_state,
                "provisioningErrors": self.provisioning_errors,
                "createdOn": info.created_at.isoformat(),
                "properties": {
                    "vmSize": info.size.name,
                    "state": info.state,
                    "applications": applications(info),
                },
            },
        }

    def _call(self, function: Any, *args: Any) -> Any:
        return self.workspace._call(function, self.name, *args)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, id={self.compute_resource_id}, "
            f"type={self.type}, provisioning_state={self.provisioning_state}, location={self.location}, "
            f"tags={self.tags})"
        )

    def _repr_html_(self) -> str:
        links = {it.name: display.Link(it.url, "Open") for it in self._info.applications if it.available}
        cells = {"Name": self.name, "Workspace": self.workspace.name, "State": self._info.state}
        return display.html_table({**cells, "Size": self._info.size.name, **links})


class _Shown:
    """Prints an instance's states and finished steps as they come, each once."""

    def __init__(self) -> None:
        self._state = ""
        self._steps: Set[Tuple[str, datetime]] = set()

    def __call__(self, info: Instance) -> None:
        for step in info.steps:
            if step.seconds is not None and (step.name, step.started_at) not in self._steps:
                self._steps.add((step.name, step.started_at))
                print(f"  {step.name}: {step.seconds:.1f} s", flush=True)
        if info.state != self._state:
            self._state = info.state
            print(info.state, flush=True)


def applications(info: Instance) -> List[Dict[str, str]]:
    """Those that are there, in Azure's shape."""
    return [{"displayName": it.name, "endpointUri": it.url} for it in info.applications if it.available]


def _say_nothing(_info: Instance) -> None:
    pass


def _wrap(workspace: Workspace, info: Instance) -> ComputeTarget:
    """A target out of what a list has told."""
    from azureml.core.compute.computeinstance import ComputeInstance  # noqa: PLC0415 - it derives from ComputeTarget

    target = object.__new__(ComputeInstance)
    target.workspace = workspace
    target._info = info
    return target


def _client() -> Any:
    from workstead_client import compute  # noqa: PLC0415 - keeps `import azureml.core` light

    return compute
