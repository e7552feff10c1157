"""The intervals of a phase, each by itself: a good day hides bad half-hours."""

from collections.abc import Iterator
from dataclasses import replace

from harness.kpi.evidence import PhaseEvidence
from harness.kpi.measure import share
from harness.model.sla import Direction, Unit
from harness.model.units import format_duration
from harness.model.verdict import Aspect, Interval, Measurement
from harness.verdict.asked import Asked
from harness.verdict.item import Item


def whole_intervals(evidence: PhaseEvidence, every_s: float) -> Iterator[PhaseEvidence]:
    """Yield the evidence of each whole interval of *every_s* (centre seconds) of a phase.

    From the phase's start; what is left at its end is part of none. As callers saw it: of the
    provider's counters nothing is known within a phase.
    """
    phase = evidence.phase
    for number in range(int((phase.end_s - phase.start_s + 1e-6) // every_s)):
        start_s = phase.start_s + number * every_s
        end_s = start_s + every_s
        part = evidence.between(start_s, end_s)
        yield replace(part, phase=replace(phase, start_s=start_s, end_s=end_s))


def by_intervals(item: Item, each: Asked, evidence: PhaseEvidence, weakness: str) -> Iterator[Item]:
    """Yield the item of the share of intervals that met the goal by themselves."""
    wanted = item.objective.intervals_met
    if wanted is None or not wanted.needs(evidence.phase.kind):
        return
    met = bytearray()
    for part in whole_intervals(evidence, wanted.every_s):
        value = each.compute(part, each.question).value
        if value is not None:  # nobody came: an empty interval was neither good nor bad
            met.append(item.claim.direction.is_at_least(value, item.bound.goal))
    every = format_duration(wanted.every_s)
    measurement = share(met, census=True)
    note = f"{sum(met)} of {len(met)} intervals of {every}" if met else f"no whole {every}"
    yield replace(
        item,
        aspect=Aspect.INTERVALS,
        bound=wanted.bound,
        unit=Unit.SHARE,
        direction=Direction.MORE,
        goal_text=f"{wanted.bound.goal * 100:g}% of {every}",
        measurement=replace(measurement, note=note, weakness=weakness),
        needs=0,
    )


def at_least(measurement: Measurement) -> Measurement:
    """Return a share of which only the lower end is known: it may be anything above.

    A clock that ran around the clock is stricter than the contract's, which stands still out of
    hours: what met it met the contract's too, of what missed it nobody can tell.
    """
    interval_at = measurement.proof_at or measurement.interval_at
    if interval_at is None:
        return measurement
    note = "counted around the clock, which is stricter than the hours of the contract"
    return replace(
        measurement,
        interval_at=lambda confidence: Interval(interval_at(confidence).low, 1.0),
        proof_at=None,
        needed_at=None,
        note=measurement.note or note,
    )
