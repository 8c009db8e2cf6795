"""``workstead account``: the servers and subscriptions that are known here, and which of them is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

import click
import msgspec

from workstead_cli.output import output_option, show_fields, show_list

if TYPE_CHECKING:
    from workstead_client.accounts import Account


class Choice(msgspec.Struct):
    """A subscription of a server; the subscription is empty where the server did not answer."""

    server: str
    user: str
    subscription_id: str
    subscription: str
    in_use: bool
    state: str


@click.group(short_help="Servers and subscriptions: list them, choose one.")
def account() -> None:
    """Keep several servers and subscriptions apart."""


@account.command("list")
@output_option
def list_(output: str) -> None:
    """List the subscriptions of all servers that are known here; * marks the one in use."""
    head = ("", "SERVER", "USER", "SUBSCRIPTION", "ID", "STATE")
    show_list(
        output, _choices(), head,
        lambda c: ("*" if c.in_use else "", c.server, c.user, c.subscription, c.subscription_id, c.state),
    )  # fmt: skip


@account.command("show")
@output_option
def show(output: str) -> None:
    """Show the subscription in use."""
    used = next((choice for choice in _choices() if choice.in_use), None)
    if used is None:
        raise click.ClickException("none is in use; choose one with `workstead account set -s SUBSCRIPTION`")
    fields = [("server", used.server), ("user", used.user), ("subscription", used.subscription)]
    show_fields(output, used, [*fields, ("id", used.subscription_id), ("state", used.state)])


@account.command("set")
@click.option("-s", "--subscription", required=True, help="Name or id of the subscription.")
@click.option("--server", "url", help="Its server, where several have one of that name.")
def set_(subscription: str, url: Optional[str]) -> None:
    """Use this subscription, and its server, from now on."""
    from workstead_client import config  # noqa: PLC0415
    from workstead_client.accounts import Account, read_accounts, write_accounts  # noqa: PLC0415

    server = config.read_url(url) if url else None
    every = [choice for choice in _choices() if server in (None, choice.server)]
    found = [choice for choice in every if subscription in (choice.subscription_id, choice.subscription)]
    if len(found) != 1:
        raise click.ClickException(_why_not(subscription, found, every))
    accounts = read_accounts()
    chosen = accounts.find(found[0].server) or Account(url=found[0].server)
    chosen.subscription = found[0].subscription_id
    accounts.put(chosen)
    # The home's own server needs no account, and may have another address tomorrow.
    accounts.current = chosen.url if chosen.token else None
    write_accounts(accounts)
    click.echo(f"Now in use: {found[0].subscription} ({found[0].subscription_id}) at {chosen.url}.")


def _choices() -> List[Choice]:
    from workstead_client import config  # noqa: PLC0415
    from workstead_client.accounts import Account, read_accounts  # noqa: PLC0415
    from workstead_wire.errors import Unreachable  # noqa: PLC0415

    every = [account for account in read_accounts().accounts if account.token]
    try:
        used, _ = config.find_connection()
    except Unreachable:
        used = None
    for url in (used, config.find_own_server()):
        if url and all(known.url != url for known in every):
            every.append(read_accounts().find(url) or Account(url=url))
    return [choice for known in every for choice in _of_server(known, in_use=known.url == used)]


def _of_server(known: Account, *, in_use: bool) -> List[Choice]:
    from workstead_client import access, config, workspaces  # noqa: PLC0415
    from workstead_client.transport import Transport, iterate  # noqa: PLC0415
    from workstead_wire.errors import NotSignedIn, WorksteadError  # noqa: PLC0415

    http = Transport(known.url, config.find_token(known.url))
    nothing = Choice(known.url, known.user, known.subscription or "", "", in_use=in_use, state="")
    try:
        user = access.get_me(http).user
        every = list(iterate(workspaces.list_subscriptions, http))
    except NotSignedIn:
        nothing.state = "signed out"
        return [nothing]
    except WorksteadError:
        nothing.state = "does not answer"
        return [nothing]
    chosen = known.subscription or (every[0].id if len(every) == 1 else None)
    return [Choice(known.url, user, s.id, s.name, in_use and s.id == chosen, "signed in") for s in every]


def _why_not(subscription: str, found: List[Choice], every: List[Choice]) -> str:
    if found:
        places = ", ".join(f"{choice.subscription_id} at {choice.server}" for choice in found)
        return f"several subscriptions are called {subscription!r}: {places}; give the id, or --server"
    known = ", ".join(repr(choice.subscription) for choice in every if choice.subscription) or "none"
    return f"no server known here has a subscription {subscription!r}; there are: {known}; see `workstead account list`"
