"""The room's rules, and its rows as a state machine against a host that is told what to do."""

from __future__ import annotations

import asyncio
import string
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from puppet import World, count_held
from workstead.access.service import Principal, find_principal
from workstead.compute import service
from workstead.compute.service.instances import NAME
from workstead.compute.sizes import get_size, list_sizes
from workstead.foundation.reconcile import Reconciler
from workstead.insights import service as insights
from workstead_wire.errors import AlreadyExists, Forbidden, InvalidInput
from workstead_wire.insights import InsightsUpdate


def test_sizes_are_azures() -> None:
    d3 = get_size("Standard_D3_v2")
    assert (d3.cores, d3.memory_gib, d3.gpus) == (4, 14, 0)
    assert len({size.name for size in list_sizes()}) == len(list_sizes())
    assert all(size.cores > 0 and size.memory_gib > 0 for size in list_sizes())
    with pytest.raises(InvalidInput, match="STANDARD_X1"):
        get_size("STANDARD_X1")


@given(st.text(string.ascii_letters + string.digits + "-_. ä/", max_size=30))
@settings(max_examples=200)
def test_names_follow_azures_rule(name: str) -> None:
    good = 3 <= len(name) <= 24 and all(letter in string.ascii_letters + string.digits + "-" for letter in name)
    good = good and name[0] in string.ascii_letters and name[-1] != "-"
    assert (NAME.fullmatch(name) is not None) == good


def test_a_name_differs_by_more_than_case(world: World) -> None:
    world.create("Alpha")
    with pytest.raises(AlreadyExists, match="unique within"):
        world.create("aLPHA")


async def test_it_is_created_and_signed_in(world: World) -> None:
    world.create("alpha")
    assert world.state("alpha") == "Creating"
    await world.settle()
    instance = world.db.read_now(service.get_instance, world.where, "ALPHA")
    assert (instance.state, instance.kernel) == ("Running", "Python 3.x - AzureML")
    assert [step.name for step in instance.steps] == ["Make", "Start"]
    holder = world.db.read_now(find_principal, world.puppet.up["alpha"].token)
    assert holder is not None
    holder.check("write", world.where.id)
    with pytest.raises(Forbidden):
        holder.check("read", world.where.id + "2")


async def test_its_token_dies_with_a_stop(world: World) -> None:
    world.create("alpha")
    await world.settle()
    token = world.puppet.up["alpha"].token
    world.db.write_now(service.stop_instance, world.where, "alpha")
    await world.settle()
    assert world.state("alpha") == "Stopped"
    assert world.db.read_now(find_principal, token) is None


async def test_a_death_is_mended_three_times(world: World) -> None:
    world.create("alpha")
    await world.settle()
    for _ in range(service.DEATHS_MAX):
        world.puppet.up.clear()
        await world.settle()
        assert world.state("alpha") == "Running"
    world.puppet.up.clear()
    await world.settle()
    instance = world.db.read_now(service.get_instance, world.where, "alpha")
    assert instance.state == "Failed"
    assert instance.reason is not None
    assert "it fell over" in instance.reason
    world.db.write_now(service.start_instance, world.where, "alpha")
    await world.settle()
    assert world.state("alpha") == "Running"


async def test_a_host_that_fails_is_told_in_words(world: World) -> None:
    world.puppet.broken = True
    world.create("alpha")
    await world.settle()
    instance = world.db.read_now(service.get_instance, world.where, "alpha")
    assert (instance.state, instance.reason) == ("Failed", "the puppet is broken")


async def test_a_delete_during_creation_does_not_wait(world: World) -> None:
    world.puppet.pause = asyncio.Event()
    world.create("alpha")
    reconciler = Reconciler(world.db, world.instances)
    reconciler.start()
    while world.db.read_now(count_held) == 0:  # noqa: ASYNC110 - what it waits for is a row
        await asyncio.sleep(0.01)
    await world.db.write(service.delete_instance, world.where, "alpha", keep_files=False)
    reconciler.hint()
    async with asyncio.timeout(5):
        while world.state("alpha") is not None:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    await reconciler.stop()
    assert not world.puppet.made


async def test_who_lost_the_lease_writes_nothing(world: World) -> None:
    world.create("alpha")
    (work,) = world.db.read_now(service.load_work)
    first = world.db.write_now(service.lease, work, "first", 1)  # ran out in 1970
    second = world.db.write_now(service.lease, work, "second", 2**62)
    assert first is not None
    assert second is not None
    world.db.write_now(service.apply, first, service.Outcome(state="Failed", reason="late"))
    assert world.state("alpha") == "Creating"
    assert world.db.write_now(service.lease, work, "third", 2**62) is None


