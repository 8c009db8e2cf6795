"""``workstead datasets``: the mirror of well-known data sets."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from typing import TYPE_CHECKING, List, Tuple

import click

from workstead_cli.output import Row, connect, output_option, show_list, size_text
from workstead_client import data
from workstead_wire.errors import InvalidInput

if TYPE_CHECKING:
    from workstead_client.transport import Transport
    from workstead_wire.data import Dataset

_POLL_S = 0.5


@click.group()
def datasets() -> None:
    """Well-known data sets that the server keeps for scripts whose addresses are dead."""


@datasets.command("list")
@output_option
def list_(output: str) -> None:
    """Show the data sets and how many of their files the server has."""
    known = data.list_datasets(connect()).items
    show_list(output, known, ["NAME", "FILES HERE", "TITLE"], _row)


@datasets.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Have the server bring the data set NAME from wherever it can."""
    http = connect()
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(data.fetch_dataset, http, name)
        _show_progress(http, name, fetching)
        dataset = fetching.result()
    click.echo(f"{dataset.name}: all {len(dataset.files)} files are on the server")


@datasets.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_(folder: Path) -> None:
    """Send the files of data sets that lie in FOLDER, by their names, to the server."""
    http = connect()
    known = data.list_datasets(http).items
    found = _find_files(known, folder)
    if not found:
        wanted = "; ".join(f"{item.name}: {', '.join(file.name for file in item.files)}" for item in known)
        raise InvalidInput(f"no file of a known data set lies in {str(folder)!r}; the server knows {wanted}")
    for name, file in found:
        data.import_dataset(http, name, file.name, file)
        click.echo(f"{name}: {file.name} ({size_text(file.stat().st_size)})")


def _row(item: Dataset) -> Row:
    present = sum(file.present for file in item.files)
    return (item.name, f"{present} of {len(item.files)}", item.title)


def _find_files(known: List[Dataset], folder: Path) -> List[Tuple[str, Path]]:
    pairs = [(item.name, folder / file.name) for item in known for file in item.files]
    return [(name, file) for name, file in pairs if file.is_file()]


def _show_progress(http: Transport, name: str, fetching: Future[Dataset]) -> None:
    shown = ""
    while not fetching.done():
        try:
            fetching.result(_POLL_S)
        except NotYet:
            now = data.get_dataset(http, name).fetch
            if now is not None and now.running and (line := f"from {now.source} {now.file}".strip()) != shown:
                click.echo(line)
                shown = line
