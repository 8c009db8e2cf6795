"""``workstead secrets``: a workspace's key vault."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Optional, Tuple

import click

from workstead_cli.output import Row, ask_first, connect, output_option, show_fields, show_list
from workstead_cli.places import find_place, place_options
from workstead_cli.workspaces import read_tags
from workstead_wire.errors import InvalidInput
from workstead_wire.secrets import Secret

_DATE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"])
_HEAD = ("NAME", "VERSION", "ENABLED", "EXPIRES", "CONTENT TYPE", "SET", "BY")


@click.group(short_help="Secrets: set, get, list, delete, recover, rotate.")
def secrets() -> None:
    """Secrets of a workspace's key vault."""


@secrets.command("list")
@click.option("--deleted", is_flag=True, help="Those that are deleted and can be recovered.")
@place_options
@output_option
def list_secrets(
    workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str, *, deleted: bool
) -> None:
    """List secrets, never their values."""
    from workstead_client import secrets  # noqa: PLC0415  # keeps `workstead --help` quick
    from workstead_client.transport import iterate  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    if deleted:
        every = iterate(secrets.list_deleted_secrets, *place)
        show_list(output, every, ("NAME", "DELETED", "GONE FOR GOOD"), lambda s: (s.name, s.deleted_at, s.purge_at))
    else:
        show_list(output, iterate(secrets.list_secrets, *place), _HEAD, _row)


@secrets.command("set")
@click.argument("name")
@click.option("--file", type=click.File(encoding="utf-8"), help="Read the value from this file.")
@click.option("--content-type", default="", help="What the value is, for people.")
@click.option("--not-before", type=_DATE, help="When it begins to be meant for use.")
@click.option("--expires", type=_DATE, help="When it ceases to be.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A label; may be repeated.")
@click.option("--disabled", is_flag=True, help="Let nobody read it yet.")
@place_options
def set_secret(
    name: str,
    file: Optional[click.File],
    content_type: str,
    not_before: Optional[datetime],
    expires: Optional[datetime],
    tags: Tuple[str, ...],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    *,
    disabled: bool,
) -> None:
    """Set the secret NAME; its value is asked for, or read from standard input, since other users see arguments."""
    from workstead_client import secrets  # noqa: PLC0415
    from workstead_wire.secrets import SecretSet  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    asked = SecretSet(
        value=_read_value(name, file), content_type=content_type, enabled=not disabled, tags=read_tags(tags),
        not_before=_local(not_before), expires=_local(expires),
    )  # fmt: skip
    made = secrets.set_secret(*place, name, asked)
    click.echo(f"Set {made.name}, version {made.version}.")


@secrets.command("get")
@click.argument("name")
@click.option("--version", help="Which version. [default: the newest]")
@place_options
def get_secret(
    name: str, version: Optional[str], workspace: Optional[str], group: Optional[str], subscription: Optional[str]
) -> None:
    """Print the value of the secret NAME, and nothing else. The reading is written down."""
    from workstead_client import secrets  # noqa: PLC0415

    click.echo(secrets.read_secret(*find_place(workspace, group, subscription), name, version).value)


@secrets.command("show")
@click.argument("name")
@click.option("--version", help="Which version. [default: the newest]")
@place_options
@output_option
def show_secret(
    name: str,
    version: Optional[str],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    output: str,
) -> None:
    """Show what is known of the secret NAME but its value."""
    from workstead_client import secrets  # noqa: PLC0415

    found = secrets.get_secret(*find_place(workspace, group, subscription), name, version)
    names = ("name", "version", "enabled", "content_type", "not_before", "expires", "tags", "created_at", "created_by")
    show_fields(output, found, [(name.replace("_", " "), getattr(found, name)) for name in names])


@secrets.command("versions")
@click.argument("name")
@place_options
@output_option
def list_versions(
    name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str
) -> None:
    """List the versions of the secret NAME, newest first."""
    from workstead_client import secrets  # noqa: PLC0415
    from workstead_client.transport import iterate  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    show_list(output, iterate(secrets.list_secret_versions, *place, name), _HEAD, _row)


