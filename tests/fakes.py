"""Builders with sensible defaults, and fakes that stand in for what does I/O.

A fake keeps the contract of the real thing: ``tests/verdict/test_evidence_contract.py`` holds
``FakeEvidence`` to the run record, ``tests/journeys/test_stand_ins.py`` holds ``FakeClock`` to
``RunClock`` and ``FakeAdapter`` to ``Adapter``.
"""

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from harness.adapter.protocol import (
    NewCall,
    NewCallback,
    NewComment,
    NewTicket,
    Notice,
    Placed,
    Promised,
    Request,
    Response,
    TicketRead,
    TicketState,
    Written,
)
from harness.clock import RunClock
from harness.errors import TargetError
from harness.faults.probe import Answer
from harness.kpi.columns import (
    AttemptColumns,
    CallColumns,
    TalkColumns,
    TicketColumns,
    TurnColumns,
)
from harness.kpi.evidence import (
    PhaseEvidence,
    columns_of_calls,
    columns_of_talks,
    columns_of_tickets,
    columns_of_turns,
)
from harness.kpi.figures import (
    LostCall,
    TalkFigures,
    TicketWrite,
    attempt_of,
    content_of,
    lost_call,
    talk_figures,
    updates_of,
)
from harness.model.alarm import AlarmRun
from harness.model.contact import Call, Contact, EndedBy, Exchange, Outcome, Ticket, WriteOutcome
from harness.model.cut import Cut
from harness.model.event import (
    ClockStep,
    Ending,
    FaultRun,
    GeneratorHealth,
    LineCheck,
    PhaseRun,
    Reread,
    RunFacts,
    StoredTicket,
    Trial,
)
from harness.model.fault import Held, Value
from harness.model.handover import StepRun
from harness.model.patience import BUSY
from harness.model.sample import OWN, Page, Scrape, Series, Told
from harness.model.scenario import (
    CallTraffic,
    FaultPlan,
    Load,
    OnGateFailure,
    Owner,
    Phase,
    PhaseKind,
    Scenario,
    TicketTraffic,
)
from harness.model.sla import Bound, Each, Objective, Sla
from harness.model.staffing import ShiftTally
from harness.model.target import Target
from harness.traffic.follow_up import FollowUp
from scenarios.journeys.story import Journey, Leave, Lost, Scene, Wait

OWNER = Owner("Service Transition", "transition@client.example")
FULL = Load(1.0, 1.0)


# ---------------------------------------------------------------------- builders: contacts


def call(id_: str = "peak/calls/0", *, due_s: float = 0.0, **changes: Any) -> Call:
    """Return a call that was due at *due_s*, started at once, and of which no more is known."""
    fields: dict[str, Any] = {
        "id": id_,
        "phase": "peak",
        "queue": "billing",
        "line": "+441632960101",
        "customer": "customer-00001",
        "due_s": due_s,
        "started_s": due_s,
    }
    return Call(**fields | changes)


def answered(
    id_: str = "peak/calls/0", *, due_s: float = 0.0, wait_s: float = 5.0, **changes: Any
) -> Call:
    """Return a call that was answered *wait_s* after it was due, and hung up after a minute."""
    fields: dict[str, Any] = {
        "outcome": Outcome.ANSWERED,
        "queued_s": due_s,
        "answered_s": due_s + wait_s,
        "ended_s": due_s + wait_s + 60.0,
        "ended_by": EndedBy.CALLER,
        "site": "north",
    }
    return call(id_, due_s=due_s, **fields | changes)


def abandoned(
    id_: str = "peak/calls/0", *, due_s: float = 0.0, wait_s: float = 30.0, **changes: Any
) -> Call:
    """Return a call that hung up in the queue, *wait_s* after it was due."""
    fields: dict[str, Any] = {
        "outcome": Outcome.ABANDONED,
        "queued_s": due_s,
        "ended_s": due_s + wait_s,
    }
    return call(id_, due_s=due_s, **fields | changes)


def blocked(id_: str = "peak/calls/0", *, due_s: float = 0.0, **changes: Any) -> Call:
    """Return a call that met a busy trunk."""
    fields: dict[str, Any] = {"outcome": Outcome.BLOCKED, "ended_s": due_s}
    return call(id_, due_s=due_s, **fields | changes)


