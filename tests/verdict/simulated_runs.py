"""Whole runs in memory whose truth is known: rushes that calls share, and no HTTP.

Every call draws a standard normal number that is partly the rush of its moment, an
Ornstein-Uhlenbeck process, and partly its own. So calls resemble their neighbours as in a real
queue, and yet each one's wait has exactly the distribution that the truth says.
"""

import math
import random
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from statistics import NormalDist

from harness.kpi.columns import (
    AttemptColumns,
    CallColumns,
    TalkColumns,
    TicketColumns,
    TurnColumns,
)
from harness.kpi.figures import (
    NEVER,
    CallFigures,
    End,
    Fate,
    LostCall,
    TalkFigures,
    TicketFigures,
    TicketWrite,
    attempt_of,
)
from harness.model.contact import Call, Ticket
from harness.model.cut import Cut
from harness.model.event import (
    ClockStep,
    Content,
    Ending,
    FaultRun,
    GeneratorHealth,
    LineCheck,
    PhaseRun,
    Reread,
    StoredTicket,
)
from harness.model.handover import StepRun
from harness.model.patience import BUSY
from harness.model.sample import Scrape, Series, Told
from harness.model.scenario import CallTraffic, PhaseKind, TicketTraffic
from harness.model.target import Target
from tests.fakes import (
    answered,
    facts,
    fault_plan,
    fault_run,
    phase,
    phase_run,
    scenario,
    series,
    stored,
    ticket,
    told_of,
)

SPEED = 60.0
"""Waits are then taken from the stamps of the site, and a minute of it takes one scrape."""
QUEUES = ("billing", "support")
CALLS_PER_S = {"billing": 0.2, "support": 0.2}
TICKETS_PER_S = 1 / 6
REPLY_S = 900.0
_PHI = NormalDist().cdf


@dataclass(frozen=True)
class Truth:
    """What is really so in one phase, as shares, but for ``slow_s``: the mean of the long waits."""

    in_time: Mapping[str, float]
    hang_up: float
    blocked: float
    dropped: float
    replied: float
    quick_api: float
    slow_s: float = 60.0


@dataclass(frozen=True)
class Rush:
    """How much calls resemble each other: the share of a rush in them, and how long it lasts."""

    share: float
    lasts_s: float


NO_RUSH = Rush(0.0, 1.0)


def rushes(times_s: Sequence[float], rush: Rush, rng: random.Random) -> list[float]:
    """Return a number for each moment, even between 0 and 1, that resembles its neighbours'."""
    if not rush.share:  # the same, in a fifth of the time
        return [rng.random() for _ in times_s]
    level, before, found = rng.gauss(0, 1), 0.0, []
    common, own = math.sqrt(rush.share), math.sqrt(1 - rush.share)
    for at_s in times_s:
        kept = math.exp((before - at_s) / rush.lasts_s)
        level = level * kept + math.sqrt(1 - kept * kept) * rng.gauss(0, 1)
        before = at_s
        found.append(_PHI(common * level + own * rng.gauss(0, 1)))
    return found


def arrivals(per_s: float, until_s: float, rng: random.Random) -> list[float]:
    """Return Poisson arrivals from 0 to *until_s*."""
    at_s, found = rng.expovariate(per_s), []
    while at_s < until_s:
        found.append(at_s)
        at_s += rng.expovariate(per_s)
    return found


