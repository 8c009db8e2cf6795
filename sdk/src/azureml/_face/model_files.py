"""A model's bytes: up from a folder of one's own, down into another."""

from __future__ import annotations

import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from azureml.exceptions import ModelPathNotFoundException, UserErrorException, WebserviceException
from workstead_wire.models import Model

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


def upload_model(workspace: Workspace, source: Path, child_paths: Optional[List[str]]) -> Tuple[str, str]:
    """Upload a file or folder to a container of its own; the container and the path in it."""
    import uuid  # noqa: PLC0415

    from azureml._face.online import put_artifacts  # noqa: PLC0415

    if not source.exists():
        raise ModelPathNotFoundException(f"there is no file or folder {str(source)!r} to register as a model")
    container = f"{time.strftime('%y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"
    name = source.resolve().name
    files = [source] if source.is_file() else _files(source, child_paths)
    inner = [name if source.is_file() else f"{name}/{file.relative_to(source).as_posix()}" for file in files]
    put_artifacts(workspace, "LocalUpload", container, list(zip(inner, files)))
    return container, name


def download_files(library: Any, model: Model, target: Path, *, overwrite: bool) -> Path:
    """Write a model's file or folder below ``target``; its path there."""
    base = PurePosixPath(model.path)
    result = target / base.name
    pairs = [(name, target / PurePosixPath(name).relative_to(base.parent)) for name in library.files(model)]
    for _, place in pairs:
        if result.resolve() not in (place.resolve(), *place.resolve().parents):
            raise UserErrorException(f"model {model.id!r} has a file that leads out of {str(target)!r}")
        if place.exists() and not overwrite:
            raise WebserviceException(f"{str(place)!r} exists; pass exist_ok=True to write over it")
    for name, place in pairs:
        place.parent.mkdir(parents=True, exist_ok=True)
        library.fetch(model, name, place)
    return result


def _files(folder: Path, child_paths: Optional[List[str]]) -> List[Path]:
    roots = [folder / child for child in child_paths] if child_paths else [folder]
    found: List[Path] = []
    for root in roots:
        if not root.exists() or folder.resolve() not in (root.resolve(), *root.resolve().parents):
            raise ModelPathNotFoundException(f"there is no {str(root)!r} inside the model's folder")
        found += [root] if root.is_file() else sorted(file for file in root.rglob("*") if file.is_file())
    if not found:
        raise ModelPathNotFoundException(f"folder {str(folder)!r} has no files to register as a model")
    return found
