"""Clocks that were set while a run went on: what of its figures may still be believed. Pure.

A wait by a site's stamps is the difference of two of them, so a step spoils the waits across it and
no other. Those are left out where stamps are judged; if they are more than a few the phase is in
doubt. Our own clock is never read for a wait: what it stamps is off the world's time, and told.
"""

from collections.abc import Iterator, Sequence

from harness.kpi.columns import CallColumns, where
from harness.kpi.evidence import judged_by_stamps
from harness.kpi.figures import Fate
from harness.model.event import ClockStep, PhaseRun
from harness.model.scenario import PhaseKind
from harness.model.units import format_duration, format_share
from harness.model.verdict import Doubt
from harness.verdict.evidence import Evidence

FEW = 0.01
"""Of a phase's answered calls so many may be left out; fewer than that move no service level."""


def doubts_of_the_clocks(run: Evidence) -> Iterator[Doubt]:
    """Yield a doubt for each phase that a step spoils, and for a machine that slept."""
    for step in run.clock_steps():
        if step.slept_wall_s:
            yield Doubt(
                f"this machine slept for {step.slept_wall_s:.0f} s {_at(step)}: no time passed for"
                " us, and for the target it did"
            )
    if not judged_by_stamps(run.facts.speed):
        return
    for phase in run.phases():
        across, answered = _counted(run, phase)
        if across > FEW * answered:
            yield Doubt(
                f"{across} of {answered} answered calls waited while a site's clock was set"
                f" (limit {format_share(FEW)}): their waits are not known",
                phase.name,
            )


def clock_notes(run: Evidence) -> Iterator[str]:
    """Yield a remark for each clock that was set."""
    for step in run.clock_steps():
        if step.slept_wall_s:
            continue
        by = f"{'on' if step.by_wall_s > 0 else 'back'} by {abs(step.by_wall_s):.1f} s {_at(step)}"
        if not step.site:
            yield (
                f"the clock of this machine was set {by}: the run goes by the time that passed, so"
                " what it stamps is off the clock by that from then on"
            )
        elif judged_by_stamps(run.facts.speed):
            yield (
                f"the clock of {step.site} was set {by}, or its news came that much later for good:"
                " calls that waited across it are left out of figures by its stamps"
            )
        else:
            yield (
                f"the clock of {step.site} was set {by}, or its news came that much later for good:"
                " callers' figures do not go by it, the provider's own may"
            )


def known_waits(calls: CallColumns, steps: Sequence[ClockStep]) -> CallColumns:
    """Return *calls* without those that waited at a site while its clock was set."""
    across = _across(calls, steps)
    return where(calls, bytes(not each for each in across)) if any(across) else calls


def _counted(run: Evidence, phase: PhaseRun) -> tuple[int, int]:
    """Return how many answered calls of *phase* waited across a step, and how many there are."""
    steps = [each for each in run.clock_steps() if each.site]
    if not steps or phase.kind is PhaseKind.LINES:
        return 0, 0
    calls = run.call_figures(phase.name, phase.end_s)
    return sum(_across(calls, steps)), sum(fate == Fate.ANSWERED for fate in calls.fate)


def _across(calls: CallColumns, steps: Sequence[ClockStep]) -> list[bool]:
    """Return for each of *calls* whether it waited while the clock of its site was set."""
    found = [False] * len(calls)
    for step in steps:
        if not step.site:
            continue
        rows = zip(calls.site, calls.fate, calls.due_s, calls.wait_s, calls.ivr_s, strict=True)
        for number, (site, fate, due_s, wait_s, ivr_s) in enumerate(rows):
            if site == step.site and fate == Fate.ANSWERED and due_s <= step.at_s:
                found[number] |= due_s + ivr_s + wait_s >= step.after_s
    return found


def _at(step: ClockStep) -> str:
    return f"at {format_duration(round(step.at_s))}"
