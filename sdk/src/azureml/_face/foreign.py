"""Refuses to run in one environment with Microsoft's azureml-core, whose files would mix with ours."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, List

_MARK = "_base_sdk_common"  # a package that every azureml-core has and the face will never have


def refuse_foreign(folders: Iterable[str]) -> None:
    """Raise if Microsoft's azureml-core lies in one of the namespace's folders.

    Raises:
        ImportError: it does; the message names the command that takes it away.
    """
    for folder in folders:
        if (Path(folder) / _MARK).is_dir():
            names = _distributions() or ["azureml-core"]
            raise ImportError(
                f"Microsoft's {', '.join(names)} and Workstead both own the import path azureml in {folder}; run "
                f"`pip uninstall -y {' '.join(names)}` and then "
                "`pip install --force-reinstall --no-deps workstead-sdk`"
            )


def _distributions() -> List[str]:
    # Costs tens of milliseconds, so only once we refuse.
    from importlib.metadata import distributions  # noqa: PLC0415

    names = {str(dist.metadata["Name"]) for dist in distributions()}
    return sorted(name for name in names if name.lower().replace("_", "-").startswith("azureml"))
