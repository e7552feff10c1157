"""A fault is a block: injected, proven, healed and proven healed, however the block ends."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from harness.errors import NotInjected, TargetError
from harness.faults import injector as module
from harness.faults.contract import Means, Way
from harness.faults.injector import Injector
from harness.faults.kinds import KINDS
from harness.faults.probe import Seen
from harness.faults.signs import BySigns
from harness.faults.timeline import FaultWindow
from harness.model.event import FaultRun
from harness.model.fault import Value
from harness.model.scenario import FaultPlan
from tests.fakes import FakeAdmin, FakeClock, FakeProbe, fault_plan, refusing_admin


class TickingClock(FakeClock):
    """A clock that is one second on whenever it is looked at: what happened later reads later."""

    def now_s(self) -> float:
        self.s += 1.0
        return self.s


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch):
    """Nobody waits ten wall seconds for a proof that a test says does not come."""
    monkeypatch.setattr(module, "PROOF_DEADLINE_WALL_S", 0.02)
    monkeypatch.setattr(module, "HEAL_DEADLINE_WALL_S", 0.02)
    monkeypatch.setattr(module, "WHOLE_DEADLINE_WALL_S", 0.02)
    monkeypatch.setattr(module, "_LOOK_EVERY_WALL_S", 0.001)


@dataclass
class SlowAdmin(FakeAdmin):
    """An admin port that takes its time to heal: until ``go_on``; ``healing`` says it has begun."""

    healing: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def heal_fault(self, fault_id: str) -> None:
        self.healing.set()
        await self.go_on.wait()
        await super().heal_fault(fault_id)


@dataclass
class Bench:
    """An injector on fakes, and what it told."""

    admin: FakeAdmin = field(default_factory=FakeAdmin)
    shows: bool = True
    whole_again: bool = True
    whole_before: bool = True
    told: list[FaultRun] = field(default_factory=list)

    @asynccontextmanager
    async def injected(self, kind: str = "site_down", **how: Any) -> AsyncIterator[FaultRun]:
        probe = FakeProbe(
            self.admin,
            shows=self.shows,
            whole_again=self.whole_again,
            whole_before=self.whole_before,
        )
        injector = Injector(KINDS, Means(self.admin), probe, TickingClock(), self.told.append)
        window = FaultWindow(fault_plan(kind=kind), 60.0, 180.0, lease_wall_s=0.01)
        async with injector.injected(window, phase="loss", **how) as fault:
            yield fault

    @property
    def last(self) -> FaultRun:
        return self.told[-1]


async def test_a_fault_is_injected_proven_healed_and_proven_healed():
    """Told at each step, and stamped in that order."""
    bench = Bench()
    async with bench.injected() as fault:
        assert fault.proven
        assert [held.kind for held in bench.admin.active.values()] == ["site_down"]
    last = bench.last

    assert [each.proven for each in bench.told] == [False, True, True]
    assert last.healed
    stamps = [
        last.injected_from_s, last.injected_s, last.proven_s,
        last.healed_from_s, last.healed_s, last.heal_proven_s,
    ]  # fmt: skip
    assert stamps == sorted(stamps, key=lambda at_s: at_s or 0.0)
    assert bench.admin.active == {}


async def test_the_lease_goes_with_the_order():
    """If we die, the target heals itself."""
    bench = Bench()
    async with bench.injected():
        pass

    assert bench.admin.orders == [("site_down", {"site": "north"}, 0.01)]


async def test_a_block_that_raises_is_healed_and_raises():
    """The error is not swallowed, and the fault not left behind."""
    bench = Bench()
    with pytest.raises(RuntimeError, match="the phase broke"):
        async with bench.injected():
            raise RuntimeError("the phase broke")

    assert bench.last.healed


async def test_a_block_that_is_cancelled_is_healed():
    """Ctrl-C in the middle of an outage ends the outage."""
    bench, inside = Bench(), asyncio.Event()

    async def block() -> None:
        async with bench.injected():
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert bench.last.healed


async def test_a_second_cancellation_does_not_stop_the_heal():
    """An impatient second Ctrl-C must not leave a provider's site down."""
    admin, inside = SlowAdmin(), asyncio.Event()
    bench = Bench(admin)

    async def block() -> None:
        async with bench.injected():
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    await inside.wait()
    task.cancel()
    await admin.healing.wait()
    task.cancel()
    admin.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert bench.last.healed
    assert bench.admin.active == {}


