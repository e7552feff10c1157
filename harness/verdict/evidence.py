"""What the judge reads of a run. The run record has it; so does any fake in a test."""

from collections.abc import Iterator
from typing import Protocol

from harness.kpi.columns import (
    AttemptColumns,
    CallColumns,
    TalkColumns,
    TicketColumns,
    TurnColumns,
)
from harness.kpi.figures import LostCall, TicketWrite
from harness.model.alarm import AlarmRun
from harness.model.contact import Call, Ticket
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
from harness.model.handover import StepRun
from harness.model.sample import Scrape, Told
from harness.model.scenario import Scenario
from harness.model.staffing import ShiftTally
from harness.model.target import Target


class Evidence(Protocol):
    """Everything a verdict is drawn from."""

    @property
    def scenario(self) -> Scenario:
        """What was to be run."""

    @property
    def target(self) -> Target:
        """What it was run on."""

    @property
    def facts(self) -> RunFacts:
        """Where the numbers come from."""

    @property
    def health(self) -> GeneratorHealth:
        """How well the generator kept its schedule."""

    @property
    def ending(self) -> Ending:
        """How the run came to its end."""

    @property
    def halted_by(self) -> str:
        """By which stop rule the run was ended early, in words; empty if by none."""

    @property
    def stores_read(self) -> tuple[str, ...]:
        """The sites whose ticket stores were read to their end."""

    def wall(self, at_s: float) -> float:
        """Return the wall time (seconds since 1970) at which the run was at *at_s*."""
        ...

    def cuts(self) -> tuple[Cut, ...]:
        """Return where the run was cut and went on later, in order; empty for most runs."""
        ...

    def staff(self) -> tuple[ShiftTally, ...]:
        """Return what our virtual agents went through, by site and skill; empty without any."""

    def phases(self) -> tuple[PhaseRun, ...]:
        """Return the phases that ran, in order."""

    def faults(self) -> tuple[FaultRun, ...]:
        """Return the faults, in the order of their injection."""

    def trials(self) -> tuple[Trial, ...]:
        """Return the loads that a search tried, in order; empty if the run was none."""

    def alarms(self) -> tuple[AlarmRun, ...]:
        """Return what became of the alerts that faults were to raise."""
        ...

    def clock_steps(self) -> tuple[ClockStep, ...]:
        """Return the clocks that were set meanwhile, the target's and ours, by when it was seen."""
        ...

    def lines(self) -> tuple[LineCheck, ...]:
        """Return the probes of the lines."""

    def steps(self) -> tuple[StepRun, ...]:
        """Return how the steps of the handover were taken, in order."""

    def calls(self, phase: str | None = None) -> Iterator[Call]:
        """Yield the calls of *phase*, or all, by due time; those of a hold too."""

    def tickets(self, phase: str | None = None) -> Iterator[Ticket]:
        """Yield the tickets of *phase*, or all, by due time; those of a hold too."""

    def call_figures(self, phase: str, before_s: float) -> CallColumns:
        """Return the figures of the calls of *phase* due before *before_s*, by due time.

        Before the phase's end, that is, so that those of a hold are left out.
        """
        ...

    def talk_figures(self, start_s: float, end_s: float) -> TalkColumns:
        """Return the figures of the talks, whenever due, that ended in [start_s, end_s), by end."""
        ...

    def ticket_figures(self, phase: str, before_s: float) -> TicketColumns:
        """Return the figures of the tickets of *phase* due before *before_s*, by due time."""
        ...

    def turn_figures(self, start_s: float, end_s: float) -> TurnColumns:
        """Return the turns that tickets, whenever due, took in [start_s, end_s), by their time."""
        ...

    def talks_at(self, at_s: float) -> TalkColumns:
        """Return the figures of the talks that went on at *at_s*, or that no begin is known of.

        By their end, as ``talk_figures``; of many an hour later there are few.
        """
        ...

    def attempts(self, since_s: float, until_s: float) -> AttemptColumns:
        """Return every attempt due in [since_s, until_s), those of a hold too, by due time."""
        ...

    def lost_calls(self, start_s: float, end_s: float) -> Iterator[LostCall]:
        """Yield the calls, whenever due, that the centre lost in [start_s, end_s], by due time."""

    def ticket_writes(self) -> Iterator[TicketWrite]:
        """Yield every ticket's key and what became of its writing and updates, by due time."""

    def rereads(self) -> Iterator[Reread]:
        """Yield the tickets that were read by themselves at the end of the run, by their keys."""

    def stored_tickets(self) -> Iterator[StoredTicket]:
        """Yield what the sites' stores returned at the end."""

    def seen_late(self) -> frozenset[str]:
        """Return the keys of tickets that some store did not return at first, and did at last."""

    def sources(self) -> tuple[str, ...]:
        """Return the names of all sources that were scraped."""

    def answers(self, source: str, since_s: float = 0.0) -> Iterator[tuple[float, bool]]:
        """Yield when each scrape of *source* was made and whether it answered, by time."""

    def told(self, source: str, since_s: float = 0.0) -> Told:
        """Return what *source* told from *since_s* on, as it lies: for who reads all of it."""
        ...

    def scrapes(self, source: str, since_s: float = 0.0) -> Iterator[Scrape]:
        """Yield the scrapes of *source* from *since_s* on, by time."""


def seen_until_s(run: Evidence, since_s: float) -> float:
    """Return until when what began at *since_s* was watched: to the next cut, or to the end."""
    cuts = [cut.at_s for cut in run.cuts() if cut.at_s >= since_s]
    return min(cuts, default=max((phase.held_until_s for phase in run.phases()), default=0.0))
