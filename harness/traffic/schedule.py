"""What happens when: the planned contacts of a phase, drawn before anything is sent.

Every draw has a random stream of its own, named ``seed:phase:stream:number``: a fault does not
reshuffle arrivals, and a run with it shares its customers with one without.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from harness.model.contact import Stream, Why
from harness.model.scenario import Phase, Scenario
from harness.traffic.due import due_in, due_in_hold
from harness.traffic.intentions import NO_INTENTIONS, Intentions, intentions
from harness.traffic.people import POOL_SIZE
from harness.traffic.rate import arrivals_of, pieces, rate_at
from harness.traffic.recorded import expected_of

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


def expected_contacts(
    scenario: Scenario, phase: Phase, stream: Stream, *, after_s: float = 0.0
) -> float:
    """Return how many contacts of *stream* to expect in *phase*, its hold not counted.

    Of its time after *after_s*. Where days vary, in the days that the seed draws.
    """
    recording = arrivals_of(scenario, stream).recording
    if recording is not None:
        starts_s = scenario.starts_s(phase)
        return expected_of(recording, phase, starts_s=starts_s, after_s=after_s)
    rate = pieces(scenario, phase, stream, after_s=after_s)
    return math.fsum(piece.expected for piece in rate)


def rate_per_s(scenario: Scenario, phase: Phase, stream: Stream, share_of_phase: float) -> float:
    """Return the planned contacts per centre second at *share_of_phase* (0..1) of *phase*."""
    return rate_at(scenario, phase, stream, share_of_phase)


@dataclass(frozen=True, slots=True)
class _Slot:
    """A contact's place in the schedule, before it is known what it will be.

    ``recorded`` is the queue, line or priority that a recording names; empty if none does.
    """

    id: str
    number: int
    phase: str
    held: bool
    due_s: float
    recorded: str = ""


def _stretch(scenario: Scenario, phase: Phase, stream: Stream, *, held: bool) -> Iterator[Planned]:
    key = f"{scenario.seed}:{phase.name}:{stream}" + (f":{_HOLD}" if held else "")
    name = f"{phase.name}/{_HOLD}" if held else phase.name
    due = (due_in_hold if held else due_in)(scenario, phase, stream, key)
    for number, moment in enumerate(due):
        slot = _Slot(
            f"{name}/{stream}/{number}", number, phase.name, held, moment.at_s, moment.name
        )
        draw = Random(f"{key}:{number}")
        if stream is Stream.CALLS:
            yield _call(scenario, slot, draw)
        else:
            yield _ticket(scenario, slot, draw)


def draw_queue(scenario: Scenario, draw: Random) -> str:
    """Return the queue that one customer wants, by the mix of the calls."""
    assert scenario.calls is not None
    mix = scenario.calls.mix
    return draw.choices(list(mix), list(mix.values()))[0]


def draw_priority(scenario: Scenario, draw: Random) -> str:
    """Return the priority of one ticket, by the shares of the tickets."""
    assert scenario.tickets is not None
    priorities = scenario.tickets.priorities
    return draw.choices(list(priorities), list(priorities.values()))[0]


def draw_reason(draw: Random) -> str:
    """Return what one customer wants."""
    return draw.choice(_REASONS)


def _call(scenario: Scenario, slot: _Slot, draw: Random) -> PlannedCall:
    assert scenario.calls is not None
    queue = draw_queue(scenario, draw)
    queue, line = _recorded_line(scenario, slot.recorded) or (queue, "")
    return PlannedCall(
        id=slot.id,
        number=slot.number,
        phase=slot.phase,
        held=slot.held,
        due_s=slot.due_s,
        queue=queue,
        line=line or draw.choice(scenario.lines[queue]),
        person=draw.randrange(POOL_SIZE),
        patience_s=scenario.calls.patience.draw(draw),
        reason=draw_reason(draw),
    )


def _recorded_line(scenario: Scenario, name: str) -> tuple[str, str] | None:
    """Return queue and line that a recording means by *name*; no line if it names a queue."""
    if name in scenario.lines:
        return name, ""
    return next(((q, name) for q, numbers in scenario.lines.items() if name in numbers), None)


def _ticket(scenario: Scenario, slot: _Slot, draw: Random) -> PlannedTicket:
    return PlannedTicket(
        id=slot.id,
        number=slot.number,
        phase=slot.phase,
        held=slot.held,
        due_s=slot.due_s,
        priority=slot.recorded or draw_priority(scenario, draw),
        person=draw.randrange(POOL_SIZE),
        subject=f"Synthetic ticket about {draw_reason(draw)}",
        means_to=intentions_of(scenario, slot.id),
    )


def intentions_of(scenario: Scenario, id_: str) -> Intentions:
    """Return what the customer of the ticket *id_* will do about it."""
    assert scenario.tickets is not None
    return intentions(scenario.tickets.writers, f"{scenario.seed}:{id_}")
