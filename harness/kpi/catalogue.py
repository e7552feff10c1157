"""The catalogue: each KPI's name, unit, direction, definition, and its two exact computations.

``callers`` computes it from the contact log, ``provider`` from the provider's own counters; a KPI
that both can measure is judged on both. KPIs about a whole run or a fault are measured by
``harness.verdict`` and only named here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.kpi import calls, provider, tickets
from harness.kpi.evidence import PhaseEvidence
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Each, Unit
from harness.model.verdict import Measurement


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a KPI: for which queue (None: all), within which threshold (seconds)."""

    queue: str | None = None
    threshold_s: float | None = None


Compute = Callable[[PhaseEvidence, Question], Measurement]

EVERY_LOADED_PHASE = frozenset(PhaseKind) - {PhaseKind.LINES}
WHOLE_RUN: frozenset[PhaseKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI. ``phase_kinds`` says where it can be judged; empty means once for the whole run."""

    name: str
    title: str
    definition: str
    unit: Unit
    direction: Direction
    needs_threshold: bool = False
    scopes: frozenset[Each] = frozenset({Each.ALL})
    phase_kinds: frozenset[PhaseKind] = EVERY_LOADED_PHASE
    callers: Compute | None = None
    provider: Compute | None = None


_ANY_SCOPE = frozenset(Each)

_KPIS = (
    Kpi(
        "service_level",
        "Service level",
        'Answered within the threshold / all that entered the queue and left it (formula "offered",'
        " ICMI no. 3). Short abandons count against, and so does being cut off while waiting;"
        " blocked calls never queued and stand beside it.",
        Unit.SHARE,
        Direction.MORE,
        needs_threshold=True,
        scopes=_ANY_SCOPE,
        callers=lambda e, q: calls.service_level(e, queue=q.queue, threshold_s=q.threshold_s or 0),
        provider=lambda e, q: provider.service_level(
            e, queue=q.queue, threshold_s=q.threshold_s or 0
        ),
    ),
    Kpi(
        "abandonment",
        "Abandonment",
        "Hung up while waiting / all that entered the queue and left it. Short abandons count.",
        Unit.SHARE,
        Direction.LESS,
        scopes=_ANY_SCOPE,
        callers=lambda e, q: calls.abandonment(e, queue=q.queue),
        provider=lambda e, q: provider.abandonment(e, queue=q.queue),
    ),
    Kpi(
        "asa",
        "Average speed of answer",
        "Mean wait of the answered calls, those answered at once included.",
        Unit.SECONDS,
        Direction.LESS,
        scopes=_ANY_SCOPE,
        callers=lambda e, q: calls.average_speed_of_answer(e, queue=q.queue),
        provider=lambda e, q: provider.average_speed_of_answer(e, queue=q.queue),
    ),
    Kpi(
        "dropped",
        "Dropped calls",
        "Talks that neither caller nor agent ended / all talks that ended in the phase.",
        Unit.SHARE,
        Direction.LESS,
        scopes=_ANY_SCOPE,
        callers=lambda e, q: calls.dropped(e, queue=q.queue),
    ),
    Kpi(
        "blocked",
        "Blocked calls",
        "Attempts that never reached a queue (busy, refused, failed, or not known to have) / all"
        " attempts.",
        Unit.SHARE,
        Direction.LESS,
        callers=lambda e, q: calls.blocked(e),
        provider=lambda e, q: provider.blocked(e),
    ),
    Kpi(
        "ticket_first_reply",
        "Ticket first reply",
        "Tickets a person replied to within the threshold / tickets sent at least that long ago."
        " A ticket that was not acknowledged counts against.",
        Unit.SHARE,
        Direction.MORE,
        needs_threshold=True,
        callers=lambda e, q: tickets.first_reply(e, threshold_s=q.threshold_s or 0),
        provider=lambda e, q: provider.ticket_first_reply(e, threshold_s=q.threshold_s or 0),
    ),
    Kpi(
        "api_p95",
        "API response time, 95th percentile",
        "Wall seconds from sending a request to its whole answer; one that never came counts with"
        " the five seconds after which a client gives up.",
        Unit.SECONDS,
        Direction.LESS,
        callers=lambda e, q: calls.api_p95(e),
    ),
    Kpi(
        "recovery",
        "Recovery time",
        "From the injection of a fault to the first attempt served after the last bad window of"
        " twenty attempts; sixty attempts have to follow.",
        Unit.SECONDS,
        Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
    ),
    Kpi(
        "lost_tickets",
        "Lost tickets",
        "Tickets whose writing was acknowledged and that no site's store returns at the end.",
        Unit.COUNT,
        Direction.LESS,
        phase_kinds=WHOLE_RUN,
    ),
    Kpi(
        "duplicated_tickets",
        "Duplicated tickets",
        "Tickets that stand in a store under more than one number at the end.",
        Unit.COUNT,
        Direction.LESS,
        phase_kinds=WHOLE_RUN,
    ),
)

CATALOGUE: Mapping[str, Kpi] = {kpi.name: kpi for kpi in _KPIS}
"""Every KPI by name."""
