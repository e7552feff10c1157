"""The provider's own figure against what callers experienced: an objective of its own.

Both tell of the same calls, so chance has no part in the gap. Two things have: who waits at the
border of a phase is counted by one view inside it and by the other outside, and a wait of nearly
the threshold is within it by one clock and beyond it by the other.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import repeat
from operator import add, ge, le, sub

from harness.kpi.evidence import PhaseEvidence
from harness.kpi.figures import NEVER
from harness.kpi.question import Question
from harness.kpi.reconcile import flattery
from harness.kpi.statistics import percentile
from harness.kpi.tickets import clocks
from harness.model.contact import Stream
from harness.model.scenario import PhaseKind
from harness.model.sla import Bound, Direction, Unit
from harness.model.verdict import Aspect, Interval, Measurement
from harness.verdict.asked import question
from harness.verdict.item import Item

COMPARED = frozenset({PhaseKind.STEADY, PhaseKind.SOAK})
"""A process that a fault kills takes along what it had counted: no lie, and no objective."""
_SETUP_S = 1.0
"""Centre seconds that lie between a caller's clock and the site's, beside our own lag."""


def between_views(item: Item, callers: Measurement, evidence: PhaseEvidence) -> Iterator[Item]:
    """Yield the item of the gap between *item*, the provider's figure, and that of *callers*.

    A provider that reports worse than callers experienced is told (WARN), never failed. None
    without a tolerance, or where one of the two was not measured: that stays open by itself.
    """
    tolerance, provider = item.objective.tolerance, item.measurement
    prettier = flattery(provider, callers, item.kpi.direction)
    if tolerance is None or prettier is None or evidence.phase.kind not in COMPARED:
        return
    assert provider.value is not None
    assert callers.value is not None
    error, gap = _error(item, callers, evidence), abs(prettier)
    note = (
        f"the provider reports {provider.value * 100:.0f} %,"
        f" callers experienced {callers.value * 100:.0f} %"
    )
    yield replace(
        item,
        aspect=Aspect.GAP,
        unit=Unit.SHARE,
        direction=Direction.LESS,
        goal_text=f"{tolerance * 100:g} points",
        bound=Bound(tolerance, min(1.0, tolerance + error) if prettier > 0 else 1.0),
        measurement=Measurement(
            gap,
            callers.n,
            interval_at=lambda _: Interval(max(0.0, gap - error), min(1.0, gap + error)),
            note=note if gap > tolerance else "",
            weakness=callers.weakness or provider.weakness,
            by_chance=False,
        ),
        needs=0,
    )


def _error(item: Item, callers: Measurement, evidence: PhaseEvidence) -> float:
    """Return by how much of a share borders and clocks may set the two views apart."""
    asked = question(item.objective, item.scope)
    if item.kpi.stream is Stream.TICKETS:
        return min(1.0, (_unsettled(item.kpi.name, asked, evidence) + 1) / max(1, callers.n))
    calls, end_s = evidence.calls.within(asked.scope), evidence.phase.end_s
    over_s = map(add, map(add, calls.due_s, calls.ivr_s), calls.wait_s)
    waiting: int = sum(map(partial(le, end_s), over_s))  # in C: a million for each objective
    near = 0
    if asked.threshold_s is not None and calls.lag_s:
        slack_s = _SETUP_S + percentile(sorted(calls.lag_s), 0.99)
        away_s = map(abs, map(sub, calls.wait_s, repeat(asked.threshold_s)))
        near = sum(map(partial(ge, slack_s), away_s))
    # Who waits at the end was not yet counted by the provider; who waited at the start had waited
    # for long, and makes its figure worse, not prettier.
    return min(1.0, (waiting + near + 1) / max(1, callers.n))


def _unsettled(kpi: str, asked: Question, evidence: PhaseEvidence) -> int:
    """Return for how many tickets the two views may have counted differently.

    Those whose clock ran over the end of the phase, and those that took about the threshold.
    """
    end_s, slack_s = evidence.phase.end_s, _SETUP_S
    if evidence.tickets.lag_s:
        slack_s += percentile(sorted(evidence.tickets.lag_s), 0.99)
    return sum(
        at_s + took_s >= end_s
        or (asked.threshold_s is not None and abs(took_s - asked.threshold_s) <= slack_s)
        for at_s, took_s in zip(*clocks(kpi, evidence, asked), strict=True)
        if kpi != "ticket_reopened" or took_s < NEVER
    )
