"""Schedules, idle shutdown and quotas."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from puppet import OWNER, World
from workstead.compute import service
from workstead.compute.tables import instances
from workstead.foundation import clock
from workstead_wire.compute import DAYS, Instance, InstanceCreate, InstanceUpdate, Schedule
from workstead_wire.errors import Conflict, InvalidInput

WORKDAYS = Schedule(start="08:00", stop="18:00", days=DAYS[:5], time_zone="Europe/Berlin")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as asked
TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"])


def get(world: World) -> Instance:
    return world.db.read_now(service.get_instance, world.where, "alpha")


def is_due(world: World, at: datetime) -> None:
    """Make the instance's next change one that should have happened at ``at``."""

    def write(conn: Connection) -> None:
        conn.execute(update(instances).values(due_at=clock.from_datetime(at)))

    world.db.write_now(write)


@pytest.mark.parametrize(
    ("after", "following", "what"),
    [
        ("2026-03-27T06:59", "2026-03-27T07:00", "start"),  # a Friday, winter time
        ("2026-03-27T07:00", "2026-03-27T17:00", "stop"),
        ("2026-03-27T17:00", "2026-03-30T06:00", "start"),  # the clocks change in the weekend
        ("2026-10-23T16:00", "2026-10-26T07:00", "start"),
    ],
)
def test_workdays_in_berlin(after: str, following: str, what: str) -> None:
    moment = datetime.fromisoformat(after + "+00:00")
    assert service.find_next_change(WORKDAYS, moment) == (datetime.fromisoformat(following + "+00:00"), what)


