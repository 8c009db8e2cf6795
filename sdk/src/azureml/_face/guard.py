"""Refuses ``import azureml.core`` where Microsoft's azureml-core came after us and so replaced our own check.

A line ``import azureml._face.guard`` in the wheel's ``.pth`` file runs this at every start of Python, so it imports
nothing itself.
"""

import sys

TYPE_CHECKING = False  # typing's own would cost every Python start some milliseconds
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Optional


class _Guard:
    """Stands first on ``sys.meta_path``; looks at the one name and leaves the finding to others."""

    def find_spec(self, name: str, path: "Optional[Iterable[str]]" = None, target: "Any" = None) -> None:
        """Nothing, unless ``azureml.core`` would be found in a mixed folder: then ImportError with the way out."""
        if name == "azureml.core" and path is not None:
            from azureml._face.foreign import refuse_foreign  # noqa: PLC0415 - see the first lines

            refuse_foreign(path)


sys.meta_path.insert(0, _Guard())  # pyright: ignore[reportArgumentType]
