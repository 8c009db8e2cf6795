"""What commands share: the connection, the workspace that is meant, and how rows are printed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, TypeVar, cast

import click

if TYPE_CHECKING:
    from workstead_client.transport import Transport

C = TypeVar("C", bound=Callable[..., Any])
Row = Sequence[Any]


def connect() -> Transport:
    """A connection to the server in use; asks for a sign-in where there is no token."""
    from workstead_client import config  # noqa: PLC0415  # keeps `workstead --help` quick

    # On stderr, since what the command prints may be read by a program.
    return config.connect(say=lambda line: click.echo(line, err=True))


def output_option(command: C) -> C:
    """Adds ``-o table|json``, passed as ``output``."""
    choice = click.Choice(["table", "json"])
    return click.option("-o", "--output", type=choice, default="table", show_default=True, help="Form of the answer.")(
        command
    )


def show_list(output: str, items: Iterable[Any], head: Sequence[str], row: Callable[[Any], Row]) -> None:
    """Print Structs, as JSON whole or as a table with ``head`` and one ``row(item)`` each."""
    every = list(items)
    if output == "json":
        show_json(every)
    else:
        show_table(head, [row(item) for item in every])


def show_fields(output: str, item: Any, fields: Iterable[Tuple[str, Any]]) -> None:
    """Print one Struct, as JSON whole or as lines of name and value; empty values are left out."""
    if output == "json":
        show_json(item)
        return
    given = [(name, _cell(value)) for name, value in fields if value not in (None, "", {}, [])]
    width = max(len(name) for name, _ in given)
    for name, value in given:
        click.echo(f"{name.ljust(width)}  {value}")


def show_json(value: Any) -> None:
    """Print Structs as JSON."""
    import msgspec  # noqa: PLC0415

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def show_table(head: Sequence[str], rows: Iterable[Row]) -> None:
    """Print rows in columns as wide as their cells."""
    lines: List[List[str]] = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = zip(line, widths)  # noqa: B905  # strict= came with Python 3.10
        click.echo("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dict):
        value = ", ".join(f"{key}={inner}" for key, inner in cast("Dict[str, Any]", value).items())
    return "".join(letter if letter.isprintable() else " " for letter in str(value))


def ask_first(question: str, *, yes: bool) -> None:
    """Ask before something is lost; ends the command unless the answer is yes."""
    if not yes:
        click.confirm(question, abort=True)


def size_text(size: Optional[int]) -> str:
    """A number of bytes for reading: ``2.4 MB``."""
    if size is None:
        return "-"
    number, units = float(size), ["B", "kB", "MB", "GB"]
    while number >= 1000 and len(units) > 1:  # noqa: PLR2004
        number, _ = number / 1000, units.pop(0)
    return f"{number:.0f} B" if units[0] == "B" else f"{number:.1f} {units[0]}"
