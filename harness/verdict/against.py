"""A run beside its control: the same scenario and seed without the faults, KPI by KPI.

Both runs have the same customers, due at the same moments, so that what differs is what the faults
made of it, and chance. It decides nothing: a verdict is about one run.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.errors import Problem
from harness.model.event import RunFacts
from harness.model.scenario import Scenario
from harness.model.sla import Unit
from harness.model.verdict import Aspect, ObjectiveResult, Verdict
from harness.verdict.words import NOTHING, quantity


@dataclass(frozen=True, slots=True)
class Difference:
    """One KPI in one phase with the faults and without; None: not measured.

    Where their intervals touch, chance may explain it.
    """

    with_faults: ObjectiveResult
    without: ObjectiveResult

    @property
    def value(self) -> float | None:
        """With the faults less without; None if either was not measured."""
        if self.with_faults.value is None or self.without.value is None:
            return None
        return self.with_faults.value - self.without.value

    @property
    def apart(self) -> bool:
        """Whether the two intervals do not touch; a figure without one is exact, or not sure."""
        with_, without = _ends(self.with_faults), _ends(self.without)
        if with_ is None or without is None:
            return False
        return with_[1] < without[0] or without[1] < with_[0]


def _ends(result: ObjectiveResult) -> tuple[float, float] | None:
    """Return the ends of a result's interval; None if it was not measured, or nobody is sure of it.

    An interval may have one end alone: a bucket beyond the last bound has no upper one.
    """
    if result.value is None or result.unsure:
        return None
    if result.low is None and result.high is None:
        return result.value, result.value
    low = -math.inf if result.low is None else result.low
    return low, math.inf if result.high is None else result.high


def not_a_control(
    run: RunFacts, control: RunFacts, *, where: str, scenario: Scenario
) -> Iterator[Problem]:
    """Yield why a run (*control*, of *scenario*) cannot stand beside *run*, problem by problem."""
    if control.scenario_sha256 != run.scenario_sha256:
        yield Problem(where, "a run of another scenario", "a control of the same file")
    if control.seed != run.seed:
        yield Problem(where, f"seed {control.seed}", f"seed {run.seed}: the same customers")
    if control.speed != run.speed:
        yield Problem(where, f"speed {control.speed:g}", f"speed {run.speed:g}")
    if any(phase.faults for phase in scenario.phases):
        yield Problem(where, "a run with faults", "one that was made with --control")


def differences(verdict: Verdict, control: Verdict) -> tuple[Difference, ...]:
    """Return what both verdicts measured, in the order of the first; by the same SLA."""
    values = (each for each in control.results if each.aspect is Aspect.VALUE)
    others = {(each.subject, each.view): each for each in values}
    return tuple(
        Difference(each, others[each.subject, each.view])
        for each in verdict.results
        if each.aspect is Aspect.VALUE and (each.subject, each.view) in others
    )


def unlike(before: RunFacts, after: RunFacts) -> Iterator[str]:
    """Yield in what two runs differ beside the time at which they were made."""
    if before.scenario_sha256 != after.scenario_sha256:
        yield "the scenario is another, or another version of it: other customers, other load"
    for what in ("target", "seed", "speed", "machine"):
        one, other = getattr(before, what), getattr(after, what)
        if one != other:
            yield f"{what}: {one}, then {other}"
    if before.control != after.control:
        yield f"{'the first' if before.control else 'the second'} is a control run, without faults"


def set_beside(found: Sequence[Difference]) -> Iterator[str]:
    """Yield a line for each of *found*: before, after, difference; ``=`` if chance may explain it.

    In each of *found* the later run stands as the one "with", the earlier as the one "without".
    """
    for each in found:
        result, before = each.with_faults, each.without
        values = [quantity(one.value, result.unit) for one in (before, result)]
        moved = _signed(each.value, result.unit) if each.value is not None else NOTHING
        mark = " " if each.apart else "="
        where = f"{result.name} in {result.phase} ({result.view})"
        yield f"{mark} {where}: {values[0]} → {values[1]}, {moved}"


def told(found: Sequence[Difference]) -> Iterator[str]:
    """Yield a line for each of *found* that has a value: with, without, difference."""
    for each in found:
        if each.value is None:
            continue
        result = each.with_faults
        values = (
            quantity(result.value, result.unit),
            quantity(each.without.value, result.unit),
            _signed(each.value, result.unit),
        )
        where = f"{result.name} in {result.phase} ({result.view})"
        apart = "; chance may explain it" if each.value and not each.apart else ""
        with_, without, difference = values
        yield f"{where}: with {with_}, without {without}, difference {difference}{apart}"


def _signed(value: float, unit: Unit) -> str:
    sign = "-" if value < 0 else "+"
    if unit is Unit.SHARE:
        return f"{sign}{abs(value) * 100:.1f} points"
    return f"{sign}{quantity(abs(value), unit)}"