@secrets.command("update")
@click.argument("name")
@click.option("--version", help="Which version. [default: the newest]")
@click.option("--enable/--disable", "enabled", default=None, help="Whether its value can be read.")
@click.option("--expires", type=_DATE, help="When it ceases to be meant for use.")
@click.option("--content-type", help="What the value is, for people.")
@place_options
def update_secret(
    name: str,
    version: Optional[str],
    expires: Optional[datetime],
    content_type: Optional[str],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    *,
    enabled: Optional[bool],
) -> None:
    """Change what is known of the secret NAME; its value stays."""
    from workstead_client import secrets  # noqa: PLC0415
    from workstead_wire.secrets import SecretUpdate  # noqa: PLC0415

    asked = SecretUpdate()
    if enabled is not None:
        asked.enabled = enabled
    if expires is not None:
        asked.expires = _local(expires)
    if content_type is not None:
        asked.content_type = content_type
    changed = secrets.update_secret(*find_place(workspace, group, subscription), name, asked, version)
    click.echo(f"Changed {changed.name}, version {changed.version}.")


@secrets.command("delete")
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@place_options
def delete_secret(
    name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], *, yes: bool
) -> None:
    """Delete the secret NAME; it can be recovered for 90 days."""
    from workstead_client import secrets  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    ask_first(f"Delete the secret {name} of {place.where.workspace}?", yes=yes)
    gone = secrets.delete_secret(*place, name)
    click.echo(f"Deleted {gone.name}; `workstead secrets recover` brings it back until {gone.purge_at:%Y-%m-%d}.")


@secrets.command("recover")
@click.argument("name")
@place_options
def recover_secret(name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str]) -> None:
    """Bring the deleted secret NAME back."""
    from workstead_client import secrets  # noqa: PLC0415

    click.echo(f"Recovered {secrets.recover_secret(*find_place(workspace, group, subscription), name).name}.")


@secrets.command("purge")
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@place_options
def purge_secret(
    name: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], *, yes: bool
) -> None:
    """Take the deleted secret NAME away for good."""
    from workstead_client import secrets  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    ask_first(f"Take {name} of {place.where.workspace} away for good?", yes=yes)
    secrets.purge_secret(*place, name)
    click.echo(f"Purged {name}.")


@secrets.command("log")
@click.argument("name", required=False)
@place_options
@output_option
def list_events(
    name: Optional[str], workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str
) -> None:
    """Show who did what with the secrets, or with NAME, newest first; each reading of a value is told."""
    from workstead_client import secrets  # noqa: PLC0415
    from workstead_client.transport import iterate  # noqa: PLC0415

    every = iterate(secrets.list_secret_events, *find_place(workspace, group, subscription), name)
    head = ("AT", "BY", "DID", "NAME", "VERSION")
    show_list(output, every, head, lambda event: (event.at, event.user, event.action, event.name, event.version))


@secrets.command("rotate")
@place_options
def rotate_data_key(workspace: Optional[str], group: Optional[str], subscription: Optional[str]) -> None:
    """Seal every value of the vault by a new data key; secrets keep their names, versions and values."""
    from workstead_client import secrets  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    secrets.rotate_data_key(*place)
    click.echo(f"Every secret of {place.where.workspace} is sealed by a new data key.")


@secrets.command("rotate-master-key")
def rotate_master_key() -> None:
    """Make a new master key for the whole server, while it runs, and wrap every data key by it."""
    from workstead_client import keys  # noqa: PLC0415

    now = keys.rotate_master_key(connect())
    click.echo(f"The master key is {now.id} now, kept in: {now.source}. It wraps {now.data_keys} data keys.")


def _row(secret: Secret) -> Row:
    return (
        secret.name, secret.version, "yes" if secret.enabled else "no", secret.expires, secret.content_type,
        secret.created_at, secret.created_by,
    )  # fmt: skip


def _read_value(name: str, file: Optional[click.File]) -> str:
    if file is not None:
        return file.read()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
    if sys.stdin.isatty():
        return click.prompt(f"Value of {name}", hide_input=True, confirmation_prompt=True)
    value = sys.stdin.read()
    value = value.removesuffix("\n")  # what `echo` added
    if not value:
        raise InvalidInput(f"no value for {name} was given on standard input; pipe it in, or name a file with --file")
    return value


def _local(moment: Optional[datetime]) -> Optional[datetime]:
    return moment if moment is None or moment.tzinfo else moment.astimezone()
