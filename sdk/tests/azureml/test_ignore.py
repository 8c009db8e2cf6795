"""Ignore files: git itself is the judge."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azureml._face.snapshot import read_folder

NAMES = ["a", "b", "ab", "a.txt", "b.log", "data", "x y", "[c]", "#h", "!n", "a-b", "a]b", "abc"]
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)
PIECES = st.sampled_from(
    [*NAMES, "*", "**", "?", "*.txt", "a*", "*b", "[ab]", "[!a]", "[^b]", "[a-c]", "[]a]", "[[:alpha:]]", "a**b",
     r"\#h", r"\!n", r"\[c\]", "[", "a\\", "[a-", "[!", "x\\ y", "*.l?g", "***"]
)  # fmt: skip
PATTERNS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(PIECES, min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "", "/", "/**"]),
    st.sampled_from(["", "", " ", "  "]),
)
LINES = st.lists(st.one_of(PATTERNS, st.just(""), st.just("# word")), max_size=6)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def kept_by_git(root: Path) -> set[str]:
    command = ["git", "ls-files", "-z", "--others", "--exclude-standard"]
    out = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout
    return {name.decode() for name in out.split(b"\0") if name}


def kept_by_us(root: Path) -> set[str]:
    return {found.name for found in read_folder(root)}


def make_repository(root: Path) -> None:
    root.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "config", "core.excludesFile", "/dev/null"], cwd=root, check=True)


def usable(paths: set[str]) -> list[str]:
    """Paths of which none is a folder of another."""
    return [path for path in paths if not any(other.startswith(path + "/") for other in paths)]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paths=st.sets(PATHS, min_size=1, max_size=12), top=LINES, inner=LINES, place=st.sampled_from(["a", "data"]))
def test_any_rules_are_read_as_git_reads_them(tmp_path_factory, paths, top, inner, place) -> None:
    root = tmp_path_factory.mktemp("repository") / "r"
    make_repository(root)
    write(root, dict.fromkeys(usable(paths), "x"))
    (root / ".gitignore").write_text("\n".join(top))
    if (root / place).is_dir():
        (root / place / ".gitignore").write_text("\n".join(inner) + "\n")
    assert kept_by_us(root) == kept_by_git(root)


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ("data\n", {".amlignore", "keep.py", "deep/x.py"}),
        ("/data\n", {".amlignore", "keep.py", "deep/x.py", "deep/data/z"}),
        ("data/*\n!data/one\n", {".amlignore", "keep.py", "data/one", "deep/x.py", "deep/data/z"}),
        ("*\n!keep.py\n", {"keep.py"}),
        ("**/data/**\n", {".amlignore", "keep.py", "deep/x.py"}),
    ],
)
def test_amlignore(tmp_path: Path, rules: str, kept: set[str]) -> None:
    write(tmp_path, dict.fromkeys(["keep.py", "data/one", "data/two", "deep/x.py", "deep/data/z"], "x"))
    (tmp_path / ".amlignore").write_text(rules)
    assert kept_by_us(tmp_path) == kept


def test_amlignore_goes_before_gitignore(tmp_path: Path) -> None:
    write(tmp_path, {"a": "", "b": "", ".amlignore": "a\n", ".gitignore": "b\n"})
    assert kept_by_us(tmp_path) == {"b", ".amlignore", ".gitignore"}


def test_machinery_and_links_to_folders_stay_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        dict.fromkeys(
            [".git/x", ".azureml/config.json", "__pycache__/m.pyc", ".ipynb_checkpoints/n", "v/pyvenv.cfg", "v/lib"], ""
        ),
    )
    write(tmp_path, {"m.py": ""})
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert kept_by_us(tmp_path) == {"m.py"}
