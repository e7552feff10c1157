"""An SLA in plain English: what each objective asks, how it is judged, who answers for it. Pure."""

from collections.abc import Sequence

from harness.kpi.catalogue import CATALOGUE, WHOLE_RUN, Kpi
from harness.kpi.question import FORMULA_TEXTS
from harness.kpi.statistics import contacts_to_pass
from harness.model.scenario import PhaseKind, Scenario
from harness.model.scope import scopes
from harness.model.sla import Bound, Direction, Hours, Objective, Sla, StopRule, Unit, Waiver
from harness.model.target import Target
from harness.model.units import format_duration
from harness.model.verdict import View
from harness.verdict.asked import views
from harness.verdict.items import family_size
from harness.verdict.words import as_asked

_SENTENCES = {
    "service_level": "{bound} of {whose}callers are answered{within}",
    "abandonment": "{bound} of {whose}callers hang up while they wait",
    "abandonment_net": "{bound} of {whose}callers hang up while they wait, short waits left out",
    "asa": "{whose}callers who are answered have waited {bound} on average",
    "dropped": "{bound} of {whose}talks are cut off by neither caller nor agent",
    "blocked": "{bound} of {whose}attempts never reach a queue",
    "occupancy": "{whose}agents are busy for {bound} of their time",
    "ticket_first_reply": "{bound} of {whose}tickets get a first reply from a person{within}",
    "ticket_next_reply": "{bound} of {whose}customers' comments are replied to{within}",
    "ticket_resolution": "{bound} of {whose}tickets are solved{within}",
    "recovery": "after a fault callers are served again within {bound}",
    "detection": "the provider says that a site is down within {bound}",
    "blocked_time": "new calls are kept out for {bound} of a fault",
    "fault_losses": "{bound} calls are cut off, dropped or turned away while a fault lasts",
    "talks_kept": "{bound} of the talks that go on when a fault strikes are kept",
    "losses_elsewhere": "{bound} talks are dropped at sites that a fault is not of",
    "failback_losses": "{bound} calls are cut off, dropped or turned away once a fault is healed",
    "steadiness": "{bound} objectives get worse while a soak lasts",
    "memory_growth": "no process of the provider gains {bound} MiB of memory an hour",
    "descriptor_growth": "no process of the provider gains {bound} open files an hour",
    "surprises": "{bound} contacts meet with what no runbook foresees",
    "lost_tickets": "{bound} acknowledged tickets are missing at the end of the run",
    "duplicated_tickets": "{bound} tickets are stored twice at the end of the run",
    "wrong_tickets": "{bound} tickets say something else at the end than was written",
    "lost_updates": (
        "{bound} tickets lack an update at the end of the run that was written and acknowledged"
    ),
    "duplicated_updates": (
        "{bound} tickets hold a comment of their customers twice at the end of the run"
    ),
}
_VIEWS = {
    View.CALLERS: "what callers experienced",
    View.PROVIDER: "the provider's own metrics",
}
_GENERAL = "{title}{of}: {bound}{within}"
"""For a KPI without a sentence of its own: its definition follows."""
_PLANNED_ABOVE = 0.05
"""How much better than the goal the truth is taken to be where contacts are planned."""


def explained(sla: Sla, scenario: Scenario, target: Target) -> tuple[str, ...]:
    """Return *sla* as paragraphs, each of them one line however long."""
    family = max(1, family_size(scenario, sla, target))
    paragraphs = [_head(sla)]
    paragraphs += [_objective(each, sla, scenario, target, family) for each in sla.objectives]
    paragraphs += [_waiver(waiver) for waiver in sla.waivers]
    paragraphs += [_stop(rule) for rule in sla.stop_early]
    if sla.progression is not None:
        moves = sla.progression
        paragraphs.append(
            f"Compared to the baseline {moves.baseline}, {moves.months} months after go-live: a dip"
            f" of {as_asked(moves.dip, Unit.SHARE)} is allowed for {moves.dip_months} months; after"
            f" the first year failures shrink by {as_asked(moves.yearly, Unit.SHARE)} a year."
        )
    if sla.release_rule:
        paragraphs.append(f"Release rule: {sla.release_rule}")
    return tuple(paragraphs)


def _head(sla: Sla) -> str:
    return (
        f"{sla.name}: {len(sla.objectives)} objectives. Each is decided only if we are"
        f" {as_asked(sla.confidence, Unit.SHARE)} sure, of all of them together. A value between"
        " goal and warn limit passes with a warning; too few contacts decide nothing."
    )


def _objective(
    objective: Objective, sla: Sla, scenario: Scenario, target: Target, family: int
) -> str:
    kpi = CATALOGUE[objective.kpi]
    parts = [_asked(objective, kpi, scenario, target), _meant(kpi), _counted(objective, kpi)]
    if objective.intervals_met is not None:
        met = objective.intervals_met
        parts.append(
            f"At least {as_asked(met.bound.goal, Unit.SHARE)} of the intervals of"
            f" {format_duration(met.every_s)} have to meet it, each by itself."
        )
    parts.append(_judged_on(objective, kpi, scenario, target))
    if least := max(objective.min_contacts, kpi.least_contacts):
        parts.append(f"Fewer than {least:,} contacts decide nothing.")
    if needed := _needed(objective, kpi, sla, family):
        parts.append(f"Needs about {needed:,} contacts where the load is highest.")
    if not objective.must_pass:
        parts.append("It may stay undecided.")
    parts.append(f"Owner: {objective.owner.name}, {objective.owner.contact}.")
    if objective.why:
        parts.append(f"Why: {objective.why}.")
    return f"{objective.kpi}: " + " ".join(part for part in parts if part)


