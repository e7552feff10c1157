"""How much a scenario sends: contacts by line and priority, at what pace, and for how long. Pure.

Expected numbers of an arrival process that is drawn anew with every seed: a run has a few more or
fewer (the root of the number is a usual difference).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.faults.timeline import fault_windows
from harness.feasibility.asked import DEFAULT_THRESHOLD_S
from harness.feasibility.busiest import PARTS, in_progress
from harness.feasibility.redials import redials
from harness.model.contact import Stream
from harness.model.scenario import FaultPlan, OpenOn, Phase, PhaseKind, Scenario
from harness.model.sla import Sla
from harness.model.target import Target
from harness.traffic.schedule import expected_contacts, rate_per_s
from harness.verdict.forecast import forecast
from harness.verdict.judge import settle_s


@dataclass(frozen=True, slots=True)
class Volume:
    """What one phase sends, and when. Times are centre seconds from the start of the load.

    ``by_line`` is calls by queue and line, ``by_priority`` tickets. ``held`` contacts of both kinds
    keep the load up for ``hold_s`` while the gate is decided; they are judged by nobody. ``probes``
    are the lines called once. ``in_progress`` is how many calls are in the centre at a time when it
    is busiest, None where theory cannot tell. ``requests_per_s`` is per wall second, when busiest.
    ``redials`` are the calls that those of this phase set off, whenever they come.
    """

    phase: Phase
    start_s: float
    hold_s: float
    by_line: Mapping[tuple[str, str], float]
    by_priority: Mapping[str, float]
    held: float
    probes: int
    in_progress: float | None
    requests_per_s: float
    redials: float | None = 0.0

    @property
    def calls(self) -> float:
        """How many calls to expect."""
        return sum(self.by_line.values())

    @property
    def tickets(self) -> float:
        """How many tickets to expect."""
        return sum(self.by_priority.values())


@dataclass(frozen=True, slots=True)
class Breakage:
    """A fault on the timeline. It begins *start_s* centre seconds after the load did."""

    phase: str
    plan: FaultPlan
    start_s: float
    lease_wall_s: float


def volumes(scenario: Scenario, target: Target, sla: Sla) -> Iterator[Volume]:
    """Yield what each phase of *scenario* sends, in order."""
    start_s = 0.0
    for phase in scenario.phases:
        found = _volume(scenario, target, sla, phase, start_s)
        yield found
        start_s += phase.duration_s + found.hold_s


def breakages(scenario: Scenario, phases: Iterable[Volume]) -> Iterator[Breakage]:
    """Yield the faults on the timeline, by when they begin."""
    for each in phases:
        for window in fault_windows(each.phase, each.start_s, speed=scenario.speed):
            yield Breakage(each.phase.name, window.plan, window.start_s, window.lease_wall_s)


def longest_hold_s(scenario: Scenario) -> float:
    """Return how much longer the load may be held by gates that open on a pass alone."""
    return sum(each.duration_s for each in scenario.phases if each.open_on is OpenOn.PASS)


def _volume(scenario: Scenario, target: Target, sla: Sla, phase: Phase, start_s: float) -> Volume:
    if phase.kind is PhaseKind.LINES:
        lines = sum(map(len, scenario.lines.values()))
        return Volume(phase, start_s, 0.0, {}, {}, 0.0, lines, None, 0.0)
    hold_s = settle_s(sla, phase.kind)
    at_end = sum(rate_per_s(scenario, phase, stream, 1.0) for stream in Stream)
    return Volume(
        phase,
        start_s,
        hold_s,
        by_line=_by_line(scenario, phase),
        by_priority=_by_priority(scenario, phase),
        held=at_end * hold_s,
        probes=0,
        in_progress=in_progress(scenario, target, phase),
        requests_per_s=_requests_per_s(scenario, target, phase),
        redials=redials(scenario, target, phase),
    )


def _by_line(scenario: Scenario, phase: Phase) -> dict[tuple[str, str], float]:
    if scenario.calls is None:
        return {}
    calls = expected_contacts(scenario, phase, Stream.CALLS)
    return {
        (queue, line): calls * scenario.calls.mix.get(queue, 0.0) / len(lines)
        for queue, lines in scenario.lines.items()
        for line in lines
    }


def _by_priority(scenario: Scenario, phase: Phase) -> dict[str, float]:
    if scenario.tickets is None:
        return {}
    tickets = expected_contacts(scenario, phase, Stream.TICKETS)
    return {name: tickets * share for name, share in scenario.tickets.priorities.items()}


def _requests_per_s(scenario: Scenario, target: Target, phase: Phase) -> float:
    """Return the requests per wall second in the busiest part: who dials, gives up, or writes.

    A call takes one request to place, and one to hang up if the caller gives up; a ticket takes
    one. Notices come by one stream; what customers do later comes on top.
    """
    found = forecast(scenario, target, phase, threshold_s=DEFAULT_THRESHOLD_S)
    give_up = (found.abandonment or 0.0) if found is not None else 0.0
    return scenario.speed * max(
        rate_per_s(scenario, phase, Stream.CALLS, part / PARTS) * (1 + give_up)
        + rate_per_s(scenario, phase, Stream.TICKETS, part / PARTS)
        for part in range(PARTS + 1)
    )
