"""Files of a run, its logs, and the snapshot of its source."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import IO, Any, Callable, Dict, Iterable, List, Optional, TypeVar, Union

from azureml._face.store import RunStore
from azureml.exceptions import UserErrorException
from workstead_wire.artifacts import Artifact
from workstead_wire.runs import RunUpdate

LOG_FOLDERS = ("logs/", "user_logs/", "system_logs/", "azureml-logs/")
"""Files below these are a run's logs."""
_THREADS = 4
T = TypeVar("T")
R = TypeVar("R")


class RunFiles:
    """The part of ``Run`` that keeps files."""

    _store: RunStore
    id: Any

    def upload_file(
        self, name: str, path_or_stream: Union[str, Path, IO[bytes]], datastore_name: Optional[str] = None
    ) -> Artifact:
        """Keep a file with the run.

        Args:
            name: its path among the run's files, like ``outputs/model.pkl``.
            path_or_stream: where it lies, or an open binary stream, which is read to its end.
            datastore_name: taken for old scripts' sake; files of runs lie in the workspace's own storage.

        Returns:
            What is kept: path, bytes, SHA-256.

        Raises:
            UserErrorException: the name is taken or not of its form, or there is no such file.
        """
        return self._store.put_file(clean_path(name), _source(path_or_stream))

    def upload_files(
        self,
        names: List[str],
        paths: List[str],
        return_artifacts: bool = False,
        timeout_seconds: Optional[int] = None,
        datastore_name: Optional[str] = None,
    ) -> Optional[Dict[str, Artifact]]:
        """Keep several files: ``paths[i]`` under ``names[i]``.

        Returns:
            None, or with ``return_artifacts`` what is kept, by name.

        Raises:
            UserErrorException: the lists differ in length, a name is taken, or a file is missing.
        """
        if len(names) != len(paths):
            raise UserErrorException(f"names has {len(names)} items and paths {len(paths)}; give one name a path")
        kept = self._store.put_files([(clean_path(name), _file(path)) for name, path in zip(names, paths)])
        return dict(zip(names, kept)) if return_artifacts else None

    def upload_folder(self, name: str, path: str, datastore_name: Optional[str] = None) -> Dict[str, Artifact]:
        """Keep a folder's files, at any depth, below ``name``.

        Returns:
            What is kept, by name.

        Raises:
            UserErrorException: there is no such folder, or it is empty.
        """
        folder = Path(path)
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        if not files:
            what = "is empty" if folder.is_dir() else "is no folder"
            raise UserErrorException(f"{path!r} {what}; upload_folder needs a folder with files")
        base = clean_path(name).rstrip("/")
        names = [(f"{base}/" if base else "") + file.relative_to(folder).as_posix() for file in files]
        return dict(zip(names, self._store.put_files(list(zip(names, files)))))

    def get_file_names(self) -> List[str]:
        """Names of the run's files, sorted."""
        return self._store.list_files("")

    def download_file(
        self, name: str, output_file_path: Optional[str] = None, _validate_checksum: bool = False
    ) -> None:
        """Write one of the run's files to disk.

        Args:
            name: as ``get_file_names`` has it.
            output_file_path: a file, made with its folders, or a folder that is there; by default the present folder.

        Raises:
            UserErrorException: the run has no such file.
        """
        target = Path(output_file_path) if output_file_path else Path()
        if target.is_dir() or str(output_file_path).endswith(("/", os.sep)):
            target = target / PurePosixPath(name).name
        self._fetch(clean_path(name), target)

    def download_files(
        self,
        prefix: Optional[str] = None,
        output_directory: Optional[str] = None,
        output_paths: Optional[List[str]] = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: Optional[int] = None,
    ) -> None:
        """Write all of the run's files, or those in a folder, to disk.

        Args:
            prefix: a folder among the run's files, or one file.
            output_directory: where to; by default the present folder.
            output_paths: a path for each file, below ``output_directory``, in the order of ``get_file_names``.
            append_prefix: keep the prefix in the paths written. Default True.

        Raises:
            UserErrorException: nothing lies there, or ``output_paths`` has another length.
        """
        names = self._below(prefix)
        targets = output_paths
        if targets is None:
            cut = 0 if append_prefix or not prefix else len(clean_path(prefix).rstrip("/")) + 1
            targets = [name[cut:] or PurePosixPath(name).name for name in names]
        if len(set(targets)) != len(names):
            raise UserErrorException(
                f"output_paths has {len(set(targets))} different paths for {len(names)} files; give one each"
            )
        base = Path(output_directory or ".")
        _each(lambda pair: self._fetch(pair[0], _inside(base, pair[1])), list(zip(names, targets)))

    def get_all_logs(self, destination: Optional[str] = None) -> List[str]:
        """Write the run's logs below ``destination``, by default ``assets/<run id>``; the paths written."""
        base = Path(destination or Path("assets", self.id))
        names = self._log_names()
        base.mkdir(parents=True, exist_ok=True)
        _each(lambda name: self._fetch(name, _inside(base, name)), names)
        return [str(base / name) for name in names]

    def take_snapshot(self, file_or_folder_path: str) -> str:
        """Keep a folder's contents as the run's snapshot; its id.

        Raises:
            SnapshotException: the folder holds over 300 MB or 2,000 files.
        """
        snapshot_id = self._store.keep_snapshot(Path(file_or_folder_path))
        self._store.update(RunUpdate(snapshot_id=snapshot_id))
        return snapshot_id

    def get_snapshot_id(self) -> Optional[str]:
        """Id of the run's snapshot; None if it has none."""
        return self._store.read().snapshot_id

    def restore_snapshot(self, snapshot_id: Optional[str] = None, path: Optional[str] = None) -> str:
        """Write a snapshot as a ZIP file.

        Args:
            snapshot_id: by default the run's own.
            path: a folder that is there, or the file to write; by default the present folder.

        Returns:
            The path of the ZIP file.

        Raises:
            UserErrorException: the run has no snapshot.
        """
        snapshot_id = snapshot_id or self.get_snapshot_id()
        if snapshot_id is None:
            raise UserErrorException(f"run {self.id!r} was started without a snapshot")
        target = _zip_name(snapshot_id, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._store.fetch_snapshot(snapshot_id, target)
        return str(target)

    def _log_names(self) -> List[str]:
        return [name for name in self.get_file_names() if name.startswith(LOG_FOLDERS)]

    def _below(self, prefix: Optional[str]) -> List[str]:
        head = clean_path(prefix or "").rstrip("/")
        names = [
            name for name in self._store.list_files(head) if not head or name == head or name.startswith(head + "/")
        ]
        if not names:
            raise UserErrorException(f"run {self.id!r} has no files" + (f" below {prefix!r}" if prefix else ""))
        return names

    def _fetch(self, name: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        self._store.get_file(name, target)


def _zip_name(snapshot_id: str, path: Optional[str]) -> Path:
    """Where ``restore_snapshot`` writes: into ``path`` if that is a folder, at ``path``, or into the present folder."""
    target = Path(path) if path else Path()
    return target / f"{snapshot_id}.zip" if target.is_dir() else target


def clean_path(name: str) -> str:
    """A name among a run's files as the server has it: no ``./`` in front, no backslashes."""
    name = str(name).replace("\\", "/")
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return "" if name == "." else name


def _source(path_or_stream: Union[str, Path, IO[bytes]]) -> Union[Path, IO[bytes]]:
    if not isinstance(path_or_stream, (str, os.PathLike)):
        return path_or_stream
    return _file(path_or_stream)


def _file(place: Union[str, Path]) -> Path:
    path = Path(place)
    if not path.is_file():
        hint = "; upload_folder takes folders" if path.is_dir() else ""
        raise UserErrorException(f"there is no file {str(path)!r} to upload{hint}")
    return path


def _inside(base: Path, name: str) -> Path:
    target = base / name
    if base.resolve() not in (target.resolve(), *target.resolve().parents):
        raise UserErrorException(f"{name!r} leads out of {str(base)!r}")
    return target


def _each(act: Callable[[T], R], items: Iterable[T]) -> List[R]:
    """``act`` of every item, a few at a time; the first that fails is raised."""
    items = list(items)
    if len(items) < 2:  # noqa: PLR2004
        return [act(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(act, items))
