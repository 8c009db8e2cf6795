"""Workspaces: found, made, listed, and the way into what lies in them."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, TypeVar
from urllib.parse import quote

from azureml._face import config as config_files
from azureml._face import display
from azureml._face.errors import call, check_name, pages
from azureml._face.later import Later
from azureml.core import authentication
from azureml.exceptions import AuthenticationException, UserErrorException, WorkspaceException
from workstead_wire.workspaces import ResourceGroup, WorkspaceCreate, WorkspacePath, WorkspaceUpdate
from workstead_wire.workspaces import Workspace as WorkspaceInfo

if TYPE_CHECKING:
    from azureml.core.authentication import AbstractAuthentication
    from azureml.core.datastore import Datastore
    from azureml.core.experiment import Experiment
    from azureml.core.keyvault import Keyvault
    from azureml.core.model import Model
    from azureml.core.run import Run
    from workstead_client.transport import Transport

__all__ = ["AuthenticationException", "UserErrorException", "Workspace", "WorkspaceException"]

T = TypeVar("T")


class Workspace:
    """A workspace that exists.

    Args:
        subscription_id: GUID of the subscription.
        resource_group: name of the resource group.
        workspace_name: name of the workspace.
        auth: how to sign in; None uses what is at hand and asks by device code if nothing is.

    Raises:
        WorkspaceException: there is no such workspace.
        AuthenticationException: not signed in, or with a token the server does not know.
        ServiceException: no server answered.
    """

    def __init__(
        self,
        subscription_id: str,
        resource_group: str,
        workspace_name: str,
        auth: Optional[AbstractAuthentication] = None,
        _location: Optional[str] = None,
        _disable_service_check: bool = False,
        _workspace_id: Optional[str] = None,
        sku: str = "basic",
        tags: Optional[Dict[str, str]] = None,
        _cloud: str = "AzureCloud",
    ) -> None:
        path = WorkspacePath(subscription_id=subscription_id, resource_group=resource_group, workspace=workspace_name)
        self._open(authentication.connect(auth), path)

    @staticmethod
    def from_config(
        path: Optional[str] = None,
        auth: Optional[AbstractAuthentication] = None,
        _logger: Any = None,
        _file_name: Optional[str] = None,
    ) -> Workspace:
        """The workspace that the nearest config file names.

        Looks in ``path``, by default the present folder, and upwards, each time for ``.azureml/config.json``,
        ``config.json`` and ``aml_config/config.json``. With none there, a compute instance gives its own workspace,
        and a local server that has a single workspace gives that one.

        Args:
            path: a folder to begin at, or the file itself.
            auth: how to sign in; None uses what is at hand.

        Raises:
            UserErrorException: no config was found, or it is not of its form; the message lists what to do.
            WorkspaceException: the workspace it names does not exist.
        """
        named = config_files.find_config(path, _file_name)
        if named is None and path is not None:
            raise UserErrorException(
                f"there is no workspace config in {path!r} or above it; Workspace.write_config() writes one"
            )
        http = authentication.connect(auth)
        return _workspace(http, named or _own_path() or _only_path(http))

    @staticmethod
    def create(
        name: str,
        auth: Optional[AbstractAuthentication] = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        location: Optional[str] = None,
        create_resource_group: bool = True,
        sku: str = "basic",
        tags: Optional[Dict[str, str]] = None,
        friendly_name: Optional[str] = None,
        storage_account: Optional[str] = None,
        key_vault: Optional[str] = None,
        app_insights: Optional[str] = None,
        container_registry: Optional[str] = None,
        exist_ok: bool = False,
        show_output: bool = True,
        **kwargs: Any,
    ) -> Workspace:
        """Make a workspace, with its storage account, key vault and application insights.

        Args:
            name: 2 to 33 letters, digits, ``_`` or ``-``.
            subscription_id: by default the only subscription there is.
            resource_group: by default one named like the workspace.
            location: like ``westeurope`` or ``West Europe``; by default the resource group's.
            create_resource_group: make the group if it is missing. Default True.
            exist_ok: return the workspace that is there already. Default False.
            show_output: print what happens. Default True.
            tags: labels. friendly_name: a name to show. The other arguments name resources of Azure and are not used.

        Raises:
            WorkspaceException: the workspace exists and ``exist_ok`` is False, or the group is missing.
        """
        http = authentication.connect(auth)
        subscription = subscription_id or _only_subscription(http)
        path = WorkspacePath(subscription_id=subscription, resource_group=resource_group or name, workspace=name)
        return _create(http, path, location, tags, friendly_name, create_resource_group, exist_ok, show_output)

    @staticmethod
    def get(
        name: str,
        auth: Optional[AbstractAuthentication] = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        location: Optional[str] = None,
        cloud: str = "AzureCloud",
        id: Optional[str] = None,
    ) -> Workspace:
        """A workspace by name; what is not given is searched.

        Raises:
            WorkspaceException: none of that name, or several (``found_multiple`` is True then).
        """
        check_name("a workspace", name)
        http = authentication.connect(auth)
        if subscription_id and resource_group:
            return _workspace(
                http,
                WorkspacePath(subscription_id=subscription_id, resource_group=resource_group, workspace=name),
            )
        subscription = subscription_id or _only_subscription(http)
        every = _list(http, subscription, resource_group)
        found = [info for info in every if info.name.lower() == name.lower()]
        if len(found) != 1:
            groups = ", ".join(info.resource_group for info in found)
            what = f"exists in several resource groups ({groups}); give resource_group" if found else (
                f"does not exist in subscription {subscription!r}; there are: "
                + (", ".join(sorted(info.name for info in every)) or "none")
            )  # fmt: skip
            raise WorkspaceException(f"workspace {name!r} {what}", found_multiple=bool(found))
        return _workspace(http, found[0].path, found[0])

    @staticmethod
    def list(
        subscription_id: str,
        auth: Optional[AbstractAuthentication] = None,
        resource_group: Optional[str] = None,
    ) -> Dict[str, List[Workspace]]:
        """Workspaces of a subscription or resource group: a map from name to all those so named."""
        http = authentication.connect(auth)
        found: Dict[str, List[Workspace]] = {}
        for info in _list(http, subscription_id, resource_group):
            found.setdefault(info.name, []).append(_workspace(http, info.path, info))
        return found

    @staticmethod
    def setup() -> None:
        """Nothing needs to be set up; here for old notebooks."""

    def write_config(self, path: Optional[str] = None, file_name: Optional[str] = None) -> None:
        """Write what ``from_config`` reads, never a token, to ``<path>/.azureml/<file_name>``.

        Args:
            path: a folder; by default the present one.
            file_name: by default ``config.json``.
        """
        config_files.write_config(self._path, Path(path) if path else Path.cwd(), file_name or "config.json")

    @property
    def name(self) -> str:
        """The workspace's name."""
        return self._info.name

    @property
    def subscription_id(self) -> str:
        """GUID of its subscription."""
        return self._info.subscription_id

    @property
    def resource_group(self) -> str:
        """Name of its resource group."""
        return self._info.resource_group

    @property
    def location(self) -> str:
        """Like ``westeurope``; a label."""
        return self._info.location

    @property
    def tags(self) -> Dict[str, str]:
        """Its labels, as they were when the workspace was read."""
        return dict(self._info.tags)

    @property
    def sku(self) -> str:
        """Always ``Basic``."""
        return "Basic"

    @property
    def discovery_url(self) -> str:
        """Address of the server's API."""
        return f"{self._http.url}/api/v1"

    def get_details(self) -> Dict[str, Any]:
        """All that is known of the workspace: a dictionary with Azure Resource Manager's keys."""
        self._info = self._call(_client().get_workspace)
        info = self._info
        group = f"/subscriptions/{info.subscription_id}/resourceGroups/{info.resource_group}/providers/Microsoft."
        return {
            "id": info.id,
            "name": info.name,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "location": info.location,
            "tags": dict(info.tags),
            "sku": self.sku,
            "workspaceid": info.workspace_id,
            "description": info.description,
            "friendlyName": info.friendly_name,
            "creationTime": info.created_at.isoformat(),
            "createdBy": info.created_by,
            "storageAccount": group + f"Storage/storageAccounts/{info.storage_account}",
            "keyVault": group + f"KeyVault/vaults/{info.key_vault}",
            "applicationInsights": group + f"Insights/components/{info.application_insights}",
            "containerRegistry": None,
            "hbiWorkspace": False,
            "provisioningState": "Succeeded",
            "discoveryUrl": self.discovery_url,
        }

    @property
    def experiments(self) -> Dict[str, Experiment]:
        """Experiments by name."""
        from azureml.core.experiment import Experiment  # noqa: PLC0415  # they import this module

        return {experiment.name: experiment for experiment in Experiment.list(self)}

    @property
    def models(self) -> Dict[str, Model]:
        """The newest version of each model, by name."""
        from azureml.core.model import Model  # noqa: PLC0415

        return {model.name: model for model in Model.list(self, latest=True)}

    @property
    def compute_targets(self) -> Dict[str, Any]:
        """Compute targets by name."""
        from azureml.core.compute import ComputeTarget  # noqa: PLC0415

        return {target.name: target for target in ComputeTarget.list(self)}

    def get_default_keyvault(self) -> Keyvault:
        """The key vault that came with the workspace."""
        from azureml.core.keyvault import Keyvault  # noqa: PLC0415

        return Keyvault(self)

    @property
    def datastores(self) -> Dict[str, Datastore]:
        """The workspace's datastores by name."""
        from azureml.core.datastore import Datastore  # noqa: PLC0415
        from workstead_client import blobs  # noqa: PLC0415

        return {info.name: Datastore(self, info.name) for info in self._call(blobs.list_datastores)}

    def get_default_datastore(self) -> Datastore:
        """The datastore that is meant where none is named: ``workspaceblobstore`` until another one is chosen."""
        from azureml.core.datastore import Datastore  # noqa: PLC0415

        return Datastore(self)

    def set_default_datastore(self, name: str) -> None:
        """Choose the default datastore.

        Raises:
            UserErrorException: the workspace has no such datastore.
        """
        from workstead_client import blobs  # noqa: PLC0415

        self._call(blobs.set_default_datastore, name)

    def get_run(self, run_id: str) -> Run:
        """A run of this workspace.

        Raises:
            UserErrorException: the workspace has no such run.
        """
        from azureml.core.run import Run  # noqa: PLC0415

        return Run.get(self, run_id)

    def update(
        self,
        friendly_name: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        **kwargs: Any,
    ) -> None:
        """Change what is given; ``tags`` replaces them all."""
        change = WorkspaceUpdate(friendly_name=friendly_name, description=description, tags=tags)
        self._info = self._call(_client().update_workspace, change)

    def delete(self, delete_dependent_resources: bool = False, no_wait: bool = False) -> None:
        """Delete the workspace with all that is in it: runs, models, files, compute instances.

        Args:
            delete_dependent_resources: without effect: storage account, key vault and application insights are parts
                of a workspace here and always go with it.
            no_wait: without effect: when this returns, nobody finds the workspace any more and its name is free.
        """
        self._call(_client().delete_workspace)

    def get_portal_url(self) -> str:
        """Address of the workspace's page in Studio."""
        return self._page("home")

    def get_mlflow_tracking_uri(self, with_auth: bool = False) -> str:
        """Address for ``mlflow.set_tracking_uri``: what MLflow logs there is seen as runs of this workspace.

        MLflow's clients take their token from the environment: this sets ``MLFLOW_TRACKING_TOKEN`` for the process
        where the script has not.

        Args:
            with_auth: without effect: the token is never part of the address.
        """
        del with_auth
        token = self._http.token
        if token:
            os.environ.setdefault("MLFLOW_TRACKING_TOKEN", token)
        return f"{self._http.url}/mlflow/v1.0{self._path.id}"

    datasets = Later()
    environments = Later()
    webservices = Later()

    def __repr__(self) -> str:
        return (
            f"Workspace.create(name={self.name!r}, subscription_id={self.subscription_id!r}, "
            f"resource_group={self.resource_group!r})"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workspace) and other._path == self._path and other._http.url == self._http.url

    def __hash__(self) -> int:
        return hash((self._http.url, self._path))

    def _repr_html_(self) -> str:
        return display.html_table(
            {
                "Name": self.name,
                "Resource group": self.resource_group,
                "Location": self.location,
                "Subscription": self.subscription_id,
                "Studio": display.Link(self.get_portal_url(), "Open in Studio"),
            }
        )

    def _open(self, http: Transport, path: WorkspacePath, info: Optional[WorkspaceInfo] = None) -> None:
        self._http = http
        self._path = path
        self._info = info or self._call(_client().get_workspace)
        self._path = self._info.path  # the names as they are written, whatever case was asked for

    def _call(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        return call(function, self._http, self._path, *args, **named)

    def _pages(self, function: Callable[..., Any], *args: Any, **named: Any) -> Iterator[Any]:
        return pages(function, self._http, self._path, *args, **named)

    def _page(self, *steps: str) -> str:
        """Address of a page in Studio: the steps of its path, each quoted, and this workspace."""
        p = self._path
        workspace = f"/subscriptions/{p.subscription_id}/resourcegroups/{p.resource_group}/workspaces/{p.workspace}"
        path = "/".join(quote(step, safe=":") for step in steps)
        return f"{self._http.url}/{path}?wsid={quote(workspace, safe='/')}"


def _client() -> Any:
    from workstead_client import workspaces  # noqa: PLC0415  # keeps `import azureml.core` light

    return workspaces


def _workspace(http: Transport, path: WorkspacePath, info: Optional[WorkspaceInfo] = None) -> Workspace:
    workspace = Workspace.__new__(Workspace)
    workspace._open(http, path, info)
    return workspace


def _own_path() -> Optional[WorkspacePath]:
    """The workspace that this compute instance or job belongs to."""
    import os  # noqa: PLC0415

    resource_id = os.environ.get("WORKSTEAD_WORKSPACE")
    return call(WorkspacePath.parse, resource_id) if resource_id else None


def _only_path(http: Transport) -> WorkspacePath:
    every = [
        info
        for subscription in pages(_client().list_subscriptions, http)
        for info in _list(http, subscription.id, None)
    ]
    local = http.url.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
    if local and len(every) == 1:
        return every[0].path
    names = ", ".join(f"{info.name!r} (resource group {info.resource_group!r})" for info in every) or "none yet"
    raise UserErrorException(
        f"no config.json was found in {str(Path.cwd())!r} or above it; write one with "
        "Workspace.get(name).write_config(), or make a workspace with Workspace.create(name). "
        f"The server at {http.url} has: {names}"
    )


def _only_subscription(http: Transport) -> str:
    from workstead_client import config  # noqa: PLC0415

    chosen = config.current_subscription()
    if chosen:
        return chosen
    every = list(pages(_client().list_subscriptions, http))
    if len(every) == 1:
        return every[0].id
    shown = ", ".join(f"{found.id} ({found.name})" for found in every)
    raise UserErrorException(f"give subscription_id, since the server has several subscriptions: {shown}")


def _list(http: Transport, subscription: str, group: Optional[str]) -> List[WorkspaceInfo]:
    if group is None:
        return list(pages(_client().list_workspaces, http, subscription))
    return list(pages(_client().list_group_workspaces, http, subscription, group))


def _create(
    http: Transport,
    path: WorkspacePath,
    location: Optional[str],
    tags: Optional[Dict[str, str]],
    friendly_name: Optional[str],
    create_resource_group: bool,
    exist_ok: bool,
    show_output: bool,
) -> Workspace:
    if not location:
        group: ResourceGroup = call(_client().get_resource_group, http, path.subscription_id, path.resource_group)
        location = group.location
    asked = WorkspaceCreate(
        location=location, friendly_name=friendly_name or "", tags=tags or {},
        create_resource_group=create_resource_group, exist_ok=exist_ok,
    )  # fmt: skip
    if show_output:
        print(f"Deploying Workspace with name {path.workspace}.")
    try:
        info = call(_client().create_workspace, http, path, asked)
    except UserErrorException as error:  # taken, or a name or place that there is not
        raise WorkspaceException(error.message, inner_exception=error.inner_exception) from None
    if show_output:
        for kind, name in (
            ("StorageAccount", info.storage_account),
            ("KeyVault", info.key_vault),
            ("AppInsights", info.application_insights),
            ("Workspace", info.name),
        ):
            print(f"Deployed {kind} with name {name}.")
    return _workspace(http, path, info)