async def test_faults_that_end_together_are_healed_in_the_reverse_order():
    """What was broken on top of something else is mended first."""
    bench, inside = Bench(), asyncio.Event()
    probe = FakeProbe(bench.admin)
    injector = Injector(KINDS, Means(bench.admin), probe, TickingClock(), bench.told.append)  # type: ignore[arg-type]

    async def hold(site: str, then: asyncio.Event) -> None:
        window = FaultWindow(fault_plan(site=site), 60.0, 180.0, lease_wall_s=0.01)
        async with injector.injected(window, phase="loss"):
            then.set()
            await asyncio.Event().wait()

    first = asyncio.create_task(hold("north", inside))
    await inside.wait()
    both = asyncio.Event()
    second = asyncio.create_task(hold("south", both))
    await both.wait()
    first.cancel()
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)

    assert bench.admin.heals == ["fault-2", "fault-1"]


@dataclass
class Unwilling(FakeAdmin):
    """An environment in which the fault could not be injected."""

    async def order_fault(
        self, kind: str, asked: Mapping[str, Value], *, lease_wall_s: float
    ) -> None:
        raise NotInjected("nobody confirmed it")


async def test_a_fault_that_was_not_injected_lets_the_run_go_on_and_counts_for_nothing():
    """A provider's person who does not come must not end the rehearsal, nor pass it."""
    bench = Bench(Unwilling())
    async with bench.injected() as fault:
        pass

    assert not fault.proven
    assert fault.injected_s is None
    assert bench.told[0].told(0.0).name == "fault_not_injected"
    assert "nobody confirmed it" in bench.last.proof


async def test_a_cancellation_in_the_middle_of_a_heal_waits_for_its_end():
    """The first Ctrl-C may come while the fault is being healed anyway: it must not cut that off."""
    admin = SlowAdmin()
    bench = Bench(admin)

    async def block() -> None:
        async with bench.injected():
            pass

    task = asyncio.create_task(block())
    await admin.healing.wait()
    task.cancel()
    admin.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert bench.last.healed


async def test_a_fault_that_cannot_be_shown_runs_unproven_and_is_healed():
    """The block runs all the same; the verdict will not count it."""
    bench = Bench(shows=False)
    async with bench.injected() as fault:
        assert not fault.proven

    assert not bench.last.proven
    assert bench.admin.heals == ["fault-1"]


class SlowToShow:
    """A kind whose looks take longer than the usual deadline, as its ``looks_wall_s`` says."""

    name = "site_down"
    parameters = ()

    def __init__(self, looks_wall_s: float) -> None:
        self._looks_wall_s = looks_wall_s

    def __getattr__(self, name: str) -> Any:
        return getattr(KINDS["site_down"], name)

    def looks_wall_s(self, _: FaultPlan) -> float:
        return self._looks_wall_s

    async def proof(self, _: FaultPlan, __: object) -> str:
        await asyncio.sleep(0.06)
        return "seen at last"


@pytest.mark.parametrize(
    ("looks_wall_s", "end_s", "proven"),
    [(0.0, 180.0, False), (5.0, 180.0, True), (math.inf, 180.0, True), (math.inf, 0.0, False)],
)
async def test_a_kind_whose_looks_take_long_has_the_time_for_them_while_it_lasts(
    looks_wall_s: float, end_s: float, *, proven: bool
):
    """Ten seconds are too few for three answers that are five late; the end is never put off."""
    admin = FakeAdmin()
    kinds: Any = {"site_down": SlowToShow(looks_wall_s)}
    probe: Any = FakeProbe(admin)
    injector = Injector(kinds, Means(admin), probe, TickingClock(), lambda _: None)
    window = FaultWindow(fault_plan(), 60.0, end_s, lease_wall_s=0.01)
    async with injector.injected(window, phase="loss") as fault:
        pass

    assert fault.proven is proven


