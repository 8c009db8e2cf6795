"""Import paths, the frozen public names, and what is refused at import."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import azureml.core
from azureml import exceptions
from azureml._face.foreign import refuse_foreign

MODULES = [
    "azureml.core", "azureml.core.authentication", "azureml.core.compute", "azureml.core.compute_target",
    "azureml.core.experiment", "azureml.core.model", "azureml.core.run", "azureml.core.workspace",
    "azureml.exceptions", "azureml.widgets",
]  # fmt: skip
FROZEN = Path(__file__).parent / "public_names.txt"


def public_names() -> str:
    """Every public class, function and method with its signature, one a line."""
    lines: set[str] = set()
    for name in MODULES:
        module = importlib.import_module(name)
        for key in getattr(module, "__all__", None) or [key for key in vars(module) if not key.startswith("_")]:
            thing = getattr(module, key)
            if inspect.isclass(thing) and thing.__module__.startswith("azureml"):
                lines |= {f"{name}.{key}{line}" for line in members(thing)}
            elif inspect.isfunction(thing) and thing.__module__ == name:
                lines.add(f"{name}.{key}{signature(thing)}")
    return "\n".join(sorted(lines)) + "\n"


def members(kind: type) -> list[str]:
    if kind.__module__ == "azureml.exceptions":
        return [f"({kind.__bases__[0].__name__})"]
    found = [signature(kind.__init__)]
    for key in dir(kind):
        if key.startswith("_") or key not in {name for base in kind.__mro__ for name in vars(base)}:
            continue
        try:
            member = inspect.getattr_static(kind, key)
            shown = getattr(kind, key)
        except AttributeError:
            continue  # a name that comes later
        found.append(f".{key}" if isinstance(member, property) else f".{key}{signature(shown)}")
    return found


def signature(thing: object) -> str:
    """Parameters with defaults, without annotations."""
    if not callable(thing):
        return ""
    parameters = [p.replace(annotation=inspect.Parameter.empty) for p in inspect.signature(thing).parameters.values()]
    return str(inspect.Signature([p for p in parameters if p.name != "self"]))


def test_public_names_are_frozen() -> None:
    """After a change on purpose: ``python sdk/tests/azureml/test_names.py`` writes the file anew."""
    assert public_names() == FROZEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    [
        "from azureml.core import Workspace, Experiment, Run, Model, ComputeTarget, VERSION",
        "from azureml.core.run import Run, _OfflineRun",
        "from azureml.core.workspace import Workspace, WorkspaceException",
        "from azureml.core.experiment import Experiment",
        "from azureml.core.model import Model",
        "from azureml.core.compute import ComputeTarget, ComputeInstance",
        "from azureml.core.compute_target import ComputeTargetException",
        "from azureml.core.authentication import InteractiveLoginAuthentication, AuthenticationException",
        "from azureml.exceptions._azureml_exception import UserErrorException",
        "from azureml.widgets.run_details import RunDetails",
        "import azureml.core; azureml.core.VERSION",
        "from azureml.core import get_run",
    ],
)
def test_short_and_deep_paths(line: str) -> None:
    exec(line, {})  # noqa: S102  # the lines above


@pytest.mark.parametrize(
    "line",
    [
        "from azureml.core import ScriptRunConfig",
        "from azureml.core.dataset import Dataset",
        "from azureml.core.compute import AmlCompute",
        "import azureml.train.automl",
        "from azureml.pipeline.core import Pipeline",
    ],
)
def test_what_comes_later_says_so(line: str) -> None:
    with pytest.raises(ImportError, match=r"^azureml\.\S+ is not in Workstead yet; docs/reference/coverage.md"):
        exec(line, {})  # noqa: S102


def test_what_nobody_knows_is_an_ordinary_error() -> None:
    with pytest.raises(ImportError, match="cannot import name 'Worksapce'"):
        exec("from azureml.core import Worksapce", {})  # noqa: S102
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'azureml.core.nonsense'"):
        importlib.import_module("azureml.core.nonsense")
    for thing, name in ((azureml.core.Run, "submit_child"), (azureml.core.Model, "deploy")):
        assert not hasattr(thing, name)


def test_no_package_file_above_core() -> None:
    assert not any(Path(folder, "__init__.py").exists() for folder in azureml.__path__)


def test_the_import_is_light() -> None:
    script = "import sys, azureml.core; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    heavy = {
        "urllib3",
        "http.client",
        "ssl",
        "asyncio",
        "hashlib",
        "tempfile",
        "numpy",
        "pandas",
        "matplotlib",
        "click",
    }
    assert heavy & set(loaded) == set()
    assert not any(name.startswith("workstead.") for name in loaded)


def test_every_exception_prints_as_its_sentence() -> None:
    for name in exceptions.__all__:
        kind = getattr(exceptions, name)
        assert issubclass(kind, exceptions.AzureMLException)
        assert str(kind("a sentence")).endswith("a sentence")


def test_microsofts_sdk_beside_ours_is_refused(tmp_path: Path) -> None:
    """A stand-in wheel with the one folder that tells it, on the path of a new process."""
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as wheel:
        wheel.writestr("azureml/_base_sdk_common/__init__.py", "")
        for name in ("azureml_core", "azureml_dataprep"):
            wheel.writestr(f"{name}-1.61.0.dist-info/METADATA", f"Name: {name.replace('_', '-')}\nVersion: 1.61.0\n")
    with zipfile.ZipFile(tmp_path / "made.zip") as wheel:
        wheel.extractall(tmp_path / "site")
    script = f"import sys; sys.path.append({str(tmp_path / 'site')!r}); import azureml.core"
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: Microsoft's azureml-core, azureml-dataprep and Workstead both own")
    assert "`pip uninstall -y azureml-core azureml-dataprep`" in last
    refuse_foreign([str(tmp_path)])


if __name__ == "__main__":
    FROZEN.write_text(public_names(), encoding="utf-8")
