"""What is known of one phase when its KPIs are computed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.kpi.increase import Increase
from harness.model.contact import Call, Ticket
from harness.model.event import PhaseRun
from harness.model.scenario import PhaseKind

FASTEST_HONEST_CALLER = 25.0
"""The speed up to which the callers' own clock is honest (error of a service level under half a
point); beyond it waits are taken from the sites' stamps."""

_CENSUS = {PhaseKind.FAULT, PhaseKind.RECOVERY}


@dataclass(frozen=True, slots=True)
class PhaseEvidence:
    """The contacts that were due in a phase, by due time, and the rise of the provider's counters.

    Contacts of the hold are not among them. ``talks_ended`` are the answered calls, whenever due,
    that ended in the phase, by their end: a talk that a site loss cuts off was often begun in the
    phase before, and is no mark against that one. ``seen_until_s`` is how far the run had come: a
    caller who waits still, or a ticket without a reply, is judged by that. ``site_stamps``: the
    run was so fast that waits are taken from the sites' own stamps.
    """

    phase: PhaseRun
    calls: Sequence[Call]
    tickets: Sequence[Ticket]
    seen_until_s: float
    talks_ended: Sequence[Call] = ()
    increase: Increase = field(default_factory=lambda: Increase({}))
    site_stamps: bool = False

    @property
    def census(self) -> bool:
        """Whether the phase is judged as what happened, not as a sample of what usually does."""
        return self.phase.kind in _CENSUS

    def calls_of(self, queue: str | None) -> Sequence[Call]:
        """Return the calls to *queue*, or all if it is None."""
        return of_queue(self.calls, queue)


def of_queue(calls: Sequence[Call], queue: str | None) -> Sequence[Call]:
    """Return those of *calls* that were for *queue*, or all if it is None."""
    return [call for call in calls if queue is None or call.queue == queue]
