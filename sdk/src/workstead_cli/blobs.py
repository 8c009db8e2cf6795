"""``workstead storage``: a workspace's storage account."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Optional

import click

from workstead_cli.output import ask_first, output_option, show_fields, show_list
from workstead_cli.places import find_place, place_options

_KEY = click.argument("name", type=click.Choice(["key1", "key2"]))


@click.group(short_help="Storage account: keys, signatures, containers, blobs.")
def storage() -> None:
    """The storage account of a workspace, its keys and its blobs."""


@storage.command("show")
@place_options
@output_option
def show_account(workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str) -> None:
    """Show the account's name and its addresses for Azure's clients."""
    from workstead_client import blobs  # noqa: PLC0415  # keeps `workstead --help` quick

    found = blobs.get_storage_account(*find_place(workspace, group, subscription))
    show_fields(output, found, [("name", found.name), ("url", found.url), ("https url", found.https_url)])


@storage.command("key")
@_KEY
@place_options
def read_key(name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str]) -> None:
    """Print the account's key NAME, and nothing else. The reading is in the activity log."""
    from workstead_client import blobs  # noqa: PLC0415

    click.echo(blobs.read_account_key(*find_place(workspace, group, subscription), name).value)


@storage.command("rotate")
@_KEY
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@place_options
def rotate_key(
    name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], *, yes: bool
) -> None:
    """Put a new key in the place of NAME; whatever the old one signed is refused from then on."""
    from workstead_client import blobs  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    ask_first(f"Rotate {name} of {place.where.workspace}'s storage account?", yes=yes)
    blobs.rotate_account_key(*place, name)
    click.echo(f"Rotated {name}; `workstead storage key {name}` prints the new one.")


@storage.command("sas")
@click.option("--container", help="The container that it is for. [default: the whole account]")
@click.option("--blob", help="The one blob in it that it is for.")
@click.option(
    "--permissions", default="r", show_default=True, help="Letters: r read, l list, c create, w write, d delete."
)
@click.option("--hours", type=click.IntRange(1, 24 * 366), default=1, show_default=True, help="How long it holds.")
@click.option("--ip", help="The only address, or range FIRST-LAST, that may use it.")
@click.option("--https-only", is_flag=True, help="Refuse it without HTTPS.")
@click.option("--key", type=click.Choice(["key1", "key2"]), default="key1", show_default=True, help="What signs it.")
@place_options
def create_sas(
    container: Optional[str],
    blob: Optional[str],
    permissions: str,
    hours: int,
    ip: Optional[str],
    key: str,
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    *,
    https_only: bool,
) -> None:
    """Print an address with a shared access signature: whoever has it may do what it says, and nothing more."""
    from workstead_client import blobs  # noqa: PLC0415
    from workstead_wire.blobs import SasCreate  # noqa: PLC0415

    expires = datetime.now(timezone.utc) + timedelta(hours=hours)
    asked = SasCreate(
        expires=expires, permissions=permissions, container=container, blob=blob, ip=ip, https_only=https_only, key=key
    )
    click.echo(blobs.create_sas(*find_place(workspace, group, subscription), asked).url)


@storage.command("containers")
@place_options
@output_option
def list_containers(workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str) -> None:
    """List the containers."""
    from workstead_client import blobs  # noqa: PLC0415

    found = blobs.list_containers(*find_place(workspace, group, subscription))
    show_list(output, found, ("NAME", "CHANGED"), lambda item: (item.name, item.modified_at))


@storage.command("list")
@click.argument("container")
@click.argument("prefix", default="")
@place_options
@output_option
def list_blobs(
    container: str,
    prefix: str,
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    output: str,
) -> None:
    """List the blobs of CONTAINER whose names begin with PREFIX."""
    from workstead_client import blobs  # noqa: PLC0415
    from workstead_client.transport import iterate  # noqa: PLC0415

    every = iterate(blobs.list_blobs, *find_place(workspace, group, subscription), container, prefix)
    show_list(output, every, ("NAME", "SIZE", "CHANGED"), lambda item: (item.name, item.size, item.modified_at))


@storage.command("upload")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("container")
@click.argument("name", required=False)
@click.option("--overwrite", is_flag=True, help="Replace a blob of that name.")
@place_options
def upload_blob(
    file: Path,
    container: str,
    name: Optional[str],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    *,
    overwrite: bool,
) -> None:
    """Store FILE as the blob NAME of CONTAINER, by default under its own name."""
    from workstead_client import blobs  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    made = blobs.upload_blob(*place, container, name or file.name, file, overwrite=overwrite)
    click.echo(f"Uploaded {made.name}, {made.size} bytes.")


@storage.command("download")
@click.argument("container")
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path), required=False)
@place_options
def download_blob(
    container: str,
    name: str,
    target: Optional[Path],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
) -> None:
    """Write the blob NAME of CONTAINER to TARGET, by default here under the last part of its name."""
    from workstead_client import blobs  # noqa: PLC0415

    file = target or Path(name.rstrip("/").rpartition("/")[2])
    size = blobs.download_blob(*find_place(workspace, group, subscription), container, name, file)
    click.echo(f"Downloaded {file}, {size} bytes.")
