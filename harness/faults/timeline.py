"""When a fault begins and ends, and for how long the target may leave it in force. Pure."""

from dataclasses import dataclass

from harness.model.scenario import FaultPlan, Phase

LEASE_MARGIN_WALL_S = 10.0
"""How much longer than planned the lease runs: time for us to heal it ourselves, with proof."""


LONGEST_LEASE_WALL_S = 3600.0
"""No target has to keep a fault of ours longer than that."""


@dataclass(frozen=True, slots=True)
class FaultWindow:
    """A fault on the run's time axis, in centre seconds; the lease in wall seconds."""

    plan: FaultPlan
    start_s: float
    end_s: float
    lease_wall_s: float


def lease_wall_s(plan: FaultPlan, *, speed: float) -> float:
    """Return after how many wall seconds the target may heal *plan*'s fault by itself."""
    return plan.for_s / speed + LEASE_MARGIN_WALL_S


def fault_windows(phase: Phase, start_s: float, *, speed: float) -> tuple[FaultWindow, ...]:
    """Return the windows of *phase*'s faults, by their start, if the phase begins at *start_s*."""
    windows = [
        FaultWindow(
            plan,
            start_s + plan.at_s,
            start_s + plan.end_s,
            lease_wall_s(plan, speed=speed),
        )
        for plan in phase.faults
    ]
    return tuple(sorted(windows, key=lambda window: window.start_s))