async def test_a_server_that_died_while_acting_is_taken_over(world: World) -> None:
    world.create("alpha")
    (work,) = world.db.read_now(service.load_work)
    world.db.write_now(service.lease, work, "dead", 2**62)
    assert world.db.read_now(service.load_work) == []
    world.db.write_now(service.drop_leases)
    await world.settle()
    assert world.state("alpha") == "Running"


@pytest.mark.parametrize(
    ("user", "role", "allowed"),
    [
        ("owner", "Contributor", True),
        ("other", "Owner", True),
        ("other", "Contributor", False),
        ("owner", "Reader", False),
    ],
)
def test_who_may_open_it(world: World, user: str, role: str, *, allowed: bool) -> None:
    world.create("alpha")
    target = world.db.read_now(service.get_target, world.where, "alpha")
    caller = Principal(user=user, role=role)  # type: ignore[arg-type]
    if allowed:
        target.check(caller)
    else:
        with pytest.raises(Forbidden):
            target.check(caller)


VERBS: dict[str, tuple[Callable[..., object], str]] = {
    "start": (service.start_instance, "Running"),
    "stop": (service.stop_instance, "Stopped"),
    "restart": (service.restart_instance, "Running"),
}


def test_whatever_is_asked_in_whatever_order_comes_true(tmp_path_factory: pytest.TempPathFactory) -> None:
    class Life(RuleBasedStateMachine):
        """Asks at random; what was asked last is what settles, and the world agrees with the rows."""

        def __init__(self) -> None:
            super().__init__()
            self.world = World(tmp_path_factory.mktemp("life"))
            self.wanted: str | None = None

        @precondition(lambda self: self.wanted is None)
        @rule()
        def create(self) -> None:
            self.run(self.world.settle())  # a deletion under way is done first: the name is taken until then
            self.world.create("alpha")
            self.wanted = "Running"

        @precondition(lambda self: self.wanted is not None)
        @rule(verb=st.sampled_from(sorted(VERBS)))
        def ask(self, verb: str) -> None:
            function, wanted = VERBS[verb]
            self.world.db.write_now(function, self.world.where, "alpha")
            self.wanted = wanted

        @precondition(lambda self: self.wanted is not None)
        @rule()
        def remove(self) -> None:
            self.world.db.write_now(service.delete_instance, self.world.where, "alpha", keep_files=False)
            self.wanted = None

        @rule()
        def die(self) -> None:
            self.world.puppet.up.clear()

        @rule()
        def settle(self) -> None:
            self.run(self.world.settle())
            state = self.world.state("alpha")
            assert state == self.wanted or (state == "Failed" and self.wanted == "Running")
            assert ("alpha" in self.world.puppet.up) == (state == "Running")
            assert ("alpha" in self.world.puppet.made) or state != "Running"
            assert ("alpha" not in self.world.puppet.made) or state is not None

        @invariant()
        def one_row(self) -> None:
            assert (self.world.state("alpha") is not None) or self.wanted is None

        def run(self, work: Awaitable[None]) -> None:
            asyncio.run(work)  # type: ignore[arg-type]

        def teardown(self) -> None:
            self.world.db.close()

    machine = Life.TestCase
    machine.settings = settings(
        max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
    )
    machine().runTest()


async def test_what_happens_to_it_is_telemetry_where_asked(world: World) -> None:
    def told(name: str) -> list[tuple[str, str, str, str]]:
        while world.db.read_now(insights.has_notes):
            world.db.write_now(insights.keep_notes)
        wanted = f"properties.instance = {name}"
        page = world.db.read_now(insights.list_items, world.where, wanted, None, None, None, 100)
        return [(it.kind, it.name, it.properties.get("before", ""), it.message) for it in reversed(page.items)]

    world.create("unseen")
    await world.settle()
    world.db.write_now(insights.update_insights, world.where, InsightsUpdate(watch_instances=True))
    world.create("alpha")
    await world.settle()
    world.puppet.up.clear()
    await world.settle()
    world.db.write_now(service.stop_all)
    world.db.write_now(service.stop_all)
    await world.settle()
    world.puppet.broken = True
    world.db.write_now(service.start_instance, world.where, "alpha")
    await world.settle()
    world.db.write_now(service.delete_instance, world.where, "alpha", keep_files=False)
    await world.settle()
    assert told("alpha") == [
        ("event", "instance creating", "", ""),
        ("event", "instance running", "Creating", ""),
        ("event", "instance died", "", "its Jupyter ended and was started again"),
        ("event", "instance stopping", "Running", "the server stopped"),
        ("event", "instance stopped", "Stopping", ""),
        ("event", "instance starting", "Stopped", ""),
        ("exception", "instance failed", "Starting", "the puppet is broken"),
        ("event", "instance deleting", "Failed", ""),
        ("event", "instance deleted", "Deleting", ""),
    ]
    assert [name for _, name, _, _ in told("unseen")] == ["instance died", "instance stopping", "instance stopped"]