def _asked(objective: Objective, kpi: Kpi, scenario: Scenario, target: Target) -> str:
    """Return what is asked, of whom, in which phases."""
    first, *rest = _by_bound(objective)
    text = _sentence(objective, kpi, first[0], scopes(objective, scenario, target))
    text += _where(first[1], kpi)
    for bound, kinds in rest:
        text += f"; {_bound(bound, kpi, none='none')}{_where(kinds, kpi)}"
    return f"{text[0].upper()}{text[1:]}."


def _by_bound(objective: Objective) -> list[tuple[Bound, list[PhaseKind]]]:
    found: dict[Bound, list[PhaseKind]] = {}
    for kind, bound in objective.gates.items():
        found.setdefault(bound, []).append(kind)
    return list(found.items())


def _where(kinds: Sequence[PhaseKind], kpi: Kpi) -> str:
    if kpi.phase_kinds == WHOLE_RUN:
        return ""
    return f" in every {_all(kinds)} phase"


def _sentence(objective: Objective, kpi: Kpi, bound: Bound, names: Sequence[str]) -> str:
    named = [name for name in names if name]
    whose = f"{_all(named)} " if named else ""
    within = ""
    if objective.clocks:
        whose = ""
        clocks = [
            f"{format_duration(clock.within_s)} for {priority}"
            + (" of business hours" if clock.hours is Hours.BUSINESS else "")
            for priority, clock in objective.clocks.items()
        ]
        within = f" within {_all(clocks)}, each priority judged by itself,"
    elif objective.threshold_s is not None and kpi.needs_threshold:
        within = f" within {format_duration(objective.threshold_s)}"
    text = _SENTENCES.get(kpi.name, _GENERAL).format(
        bound=_bound(bound, kpi, none="no" if kpi.name in _SENTENCES else "none"),
        whose=whose,
        of=f" of {_all(named)}" if named else "",
        within=within,
        title=kpi.title,
    )
    if len(named) > 1 and not objective.clocks:
        text += f", each {objective.each} judged by itself,"
    if objective.restored_share is not None and objective.threshold_s is not None:
        text += (
            f" ({as_asked(objective.restored_share, Unit.SHARE)} of them within"
            f" {format_duration(objective.threshold_s)})"
        )
    return text.strip()


def _all(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _bound(bound: Bound, kpi: Kpi, *, none: str) -> str:
    amount = as_asked(bound.goal, kpi.unit)
    if kpi.unit is Unit.COUNT and not bound.goal:
        return none
    return f"at {'least' if kpi.direction is Direction.MORE else 'most'} {amount}"


def _meant(kpi: Kpi) -> str:
    """Return the definition of a KPI that has no sentence of its own."""
    return "" if kpi.name in _SENTENCES else f"That is: {kpi.definition}"


def _counted(objective: Objective, kpi: Kpi) -> str:
    if kpi.name != "service_level":
        return ""
    text = f"Counted by the formula {objective.formula}: {FORMULA_TEXTS[objective.formula]}"
    if objective.formula.needs_short:
        text += f"; short is up to {format_duration(objective.short_abandon_s)}"
    return f"{text}."


def _judged_on(objective: Objective, kpi: Kpi, scenario: Scenario, target: Target) -> str:
    if kpi.by_verdict:
        return "Judged from the record of the whole run."
    scope = next(iter(scopes(objective, scenario, target)), "")
    by = [_VIEWS[view] for view, _ in views(objective, scope, target)]
    if not by:
        return "Judged by nobody: the target's metrics do not tell it."
    text = f"Judged on {' and on '.join(by)}"
    if objective.tolerance is not None and len(by) == 2:
        points = f"{objective.tolerance * 100:g} points"
        text += f", which may be prettier by {points} and no more"
    return f"{text}."


def _needed(objective: Objective, kpi: Kpi, sla: Sla, family: int) -> int | None:
    """Return how many independent contacts pass it four times in five, 5 points above the goal."""
    bound = objective.gates.get(PhaseKind.STEADY) or next(iter(objective.gates.values()), None)
    if kpi.unit is not Unit.SHARE or kpi.callers is None or bound is None:
        return None
    goal, warn = bound.goal, bound.warn
    if kpi.direction is Direction.LESS:
        goal, warn = 1 - goal, 1 - warn
    truth = min(goal + _PLANNED_ABOVE, (1 + goal) / 2)
    confidence = 1 - (1 - sla.confidence) / family
    return contacts_to_pass(truth, goal=goal, warn=warn, confidence=confidence)


def _waiver(waiver: Waiver) -> str:
    scope = f"[{waiver.scope}]" if waiver.scope else ""
    where = f" in every {waiver.kind} phase" if waiver.kind else ""
    return (
        f"Waived until {waiver.until.isoformat()}: {waiver.kpi}{scope}{where}, approved by"
        f" {waiver.approved_by.name}, {waiver.approved_by.contact}. Why: {waiver.why}"
    )


def _stop(rule: StopRule) -> str:
    kinds = _all(sorted(rule.kinds))
    return (
        f"The run is ended early if {rule.text} for {format_duration(rule.for_s)}, in phases of"
        f" kind {kinds}."
    )
