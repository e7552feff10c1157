"""Until when a fault is felt: what happens then is put down to it, and to nothing else.

In a phase of kind fault that is until its end, for there is nothing else in it. A soak goes on for
hours after a fault: there it is as long as nothing else may be broken.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from harness.model.event import FaultRun, PhaseRun
from harness.model.now_and_then import FELT_S
from harness.model.scenario import PhaseKind


@dataclass(frozen=True, slots=True)
class Felt:
    """From when to when *fault* is felt, in centre seconds of the run."""

    fault: FaultRun
    start_s: float
    end_s: float

    def within_s(self, phase: PhaseRun) -> float:
        """Return for how long it is felt before *phase* ends; a hold is after that."""
        return max(0.0, min(self.end_s, phase.end_s) - self.start_s)

    def meets(self, start_s: float, end_s: float) -> bool:
        """Whether it is felt at any moment from *start_s* until *end_s*."""
        return self.start_s < end_s and start_s < self.end_s


def felt_in(phase: PhaseRun, faults: Iterable[FaultRun]) -> list[Felt]:
    """Return when each of *faults* that was injected in *phase* is felt in it."""
    return [
        Felt(fault, fault.injected_from_s, _until_s(fault, phase))
        for fault in faults
        if fault.phase == phase.name and fault.injected_from_s is not None
    ]


def _until_s(fault: FaultRun, phase: PhaseRun) -> float:
    if phase.kind is not PhaseKind.SOAK:
        return phase.held_until_s
    # What was never seen to be whole again is felt to the end.
    over_s = math.inf if fault.heal_proven_s is None else fault.heal_proven_s + FELT_S
    return min(over_s, phase.held_until_s)
