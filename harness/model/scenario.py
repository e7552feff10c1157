"""The scenario: what is rehearsed, as checked values.

``harness.files`` makes these from YAML; after that nobody asks again whether they are right.
Durations are centre seconds, shares and loads 0..1 (a load of 4 is four times the full rate).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class PhaseKind(StrEnum):
    """What a phase is for; an SLA sets its objectives by kind."""

    LINES = "lines"
    STEADY = "steady"
    RAMP = "ramp"
    FAULT = "fault"
    RECOVERY = "recovery"
    SOAK = "soak"


class OpenOn(StrEnum):
    """What a phase's gate opens on."""

    NOT_FAIL = "not_fail"
    PASS = "pass"


class OnGateFailure(StrEnum):
    """What happens to later phases when a gate stays shut."""

    STOP = "stop"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for something, by role, and how to reach them."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class Load:
    """A share of the scenario's full rate, moving in a straight line from start to end."""

    start: float
    end: float

    def at(self, share_of_phase: float) -> float:
        """Return the load at *share_of_phase* (0 at its start, 1 at its end)."""
        return self.start + (self.end - self.start) * share_of_phase

    @property
    def peak(self) -> float:
        """The highest load that is reached."""
        return max(self.start, self.end)


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """A fault on the timeline: what, where, from when, for how long (from its phase's start)."""

    kind: str
    site: str
    at_s: float
    for_s: float
    runbook: str | None = None

    @property
    def end_s(self) -> float:
        """Seconds from the phase's start to the moment the fault is healed."""
        return self.at_s + self.for_s


@dataclass(frozen=True, slots=True)
class Phase:
    """A named stretch of the run."""

    name: str
    kind: PhaseKind
    load: Load = Load(0.0, 0.0)
    duration_s: float = 0.0
    faults: tuple[FaultPlan, ...] = ()
    open_on: OpenOn = OpenOn.NOT_FAIL


@dataclass(frozen=True, slots=True)
class CallTraffic:
    """Calls an hour at full load, how they spread over the queues, and how patient callers are."""

    per_hour: float
    mix: Mapping[str, float]
    patience_mean_s: float


@dataclass(frozen=True, slots=True)
class Habit:
    """What a *share* of customers do, after a while.

    The while is lognormal: half of them take less than the median, and ``sigma`` is the standard
    deviation of its logarithm; at 0 everybody takes the median.
    """

    share: float
    median_s: float
    sigma: float


@dataclass(frozen=True, slots=True)
class TicketHabits:
    """What customers do about a ticket once they have opened it; None: nobody does.

    ``replies`` are to questions, timed from the question; ``reopens`` from the solution;
    ``escalations`` from the opening, if it is not solved by then; ``chases`` are phone calls, from
    the opening or the customer's last word, if nobody has replied by then.
    """

    replies: Habit | None = None
    reopens: Habit | None = None
    escalations: Habit | None = None
    chases: Habit | None = None
    attachments: float = 0.0


@dataclass(frozen=True, slots=True)
class FromCalls:
    """Which callers open a ticket after the talk: of all, and of those who were not helped."""

    share: float
    unresolved: float


@dataclass(frozen=True, slots=True)
class TicketTraffic:
    """Tickets an hour at full load, and how they spread over the priorities.

    ``per_hour`` does not count the tickets that callers open (``from_calls``).
    """

    per_hour: float
    priorities: Mapping[str, float]
    habits: TicketHabits = TicketHabits()
    from_calls: FromCalls | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything one run does. ``lines`` gives each queue's phone numbers (E.164)."""

    name: str
    proves: str
    owner: Owner
    seed: str
    speed: float
    lines: Mapping[str, tuple[str, ...]]
    calls: CallTraffic | None
    tickets: TicketTraffic | None
    phases: tuple[Phase, ...]
    on_gate_failure: OnGateFailure
    path: Path

    def phase(self, name: str) -> Phase:
        """Return the phase called *name*."""
        return next(phase for phase in self.phases if phase.name == name)

    def highest_load(self, kind: PhaseKind) -> float:
        """Return the highest load that any phase of *kind* reaches; there must be one."""
        return max(phase.load.peak for phase in self.phases if phase.kind is kind)
