"""The documentation: what comes from code is fresh, and what it tells people to type works."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click import Context, Group

import live
from workstead.settings import Settings
from workstead_cli.commands import workstead
from workstead_wire.errors import WorksteadError

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "sdk/README.md", "server/README.md")] + sorted(
    file for file in (ROOT / "docs").rglob("*.md") if "_build" not in file.parts
)
GENERATED = {"settings.md", "errors.md", "command-line.md", "coverage.md", "mlflow.md"}
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The page's code blocks in a language, without the indentation of the list they may stand in."""
    found = [match for match in BLOCK.finditer(page.read_text()) if match[2] == language]
    return [re.sub(rf"^{match[1]}", "", match[3], flags=re.MULTILINE) for match in found]


def headings(page: str) -> set[str]:
    return set(re.findall(r"^#+ `([^`]+)`$", (ROOT / "docs/reference" / page).read_text(), re.MULTILINE))


def test_generated_pages_are_fresh() -> None:
    command = [sys.executable, str(ROOT / "docs/generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_and_error_has_its_heading() -> None:
    wanted = {f"WORKSTEAD_{field.name.upper()}" for field in msgspec.structs.fields(Settings)}
    assert headings("settings.md") == wanted
    # Errors that a program of ours makes up for itself never cross the wire.
    on_the_wire = {
        code for code, kind in WorksteadError.by_code.items() if kind.__module__ == WorksteadError.__module__
    }
    assert headings("errors.md") == {"error", *on_the_wire}


def test_every_setting_says_what_it_is() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text()
    bare = [part.split("`")[0] for part in text.split("\n## `")[1:] if len(part.split("\n\n")[1]) < 20]
    assert bare == []


@pytest.fixture(scope="module")
def new_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Live]:
    """A server as a reader of the page has it: nobody else has made anything there."""
    with live.running(tmp_path_factory.mktemp("reader") / "home") as server:
        yield server


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_python_on_the_page_runs(page: Path, new_server: live.Live, tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks(page, "python")))
    environ = live.clean_environ(tmp_path) | new_server.environ()
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "sh")], ids=lambda page: page.name)
def test_commands_on_the_page_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in "\n".join(blocks(page, "sh")).splitlines():
        words = line.split("#")[0].split()
        if words[:1] == ["make"]:
            assert words[1] in targets, line
        elif words[:1] == ["workstead"]:
            check_command(words[1:])


def check_command(words: list[str]) -> None:
    command, context = workstead, Context(workstead)
    while words and isinstance(command, Group):
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no command `workstead {words[0]}`"
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]}
    unknown = [word for word in words if word.startswith("-") and word.split("=")[0] not in known]
    assert unknown == [], f"{command.name} has no {unknown}"


def test_links_lead_somewhere() -> None:
    links = [(page, target) for page in PAGES for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text())]
    dead = [(page.name, target) for page, target in links if not (page.parent / target).exists()]
    assert dead == []


def test_pages_named_in_the_index_are_there() -> None:
    index = (ROOT / "docs/index.md").read_text()
    names = re.findall(r"^[a-z-]+(?:/[a-z0-9-]+)?$", index, re.MULTILINE)
    assert len(names) > 10
    assert [name for name in names if not (ROOT / "docs" / f"{name}.md").exists()] == []
