"""Compute instances: a managed Jupyter for one user."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml.core.compute.compute import ComputeTarget, ComputeTargetProvisioningConfiguration, _client, applications
from azureml.exceptions import ComputeTargetException
from workstead_wire.compute import Instance, InstanceCreate, Schedule

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

__all__ = ["ComputeInstance", "ComputeInstanceProvisioningConfiguration", "ComputeInstanceStatus"]

_DEFAULT_SIZE = "STANDARD_DS3_V2"


class ComputeInstanceProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """What is asked of a new compute instance."""


class ComputeInstanceStatus:
    """A compute instance as it was when asked.

    ``state`` is ``Creating``, ``Running``, ``Stopping``, ``Stopped``, ``Starting``, ``Restarting``, ``Deleting`` or
    ``Failed``; ``errors`` a list of sentences; ``applications`` a list of ``{"displayName", "endpointUri"}``.
    """

    def __init__(self, info: Instance) -> None:
        self.state = info.state
        self.vm_size = info.size.name
        self.errors = [info.reason] if info.reason else []
        self.applications = applications(info)
        self.creation_time = info.created_at
        self.created_by_user_name = info.created_by

    def serialize(self) -> Dict[str, Any]:
        """The same as plain values."""
        return {
            "state": self.state,
            "vmSize": self.vm_size,
            "errors": self.errors,
            "applications": self.applications,
            "creationTime": self.creation_time.isoformat(),
            "createdByUserName": self.created_by_user_name,
        }

    def __repr__(self) -> str:
        return f"ComputeInstanceStatus({self.serialize()})"


class ComputeInstance(ComputeTarget):
    """A compute instance of a workspace."""

    Status = ComputeInstanceStatus

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        ssh_public_access: bool = False,
        admin_user_ssh_public_key: Optional[str] = None,
        vnet_resourcegroup_name: Optional[str] = None,
        vnet_name: Optional[str] = None,
        subnet_name: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        assigned_user_object_id: Optional[str] = None,
        assigned_user_tenant_id: Optional[str] = None,
        *,
        idle_time_before_shutdown_minutes: Optional[int] = None,
        schedule: Optional[Dict[str, Any]] = None,
    ) -> ComputeInstanceProvisioningConfiguration:
        """Say what to create.

        Args:
            vm_size: like ``STANDARD_D3_V2``, in any case; ``supported_vmsizes`` lists them. Default STANDARD_DS3_V2.
            tags: labels.
            description: what it is for.
            ssh_public_access: True is refused: an instance is reached through the server alone. The other arguments
                that the first SDK has name networks and users of Azure and are not used.
            idle_time_before_shutdown_minutes: stop it after so long without activity. Default never.
            schedule: when it starts and stops by itself, like ``{"start": "08:00", "stop": "18:00",
                "days": ["Monday", "Friday"], "time_zone": "Europe/Berlin"}``; every day and UTC unless said.

        Raises:
            ComputeTargetException: ``ssh_public_access`` was asked for, or the schedule is none.
        """
        if ssh_public_access or admin_user_ssh_public_key:
            raise ComputeTargetException(
                "SSH into a compute instance is not offered: open a terminal in JupyterLab instead"
            )
        asked = InstanceCreate(
            size=vm_size or _DEFAULT_SIZE,
            description=description or "",
            tags=tags or {},
            idle_minutes=idle_time_before_shutdown_minutes,
            schedule=_read_schedule(schedule),
        )
        return ComputeInstanceProvisioningConfiguration(asked)

    @staticmethod
    def supported_vmsizes(workspace: Workspace, location: Optional[str] = None) -> List[Dict[str, Any]]:
        """The sizes there are: ``[{"name", "vCPUs", "gpus", "memoryGB"}]``; every location has the same."""
        from azureml._face.errors import call  # noqa: PLC0415

        sizes = call(_client().list_sizes, workspace._http)
        return [
            {"name": size.name, "vCPUs": size.cores, "gpus": size.gpus, "memoryGB": size.memory_gib} for size in sizes
        ]

    @property
    def vm_size(self) -> str:
        """Its size, like ``STANDARD_D3_V2``."""
        return self._info.size.name

    @property
    def applications(self) -> List[Dict[str, str]]:
        """Its programs: ``[{"displayName": "JupyterLab", "endpointUri": address}]``."""
        return ComputeInstanceStatus(self._info).applications

    def get_status(self) -> ComputeInstanceStatus:
        """How it is now."""
        self.refresh_state()
        return ComputeInstanceStatus(self._info)

    def start(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Begin to start it; with ``wait_for_completion`` return when it runs."""
        self._change(_client().start_instance, wait=wait_for_completion, show_output=show_output)

    def stop(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Begin to stop it; files and environment stay."""
        self._change(_client().stop_instance, wait=wait_for_completion, show_output=show_output)

    def restart(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Begin to restart it."""
        self._change(_client().restart_instance, wait=wait_for_completion, show_output=show_output)

    def delete(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        """Begin to delete it, with its files."""
        super().delete()
        if wait_for_completion:
            self.wait_for_completion(show_output=show_output, is_delete_operation=True)

    def _change(self, function: Any, *, wait: bool, show_output: bool) -> None:
        self._info = self._call(function)
        if wait:
            self.wait_for_completion(show_output=show_output)


def _read_schedule(schedule: Optional[Dict[str, Any]]) -> Optional[Schedule]:
    import msgspec  # noqa: PLC0415

    unknown = set(schedule or {}) - set(Schedule.__struct_fields__)
    if unknown:
        raise ComputeTargetException(
            f"a schedule has start, stop, days and time_zone, not {', '.join(sorted(unknown))}"
        )
    try:
        return None if schedule is None else msgspec.convert(schedule, Schedule)
    except msgspec.ValidationError as error:
        raise ComputeTargetException(f"the schedule is not of its form: {error}") from None
