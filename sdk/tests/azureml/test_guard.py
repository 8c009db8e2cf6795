"""Microsoft's azureml-core installed after ours: its ``azureml.core`` is not imported, but refused with the way out."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import azureml._face

SDK = Path(azureml._face.__file__).parents[2]


def run(folder, code):
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_core_that_replaced_ours_is_refused(tmp_path):
    shutil.copytree(SDK / "azureml" / "_face", tmp_path / "azureml" / "_face")
    (tmp_path / "azureml" / "core").mkdir()
    (tmp_path / "azureml" / "core" / "__init__.py").write_text("print('theirs')")
    guarded = (SDK.parent / "workstead-sdk.pth").read_text().strip() + "; import azureml.core"
    assert run(tmp_path, guarded).stdout == "theirs\n"  # alone it is not in the way
    (tmp_path / "azureml" / "_base_sdk_common").mkdir()
    refused = run(tmp_path, guarded)
    assert refused.stdout == ""
    assert "pip uninstall -y azureml-core" in refused.stderr.splitlines()[-1]
