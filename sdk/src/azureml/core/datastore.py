"""Datastores: names for containers of a workspace's storage account."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from azureml.exceptions import UserErrorException
from workstead_wire.blobs import Datastore as Info
from workstead_wire.blobs import DatastoreCreate
from workstead_wire.errors import AlreadyExists

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

__all__ = ["Datastore"]


class Datastore:
    """A datastore that exists; ``Datastore(ws, "name")`` is ``Datastore.get(ws, "name")``.

    Args:
        workspace: the workspace.
        name: the datastore's name; None is the workspace's default one.

    Raises:
        UserErrorException: the workspace has no such datastore.
    """

    def __init__(self, workspace: Workspace, name: Optional[str] = None) -> None:
        self._workspace = workspace
        self._info: Info
        if name is None:
            self._info = next(info for info in workspace._call(_client().list_datastores) if info.is_default)
        else:
            self._info = workspace._call(_client().get_datastore, name)

    @staticmethod
    def get(workspace: Workspace, datastore_name: str) -> Datastore:
        """The datastore of a name.

        Raises:
            UserErrorException: the workspace has no such datastore.
        """
        return Datastore(workspace, datastore_name)

    @staticmethod
    def get_default(workspace: Workspace) -> Datastore:
        """The workspace's default datastore."""
        return Datastore(workspace)

    @staticmethod
    def register_azure_blob_container(
        workspace: Workspace,
        datastore_name: str,
        container_name: str,
        account_name: Optional[str] = None,
        sas_token: Optional[str] = None,
        account_key: Optional[str] = None,
        create_if_not_exists: bool = False,
        overwrite: bool = False,
        **kwargs: Any,
    ) -> Datastore:
        """Give a container of the workspace's own storage account a name.

        Args:
            workspace: the workspace.
            datastore_name: lower-case letters, digits or ``_``.
            container_name: the container.
            account_name: the workspace's storage account, or None for it; others are not reached from here.
            sas_token: not needed, since the account is the workspace's own.
            account_key: likewise.
            create_if_not_exists: whether to make the container when there is none.
            overwrite: whether a datastore of that name may come to mean this container.
            **kwargs: further words of Azure's, not needed here.

        Raises:
            UserErrorException: the account is another one, the name is taken, or there is no such container.
        """
        own = workspace._call(_client().get_storage_account).name
        if account_name not in (None, own):
            raise UserErrorException(
                f"the storage account {account_name!r} is not this workspace's; only those of its own, {own!r}, can be "
                "registered"
            )
        taken = [info.name for info in workspace._call(_client().list_datastores)]
        if datastore_name in taken and not overwrite:
            raise UserErrorException(f"there is a datastore {datastore_name!r} already; overwrite=True replaces it")
        if create_if_not_exists:
            containers = [container.name for container in workspace._call(_client().list_containers)]
            if container_name not in containers:
                workspace._call(_client().create_container, container_name)
        workspace._call(_client().create_datastore, datastore_name, DatastoreCreate(container=container_name))
        return Datastore(workspace, datastore_name)

    @property
    def name(self) -> str:
        """The datastore's name."""
        return self._info.name

    @property
    def datastore_type(self) -> str:
        """``AzureBlob``: no other kind is here."""
        return "AzureBlob"

    @property
    def account_name(self) -> str:
        """The storage account."""
        return self._info.account

    @property
    def container_name(self) -> str:
        """The container that the datastore means."""
        return self._info.container

    @property
    def account_key(self) -> str:
        """The first key of the storage account, which opens all of it; reading it is written into the activity log."""
        return self._workspace._call(_client().read_account_key, "key1").value

    @property
    def sas_token(self) -> None:
        """None: the account's key is known instead."""

    @property
    def protocol(self) -> str:
        """``http`` or ``https``, whichever leads to the server."""
        return self._workspace._call(_client().get_storage_account).url.partition(":")[0]

    @property
    def workspace(self) -> Workspace:
        """The workspace."""
        return self._workspace

    @property
    def is_default(self) -> bool:
        """Whether it was the workspace's default when it was looked up."""
        return self._info.is_default

    def set_as_default(self) -> None:
        """Let it be the workspace's default."""
        self._info = self._workspace._call(_client().set_default_datastore, self.name)

    def unregister(self) -> None:
        """Forget the datastore; its container and all in it stay."""
        self._workspace._call(_client().delete_datastore, self.name)

    def upload(
        self,
        src_dir: str,
        target_path: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> int:
        """Upload all files of a folder.

        Args:
            src_dir: the folder.
            target_path: the folder in the datastore; None is its root.
            overwrite: whether files that are there are replaced; otherwise they are left as they are.
            show_progress: whether to print each file.

        Returns:
            How many files were uploaded.
        """
        root = Path(src_dir)
        if not root.is_dir():
            raise UserErrorException(f"{src_dir!r} is no folder")
        files = sorted(path for path in root.rglob("*") if path.is_file())
        pairs = [(file, file.relative_to(root).as_posix()) for file in files]
        return self._upload(pairs, target_path, overwrite, show_progress)

    def upload_files(
        self,
        files: List[str],
        relative_root: Optional[str] = None,
        target_path: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> int:
        """Upload some files.

        Args:
            files: where they lie.
            relative_root: the folder whose structure is kept; None is the deepest that has them all.
            target_path: the folder in the datastore; None is its root.
            overwrite: whether files that are there are replaced; otherwise they are left as they are.
            show_progress: whether to print each file.

        Returns:
            How many files were uploaded.
        """
        found = [Path(file).absolute() for file in files]
        if lacking := next((file for file in found if not file.is_file()), None):
            raise UserErrorException(f"there is no file {str(lacking)!r}")
        if not found:
            return 0
        root = Path(relative_root).absolute() if relative_root else _common_folder(found)
        try:
            pairs = [(file, file.relative_to(root).as_posix()) for file in found]
        except ValueError as error:
            raise UserErrorException(f"not all files lie in {str(root)!r}: {error}") from error
        return self._upload(pairs, target_path, overwrite, show_progress)

    def download(
        self,
        target_path: str,
        prefix: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> int:
        """Download all files, or those below a folder.

        Args:
            target_path: the folder here; made if it is not there.
            prefix: the folder or file in the datastore; None is all.
            overwrite: whether files here are replaced; otherwise they are left as they are.
            show_progress: whether to print each file.

        Returns:
            How many files were downloaded.
        """
        count, start = 0, (prefix or "").rstrip("/")
        for blob in self._workspace._pages(_client().list_blobs, self.container_name, start):
            if start and blob.name != start and not blob.name.startswith(start + "/"):
                continue
            target = _inside(Path(target_path), blob.name)
            if target.exists() and not overwrite:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            self._workspace._call(_client().download_blob, self.container_name, blob.name, target)
            count += 1
            _tell(f"Downloaded {blob.name}", show_progress)
        return count

    def _upload(
        self, pairs: List[Tuple[Path, str]], target_path: Optional[str], overwrite: bool, show_progress: bool
    ) -> int:
        front = f"{target_path.strip('/')}/" if target_path and target_path.strip("/") else ""
        count = 0
        for file, name in pairs:
            try:
                _client().upload_blob(
                    self._workspace._http, self._workspace._path, self.container_name, front + name, file,
                    overwrite=overwrite,
                )  # fmt: skip
            except AlreadyExists:
                _tell(f"{front + name} is there already", show_progress)
                continue
            count += 1
            _tell(f"Uploaded {front + name}", show_progress)
        return count

    def __repr__(self) -> str:
        """Name and container."""
        return f"Datastore(name={self.name!r}, container_name={self.container_name!r})"


def _common_folder(files: List[Path]) -> Path:
    return Path(os.path.commonpath([str(file.parent) for file in files]))


def _inside(folder: Path, name: str) -> Path:
    """Where a blob comes to lie in a folder, and nowhere else, whatever its name."""
    target = (folder / name).absolute()
    if not Path(os.path.normpath(target)).is_relative_to(os.path.normpath(folder.absolute())) or name.endswith("/"):
        raise UserErrorException(f"the blob {name!r} cannot be a file in {str(folder)!r}")
    return target


def _tell(sentence: str, show: bool) -> None:
    if show:
        print(sentence)


def _client() -> Any:
    from workstead_client import blobs  # noqa: PLC0415

    return blobs
