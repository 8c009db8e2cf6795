"""The tree: what must not be in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Cut in two, so that this file does not name them either.
REGISTRIES = [
    "".join(halves)
    for halves in (
        ("py", "pi.org"), ("python", "hosted.org"), ("npm", "js.org"), ("npm", "js.com"),
        ("deb.", "debian.org"), ("crates", ".io"),
    )
]  # fmt: skip


def texts() -> dict[str, str]:
    """Every text file that git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    found = {}
    for name in filter(None, names):
        file = ROOT / name
        if file.is_file() and b"\0" not in (content := file.read_bytes()):
            found[name] = content.decode(errors="replace")
    assert len(found) > 50
    return found


def test_azureml_stays_a_namespace() -> None:
    assert not (ROOT / "sdk/src/azureml/__init__.py").exists()


def test_no_file_names_a_registry() -> None:
    named = [(name, host) for name, text in texts().items() for host in REGISTRIES if host in text]
    assert named == []


def test_no_file_names_a_path_of_this_machine() -> None:
    places = [f"{ROOT}/", f"{Path.home()}/."]
    named = [(name, place) for name, text in texts().items() for place in places if place in text]
    assert named == []


def test_no_utils() -> None:
    assert [name for name in texts() if Path(name).stem in {"utils", "util", "helpers", "misc"}] == []
