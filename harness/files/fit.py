"""Whether an SLA fits the scenario and the target: names that are there, intervals that fit. Pure.

An SLA serves many scenarios, so a kind of phase that a scenario lacks is no problem; a queue, line
or site that it asks for by name, or an interval longer than every phase, is.
"""

from collections.abc import Iterator

from harness.files.problems import Place, Problems, did_you_mean
from harness.model.scenario import Phase, Scenario
from harness.model.scope import names, scopes
from harness.model.sla import Each, Objective, Sla
from harness.model.target import Target
from harness.model.units import format_duration


def check_fit(sla: Sla, scenario: Scenario, target: Target, problems: Problems) -> None:
    """Tell *problems* what *sla* asks for that *scenario* and *target* do not have."""
    for objective in sla.objectives:
        place = Place(str(sla.path), objective.line or None)
        known = names(objective.each, scenario, target)
        for name in objective.only:
            if name not in known:
                found = f"the unknown {objective.each} {name!r} in each"
                problems.add(place, found=found, want=did_you_mean(name, known))
        for phase in _judged(objective, scenario):
            _check_intervals(objective, phase, scenario, place, problems)
    for rule in sla.stop_early:
        known = names(Each.QUEUE, scenario, target)
        if rule.scope and rule.scope not in known:
            found = f"the unknown queue {rule.scope!r} in {rule.text!r}"
            place = Place(str(sla.path), rule.line or None)
            problems.add(place, found=found, want=did_you_mean(rule.scope, known))
    for waiver in sla.waivers:
        known = tuple(
            name
            for objective in sla.objectives
            if objective.kpi == waiver.kpi
            for name in scopes(objective, scenario, target)
        )
        if waiver.scope and waiver.scope not in known:
            found = f"a waiver for {waiver.kpi} of the unknown {waiver.scope!r}"
            want = did_you_mean(waiver.scope, known)
            problems.add(Place(str(sla.path), waiver.line or None), found=found, want=want)


def _judged(objective: Objective, scenario: Scenario) -> Iterator[Phase]:
    """Yield the phases in which *objective* has to be decided."""
    for phase in scenario.phases:
        if phase.kind in objective.gates and scenario.decides(phase):
            yield phase


def _check_intervals(
    objective: Objective, phase: Phase, scenario: Scenario, place: Place, problems: Problems
) -> None:
    if objective.intervals_met is None or not objective.intervals_met.needs(phase.kind):
        return
    every_s = objective.intervals_met.every_s
    if phase.duration_s < every_s:
        every = format_duration(every_s)
        found = (
            f"intervals of {every} in {phase.name} of {scenario.name}, which lasts"
            f" {format_duration(phase.duration_s)}"
        )
        want = f"phases of at least {every}, or an SLA without 'intervals_met'"
        problems.add(place, found=found, want=want)
