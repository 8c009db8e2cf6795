"""Downloads from dead addresses by ``urllib.request``, unchanged: an instance asks the server's mirror for them.

A line ``import workstead_client.mirror`` in a ``.pth`` file of the instance's environment runs this at every start of
Python, so it imports nothing itself: it waits until a script imports ``urllib.request``, and then has
``workstead_client.mirror_handler`` add its handler.
"""

import sys

TYPE_CHECKING = False  # typing's own would cost every Python start some milliseconds
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any, Optional

_NAME = "urllib.request"


class _Waiter:
    """Stands first on ``sys.meta_path`` until ``urllib.request`` is imported, then steps aside."""

    def find_spec(
        self, name: str, path: "Optional[Sequence[str]]" = None, target: "Optional[ModuleType]" = None
    ) -> "Optional[ModuleSpec]":
        """Where Python finds ``urllib.request`` anyway, with our handler added once it has run."""
        if name != _NAME:
            return None
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                _follow(spec.loader)
                return spec
        return None


def _follow(loader: "Any") -> None:
    """Have ``loader`` call ``_extend`` when it has run its module."""
    run = loader.exec_module

    def exec_module(module: "ModuleType") -> None:
        loader.exec_module = run
        run(module)
        _extend()

    loader.exec_module = exec_module


def _extend() -> None:
    try:
        from workstead_client import mirror_handler  # noqa: PLC0415 - see the first lines

        mirror_handler.install()
    except Exception:  # noqa: BLE001, S110 - a script that imports urllib must never fail because of us
        pass


if _NAME in sys.modules:
    _extend()
else:
    sys.meta_path.insert(0, _Waiter())
