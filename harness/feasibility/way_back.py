"""Whether everything could be taken back in house, step by step of a phased handover. Pure."""

from collections.abc import Iterator

from harness.errors import Note, Problem
from harness.model.scenario import Phase, Scenario
from harness.model.target import Target
from harness.verdict.rollback import too_few


def nobody_to_take_it_back(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem for each rollback for which too few would be there, as the steps have it."""
    for phase, found in _short_in_house(scenario, target):
        if phase.step.back_within_s is not None:
            want = "enough people in-house to take everything back: 'heads' of this phase, or less"
            yield Problem(f"{scenario.path}: phases.{phase.name}.rollback", found, want)


def no_way_back(scenario: Scenario, target: Target) -> Iterator[Note]:
    """Yield a note for each step from which in-house could not take everything back."""
    for phase, found in _short_in_house(scenario, target):
        if phase.step and phase.step.back_within_s is None:
            where = f"{scenario.path}: phases.{phase.name}"
            yield Note(where, f"no way back from this step: {found}")


def _short_in_house(scenario: Scenario, target: Target) -> Iterator[tuple[Phase, str]]:
    """Yield each phase with a queue that in-house could not carry alone, as its heads then are."""
    if not scenario.in_house:
        return
    staff = target.staffing.get(scenario.in_house, {})
    heads = {queue: number for queue, number in staff.items() if isinstance(number, int)}
    for phase in scenario.phases:
        heads |= phase.step.heads.get(scenario.in_house, {})
        for found in too_few(scenario, target, phase, heads):
            yield phase, found
