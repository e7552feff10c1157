"""How many calls are in the centre at a time when it is busiest, by Little's law. Pure."""

from itertools import pairwise

from harness.feasibility.asked import DEFAULT_THRESHOLD_S
from harness.model.scenario import FaultPlan, Phase, Scenario
from harness.model.target import Target
from harness.verdict.forecast import Forecast, Stretch, forecast

PARTS = 8
"""The busiest eighth of a phase is as busy as it gets."""


def in_progress(scenario: Scenario, target: Target, phase: Phase, scope: str = "") -> float | None:
    """Return the calls of *scope* in the centre at a time, in the busiest part of *phase*.

    None where theory cannot tell.
    """
    cuts = {part / PARTS for part in range(PARTS + 1)}
    cuts |= {min(1.0, at_s / phase.duration_s) for each in phase.faults for at_s in _ends(each)}
    every = [
        found.in_progress
        for start, end in pairwise(sorted(cuts))
        if (found := _during(scenario, target, phase, scope, start, end)) is not None
        and found.in_progress is not None
    ]
    return max(every, default=None)


def _ends(fault: FaultPlan) -> tuple[float, float]:
    return fault.at_s, fault.end_s


def _during(
    scenario: Scenario, target: Target, phase: Phase, scope: str, start: float, end: float
) -> Forecast | None:
    """Return what to expect from *start* to *end* (0..1) of *phase*."""

    def within(stretch: Stretch) -> bool:
        return start <= stretch.middle < end

    return forecast(scenario, target, phase, scope, threshold_s=DEFAULT_THRESHOLD_S, only=within)