@dataclass
class SimulatedRun:
    """A run that judges read as any other. Phases: peak (steady), loss (fault), settle."""

    lasts_s: Mapping[str, float]
    calls_by_phase: dict[str, list[CallFigures]] = field(default_factory=dict)
    tickets_by_phase: dict[str, list[TicketFigures]] = field(default_factory=dict)
    talks: list[TalkFigures] = field(default_factory=list)
    rises: dict[str, dict[Series, float]] = field(default_factory=dict)
    health: GeneratorHealth = field(default_factory=GeneratorHealth)
    ending: Ending = Ending.COMPLETE
    halted_by: str = ""
    stores_read: tuple[str, ...] = ("north", "south")

    def __post_init__(self) -> None:
        start_s, runs = 0.0, []
        for name, kind in PHASES:
            end_s = start_s + self.lasts_s[name]
            held_s = 1000.0 if name == PHASES[-1][0] else 20.0  # for the last ticket's clock
            runs.append(phase_run(name, kind, start_s=start_s, end_s=end_s, held_s=held_s))
            start_s = end_s + 100.0
        self._runs = tuple(runs)
        self.facts = facts(speed=SPEED)
        self.target = TARGET
        self.scenario = scenario(
            *(
                phase(name, kind, duration_s=self.lasts_s[name], faults=_FAULTS.get(name, ()))
                for name, kind in PHASES
            ),
            speed=SPEED,
            calls=CallTraffic(1440.0, {"billing": 0.5, "support": 0.5}, BUSY),
            tickets=TicketTraffic(600.0, {"P3": 1.0}),
        )

    def phases(self) -> tuple[PhaseRun, ...]:
        return self._runs

    def cuts(self) -> tuple[Cut, ...]:
        return ()

    def faults(self) -> tuple[FaultRun, ...]:
        start_s = self._runs[1].start_s
        times = {name: start_s + at_s for name, at_s in _FAULT_TIMES.items()}
        return (fault_run(phase="loss", **times),)

    def lines(self) -> tuple[LineCheck, ...]:
        return ()

    def clock_steps(self) -> tuple[ClockStep, ...]:
        return ()

    def steps(self) -> tuple[StepRun, ...]:
        return ()

    def calls(self, phase: str | None = None) -> Iterator[Call]:
        return iter(_served(self._runs[1].start_s + 61.0))

    def attempts(self, since_s: float, until_s: float) -> AttemptColumns:
        every = [attempt_of(each) for each in self.calls() if since_s <= each.due_s < until_s]
        return AttemptColumns.of([every])

    def answers(self, source: str, since_s: float = 0.0) -> Iterator[tuple[float, bool]]:
        return ((each.at_s, each.ok) for each in self.scrapes(source, since_s))

    def lost_calls(self, start_s: float, end_s: float) -> Iterator[LostCall]:
        return iter(())

    def ticket_writes(self) -> Iterator[TicketWrite]:
        return (TicketWrite(each.id, each.outcome, content=_SAYS) for each in _TICKETS)

    def tickets(self, phase: str | None = None) -> Iterator[Ticket]:
        return iter(_TICKETS)

    def seen_late(self) -> frozenset[str]:
        return frozenset()

    def rereads(self) -> Iterator[Reread]:
        return iter(())

    def stored_tickets(self) -> Iterator[StoredTicket]:
        copies = (stored(site, each.id) for each in _TICKETS for site in TARGET.sites)
        return (replace(copy, content=_SAYS) for copy in copies)

    def call_figures(self, phase: str, before_s: float) -> CallColumns:
        return CallColumns.of([self.calls_by_phase[phase]])

    def turn_figures(self, start_s: float, end_s: float) -> TurnColumns:
        return TurnColumns()

    def ticket_figures(self, phase: str, before_s: float) -> TicketColumns:
        return TicketColumns.of([self.tickets_by_phase[phase]])

    def talk_figures(self, start_s: float, end_s: float) -> TalkColumns:
        return TalkColumns.of([[each for each in self.talks if start_s <= each.ended_s < end_s]])

    def talks_at(self, at_s: float) -> TalkColumns:
        goes_on = [t for t in self.talks if t.ended_s - t.talk_s <= at_s <= t.ended_s]
        return TalkColumns.of([goes_on])

    def sources(self) -> tuple[str, ...]:
        return ("edge", *TARGET.sites)

    def told(self, source: str, since_s: float = 0.0) -> Told:
        return told_of(self.scrapes(source, since_s))

    def scrapes(self, source: str, since_s: float = 0.0) -> Iterator[Scrape]:
        """Yield one a wall second; only the edge's page has counters, which rise at the end."""
        counted = dict.fromkeys(_every_series(self.rises), 0.0)
        for each in self._runs:
            at_s = each.start_s
            while at_s < each.end_s:
                yield Scrape(source, at_s, True, counted if source == "edge" else {})
                at_s += SPEED
            counted = {
                name: value + self.rises[each.name].get(name, 0.0)
                for name, value in counted.items()
            }
            yield Scrape(source, each.end_s, True, counted if source == "edge" else {})


PHASES = (
    ("peak", PhaseKind.STEADY),
    ("loss", PhaseKind.FAULT),
    ("settle", PhaseKind.RECOVERY),
)
TARGET = Target(
    "mock",
    "harness.adapter.reference:ReferenceAdapter",
    virtual_clock=True,
    staffing={"north": {"billing": 50}, "south": {"billing": 50}},
    mock={},
)
_FAULTS = {"loss": (fault_plan(),)}
_FAULT_TIMES = {
    "injected_from_s": 60.0,
    "injected_s": 60.5,
    "proven_s": 61.0,
    "healed_from_s": 540.0,
    "healed_s": 541.0,
    "heal_proven_s": 545.0,
}
_SAYS = Content("c", "P3", "a ticket", 0)
_TICKETS = tuple(ticket(f"peak/tickets/{i}", due_s=float(i)) for i in range(20))


@cache
def _served(start_s: float) -> tuple[Call, ...]:
    return tuple(
        answered(
            f"loss/calls/{i}",
            phase="loss",
            due_s=start_s + i,
            wait_s=5.0,
            site_queued_s=start_s + i,
            site_answered_s=start_s + i + 5.0,
        )
        for i in range(100)
    )


def _every_series(rises: Mapping[str, Mapping[Series, float]]) -> set[Series]:
    return {name for each in rises.values() for name in each}


_QUICK, _SLOW = array("d", [0.1]).tobytes(), array("d", [2.0]).tobytes()


