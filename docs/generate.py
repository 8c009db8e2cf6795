"""Write the pages that come from code: settings, errors, the command line and the covered names.

``python docs/generate.py`` writes them; ``--check`` only says which are stale. They are committed, so that a change
of a setting or an error shows in the diff that makes it.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import coverage  # docs/coverage.py

from workstead import settings
from workstead.dialects.mlflow.routes import BYTES, ENDPOINTS, JUDGING, TRACING, WEBHOOKS
from workstead_cli.commands import workstead as command_line
from workstead_wire.errors import WorksteadError

DOCS = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py; change the code that it reads. -->\n"


def pages() -> dict[Path, str]:
    """Every generated page and its text."""
    reference = DOCS / "reference"
    return {
        reference / "settings.md": NOTE + "".join(settings_page()),
        reference / "errors.md": NOTE + "".join(errors_page()),
        reference / "command-line.md": NOTE + "".join(command_page()),
        reference / "mlflow.md": NOTE + "".join(mlflow_page()),
        coverage.PAGE: coverage.page(),
    }


def settings_page() -> Iterator[str]:
    """One heading a setting, from the docstrings below the fields of ``Settings``."""
    yield "# Settings of the server\n\nEach is an environment variable, read once when the server starts.\n"
    body = next(node for node in ast.parse(inspect.getsource(settings.Settings)).body if isinstance(node, ast.ClassDef))
    for field, words in pairwise(body.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            default = getattr(settings.Settings(), field.target.id)
            shown = "empty" if default == "" else f"`{default}`"
            text = " ".join(ast.literal_eval(words.value).split()) if isinstance(words, ast.Expr) else ""
            yield f"\n## `WORKSTEAD_{field.target.id.upper()}`\n\n{text}\n\nDefault: {shown}.\n"


def errors_page() -> Iterator[str]:
    """One heading an error code."""
    yield (
        "# Errors\n\nEvery answer with a status of 400 and above has one shape: "
        '`{"error": {"code": …, "message": …, "details": {…}}}`. '
        "The message is a sentence that says what is wrong and what to do; programs look at the code.\n"
    )
    kinds = {
        code: kind for code, kind in WorksteadError.by_code.items() if kind.__module__ == WorksteadError.__module__
    }
    for code, kind in sorted({"error": WorksteadError, **kinds}.items()):
        parent = kind.__mro__[1]
        also = f" It is also an `{parent.code}`." if parent not in {WorksteadError, Exception} else ""  # type: ignore[attr-defined]
        words = " ".join((inspect.getdoc(kind) or "").split())
        yield f"\n## `{code}`\n\nStatus {kind.status}. {words}{also}\n"


def mlflow_page() -> Iterator[str]:
    """One row an endpoint; ``tests/contract/test_mlflow*.py`` ask every one of them."""
    yield (
        "# MLflow's API\n\nWhat MLflow's clients can ask of a workspace, below its tracking address and "
        "`/api/2.0`; see [](../how-to/mlflow.md). Each endpoint is asked by `tests/contract/test_mlflow.py`, "
        "`test_mlflow_traces.py`, `test_mlflow_judging.py` or `test_mlflow_webhooks.py`, which fail when they leave "
        "one out. Every other address answers `NOT_IMPLEMENTED`: issues, review queues, the gateway and "
        "prompt engineering are not done.\n\n"
        "| method | path | |\n| --- | --- | --- |\n"
    )
    every = [*ENDPOINTS, *TRACING, *JUDGING, *WEBHOOKS]
    for endpoint in sorted(every, key=lambda one: (one.path, one.method)):
        yield f"| {endpoint.method} | `{endpoint.path}` | {endpoint.sentence} |\n"
    for method, path, sentence in BYTES:
        yield f"| {method} | `{path}` | {sentence} |\n"


def command_page() -> Iterator[str]:
    """One heading a command, with what ``--help`` prints."""
    yield "# Command line\n\n`workstead` comes with the SDK; `up` and `quickstart` with the server.\n"
    yield from _command(command_line, ["workstead"], None)


def _command(command: click.Command, words: list[str], parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, parent=parent, info_name=words[-1], max_content_width=96, terminal_width=96)
    yield f"\n{'#' * min(len(words) + 1, 4)} `{' '.join(words)}`\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _command(child, [*words, name], context)


def main() -> int:
    """Write or check; the number of stale pages."""
    stale = [(file, text) for file, text in pages().items() if not file.exists() or file.read_text() != text]
    for file, text in stale:
        if "--check" in sys.argv:
            print(f"{file.relative_to(DOCS.parent)} is stale: run `make docs` and commit it")
        else:
            file.write_text(text)
    return len(stale) if "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