def cut_off(
    id_: str = "peak/calls/0", *, due_s: float = 0.0, wait_s: float = 3.0, **changes: Any
) -> Call:
    """Return a call that the centre lost while it waited in the queue."""
    fields: dict[str, Any] = {
        "outcome": Outcome.FAILED,
        "site": "north",
        "queued_s": due_s,
        "ended_s": due_s + wait_s,
        "error": "cut off: site-loss",
    }
    return call(id_, due_s=due_s, **fields | changes)


def waiting(id_: str = "peak/calls/0", *, due_s: float = 0.0, **changes: Any) -> Call:
    """Return a call that stands in the queue still."""
    return call(id_, due_s=due_s, **{"queued_s": due_s} | changes)


def calls_of(hits: Sequence[bool], *, phase: str = "peak", start_s: float = 0.0) -> list[Call]:
    """Return one call a second: answered after 5 s for each hit, after 100 s for each miss."""
    return [
        answered(
            f"{phase}/calls/{number}",
            phase=phase,
            due_s=start_s + number,
            wait_s=5.0 if hit else 100.0,
        )
        for number, hit in enumerate(hits)
    ]


def spread(good: int, n: int) -> list[bool]:
    """Return *n* flags of which *good* are true, as evenly spread as they can be."""
    return [(i + 1) * good // n > i * good // n for i in range(n)]


def ticket(id_: str = "peak/tickets/0", *, due_s: float = 0.0, **changes: Any) -> Ticket:
    """Return a ticket that was acknowledged when it was due, and has no reply yet."""
    fields: dict[str, Any] = {
        "id": id_,
        "phase": "peak",
        "priority": "P3",
        "customer": "customer-00001",
        "due_s": due_s,
        "started_s": due_s,
        "acknowledged_s": due_s,
        "outcome": WriteOutcome.ACKNOWLEDGED,
        "site": "north",
        "provider_id": f"T-{id_}",
    }
    return Ticket(**fields | changes)


def stored(site: str, reference: str, provider_id: str | None = None) -> StoredTicket:
    """Return the copy of the ticket *reference* in *site*'s store."""
    return StoredTicket(site, reference, provider_id or f"T-{reference}")


# ---------------------------------------------------------------------- builders: plan and SLA


def phase(name: str = "peak", kind: PhaseKind = PhaseKind.STEADY, **changes: Any) -> Phase:
    """Return a planned phase of 600 s at full load."""
    return Phase(**{"name": name, "kind": kind, "load": FULL, "duration_s": 600.0} | changes)


def fault_plan(**changes: Any) -> FaultPlan:
    """Return a planned ``site_down north``, from 60 s to 180 s of its phase."""
    return FaultPlan(
        **{"kind": "site_down", "site": "north", "at_s": 60.0, "for_s": 120.0} | changes
    )


def scenario(*phases: Phase, **changes: Any) -> Scenario:
    """Return a scenario of *phases*, with two queues, a call each 2.5 s and no tickets."""
    fields: dict[str, Any] = {
        "name": "small",
        "proves": "A GO shows that the tests' defaults hold.",
        "owner": OWNER,
        "seed": "2026",
        "speed": 1.0,
        "lines": {"billing": ("+441632960101", "+441632960102"), "support": ("+441632960201",)},
        "calls": CallTraffic(1440.0, {"billing": 0.6, "support": 0.4}, BUSY),
        "tickets": None,
        "phases": phases or (phase(),),
        "on_gate_failure": OnGateFailure.STOP,
        "path": Path("scenarios/small.yaml"),
    }
    return Scenario(**fields | changes)


TICKETS = TicketTraffic(600.0, {"P1": 0.05, "P2": 0.15, "P3": 0.6, "P4": 0.2})


def objective(
    kpi: str = "service_level", goal: float = 0.80, warn: float = 0.78, **changes: Any
) -> Objective:
    """Return an objective for all queues; by default 80/20, judged in steady phases."""
    kinds = changes.pop("kinds", (PhaseKind.STEADY,))
    fields: dict[str, Any] = {
        "kpi": kpi,
        "goal_text": "80/20",
        "each": Each.ALL,
        "gates": dict.fromkeys(kinds, Bound(goal, warn)),
        "owner": OWNER,
        "threshold_s": 20.0,
    }
    return Objective(**fields | changes)


def sla(*objectives: Objective, confidence: float = 0.95) -> Sla:
    """Return a contract of *objectives*; by default 80/20 in steady phases alone."""
    return Sla("care", confidence, objectives or (objective(),), Path("sla/care.yaml"))


# ---------------------------------------------------------------------- builders: what happened


def phase_run(
    name: str = "peak",
    kind: PhaseKind = PhaseKind.STEADY,
    *,
    start_s: float = 0.0,
    end_s: float | None = None,
    held_s: float = 200.0,
    load: Load = FULL,
) -> PhaseRun:
    """Return a phase that ran (600 s by default) and was held for *held_s* after its end."""
    end_s = start_s + 600.0 if end_s is None else end_s
    return PhaseRun(name, kind, load, start_s, end_s, end_s + held_s)


def fault_run(**changes: Any) -> FaultRun:
    """Return a fault that took effect within 1 s of 100 s, was proven, healed and proven healed."""
    fields: dict[str, Any] = {
        "kind": "site_down",
        "site": "north",
        "phase": "loss",
        "lease_wall_s": 130.0,
        "injected_from_s": 100.0,
        "injected_s": 101.0,
        "proven_s": 102.0,
        "proof": "north refuses connections",
        "healed_from_s": 220.0,
        "healed_s": 221.0,
        "heal_proven_s": 230.0,
        "heal_proof": "north answers its health check",
    }
    return FaultRun(**fields | changes)


def facts(**changes: Any) -> RunFacts:
    """Return the facts of a run at speed 1 on the mock."""
    fields: dict[str, Any] = {
        "run": "20261122T104500Z-small",
        "started_wall": 1_795_000_000.0,
        "speed": 1.0,
        "seed": "2026",
        "target": "mock",
        "about": "mock only",
        "explored": False,
        "scenario_sha256": "0" * 64,
        "reference_prefix": "",
        "versions": (("harness", "0.1.0"),),
        "machine": "a test",
    }
    return RunFacts(**fields | changes)


def scrape(
    at_s: float,
    values: Mapping[Series, float] | None = None,
    *,
    source: str = "edge",
    ok: bool = True,
) -> Scrape:
    """Return one reading; of nothing by default."""
    return Scrape(source, at_s, ok, values or {})


def told_of(scrapes: Iterable[Scrape]) -> Told:
    """Return what one source's *scrapes* told, series in the order in which they came."""
    positions: dict[Series, int] = {}
    pages = []
    for scrape in scrapes:
        for series in scrape.values:
            positions.setdefault(series, len(positions))
        row = array("d", [math.nan]) * len(positions)
        for series, value in scrape.values.items():
            row[positions[series]] = value
        pages.append(Page(scrape.at_s, scrape.ok, row))
    return Told(tuple(positions), pages)


def series(name: str, **labels: str) -> Series:
    """Return the series *name* with *labels*, in the order in which the product keeps them."""
    return Series(name, tuple(sorted(labels.items())))


def phase_evidence(
    *contacts: Contact, kind: PhaseKind = PhaseKind.FAULT, **changes: Any
) -> PhaseEvidence:
    """Return what is known of a phase in which *contacts* were due; a census by default."""
    fields: dict[str, Any] = {
        "phase": phase_run(kind=kind),
        "calls": columns_of_calls(each for each in contacts if isinstance(each, Call)),
        "tickets": columns_of_tickets(each for each in contacts if isinstance(each, Ticket)),
        "turns": columns_of_turns(each for each in contacts if isinstance(each, Ticket)),
        "seen_until_s": 10_000.0,
    }
    if "talks_ended" in changes:
        changes["talks_ended"] = columns_of_talks(changes["talks_ended"])
    return PhaseEvidence(**fields | changes)


@dataclass
class FakeEvidence:
    """A run in memory. Every source was scraped every second unless told otherwise."""

    scenario: Scenario = field(default_factory=scenario)
    target: Target = field(
        default_factory=lambda: Target(
            "mock",
            "harness.adapter.reference:ReferenceAdapter",
            virtual_clock=True,
            staffing={"north": {"billing": 50}, "south": {"billing": 50}},
            mock={},
        )
    )
    facts: RunFacts = field(default_factory=facts)
    health: GeneratorHealth = field(default_factory=GeneratorHealth)
    ending: Ending = Ending.COMPLETE
    halted_by: str = ""
    stores_read: tuple[str, ...] = ("north", "south")
    phase_runs: Sequence[PhaseRun] = field(default_factory=lambda: (phase_run(),))
    fault_runs: Sequence[FaultRun] = ()
    line_checks: Sequence[LineCheck] = ()
    alarm_runs: Sequence[AlarmRun] = ()
    contacts: Sequence[Contact] = ()
    stores: Sequence[StoredTicket] = ()
    scraped: Mapping[str, Sequence[Scrape]] | None = None
    tallies: Sequence[ShiftTally] = ()
    late: Sequence[str] = ()
    read_again: Sequence[Reread] = ()
    taken: Sequence[StepRun] = ()
    set_clocks: Sequence[ClockStep] = ()
    tries: Sequence[Trial] = ()
    gaps: Sequence[Cut] = ()

    def clock_steps(self) -> tuple[ClockStep, ...]:
        return tuple(sorted(self.set_clocks, key=lambda each: each.at_s))

    def trials(self) -> tuple[Trial, ...]:
        return tuple(self.tries)

    def wall(self, at_s: float) -> float:
        return RunClock(self.facts.started_wall, self.facts.speed).wall(at_s)

    def cuts(self) -> tuple[Cut, ...]:
        return tuple(self.gaps)

    def steps(self) -> tuple[StepRun, ...]:
        return tuple(self.taken)

    def staff(self) -> tuple[ShiftTally, ...]:
        return tuple(self.tallies)

    def phases(self) -> tuple[PhaseRun, ...]:
        return tuple(sorted(self.phase_runs, key=lambda each: each.start_s))

    def faults(self) -> tuple[FaultRun, ...]:
        return tuple(sorted(self.fault_runs, key=lambda each: each.injected_from_s or 0.0))

    def alarms(self) -> tuple[AlarmRun, ...]:
        return tuple(self.alarm_runs)

    def lines(self) -> tuple[LineCheck, ...]:
        return tuple(self.line_checks)

    def calls(self, phase: str | None = None) -> Iterator[Call]:
        return (each for each in self._due(phase) if isinstance(each, Call))

    def tickets(self, phase: str | None = None) -> Iterator[Ticket]:
        return (each for each in self._due(phase) if isinstance(each, Ticket))

    def stored_tickets(self) -> Iterator[StoredTicket]:
        return iter(self.stores)

    def seen_late(self) -> frozenset[str]:
        return frozenset(self.late)

    def sources(self) -> tuple[str, ...]:
        return tuple(sorted({"edge", *self.target.sites, *(self.scraped or ())} - {OWN}))

    def call_figures(self, phase: str, before_s: float) -> CallColumns:
        return columns_of_calls(each for each in self.calls(phase) if each.due_s < before_s)

    def ticket_figures(self, phase: str, before_s: float) -> TicketColumns:
        return columns_of_tickets(each for each in self.tickets(phase) if each.due_s < before_s)

    def talk_figures(self, start_s: float, end_s: float) -> TalkColumns:
        return TalkColumns.of([self._talks(start_s, end_s)])

    def turn_figures(self, start_s: float, end_s: float) -> TurnColumns:
        return columns_of_turns(self.tickets()).between(start_s, end_s)

    def talks_at(self, at_s: float) -> TalkColumns:
        later = self._talks(at_s, math.inf)
        return TalkColumns.of([[each for each in later if each.ended_s - each.talk_s <= at_s]])

    def attempts(self, since_s: float, until_s: float) -> AttemptColumns:
        every = [attempt_of(each) for each in self.calls() if since_s <= each.due_s < until_s]
        return AttemptColumns.of([every])

    def _talks(self, start_s: float, end_s: float) -> list[TalkFigures]:
        ended = [each for each in self.calls() if start_s <= (each.ended_s or -1.0) < end_s]
        ended.sort(key=lambda each: (each.ended_s, each.id))
        return [talk for each in ended if (talk := talk_figures(each)) is not None]

    def lost_calls(self, start_s: float, end_s: float) -> Iterator[LostCall]:
        every = (lost for each in self.calls() if (lost := lost_call(each)) is not None)
        return (lost for lost in every if start_s <= lost.ended_s <= end_s)

    def rereads(self) -> Iterator[Reread]:
        return iter(sorted(self.read_again, key=lambda each: each.reference))

    def ticket_writes(self) -> Iterator[TicketWrite]:
        return (
            TicketWrite(t.id, t.outcome, updates_of(t.steps), t.acknowledged_s, content_of(t))
            for t in self.tickets()
        )

    def answers(self, source: str, since_s: float = 0.0) -> Iterator[tuple[float, bool]]:
        return ((each.at_s, each.ok) for each in self.scrapes(source, since_s))

    def told(self, source: str, since_s: float = 0.0) -> Told:
        if source in self.sources() and source not in (self.scraped or {}):
            return _told_every_second(source, _spans(self.phase_runs), since_s)
        return told_of(self.scrapes(source, since_s))

    def scrapes(self, source: str, since_s: float = 0.0) -> Iterator[Scrape]:
        told = self.scraped or {}
        if source not in (*self.sources(), *told):
            return iter(())
        scrapes = told[source] if source in told else every_second(self.phase_runs, source=source)
        found = [each for each in scrapes if each.at_s >= since_s]
        return iter(sorted(found, key=lambda each: each.at_s))

    def _due(self, phase: str | None) -> list[Contact]:
        found = [each for each in self.contacts if phase is None or each.phase == phase]
        return sorted(found, key=lambda each: each.due_s)


def every_second(
    phases: Sequence[PhaseRun],
    rises: Mapping[Series, float] | None = None,
    *,
    source: str = "edge",
) -> list[Scrape]:
    """Return an answered scrape of *source* for every second of *phases* and their holds.

    The counters of *rises* stand at zero until the first phase's end, and at their value from then.
    """
    empty = _every_second(source, _spans(phases))
    if not rises:
        return list(empty)
    before = dict.fromkeys(rises, 0.0)
    return [
        Scrape(source, each.at_s, True, rises if each.at_s >= phases[0].end_s else before)
        for each in empty
    ]


def _spans(phases: Sequence[PhaseRun]) -> tuple[tuple[float, float], ...]:
    return tuple((each.start_s, each.held_until_s) for each in phases)


@cache
def _told_every_second(source: str, spans: tuple[tuple[float, float], ...], since_s: float) -> Told:
    """Return what scrapes of nothing tell; a verdict asks for it once for each of its parts."""
    found = [each for each in _every_second(source, spans) if each.at_s >= since_s]
    return told_of(sorted(found, key=lambda each: each.at_s))


@cache
def _every_second(source: str, spans: tuple[tuple[float, float], ...]) -> tuple[Scrape, ...]:
    """Return scrapes of nothing; made once, for properties ask for the same thousands of times."""
    return tuple(
        scrape(start_s + second, source=source)
        for start_s, until_s in spans
        for second in range(math.ceil(until_s - start_s) + 1)
    )


def counted_waits(good: float, n: float) -> dict[Series, float]:
    """Return the provider's counters for *good* calls answered within 20 s, of *n* that queued."""
    return {
        series("cc_wait_seconds_bucket", outcome="answered", le="20.0"): good,
        series("cc_wait_seconds_count", outcome="answered"): n,
    }


# ---------------------------------------------------------------------- fakes: target and probe


@dataclass
class FakeAdmin:
    """A target's admin port that does what it is told, or fails where it is told to."""

    inject_error: Exception | None = None
    heal_error: Exception | None = None
    orders: list[tuple[str, dict[str, Value], float]] = field(default_factory=list)
    active: dict[str, Held] = field(default_factory=dict)
    heals: list[str] = field(default_factory=list)

    async def order_fault(
        self, kind: str, asked: Mapping[str, Value], *, lease_wall_s: float
    ) -> None:
        if self.inject_error is not None:
            raise self.inject_error
        self.orders.append((kind, dict(asked), lease_wall_s))
        fault_id = f"fault-{len(self.orders)}"
        self.active[fault_id] = Held(fault_id, kind, dict(asked))

    async def heal_fault(self, fault_id: str) -> None:
        self.heals.append(fault_id)
        if self.heal_error is not None:
            raise self.heal_error
        self.active.pop(fault_id, None)

    async def active_faults(self) -> list[Held]:
        return list(self.active.values())

    async def begin_rolling_restart(self, *, wait_wall_s: float) -> None:
        raise NotImplementedError("no test of the injector rolls")

    async def end_rolling_restart(self) -> None:
        raise NotImplementedError("no test of the injector rolls")


def refusing_admin(**where: bool) -> FakeAdmin:
    """Return an admin port that fails to ``inject`` or to ``heal``."""
    error = TargetError("POST /faults: 503 the supervisor is busy")
    return FakeAdmin(
        inject_error=error if where.get("inject") else None,
        heal_error=error if where.get("heal") else None,
    )


@dataclass
class FakeProbe:
    """Looks at the fake target: what each kind of active fault makes a site do."""

    admin: FakeAdmin
    shows: bool = True
    whole_again: bool = True
    whole_before: bool = True

    async def ask_site(self, site: str) -> Answer:
        broken = {"site_down": Answer.REFUSED, "site_hang": Answer.SILENT}
        for held in self.admin.active.values():
            if held.asked["site"] == site and self.shows:
                return broken[held.kind]
        return Answer.HEALTHY if self._whole() else Answer.UNWELL

    async def edge_calls_it_up(self, site: str) -> bool:
        return self._whole() and not self.admin.active

    def _whole(self) -> bool:
        return self.whole_again if self.admin.heals else self.whole_before


# ---------------------------------------------------------------------- fakes: journeys


@dataclass
class FakeClock:
    """A run clock that moves only when it is told; one wall second is one centre second."""

    s: float = 0.0
    epoch: float = 1000.0
    speed: float = 1.0

    def centre_s(self, wall: float) -> float:
        return (wall - self.epoch) * self.speed

    def wall(self, centre_s: float) -> float:
        return self.epoch + centre_s / self.speed

    def now_s(self) -> float:
        return self.s


REFERENCE = "a-run/peak/calls/17"
"""Under what name the target knows the contact of a scene."""


class FakeAdapter:
    """A provider that answers as the test says, in one request a step."""

    def __init__(
        self,
        placed: Placed | None = None,
        written: Written | None = None,
        promised: Promised | None = None,
        *,
        reads: Sequence[TicketRead | None] = (),
        changes: Sequence[Written] = (),
    ) -> None:
        self.promised = promised or Promised(None, "not offered")
        self.callbacks: list[NewCallback] = []
        self.pressed: list[str] = []
        self.placed = placed or Placed(None, "C-1", "north", "billing")
        self.written = written or Written(WriteOutcome.ACKNOWLEDGED, "T-1", "north")
        self.reads = list(reads)
        self.changes = list(changes)
        self.calls: list[NewCall] = []
        self.tickets: list[NewTicket] = []
        self.comments: list[NewComment] = []
        self.versions: list[str] = []

    def place_call(self, call: NewCall) -> Iterator[Request]:
        self.calls.append(call)
        yield Request("place_call", "POST", "/v1/calls")
        return self.placed

    def hang_up(self, provider_id: str) -> Iterator[Request]:
        yield Request("hang_up", "POST", f"/v1/calls/{provider_id}/hangup")

    def press(self, provider_id: str, keys: str) -> Iterator[Request]:
        self.pressed.append(keys)
        yield Request("press", "POST", f"/v1/calls/{provider_id}/dtmf")

    def ask_for_callback(self, order: NewCallback) -> Iterator[Request]:
        self.callbacks.append(order)
        yield Request("ask_for_callback", "POST", "/v1/callbacks")
        return self.promised

    def open_ticket(self, ticket: NewTicket) -> Iterator[Request]:
        self.tickets.append(ticket)
        yield Request("open_ticket", "POST", "/v1/tickets")
        return self.written

    def read_ticket(self, provider_id: str) -> Iterator[Request]:
        yield Request("read_ticket", "GET", f"/v1/tickets/{provider_id}")
        return self.reads.pop(0) if self.reads else TicketRead(TicketState.SOLVED, '"v1"')

    def comment_ticket(self, comment: NewComment) -> Iterator[Request]:
        self.comments.append(comment)
        yield Request("comment_ticket", "POST", f"/v1/tickets/{comment.provider_id}/comments")
        return self._changed()

    def reopen_ticket(self, provider_id: str, version: str) -> Iterator[Request]:
        self.versions.append(version)
        yield Request("reopen_ticket", "PATCH", f"/v1/tickets/{provider_id}")
        return self._changed()

    def escalate_ticket(self, provider_id: str, version: str) -> Iterator[Request]:
        self.versions.append(version)
        yield Request("escalate_ticket", "PATCH", f"/v1/tickets/{provider_id}")
        return self._changed()

    def _changed(self) -> Written:
        return self.changes.pop(0) if self.changes else Written(WriteOutcome.ACKNOWLEDGED)

    def read_tickets(self, site: str) -> Iterator[Request]:
        yield Request("read_tickets", "GET", f"/v1/tickets?site={site}")
        return ()

    def listen(self, consumer: str, since: int) -> Iterator[Request]:
        yield Request("sign_in", "POST", "/v1/oauth/token")
        return Request("listen", "GET", f"/v1/events?consumer={consumer}&since={since}")

    def parse_notice(self, line: bytes) -> Notice | None:
        return None


@dataclass
class Theatre:
    """A driver that follows a script: news and the run's end come at the times it says."""

    adapter: FakeAdapter = field(default_factory=FakeAdapter)
    clock: FakeClock = field(default_factory=FakeClock)
    request_s: float = 0.0
    told: list[Contact] = field(default_factory=list)
    requests: list[tuple[float, str]] = field(default_factory=list)
    waited_until: list[float] = field(default_factory=list)
    scenario: Scenario = field(default_factory=scenario)
    follow_ups: list[FollowUp] = field(default_factory=list)

    def scene(self) -> Scene:
        self.playing = Scene(
            adapter=self.adapter,
            clock=self.clock,
            consumer="worker-0",
            reference=REFERENCE,
            tell=self.told.append,
            scenario=self.scenario,
            later=self.follow_ups.append,
        )
        return self.playing

    def play(self, journey: Journey, *script: tuple[float, Notice | Leave | Lost]) -> Contact:
        """Play *journey* to its end along *script*, and return the contact as last told."""
        coming = list(script)
        step: Callable[[], Request | Wait] = partial(next, journey)
        while True:
            try:
                wanted = step()
            except (StopIteration, Leave, Lost):
                return self.told[-1]
            if isinstance(wanted, Request):
                step = self._carry(journey, wanted)
            else:
                step = self._wait(journey, wanted, coming)

    def _carry(self, journey: Journey, request: Request) -> Callable[[], Request | Wait]:
        self.requests.append((self.clock.s, request.step))
        self.clock.s += self.request_s
        self.playing.exchanges += (Exchange(request.step, 200, self.request_s),)
        return lambda: journey.send(Response(200))

    def _wait(
        self, journey: Journey, wait: Wait, coming: list[tuple[float, Notice | Leave | Lost]]
    ) -> Callable[[], Request | Wait]:
        self.waited_until.append(wait.until_s)
        if coming and coming[0][0] <= wait.until_s:
            at_s, news = coming.pop(0)
            self.clock.s = max(self.clock.s, at_s)
            if isinstance(news, Notice):
                return lambda: journey.send(news)
            return lambda: journey.throw(news)
        assert wait.until_s < math.inf, "the journey waits for ever, and the script has ended"
        self.clock.s = max(self.clock.s, wait.until_s)
        return lambda: journey.send(None)


# ---------------------------------------------------------------------- fakes: a provider's API


def conversed(
    steps: Iterator[Request], answer: Callable[[Request], Response]
) -> tuple[list[Request], Any]:
    """Return the requests *steps* made, each answered by *answer*, and its result."""
    made = []
    try:
        request = next(steps)
        while True:
            made.append(request)
            request = steps.send(answer(request))
    except StopIteration as done:
        return made, done.value


def converse(steps: Iterator[Request], *responses: Response) -> tuple[list[Request], Any]:
    """Return the requests *steps* made, answered by *responses* in turn, and its result."""
    answers = iter(responses)
    return conversed(steps, lambda _: next(answers))