def simulated(
    truths: Mapping[str, Truth], rush: Rush, *, lasts_s: Mapping[str, float], rng: random.Random
) -> SimulatedRun:
    """Return a run whose phases are as *truths* has them by their names.

    Only the steady phase has rushes: a fault phase is judged as what happened in this run, a census,
    so its truth is what happened and not what might have.
    """
    run = SimulatedRun(lasts_s)
    for each in run.phases():
        truth = truths[each.name]
        rush = rush if each.kind is PhaseKind.STEADY else NO_RUSH
        counted: dict[Series, float] = {}
        rows = [
            row
            for queue in QUEUES
            for row in _calls(queue, each, truth, rush, counted, run.talks, rng)
        ]
        run.calls_by_phase[each.name] = sorted(rows, key=lambda row: row.due_s)
        run.tickets_by_phase[each.name] = _tickets(each, truth, rush, counted, rng)
        run.rises[each.name] = counted
    run.talks.sort(key=lambda talk: talk.ended_s)
    return run


def _calls(
    queue: str,
    ran: PhaseRun,
    truth: Truth,
    rush: Rush,
    counted: dict[Series, float],
    talks: list[TalkFigures],
    rng: random.Random,
) -> Iterator[CallFigures]:
    """Yield the calls to *queue*; the provider counts each as it was."""
    times = arrivals(CALLS_PER_S[queue], ran.end_s - ran.start_s, rng)
    in_time, line = truth.in_time[queue], f"+4416329601{QUEUES.index(queue)}1"
    tally = {"answered": 0, "abandoned": 0, "in time": 0, "blocked": 0}
    waited_s = 0.0
    for at_s, level in zip(times, rushes(times, rush, rng), strict=True):
        due_s = ran.start_s + at_s
        api = _QUICK if rng.random() < truth.quick_api else _SLOW
        if rng.random() < truth.blocked:
            tally["blocked"] += 1
            yield CallFigures(
                queue, line, "", due_s, 0.0, Fate.BLOCKED, NEVER, NEVER, NEVER, 0.0, api
            )
            continue
        if level < in_time:
            fate, wait_s = Fate.ANSWERED, 16 * level / in_time
        elif level > 1 - truth.hang_up:
            fate, wait_s = Fate.ABANDONED, 21 + 60 * (1 - level) / max(truth.hang_up, 1e-9)
        else:
            fate = Fate.ANSWERED
            wait_s = 21 + 2 * (truth.slow_s - 21) * (level - in_time) / (
                1 - truth.hang_up - in_time
            )
        if fate is Fate.ANSWERED:
            tally["answered"] += 1
            tally["in time"] += wait_s <= 20
            waited_s += wait_s
            end = End.DROPPED if rng.random() < truth.dropped else End.CALLER
            ended_s = ran.start_s + at_s  # within the phase; how long they talked matters to nobody
            talks.append(TalkFigures(ended_s, queue, line, "north", end, 120.0))
            site_s = wait_s
        else:
            tally["abandoned"] += 1
            site_s = NEVER
        yield CallFigures(queue, line, "north", due_s, 0.0, fate, wait_s, site_s, 0.2, 0.0, api)
    _count(counted, queue, tally, waited_s)


def _count(
    counted: dict[Series, float], queue: str, tally: Mapping[str, int], waited: float
) -> None:
    wait = {"queue": queue, "site": "north"}
    queued = tally["answered"] + tally["abandoned"]
    for name, labels, value in (
        ("cc_wait_seconds_count", wait | {"outcome": "answered"}, tally["answered"]),
        ("cc_wait_seconds_count", wait | {"outcome": "abandoned"}, tally["abandoned"]),
        ("cc_wait_seconds_sum", wait | {"outcome": "answered"}, waited),
        ("cc_wait_seconds_bucket", wait | {"outcome": "answered", "le": "20.0"}, tally["in time"]),
        ("cc_wait_seconds_bucket", wait | {"outcome": "abandoned", "le": "20.0"}, 0),
        ("cc_call_attempts_total", {"line": queue, "result": "accepted"}, queued),
        ("cc_call_attempts_total", {"line": queue, "result": "blocked"}, tally["blocked"]),
    ):
        counted[series(name, **labels)] = float(value)


def _tickets(
    ran: PhaseRun, truth: Truth, rush: Rush, counted: dict[Series, float], rng: random.Random
) -> list[TicketFigures]:
    rows, in_time = [], 0
    times = arrivals(TICKETS_PER_S, ran.end_s - ran.start_s, rng)
    for at_s, level in zip(times, rushes(times, rush, rng), strict=True):
        replied_s = 300.0 if level < truth.replied else 1200.0
        in_time += level < truth.replied
        api = _QUICK if rng.random() < truth.quick_api else _SLOW
        rows.append(TicketFigures("P3", ran.start_s + at_s, 0.0, replied_s, NEVER, api))
    of = {"site": "north", "priority": "P3"}
    name = "cc_ticket_first_reply_seconds"
    counted[series(f"{name}_bucket", le="900.0", **of)] = float(in_time)
    counted[series(f"{name}_count", **of)] = float(len(rows))
    return rows


def shipped_sla() -> Path:
    """Return where the contract of the shipped rehearsal stands."""
    return Path(__file__).parents[2] / "scenarios" / "sla" / "outsourced_care.yaml"