async def test_a_fault_is_watched_from_its_injection_on_while_it_is_being_proven():
    """An alarm that comes before the proof must not be timed from the proof."""
    story: list[str] = []

    @asynccontextmanager
    async def watched(fault: FaultRun) -> AsyncIterator[None]:
        story.append(f"watched, {'proven' if fault.proven else 'injected'}")
        yield
        story.append("no longer watched")

    class Told(list[FaultRun]):
        def append(self, fault: FaultRun) -> None:
            story.append("healed" if fault.healed else "proven" if fault.proven else "injected")

    async with Bench(told=Told()).injected(watched=watched):
        story.append("the block")

    assert story == [
        "injected", "watched, injected", "proven", "the block", "no longer watched", "healed"
    ]  # fmt: skip


async def test_an_order_that_failed_is_healed_and_looked_at():
    """It may have been carried out all the same: the target is asked what is in force there."""
    bench = Bench(refusing_admin(inject=True))
    with pytest.raises(TargetError, match="supervisor is busy"):
        async with bench.injected():
            pytest.fail("the block must not run without its fault")

    assert bench.last.injected_s is None
    assert bench.last.healed


async def test_an_order_that_timed_out_but_was_carried_out_is_healed():
    """Its id never reached us; what is in force at the site is undone all the same."""

    class LostAnswer(FakeAdmin):
        async def order_fault(
            self, kind: str, asked: Mapping[str, Value], *, lease_wall_s: float
        ) -> None:
            await super().order_fault(kind, asked, lease_wall_s=lease_wall_s)
            raise TargetError("POST /faults: TimeoutError")

    bench = Bench(LostAnswer())
    with pytest.raises(TargetError):
        async with bench.injected():
            pass

    assert bench.admin.active == {}
    assert bench.last.healed


async def test_a_site_that_was_not_whole_before_proves_nothing():
    """Broken after the order is no proof if it was broken before."""
    bench = Bench(whole_before=False)
    async with bench.injected() as fault:
        assert not fault.proven


class BySign(BySigns):
    """A kind that the scenario's own sign proves."""

    def way(self, means: Means) -> Way:
        return KINDS["site_down"].way(means)


@dataclass
class OfPages:
    """A probe to which a page answers so, one time after the other; at last it is well."""

    statuses: list[int | None]
    sites: tuple[str, ...] = ()

    async def fetch(self, _: str) -> Seen:
        return Seen(self.statuses.pop(0) if self.statuses else 200, 0.01)


async def test_one_look_that_is_not_answered_before_does_not_make_a_fault_unprovable():
    """At peak a page is late now and then: the whole run would be for nothing."""
    looking, told = OfPages([None, 200, 503, 503, 503]), []
    kinds: Any = {"site_down": BySign()}
    injector = Injector(kinds, Means(FakeAdmin()), looking, TickingClock(), told.append)  # type: ignore[arg-type]
    sign = json.dumps({"get": "http://127.0.0.1:1/", "status": "503"})
    plan = replace(fault_plan(), asked={**fault_plan().asked, "proof": sign})
    window = FaultWindow(plan, 60.0, 180.0, lease_wall_s=0.01)
    async with injector.injected(window, phase="loss") as fault:
        assert fault.proven

    assert told[-1].healed


async def test_a_heal_that_failed_is_recorded_and_not_proven():
    """Residue: the record says what the target answered, and the run ends with its own code."""
    bench = Bench(refusing_admin(heal=True))
    async with bench.injected():
        pass

    assert not bench.last.healed
    assert bench.last.healed_s is None
    assert "the order to heal failed: POST /faults: 503" in bench.last.heal_proof


async def test_a_site_that_does_not_come_back_is_not_called_healed():
    """The order was carried out; the site is not whole."""
    bench = Bench(whole_again=False)
    async with bench.injected():
        pass

    assert bench.last.healed_s is not None
    assert not bench.last.healed
