"""Names of azureml that are not there yet: a sentence instead of a stub."""

from __future__ import annotations

import sys
from typing import Callable, FrozenSet, NoReturn, Optional, Sequence

from azureml.exceptions import UserErrorException

COVERAGE = "docs/reference/coverage.md"

CORE: FrozenSet[str] = frozenset(
    (
        "ComputerTarget ContainerRegistry Dataset Environment Image LinkedService "
        "PrivateEndPoint PrivateEndPointConfig RunConfiguration ScriptRun ScriptRunConfig "
        "SynapseWorkspaceLinkedServiceConfiguration Webservice "
        "conda_dependencies container_registry databricks dataset environment image "
        "resource_configuration runconfig script_run_config webservice"
    ).split()
)
"""Names below ``azureml.core`` that Microsoft's SDK has and this one does not have yet."""


MODULES: FrozenSet[str] = frozenset(
    (
        "_restclient accel ai api automl contrib data datadrift dataprep explain fsspec interpret mlflow monitoring "
        "opendatasets pipeline studio telemetry tensorboard train"
    ).split()
)
"""Packages below ``azureml`` that Microsoft's SDK has and this one does not have yet."""


class Finder:
    """Asked last of all: an import of what comes later fails with the sentence, not with a bare name."""

    @staticmethod
    def find_spec(name: str, path: Optional[Sequence[str]] = None, target: object = None) -> None:
        """None for every module that is not one of azureml's."""
        top, _, rest = name.partition(".")
        if top != "azureml":
            return
        part, _, below = rest.partition(".")
        if part in MODULES or (part == "core" and below.partition(".")[0] in CORE):
            raise ModuleNotFoundError(not_yet(name), name=name)


def install_finder() -> None:
    """Have imports ask the finder."""
    if Finder not in sys.meta_path:
        sys.meta_path.append(Finder)  # pyright: ignore[reportArgumentType]


def refuse(module: str, names: FrozenSet[str]) -> Callable[[str], NoReturn]:
    """A module ``__getattr__`` that tells names which come later from names that nobody knows."""

    def lookup(name: str) -> NoReturn:
        if name in names:
            raise ImportError(not_yet(f"{module}.{name}"))
        message = f"module {module!r} has no attribute {name!r}"
        raise AttributeError(message)

    return lookup


def not_yet(what: str) -> str:
    """The sentence that says so."""
    return f"{what} is not in Workstead yet; {COVERAGE} lists which azureml names are"


def refuse_given(call: str, **arguments: object) -> None:
    """Raise for arguments that were given a value but belong to what comes later: nothing is dropped unsaid."""
    for name, value in arguments.items():
        if value:
            raise UserErrorException(not_yet(f"argument {name} of {call}"))


class Later:
    """Stands in a class for a member that comes later: reading it is an AttributeError with the sentence."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._what = f"{owner.__name__}.{name}"

    def __get__(self, instance: object, owner: type) -> NoReturn:
        raise AttributeError(not_yet(self._what))
