"""What is known of one phase when its KPIs are computed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from harness.kpi.columns import CallColumns, TalkColumns, TicketColumns, TurnColumns
from harness.kpi.figures import call_figures, talk_figures, ticket_figures, turns_of
from harness.kpi.increase import Increase
from harness.model.contact import Call, Ticket
from harness.model.event import PhaseRun
from harness.model.scenario import FASTEST_HONEST, PhaseKind

CENSUS = frozenset({PhaseKind.FAULT, PhaseKind.RECOVERY})
"""The kinds of phases that are judged as what happened, not as a sample of what usually does."""


def judged_by_stamps(speed: float) -> bool:
    """Return whether a run at *speed* is too fast for callers' own clock: sites' stamps tell."""
    return speed > FASTEST_HONEST


@dataclass(frozen=True, slots=True)
class PhaseEvidence:
    """The contacts that were due in a phase, by due time, and the rise of the provider's counters.

    Contacts are columns, not objects: ``calls.within(question.scope)`` are those that are asked
    about. Contacts of the hold are not among them. ``talks_ended`` are the answered calls, whenever
    due, that ended in the phase, by their end: a talk that a site loss cuts off was often begun in
    the phase before, and is no mark against that one. So are ``turns`` those that tickets, whenever
    due, took in the phase. ``seen_until_s`` is how far the run had come:
    a caller who waits still, or a ticket without a reply, is judged by that. ``site_stamps``: the
    run was so fast that waits are taken from the sites' own stamps. ``unseen``: for a time nothing
    of the target could be reached; contacts of then are left out, the counters are not.
    """

    phase: PhaseRun
    calls: CallColumns
    tickets: TicketColumns
    seen_until_s: float
    talks_ended: TalkColumns = field(default_factory=TalkColumns)
    turns: TurnColumns = field(default_factory=TurnColumns)
    increase: Increase = field(default_factory=lambda: Increase({}))
    site_stamps: bool = False
    unseen: bool = False

    @property
    def census(self) -> bool:
        """Whether the phase is judged as what happened, not as a sample of what usually does."""
        return self.phase.kind in CENSUS

    def between(self, start_s: float, end_s: float) -> "PhaseEvidence":
        """Return what is known of a stretch of the phase, such as an interval of 30 minutes.

        Of the contacts due, the talks ended and the turns taken in [start_s, end_s). The provider's
        counters are read at the phase's borders only: of them nothing is known here.
        """
        return replace(
            self,
            calls=self.calls.between(start_s, end_s),
            tickets=self.tickets.between(start_s, end_s),
            talks_ended=self.talks_ended.between(start_s, end_s),
            turns=self.turns.between(start_s, end_s),
            increase=Increase({}),
        )


def columns_of_calls(calls: Iterable[Call]) -> CallColumns:
    """Return the columns of *calls*, which come by due time."""
    return CallColumns.of([[call_figures(call) for call in calls]])


def columns_of_talks(calls: Iterable[Call]) -> TalkColumns:
    """Return the columns of the talks of *calls* that have ended; calls come by their end."""
    return TalkColumns.of([[talk for call in calls if (talk := talk_figures(call)) is not None]])


def columns_of_tickets(tickets: Iterable[Ticket]) -> TicketColumns:
    """Return the columns of *tickets*, which come by due time."""
    return TicketColumns.of([[ticket_figures(ticket) for ticket in tickets]])


def columns_of_turns(tickets: Iterable[Ticket]) -> TurnColumns:
    """Return the columns of the turns that *tickets*, in any order, have taken."""
    return TurnColumns.of([sorted(turn for ticket in tickets for turn in turns_of(ticket))])
