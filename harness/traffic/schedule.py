"""What happens when: the planned contacts of a phase, drawn before anything is sent.

Every draw has a random stream of its own, named ``seed:phase:stream:number``: a fault does not
reshuffle arrivals, and a run with it shares its customers with one without.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from harness.model.contact import Stream, Why
from harness.model.scenario import Phase, Scenario
from harness.traffic.arrivals import poisson_arrivals
from harness.traffic.intentions import NO_INTENTIONS, Intentions, intentions
from harness.traffic.people import POOL_SIZE

_REASONS = ("a question about a bill", "a change of address", "a late delivery", "a complaint")
_HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """A call that will be placed. ``due_s`` counts from the phase's start, in centre seconds.

    One that follows from another contact names it as its *parent*; *before* says why each of its
    customer's earlier calls about the same matter was placed, the oldest first.
    """

    id: str
    number: int
    phase: str
    held: bool
    due_s: float
    queue: str
    line: str
    person: int
    patience_s: float
    reason: str
    parent: str | None = None
    why: Why = Why.FIRST
    before: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTicket:
    """A ticket that will be opened. ``due_s`` counts from the phase's start.

    *parent* is the call after which it is opened, *means_to* what its customer does about it later.
    """

    id: str
    number: int
    phase: str
    held: bool
    due_s: float
    priority: str
    person: int
    subject: str
    parent: str | None = None
    means_to: Intentions = NO_INTENTIONS


Planned = PlannedCall | PlannedTicket


def planned(scenario: Scenario, phase: Phase, stream: Stream) -> Iterator[Planned]:
    """Yield what *stream* does in *phase*, by due time, without end.

    First the contacts of the phase itself; then, with ``held`` set, those that keep the load up
    while its gate is decided, for as long as the reader cares to read.
    """
    yield from _stretch(scenario, phase, stream, held=False)
    yield from _stretch(scenario, phase, stream, held=True)


def expected_contacts(scenario: Scenario, phase: Phase, stream: Stream) -> float:
    """Return how many contacts of *stream* to expect in *phase*, its hold not counted."""
    full = _full_rate_per_s(scenario, stream)
    return full * (phase.load.start + phase.load.end) / 2 * phase.duration_s


def rate_per_s(scenario: Scenario, phase: Phase, stream: Stream, share_of_phase: float) -> float:
    """Return the planned contacts per centre second at *share_of_phase* (0..1) of *phase*."""
    return _full_rate_per_s(scenario, stream) * phase.load.at(min(max(share_of_phase, 0.0), 1.0))


def _full_rate_per_s(scenario: Scenario, stream: Stream) -> float:
    traffic = scenario.calls if stream is Stream.CALLS else scenario.tickets
    return traffic.per_hour / 3600 if traffic else 0.0


@dataclass(frozen=True, slots=True)
class _Slot:
    """A contact's place in the schedule, before it is known what it will be."""

    id: str
    number: int
    phase: str
    held: bool
    due_s: float


def _stretch(scenario: Scenario, phase: Phase, stream: Stream, *, held: bool) -> Iterator[Planned]:
    key = f"{scenario.seed}:{phase.name}:{stream}" + (f":{_HOLD}" if held else "")
    name = f"{phase.name}/{_HOLD}" if held else phase.name
    full_per_s = _full_rate_per_s(scenario, stream)
    for number, due_s in enumerate(_due_times(phase, full_per_s, Random(key), held=held)):
        slot = _Slot(f"{name}/{stream}/{number}", number, phase.name, held, due_s)
        draw = Random(f"{key}:{number}")
        if stream is Stream.CALLS:
            yield _call(scenario, slot, draw)
        else:
            yield _ticket(scenario, slot, draw, key=f"{key}:{number}")


def _due_times(phase: Phase, full_per_s: float, rng: Random, *, held: bool) -> Iterator[float]:
    load, duration_s, from_s = phase.load, phase.duration_s, 0.0
    start = load.start
    if held:
        start, duration_s, from_s = load.end, math.inf, phase.duration_s
    for due_s in poisson_arrivals(
        start_per_s=start * full_per_s,
        end_per_s=load.end * full_per_s,
        duration_s=duration_s,
        rng=rng,
    ):
        yield from_s + due_s


def _call(scenario: Scenario, slot: _Slot, draw: Random) -> PlannedCall:
    assert scenario.calls is not None
    mix = scenario.calls.mix
    queue = draw.choices(list(mix), list(mix.values()))[0]
    return PlannedCall(
        id=slot.id,
        number=slot.number,
        phase=slot.phase,
        held=slot.held,
        due_s=slot.due_s,
        queue=queue,
        line=draw.choice(scenario.lines[queue]),
        person=draw.randrange(POOL_SIZE),
        patience_s=draw.expovariate(1 / scenario.calls.patience_mean_s),
        reason=draw.choice(_REASONS),
    )


def chase(scenario: Scenario, plan: PlannedTicket) -> PlannedCall | None:
    """Return the call by which the customer of *plan* asks after the ticket; None without lines."""
    if scenario.calls is None:
        return None
    draw = Random(f"{scenario.seed}:{plan.id}:chase")
    slot = _Slot(f"{plan.id}/chase", plan.number, plan.phase, plan.held, plan.due_s)
    call = _call(scenario, slot, draw)
    reason = "a ticket that nobody has replied to"
    return replace(call, person=plan.person, reason=reason, parent=plan.id, why=Why.CHASE)


def ticket_after(
    scenario: Scenario, plan: PlannedCall, *, resolved: bool | None
) -> PlannedTicket | None:
    """Return the ticket that the caller of *plan* opens after the talk; None if there is none.

    *resolved*: whether the talk has helped; None, not known, counts as if it had.
    """
    if scenario.tickets is None or scenario.tickets.from_calls is None:
        return None
    who = scenario.tickets.from_calls
    key = f"{scenario.seed}:{plan.id}:ticket"
    draw = Random(key)
    if draw.random() >= (who.unresolved if resolved is False else who.share):
        return None
    slot = _Slot(f"{plan.id}/ticket", plan.number, plan.phase, plan.held, plan.due_s)
    ticket = _ticket(scenario, slot, draw, key=key)
    subject = f"Synthetic ticket after a call about {plan.reason}"
    return replace(ticket, person=plan.person, subject=subject, parent=plan.id)


def _ticket(scenario: Scenario, slot: _Slot, draw: Random, *, key: str) -> PlannedTicket:
    assert scenario.tickets is not None
    priorities = scenario.tickets.priorities
    return PlannedTicket(
        id=slot.id,
        number=slot.number,
        phase=slot.phase,
        held=slot.held,
        due_s=slot.due_s,
        priority=draw.choices(list(priorities), list(priorities.values()))[0],
        person=draw.randrange(POOL_SIZE),
        subject=f"Synthetic ticket about {draw.choice(_REASONS)}",
        means_to=intentions(scenario.tickets.habits, key),
    )
