"""``workstead login``, ``logout``, ``open``, ``status``, ``token``."""

from __future__ import annotations

import sys
from typing import Optional

import click

from workstead_cli.output import connect, output_option, show_fields, show_list


@click.command(short_help="Sign in to a server by a code typed in a browser.")
@click.argument("url", required=False)
def login(url: Optional[str]) -> None:
    """Sign in to the server at URL, by default the one in use, and use it from now on.

    Prints an address and a code to enter there.
    """
    from workstead_client import config  # noqa: PLC0415  # keeps `workstead --help` quick

    http = config.login(url, say=click.echo)
    _warn_of_plain_http(http.url)
    click.echo(f"Signed in to {http.url}.")


@click.command(short_help="Revoke and forget the token of a server.")
@click.argument("url", required=False)
def logout(url: Optional[str]) -> None:
    """Revoke the token of the server at URL, by default the one in use, and forget it."""
    from workstead_client import access, config  # noqa: PLC0415
    from workstead_client.accounts import read_accounts, write_accounts  # noqa: PLC0415
    from workstead_client.transport import Transport  # noqa: PLC0415
    from workstead_wire.errors import NotSignedIn, Unavailable  # noqa: PLC0415

    accounts = read_accounts()
    address = config.read_url(url) if url else accounts.current or config.find_connection()[0]
    account = accounts.find(address)
    if account is None or not account.token:
        raise NotSignedIn(f"no token is stored for {address}; `workstead account list` shows where you are signed in")
    accounts.remove(address)
    write_accounts(accounts)
    try:
        access.sign_out(Transport(address, account.token))
    except NotSignedIn:
        pass  # it held no more
    except Unavailable as error:
        click.echo(f"Signed out of {address} here, but its token still holds there: {error}", err=True)
        return
    click.echo(f"Signed out of {address}.")


@click.command("open", short_help="Open Studio in a browser, signed in.")
@click.argument("path", default="/")
@click.option("--print", "only_print", is_flag=True, help="Print the one-time link and open nothing.")
def open_studio(path: str, *, only_print: bool) -> None:
    """Print a link that signs a browser in once, and open it. PATH is a page, like /api/docs."""
    from workstead_client import access  # noqa: PLC0415
    from workstead_wire.access import SignInLinkRequest  # noqa: PLC0415

    link = access.create_sign_in_link(connect(), SignInLinkRequest(next=path))
    click.echo(link.url)
    click.echo(f"It signs in once, within {link.expires_in_s // 60} minutes.", err=True)
    if not only_print:
        click.launch(link.url)


@click.command(short_help="Show the server in use and who you are there.")
@output_option
def status(output: str) -> None:
    """Show the server in use, who you are there, and what waits to be sent."""
    from workstead_client import access, config  # noqa: PLC0415

    http = connect()
    about, me = access.about(http), access.get_me(http)
    shown = {
        "server": http.url,
        "version": about.version,
        "user": me.user,
        "role": me.role,
        "scope": me.scope or "everything",
        "subscription": config.current_subscription(),
        "home": str(config.home()),
    }
    show_fields(output, shown, shown.items())


@click.group(invoke_without_command=True, short_help="Print the token in use; make, list and revoke tokens.")
@click.pass_context
def token(ctx: click.Context) -> None:
    """Print the token in use, for other programs. Whoever has it can do what you can."""
    if ctx.invoked_subcommand is not None:
        return
    from workstead_wire.errors import NotSignedIn  # noqa: PLC0415

    secret = connect().token
    if not secret:
        raise NotSignedIn("no token is known here; sign in with `workstead login`")
    click.echo(secret)


@token.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice(["Owner", "Contributor", "Reader"]), default="Reader", show_default=True)
@click.option(
    "--scope", help="Id of the subscription, group or workspace that it is for. [default: what you may reach]"
)
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="How long it holds. [default: for ever]")
def create(name: str, role: str, scope: Optional[str], days: Optional[float]) -> None:
    """Make a token, called NAME in lists, with at most your rights, and print it this once."""
    import msgspec  # noqa: PLC0415

    from workstead_client import access  # noqa: PLC0415
    from workstead_wire.access import TokenCreate  # noqa: PLC0415

    lifetime_s = None if days is None else days * 86400
    asked = {"name": name, "role": role, "scope": scope, "lifetime_s": lifetime_s}
    created = access.create_token(connect(), msgspec.convert(asked, TokenCreate))
    click.echo(created.secret)
    click.echo(f"It is shown this once; revoke it with `workstead token delete {created.token.id}`.", err=True)


@token.command("list")
@output_option
def list_(output: str) -> None:
    """List the tokens that hold, without their secrets."""
    from workstead_client import access  # noqa: PLC0415
    from workstead_client.transport import iterate  # noqa: PLC0415

    head = ("ID", "NAME", "USER", "ROLE", "SCOPE", "MADE", "HOLDS UNTIL")
    show_list(
        output, iterate(access.list_tokens, connect()), head,
        lambda t: (t.id, t.name, t.user, t.role, t.scope, t.created_at, t.expires_at),
    )  # fmt: skip


@token.command("delete")
@click.argument("token_id")
def delete(token_id: str) -> None:
    """Revoke the token with the id TOKEN_ID."""
    from workstead_client import access  # noqa: PLC0415

    access.delete_token(connect(), token_id)
    click.echo(f"Revoked {token_id}.")


def _warn_of_plain_http(url: str) -> None:
    from urllib.parse import urlsplit  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.scheme.lower() == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        print(f"Note: {url} is not encrypted; the token can be read on its way there.", file=sys.stderr)
