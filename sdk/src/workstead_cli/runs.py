"""``workstead run`` and ``workstead sync``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List, Optional, Tuple, cast

import click

from workstead_cli.output import output_option, show_fields, show_list
from workstead_cli.places import find_place, place_options

if TYPE_CHECKING:
    from workstead_client.segment import Header
    from workstead_client.transport import Transport
    from workstead_wire.runs import Run, Status


@click.group(short_help="Runs: list, show, cancel.")
def run() -> None:
    """Runs of experiments."""


@run.command("list")
@click.option("-e", "--experiment", help="Only those of this experiment.")
@click.option("--status", "statuses", multiple=True, help="Only those of this status, like Completed; may be repeated.")
@click.option("--tag", "tags", multiple=True, metavar="KEY[=VALUE]", help="Only those with this tag; may be repeated.")
@click.option("--filter", "expression", help="Only those that pass, like: accuracy > 0.9 and tags.kind = 'base'.")
@click.option("-n", "--number", default=50, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@place_options
@output_option
def list_runs(
    experiment: Optional[str],
    statuses: Tuple[str, ...],
    tags: Tuple[str, ...],
    expression: Optional[str],
    number: int,
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    output: str,
) -> None:
    """List runs, newest first."""
    from itertools import islice  # noqa: PLC0415  # with the rest below: keeps `workstead --help` quick

    from workstead_client import runs  # noqa: PLC0415
    from workstead_client.transport import iterate  # noqa: PLC0415

    every: Iterable[Run] = iterate(
        runs.list_runs, *find_place(workspace, group, subscription), experiment=experiment,
        status=cast("List[Status]", list(statuses)), tag=list(tags), filter=expression,
        limit=min(number, 500),
    )  # fmt: skip
    head = ("ID", "EXPERIMENT", "NUMBER", "NAME", "STATUS", "STARTED", "ENDED")
    show_list(
        output, islice(every, number), head,
        lambda r: (r.id, r.experiment, r.number, r.display_name, r.status, r.started_at, r.ended_at),
    )  # fmt: skip


@run.command("show")
@click.argument("run_id")
@place_options
@output_option
def show_run(
    run_id: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str
) -> None:
    """Show the run RUN_ID with its tags, properties, parameters and last metrics."""
    from workstead_client import runs  # noqa: PLC0415

    found = runs.get_run(*find_place(workspace, group, subscription), run_id)
    names = (
        "id", "experiment", "number", "display_name", "status", "type", "compute_target", "created_by", "created_at",
        "started_at", "ended_at", "parent_id", "script_name", "snapshot_id", "description", "tags", "properties",
        "params", "metrics",
    )  # fmt: skip
    fields: List[Tuple[str, Any]] = [(name.replace("_", " "), getattr(found, name)) for name in names]
    show_fields(output, found, [*fields, ("error", found.error.message if found.error else None)])


@run.command("cancel")
@click.argument("run_id")
@place_options
def cancel_run(run_id: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str]) -> None:
    """Set the run RUN_ID to Canceled; its script is not stopped by that."""
    from workstead_client import runs  # noqa: PLC0415
    from workstead_wire.runs import StatusChange  # noqa: PLC0415

    changed = runs.change_status(*find_place(workspace, group, subscription), run_id, StatusChange(status="Canceled"))
    click.echo(f"Run {changed.id} is {changed.status}.")


@click.command(short_help="Send logged points that have not reached their server.")
@click.pass_context
def sync(ctx: click.Context) -> None:
    """Send what killed processes, or those whose server was away, have logged; nothing is sent twice.

    Runs that are still being logged to are left alone. Exit status 1 says that something still waits.
    """
    from workstead_client.sync import sync as send  # noqa: PLC0415

    told: List[str] = []

    def say(sentence: str) -> None:
        told.append(sentence)
        click.echo(sentence)

    left = send(_connect_to, say)
    if not told:
        click.echo("Nothing waits to be sent.")
    ctx.exit(1 if left else 0)


def _connect_to(header: Header) -> Transport:
    """The way to the server that the points were logged for, also if it is at another address now."""
    from workstead_client import config, workspaces  # noqa: PLC0415
    from workstead_client.transport import Transport  # noqa: PLC0415
    from workstead_wire.errors import NotSignedIn, Unreachable, WorksteadError  # noqa: PLC0415

    token = config.find_token(header.url)
    http = Transport(header.url, token)
    try:
        http.check_server()
    except Unreachable:
        # Subscription ids are random, so a server that knows the workspace is the one that was meant.
        moved = config.connect(interactive=False)
        try:
            workspaces.get_workspace(moved, header.where)
        except WorksteadError:
            sentence = f"no server answers at {header.url}, and {moved.url}, in use now, does not know the workspace"
            raise Unreachable(sentence) from None
        return moved
    if token is None:
        raise NotSignedIn(f"no token for {header.url} is known here; sign in with `workstead login {header.url}`")
    return http
