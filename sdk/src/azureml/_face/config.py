"""Finds the workspace that a script means: config files upwards, the instance's own, or the only one there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, cast

from azureml.exceptions import UserErrorException
from workstead_wire.workspaces import WorkspacePath

PLACES = (".azureml", "", "aml_config")
"""Folders, below each one on the way up, that may hold the file."""
_KEYS = ("subscription_id", "resource_group", "workspace_name")


def find_config(path: Optional[str], file_name: Optional[str]) -> Optional[WorkspacePath]:
    """The workspace in the nearest config file; None when there is none from ``path`` upwards.

    Raises:
        UserErrorException: ``path`` does not exist, or names a file that is no workspace config.
    """
    start = Path(path).expanduser() if path else Path.cwd()
    if start.is_file():
        return read_config(start)
    if not start.is_dir():
        raise UserErrorException(f"there is no file or folder {path!r} to read a workspace config from")
    for file in _candidates(start.resolve(), file_name or "config.json"):
        # Other programs too call their files config.json: what does not name a workspace is passed over.
        if file_name or _names_workspace(file):
            return read_config(file)
    return None


def read_config(file: Path) -> WorkspacePath:
    """The workspace that a config file names."""
    found = _load(file)
    missing = [key for key in _KEYS if not isinstance(found.get(key), str)]
    if missing:
        raise UserErrorException(
            f"{str(file)!r} names no workspace: {', '.join(missing)} missing; "
            "Workspace.write_config() writes such a file"
        )
    return WorkspacePath(
        subscription_id=found["subscription_id"],
        resource_group=found["resource_group"],
        workspace=found["workspace_name"],
    )


def write_config(where: WorkspacePath, folder: Path, file_name: str) -> Path:
    """Write a config file, without any token, to ``folder/.azureml/``; its path."""
    import json  # noqa: PLC0415  # keeps `import azureml.core` light

    target = folder / ".azureml" / file_name
    text = json.dumps(
        {
            "Id": None,
            "Scope": where.id,
            "subscription_id": where.subscription_id,
            "resource_group": where.resource_group,
            "workspace_name": where.workspace,
        },
        indent=4,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text + "\n", encoding="utf-8")
    return target


def _candidates(start: Path, file_name: str) -> List[Path]:
    places = (folder / place / file_name for folder in (start, *start.parents) for place in PLACES)
    return [file for file in places if file.is_file()]


def _names_workspace(file: Path) -> bool:
    try:
        found = _load(file)
    except UserErrorException:
        return False
    return all(key in found for key in _KEYS)


def _load(file: Path) -> Dict[str, Any]:
    import json  # noqa: PLC0415

    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise UserErrorException(f"{str(file)!r} cannot be read as JSON: {error}") from None
    return cast("Dict[str, Any]", found) if isinstance(found, dict) else {}
