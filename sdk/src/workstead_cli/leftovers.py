"""``workstead gc``: free the space of what is of no use to anybody any more."""

from __future__ import annotations

import click

from workstead_cli.output import connect, size_text
from workstead_client import leftovers


@click.command()
@click.option("--delete", is_flag=True, help="Delete what is found; otherwise it is only told.")
def gc(*, delete: bool) -> None:
    """Find what takes space and is of no use to anybody any more, and delete it if asked to.

    Files of deleted runs that no model was made from, snapshots that no run has, bytes that no file is known for.
    Nothing of the last day is touched, and the server goes on meanwhile.
    """
    http = connect()
    found = leftovers.delete_leftovers(http) if delete else leftovers.find_leftovers(http)
    lines = (
        (found.files, "files of deleted runs", found.file_bytes),
        (found.snapshots, "snapshots that no run has", 0),
        (found.contents, "contents of those snapshots", found.content_bytes),
        (found.blobs, "blobs that no file is known for", found.blob_bytes),
    )
    for count, words, size in lines:
        click.echo(f"{count:>10,}  {words:<34}{size_text(size) if size else '':>12}")
    total = size_text(found.file_bytes + found.content_bytes + found.blob_bytes)
    click.echo(f"{total} freed" if found.deleted else f"{total} can be freed: workstead gc --delete")
