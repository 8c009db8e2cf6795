"""The names that scripts import from ``azureml.core``."""

from __future__ import annotations

import azureml
from azureml._face.foreign import refuse_foreign

refuse_foreign(azureml.__path__)

from azureml._face import later  # noqa: E402  # nothing of ours is loaded beside a foreign SDK
from azureml.core.experiment import Experiment  # noqa: E402
from azureml.core.model import Model  # noqa: E402
from azureml.core.run import Run, get_run  # noqa: E402
from azureml.core.workspace import Workspace  # noqa: E402
from workstead_wire import VERSION  # noqa: E402

__version__ = VERSION
__all__ = ["VERSION", "ComputeTarget", "Datastore", "Experiment", "Keyvault", "Model", "Run", "Workspace", "get_run"]  # pyright: ignore[reportUnsupportedDunderAll]  # some are found by __getattr__

later.install_finder()
_refuse = later.refuse(__name__, later.CORE)


def __getattr__(name: str) -> object:
    if name == "ComputeTarget":  # rarely needed, so loaded when it is
        from azureml.core.compute import ComputeTarget  # noqa: PLC0415

        return ComputeTarget
    if name == "Datastore":
        from azureml.core.datastore import Datastore  # noqa: PLC0415

        return Datastore
    if name == "Keyvault":
        from azureml.core.keyvault import Keyvault  # noqa: PLC0415

        return Keyvault
    return _refuse(name)
