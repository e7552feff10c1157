"""What an SLA asks of a phase: an objective, for each of its scopes, by each view that can tell."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.kpi.catalogue import CATALOGUE, Compute, Kpi, Question
from harness.kpi.evidence import PhaseEvidence
from harness.model.scenario import PhaseKind, Scenario
from harness.model.scope import scopes
from harness.model.sla import Each, Hours, Objective, Sla
from harness.model.target import Target
from harness.model.verdict import View
from harness.verdict.evidence import Evidence
from harness.verdict.roster import open_throughout

_STARTING_WALL_S = 60.0
"""A target's calendar is ahead of the run's clock by less than that."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that an SLA asks of a phase: an objective, for a scope or all, by one view."""

    objective: Objective
    kpi: Kpi
    scope: str
    view: View
    compute: Compute

    @property
    def question(self) -> Question:
        """What the KPI is asked."""
        return question(self.objective, self.scope)

    @property
    def first_view(self) -> bool:
        """Whether this is the view that counts where only one does: the callers, if they can."""
        return self.view is View.CALLERS or self.kpi.callers is None


def question(objective: Objective, scope: str) -> Question:
    """Return what *objective* asks of its KPI for *scope* (empty: for all)."""
    threshold_s, priority = objective.threshold_s, None
    if objective.clocks:
        threshold_s, priority = objective.clocks[scope].within_s, scope
    name, each = scope or None, objective.each
    return Question(
        queue=name if each is Each.QUEUE else None,
        line=name if each is Each.LINE else None,
        site=name if each is Each.SITE else None,
        priority=priority,
        threshold_s=threshold_s,
        formula=objective.formula,
        short_abandon_s=objective.short_abandon_s,
    )


def of_anybody(objective: Objective) -> Question:
    """Return what *objective* asks for any one of those for whom it is judged one by one."""
    return question(objective, next(iter(objective.clocks or (objective.each.value,))))


def asked(sla: Sla, kind: PhaseKind, scenario: Scenario, target: Target) -> Iterator[Asked]:
    """Yield everything that *sla* asks of a phase of *kind*."""
    for objective in sla.objectives:
        kpi = CATALOGUE[objective.kpi]
        if kind not in objective.gates or kind not in kpi.phase_kinds:
            continue
        if kpi.stream is not None and kpi.stream not in target.offers:
            continue
        for scope in scopes(objective, scenario, target):
            for view, compute in views(objective, scope, target):
                yield Asked(objective, kpi, scope, view, compute)


def views(objective: Objective, scope: str, target: Target) -> Iterator[tuple[View, Compute]]:
    """Yield by which views *objective* is judged for *scope* on *target*, and what measures it."""
    kpi, q = CATALOGUE[objective.kpi], question(objective, scope)
    if kpi.callers is not None:
        yield View.CALLERS, kpi.callers
    there = all(map(target.tells, kpi.metrics(q)))
    if kpi.provider is not None and kpi.told_by_provider(q) and there:
        yield View.PROVIDER, kpi.provider


def out_of_hours(each: Asked, run: Evidence, evidence: PhaseEvidence) -> bool:
    """Whether the contract's clock may have stood still while ours ran on.

    The target's calendar began before the run did, by as long as it took to start everything.
    """
    clock = each.objective.clocks[each.scope] if each.objective.clocks else None
    if clock is None or clock.hours is not Hours.BUSINESS:
        return False
    until_s = evidence.seen_until_s + _STARTING_WALL_S * run.facts.speed
    return not open_throughout(run.target, until_s)
