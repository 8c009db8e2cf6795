"""``workstead insights``: telemetry of a workspace."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import Iterator, Optional

import click

from workstead_cli.output import Row, ask_first, output_option, show_fields, show_list, size_text
from workstead_cli.places import find_place, place_options
from workstead_wire.insights import Insights, InsightsConnection, InsightsUpdate, OperationFigures, TelemetryItem

_HOURS = click.option("--hours", type=float, default=1, show_default=True, help="How far back.")


@click.group(short_help="Telemetry: show, query, operations, operation, connection.")
def insights() -> None:
    """Telemetry that programs send to a workspace's Application Insights."""


@insights.command("show")
@place_options
@output_option
def show_insights(workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str) -> None:
    """Show what is kept, for how long, and how much was dropped."""
    from workstead_client import insights  # noqa: PLC0415  # keeps `workstead --help` quick

    _show(output, insights.get_insights(*find_place(workspace, group, subscription)))


@insights.command("query")
@click.argument("filter", default="")
@click.option("--hours", type=float, help="How far back. [default: all that is kept]")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Most items.")
@place_options
@output_option
def query(
    filter: str,  # noqa: A002 - click names arguments so
    hours: Optional[float],
    limit: int,
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    output: str,
) -> None:
    """List telemetry that FILTER lets through, newest first, such as "kind = 'request' and duration > 500"."""
    from workstead_client import insights  # noqa: PLC0415
    from workstead_client.transport import iterate  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    since = None if hours is None else _ago(hours)
    found: Iterator[TelemetryItem] = iter(iterate(insights.list_items, *place, filter, since))
    head = ("AT", "KIND", "NAME", "OK", "CODE", "MS", "VALUE", "ROLE", "OPERATION")
    show_list(
        output,
        itertools.islice(found, limit),
        head,
        lambda i: (
            i.at, i.kind, i.name, _truth(i.success), i.result_code, _number(i.duration_ms), _number(i.value), i.role,
            i.operation_id,
        ),
    )  # fmt: skip


@insights.command("operations")
@click.option("--kind", type=click.Choice(["request", "dependency", "exception"]), default="request", show_default=True)
@_HOURS
@place_options
@output_option
def list_operations(
    kind: str, hours: float, workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str
) -> None:
    """List operations by their failures, with how long they took."""
    from workstead_client import insights  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    found = insights.list_operations(*place, kind, _ago(hours))
    head = ("NAME", "COUNT", "FAILURES", "MEAN MS", "P50", "P95", "P99")

    def row(one: OperationFigures) -> Row:
        times = (one.mean_ms, one.p50_ms, one.p95_ms, one.p99_ms)
        return (one.name, _number(one.count), _number(one.failures), *map(_number, times))

    show_list(output, found, head, row)


@insights.command("operation")
@click.argument("operation_id")
@place_options
@output_option
def show_operation(
    operation_id: str, workspace: Optional[str], group: Optional[str], subscription: Optional[str], output: str
) -> None:
    """Show all that the operation OPERATION_ID did, in order."""
    from workstead_client import insights  # noqa: PLC0415

    found = insights.get_operation(*find_place(workspace, group, subscription), operation_id)
    begin = found[0].at
    head = ("AFTER MS", "MS", "KIND", "NAME", "OK", "CODE", "ROLE")
    show_list(
        output,
        found,
        head,
        lambda i: (
            _number((i.at - begin) / timedelta(milliseconds=1)), _number(i.duration_ms), i.kind, i.name,
            _truth(i.success), i.result_code, i.role,
        ),
    )  # fmt: skip


@insights.command("connection")
@click.option("--renew", is_flag=True, help="Make a new key first; the old one is good for nothing then.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@place_options
@output_option
def show_connection(
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    output: str,
    *,
    renew: bool,
    yes: bool,
) -> None:
    """Print what programs need to send telemetry; its key lets them send and nothing else."""
    from workstead_client import insights  # noqa: PLC0415

    place = find_place(workspace, group, subscription)
    if renew:
        ask_first(f"Make the present instrumentation key of {place.where.workspace} useless?", yes=yes)
    found = insights.renew_connection(*place) if renew else insights.get_connection(*place)
    names = InsightsConnection.__struct_fields__
    show_fields(output, found, [(name.replace("_", " "), getattr(found, name)) for name in names])


@insights.command("update")
@click.option("--retention-days", type=int, help="For how long telemetry is kept.")
@click.option("--max-bytes", type=int, help="How much space it may take; the oldest goes first.")
@click.option("--watch-server/--no-watch-server", default=None, help="Whether the server's own requests count.")
@click.option("--watch-runs/--no-watch-runs", default=None, help="Whether starts and ends of runs count.")
@click.option("--watch-instances/--no-watch-instances", default=None, help="Whether changes of instances count.")
@place_options
@output_option
def update_insights(
    retention_days: Optional[int],
    max_bytes: Optional[int],
    workspace: Optional[str],
    group: Optional[str],
    subscription: Optional[str],
    output: str,
    *,
    watch_server: Optional[bool],
    watch_runs: Optional[bool],
    watch_instances: Optional[bool],
) -> None:
    """Change how long and how much is kept, and what is watched."""
    from workstead_client import insights  # noqa: PLC0415

    given = {
        "retention_days": retention_days, "max_bytes": max_bytes, "watch_server": watch_server,
        "watch_runs": watch_runs, "watch_instances": watch_instances,
    }  # fmt: skip
    asked = InsightsUpdate(**{name: value for name, value in given.items() if value is not None})  # pyright: ignore[reportArgumentType]
    _show(output, insights.update_insights(*find_place(workspace, group, subscription), asked))


def _show(output: str, found: Insights) -> None:
    lines = [
        ("name", found.name), ("items", f"{found.items:,}"), ("size", size_text(found.bytes)),
        ("size limit", size_text(found.max_bytes)), ("retention", f"{found.retention_days} days"),
        ("received", f"{found.received:,}"), ("dropped", f"{found.dropped:,}"),
        ("server's requests", _watched(found.watch_server)), ("runs", _watched(found.watch_runs)),
        ("instances", _watched(found.watch_instances)),
    ]  # fmt: skip
    show_fields(output, found, lines)


def _watched(on: bool) -> str:  # noqa: FBT001
    return "watched" if on else "not watched"


def _ago(hours: float) -> datetime:
    return datetime.now(timezone.utc) - timedelta(hours=hours)


def _truth(value: Optional[bool]) -> Optional[str]:  # noqa: FBT001 - its very subject
    return None if value is None else "yes" if value else "no"


def _number(value: Optional[float]) -> Optional[str]:
    return None if value is None else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"  # noqa: PLR2004
