"""When instances rest: their schedules, and those that nobody has used for a while."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from sqlalchemy import Connection, select, update

from workstead.compute import tables as t
from workstead.compute.service.life import Work, to_work
from workstead.compute.service.rows import want
from workstead.foundation import clock
from workstead_wire.compute import DAYS, Schedule
from workstead_wire.errors import InvalidInput

IDLE_MINUTES_MAX = 7 * 24 * 60
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_MINUTE = 60_000_000
_c = t.instances.c


def check_idle_minutes(minutes: int | None) -> None:
    """Refuse what is no time to wait."""
    if minutes is not None and not 1 <= minutes <= IDLE_MINUTES_MAX:
        raise InvalidInput(
            f"idle_minutes is {minutes}, but must be between 1 and {IDLE_MINUTES_MAX}, or null for never"
        )


def schedule_values(schedule: Schedule | None) -> dict[str, Any]:
    """The columns of an instance that follow its schedule.

    Raises:
        InvalidInput: a time, a day or the time zone is none.
    """
    if schedule is None:
        return {"schedule": None, "due_at": None, "due": None}
    due = find_next_change(schedule, datetime.now(UTC))
    return {"schedule": msgspec.to_builtins(schedule), "due_at": clock.from_datetime(due[0]), "due": due[1]}


def find_next_change(schedule: Schedule, after: datetime) -> tuple[datetime, str]:
    """The first moment after ``after``, in UTC, at which the schedule says ``start`` or ``stop``.

    A time that the clocks leave out in spring comes an hour later by the clock; one that they show twice in autumn
    counts the first time.
    """
    zone = _zone(schedule.time_zone)
    asked = {"start": schedule.start, "stop": schedule.stop}
    times = {what: _time(text) for what, text in asked.items() if text is not None}
    days = {DAYS.index(day) for day in schedule.days}
    if not times or not days:
        raise InvalidInput("a schedule needs a start or a stop time, and at least one day; null takes it away")
    if len(set(times.values())) < len(times):
        raise InvalidInput(f"the schedule starts and stops at {schedule.start}: choose two different times")
    first = after.astimezone(zone).date() - timedelta(days=1)
    dates = [first + timedelta(days=more) for more in range(10)]
    moments = [
        (datetime.combine(date, at, zone).astimezone(UTC), what)
        for date in dates
        if date.weekday() in days
        for what, at in times.items()
    ]
    return min(it for it in moments if it[0] > after)


def run_schedules(conn: Connection) -> int:
    """Start and stop what is due; how many instances changed. Of several times that were missed the last one counts."""
    now = clock.now()
    changed = 0
    for row in conn.execute(select(t.instances).where(_c.due_at <= now)).all():
        schedule = msgspec.convert(row.schedule, Schedule)
        due, (at, following) = row.due, find_next_change(schedule, clock.to_datetime(row.due_at))
        while at <= clock.to_datetime(now):
            due, (at, following) = following, find_next_change(schedule, at)
        values = {"due_at": clock.from_datetime(at), "due": following}
        conn.execute(update(t.instances).where(_c.id == row.id).values(values))
        if due == "start" and row.state in ("Stopped", "Stopping"):
            want(conn, row, "Running", "Starting")
        elif due == "stop" and row.state not in ("Stopped", "Stopping", "Deleting", "Failed"):
            want(conn, row, "Stopped", "Stopping", f"its schedule stopped it at {schedule.stop} ({schedule.time_zone})")
        else:
            continue
        changed += 1
    return changed


def list_resting(conn: Connection) -> list[Work]:
    """Running instances that stop when nobody uses them."""
    rows = conn.execute(select(t.instances).where(_c.state == "Running", _c.idle_minutes.is_not(None)))
    return [to_work(conn, row) for row in rows.all()]


def see_activity(conn: Connection, instance: str, seen: datetime) -> bool:
    """Note when an instance was last active, and stop it if that was too long ago; whether it is stopped."""
    row = conn.execute(select(t.instances).where(_c.id == instance, _c.state == "Running")).first()
    if row is None or row.idle_minutes is None:
        return False
    active_at = max(row.active_at or 0, clock.from_datetime(seen))
    conn.execute(update(t.instances).where(_c.id == row.id).values(active_at=active_at))
    if clock.now() - active_at < row.idle_minutes * _MINUTE:
        return False
    minutes = "a minute" if row.idle_minutes == 1 else f"{row.idle_minutes} minutes"
    want(conn, row, "Stopped", "Stopping", f"it stopped after {minutes} without activity")
    return True


def _time(text: str) -> time:
    found = _TIME.fullmatch(text)
    if found is None:
        raise InvalidInput(f"{text[:40]!r} is no time of day; write it like 08:00")
    return time(int(found[1]), int(found[2]))


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(f"{name[:80]!r} is no time zone; write it like Europe/Berlin") from error