@given(MOMENTS, TIMES, TIMES, st.sets(st.sampled_from(DAYS), min_size=1), ZONES)
def test_the_next_change_is_the_first_one_of_a_week(
    after: datetime, start: str, stop: str, days: set[str], zone: str
) -> None:
    schedule = Schedule(start=start, stop=stop, days=sorted(days), time_zone=zone)  # type: ignore[arg-type]
    if start == stop:
        with pytest.raises(InvalidInput, match="two different"):
            service.find_next_change(schedule, after)
        return
    at, what = service.find_next_change(schedule, after)
    assert after < at <= after + timedelta(days=8)
    local = at.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
    told = datetime.strptime(start if what == "start" else stop, "%H:%M")  # noqa: DTZ007 - a time alone
    late = timedelta(hours=local.hour, minutes=local.minute) - timedelta(hours=told.hour, minutes=told.minute)
    skipped = timedelta() < late <= timedelta(hours=1)  # by the clocks of spring
    assert late == timedelta() or skipped or zone == "Pacific/Apia"
    assert DAYS[local.weekday()] in days or skipped or zone == "Pacific/Apia"


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Schedule(), "needs a start or a stop"),
        (Schedule(start="08:00", days=[]), "at least one day"),
        (Schedule(start="8:00"), "write it like 08:00"),
        (Schedule(start="24:00"), "write it like 08:00"),
        (Schedule(start="08:00", time_zone="Mars/Olympus"), "no time zone"),
        (Schedule(start="08:00", time_zone="../../etc/passwd"), "no time zone"),
    ],
)
def test_a_schedule_that_is_none_is_refused(world: World, schedule: Schedule, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        world.create("alpha", InstanceCreate(schedule=schedule))


async def test_a_schedule_stops_and_starts(world: World) -> None:
    world.create("alpha", InstanceCreate(schedule=Schedule(start="08:00", stop="18:00", days=["Monday"])))
    await world.settle()
    monday = datetime(2026, 11, 16, tzinfo=UTC)
    due = {"stop": monday.replace(hour=18), "start": monday.replace(hour=8)}
    for what, state in (("stop", "Stopped"), ("start", "Running")):

        def turn(conn: Connection, what: str = what) -> None:
            # As if the server had slept since then, but not through a later change.
            conn.execute(update(instances).values(due=what, schedule=msgspec.to_builtins(soon(what))))

        world.db.write_now(turn)
        is_due(world, due[what])
        assert world.db.write_now(service.run_schedules) == 1
        assert world.db.write_now(service.run_schedules) == 0
        await world.settle()
        assert get(world).state == state
        assert get(world).next_change is not None
    assert get(world).reason is None


def soon(what: str) -> Schedule:
    """A schedule that has just done ``what`` and nothing else for a week."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    return msgspec.structs.replace(
        Schedule(days=[DAYS[past.weekday()]]), **{what: past.strftime("%H:%M"), "time_zone": "UTC"}
    )


async def test_of_changes_that_were_slept_through_the_last_one_counts(world: World) -> None:
    world.create("alpha", InstanceCreate(schedule=soon("stop")))
    await world.settle()
    is_due(world, datetime.now(UTC) - timedelta(days=30))
    assert world.db.write_now(service.run_schedules) == 1
    await world.settle()
    assert get(world).state == "Stopped"
    assert "its schedule stopped it" in (get(world).reason or "")
    assert (get(world).next_change or datetime.min.replace(tzinfo=UTC)) > datetime.now(UTC)


async def test_an_idle_instance_stops_and_says_why(world: World) -> None:
    world.create("alpha", InstanceCreate(idle_minutes=30))
    await world.settle()
    (work,) = world.db.read_now(service.list_resting)
    long_ago = datetime.now(UTC) - timedelta(days=1)
    # It has only just come up, so an old activity does not count against it.
    assert not world.db.write_now(service.see_activity, work.id, long_ago)

    def age(conn: Connection) -> None:
        conn.execute(update(instances).values(active_at=clock.from_datetime(long_ago)))

    world.db.write_now(age)
    assert not world.db.write_now(service.see_activity, work.id, datetime.now(UTC) - timedelta(minutes=29))
    world.db.write_now(age)
    assert world.db.write_now(service.see_activity, work.id, datetime.now(UTC) - timedelta(minutes=31))
    await world.settle()
    assert (get(world).state, get(world).reason) == ("Stopped", "it stopped after 30 minutes without activity")
    world.db.write_now(service.start_instance, world.where, "alpha")
    await world.settle()
    assert (get(world).state, get(world).reason) == ("Running", None)
    assert not world.db.write_now(service.see_activity, work.id, long_ago)


def test_null_takes_rest_away_and_what_is_left_out_stays(world: World) -> None:
    world.create("alpha", InstanceCreate(idle_minutes=30, schedule=WORKDAYS, description="kept"))
    changed = world.db.write_now(service.update_instance, world.where, "alpha", InstanceUpdate(idle_minutes=5))
    assert (changed.idle_minutes, changed.schedule) == (5, WORKDAYS)
    gone = InstanceUpdate(idle_minutes=None, schedule=None)
    changed = world.db.write_now(service.update_instance, world.where, "alpha", gone)
    assert (changed.idle_minutes, changed.schedule, changed.next_change) == (None, None, None)
    assert changed.description == "kept"
    with pytest.raises(InvalidInput, match="between 1 and"):
        world.db.write_now(service.update_instance, world.where, "alpha", InstanceUpdate(idle_minutes=0))


def test_a_quota_is_a_sentence(world: World) -> None:
    create = service.create_instance
    world.db.write_now(create, world.where, OWNER, "alpha", InstanceCreate(), 2)
    world.db.write_now(create, world.where, OWNER, "beta", InstanceCreate(), 2)
    with pytest.raises(Conflict, match="'owner' has 2 compute instances, and this server allows 2"):
        world.db.write_now(create, world.where, OWNER, "gamma", InstanceCreate(), 2)


@pytest.mark.parametrize(
    ("name", "why"), [("beta", None), ("ALPHA", "is taken"), ("a_b", "3 to 24"), ("", "3 to 24"), ("a/b", "3 to 24")]
)
def test_a_name_is_checked_while_it_is_typed(world: World, name: str, why: str | None) -> None:
    world.create("alpha")
    check = world.db.read_now(service.check_instance_name, world.where, name)
    assert check.available == (why is None)
    assert (why or "") in (check.why or "")


async def test_old_steps_are_not_told_again(world: World) -> None:
    world.create("alpha")
    await world.settle()
    assert get(world).steps
    assert world.db.write_now(service.restart_instance, world.where, "alpha").steps == []


async def test_a_server_at_another_address_tells_its_instances(world: World) -> None:
    world.create("alpha")
    await world.settle()
    assert world.puppet.up["alpha"].url == world.url
    world.url = "http://127.0.0.1:2"
    await world.settle()
    assert world.puppet.up["alpha"].url == "http://127.0.0.1:2"
    assert world.puppet.starts == 1
