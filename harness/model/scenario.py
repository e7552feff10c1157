"""The scenario: what is rehearsed, as checked values.

``harness.files`` makes these from YAML; after that nobody asks again whether they are right.
Durations are centre seconds, shares and loads 0..1 (a load of 4 is four times the full rate).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import takewhile
from pathlib import Path
from typing import Any

from harness.model.alarm import ExpectedAlert, OperationsRoom
from harness.model.arrivals import STEADY, Arrivals, Days
from harness.model.callers import Callers
from harness.model.fault import Value
from harness.model.handover import Step
from harness.model.health import GeneratorLimits
from harness.model.notify import Notify
from harness.model.patience import Patience
from harness.model.runbook import Runbook
from harness.model.search import Search
from harness.model.staffing import Staffing
from harness.model.writers import Writers

FASTEST, FASTEST_HONEST = 60, 25
"""Centre seconds per wall second: the most there can be, and up to which a client's own clock is
honest (an error of a service level under half a point). Beyond that waits are taken from the sites'
stamps, and no virtual agent is fast enough."""


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
    """A fault on the timeline: what, where, from when, for how long (from its phase's start).

    ``site`` is empty for a fault that no site has alone. ``asked`` is what else the scenario says
    of it, by the names of its kind's parameters, and ``written`` how that stands in the file (a
    text, a list or a table); a default is in the first alone. ``place`` is what it holds while it
    lasts, from the whole to the part, as in ``north/trunks``: two faults do not share one.
    """

    kind: str
    site: str
    at_s: float
    for_s: float
    runbook: str | None = None
    asked: Mapping[str, Value] = field(default_factory=dict)
    place: str = ""
    written: Mapping[str, Any] = field(default_factory=dict)
    expect_alert: ExpectedAlert | None = None

    @property
    def end_s(self) -> float:
        """Seconds from the phase's start to the moment the fault is healed."""
        return self.at_s + self.for_s

    @property
    def title(self) -> str:
        """What it is and where, in the fewest words: ``site_down north``."""
        return f"{self.kind} {self.site or self.place}".rstrip()


@dataclass(frozen=True, slots=True)
class NowAndThen:
    """What may break in a soak, one of ``faults`` every ``every_s`` on average.

    When each strikes is drawn (``harness.model.now_and_then``): their ``at_s`` says nothing.
    ``between`` which seconds of the day; None: at any time. Other hours do not count for ``every``.
    """

    every_s: float
    faults: tuple[FaultPlan, ...]
    between: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """A named stretch of the run. ``days`` None: the rate is exactly the scenario's.

    ``step`` is what changes in who takes the calls as it begins. ``now_and_then`` is what its
    ``faults`` were drawn from; None if somebody wrote when each strikes. ``piece_of`` is the phase
    that it goes on with, after the run was cut in the middle of that one; empty if it is none.
    While it ``drains`` nobody calls again either, and whoever meant to later never does: what
    comes next begins afresh.
    """

    name: str
    kind: PhaseKind
    load: Load = Load(0.0, 0.0)
    duration_s: float = 0.0
    faults: tuple[FaultPlan, ...] = ()
    open_on: OpenOn = OpenOn.NOT_FAIL
    days: Days | None = None
    step: Step = field(default_factory=Step)
    now_and_then: NowAndThen | None = None
    piece_of: str = ""
    drains: bool = False

    @property
    def planned_as(self) -> str:
        """The name under which it was planned: of all pieces of one phase the same."""
        return self.piece_of or self.name

    @property
    def may_break(self) -> tuple[FaultPlan, ...]:
        """What a run of it may break, whether or not it comes to it in this one."""
        return self.faults if self.now_and_then is None else self.now_and_then.faults


@dataclass(frozen=True, slots=True)
class CallTraffic:
    """Calls an hour at full load, how they spread over the queues, and what callers are like.

    *per_hour* is the rate of the busiest interval.
    """

    per_hour: float
    mix: Mapping[str, float]
    patience: Patience
    arrivals: Arrivals = STEADY
    callers: Callers = field(default_factory=Callers)


@dataclass(frozen=True, slots=True)
class TicketTraffic:
    """Tickets an hour at full load (in the busiest interval), how they spread, and who writes.

    Those that follow from a call are not counted in *per_hour*. ``reread`` is the share of them to
    be read again for correctness where a store's listing does not tell what they say; None leaves
    it to the target: all of the mock's, a fifth at a provider.
    """

    per_hour: float
    priorities: Mapping[str, float]
    arrivals: Arrivals = STEADY
    writers: Writers = field(default_factory=Writers)
    reread: float | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything one run does. ``lines`` gives each queue's phone numbers (E.164).

    ``starts_at_s`` is the moment of the week at which the run begins: seconds from Monday 00:00.
    ``generator`` is what is allowed of our own load generator before the run counts as undecided.
    ``staffed_by`` says who answers; None leaves it to what the target is like. ``webhooks`` are the
    events, by the provider's names, that it has to post to us. ``in_house`` is the site that
    is the company's own centre. ``runbooks`` are those that its faults name, each once, and
    the knowledge-base articles that agents work by. ``operations`` is where the alerts are
    seen that faults have to raise, ``notify`` who is told of what is news of a run. With a
    ``search`` the phases are the trials of it: the load of each is chosen by what became of those
    before.
    """

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
    starts_at_s: float = 0.0
    generator: GeneratorLimits = field(default_factory=GeneratorLimits)
    staffed_by: Staffing | None = None
    operations: OperationsRoom | None = None
    notify: Notify | None = None
    webhooks: tuple[str, ...] = ()
    in_house: str = ""
    runbooks: tuple[Runbook, ...] = ()
    search: Search | None = None

    def phase(self, name: str) -> Phase:
        """Return the phase called *name*."""
        return next(phase for phase in self.phases if phase.name == name)

    def runbook(self, path: str | None) -> Runbook | None:
        """Return the runbook at *path*; None if no fault names it."""
        return next((each for each in self.runbooks if each.path == path), None)

    def starts_s(self, phase: Phase) -> float:
        """Return the seconds from the run's start to that of *phase*, as planned.

        The time in which gates are decided is not in it: on the shape's clock a hold stands still.
        """
        earlier = takewhile(lambda each: each.name != phase.name, self.phases)
        return sum(each.duration_s for each in earlier)

    @property
    def duration_s(self) -> float:
        """The sum of the phases."""
        return sum(phase.duration_s for phase in self.phases)

    def highest_load(self, kind: PhaseKind) -> float:
        """Return the highest load that any phase of *kind* reaches; there must be one."""
        return max(phase.load.peak for phase in self.phases if phase.kind is kind)

    def decides(self, phase: Phase) -> bool:
        """Whether objectives have to be decided in *phase*; elsewhere they can be refuted only.

        It carries the highest load of its kind and is the longest piece of its own.
        """
        pieces = [each for each in self.phases if each.planned_as == phase.planned_as]
        longest_s = max(each.duration_s for each in pieces)
        return phase.load.peak >= self.highest_load(phase.kind) and phase.duration_s >= longest_s
