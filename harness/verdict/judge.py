"""The verdict of a run, and the gate of a phase: every objective measured, judged, and summed up.

NO-GO if anything fails; else INCONCLUSIVE if a must-pass objective is not decided where it has to
be, or if something makes the whole run doubtful; else GO. An objective has to be decided in the
phases that carry the highest load of their kind: a phase below that can refute it, not prove it.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from harness.kpi.catalogue import CATALOGUE, WHOLE_RUN
from harness.kpi.statistics import values_to_decide
from harness.model.event import PhaseRun
from harness.model.scenario import PhaseKind
from harness.model.sla import Each, Sla, Unit
from harness.model.verdict import Aspect, Decision, Doubt, ObjectiveResult, Status, Verdict, View
from harness.verdict.asked import question
from harness.verdict.capacity import decision_on, found_by, found_text
from harness.verdict.clocks import clock_notes
from harness.verdict.cuts import cut_notes
from harness.verdict.doubts import doubts
from harness.verdict.evidence import Evidence
from harness.verdict.expectations import (
    comfort_notes,
    expected_of,
    over_delivered,
    surprise,
    too_busy,
)
from harness.verdict.interruptions import Shut, interruptions, shut_doors
from harness.verdict.item import Item
from harness.verdict.items import (
    alarm_items,
    audit_items,
    audit_of,
    evidence_of,
    family_size,
    items_of,
    lasting_items,
    phase_items,
    recoveries_of,
    recovery_items,
    surprise_items,
)
from harness.verdict.lasting import Course, courses_of, looked_at, worse_notes
from harness.verdict.lines import lines_result
from harness.verdict.overdue import overdue_notes
from harness.verdict.rollback import rollback_results
from harness.verdict.sentence import sentence, undecided
from harness.verdict.subject import subject
from harness.verdict.surprises import surprises_of
from harness.verdict.table import Judged, holm
from harness.verdict.unanswered import without_agents
from harness.verdict.waivers import waived

_GAP = 0.03
"""Callers and provider may differ by this much of a share before the report says so."""


def judge(run: Evidence, sla: Sla, *, about: str) -> Verdict:
    """Return the verdict of *run* against *sla*. *about* says what a GO is about."""
    recoveries = recoveries_of(run, sla)
    found = audit_of(run)
    unforeseen = surprises_of(run)
    asked: list[Item] = []
    overworked: list[tuple[str, str, float]] = []
    courses: list[Course] = []
    shut: list[Shut] = []
    for evidence in evidence_of(run, run.phases()):  # one phase at a time: a million calls fit in
        asked += items_of(evidence, run, sla)
        overworked += too_busy(evidence, run.target.sites)
        courses += courses_of(evidence, run, sla)
        shut += shut_doors(evidence.calls)
    looked = looked_at(courses, run)
    items = [
        *asked,
        *recovery_items(run, sla, recoveries),
        *surprise_items(run, sla, unforeseen),
        *alarm_items(run, sla),
        *lasting_items(run, sla, looked),
        *audit_items(sla, found, run.scenario),
    ]
    judged = _together(run, items, sla)
    results = [
        _beside_theory(run, item, _result(item, each))
        for item, each in zip(items, judged, strict=True)
    ]
    away = interruptions(run, shut)
    open_questions = doubts(run, found, sla, away)
    if not results or _asked_in_vain(run, sla, results):
        open_questions.append(Doubt("the SLA asks nothing of any phase that was run"))
    results = [
        *lines_result(run.lines(), run.scenario, run.target),
        *_with_gaps(results),
        *rollback_results(run),
    ]
    results = without_agents(results, run)
    results = over_delivered(waived(results, sla, run.facts))
    explored = run.facts.explored
    overdue = tuple(overdue_notes(run))
    searched = found_by(run, results, open_questions)
    if searched is not None:
        results, open_questions = list(searched.results), list(searched.doubts)
    decision = decide(results, open_questions)
    if searched is not None:
        decision = decision_on(searched.capacity, decision)
    why = sentence(decision, results, open_questions)
    if searched is not None:
        why = found_text(searched.capacity, decision, why)
    return Verdict(
        decision=decision,
        about=about,
        sentence=why,
        sla=sla,
        results=tuple(results),
        doubts=tuple(open_questions),
        recoveries=tuple(recoveries),
        audit=found,
        explored=explored,
        subject=subject(run, sla, results),
        notes=(
            *cut_notes(run),
            *comfort_notes(
                run, results, overworked, left_out=searched.left_out if searched else frozenset()
            ),
            *worse_notes(looked),
            *clock_notes(run),
            *overdue,
        ),
        surprises=tuple(unforeseen),
        overdue=overdue,
        capacity=searched.capacity if searched else None,
        interruptions=away,
    )


def judge_phase(run: Evidence, sla: Sla, phase: PhaseRun) -> list[ObjectiveResult]:
    """Return the results of *phase* alone, as they stand: what its gate decides by.

    Judged as part of everything the whole run will judge, so that a gate never fails what the
    verdict would not.
    """
    if phase.kind is PhaseKind.LINES:
        return without_agents(lines_result(run.lines(), run.scenario, run.target), run)
    items = list(phase_items(run, sla, [phase]))
    if run.scenario.search is not None:
        judged = _together(run, items, sla)
    else:
        family = family_size(run.scenario, sla, run.target)
        judged = holm([item.claim for item in items], sla.confidence, family)
    results = [_result(item, each) for item, each in zip(items, judged, strict=True)]
    results += [each for each in rollback_results(run) if each.phase == phase.name]
    return over_delivered(waived(without_agents(results, run), sla, run.facts))


def shares_of_doubt(trials: int) -> int:
    """Return in how many equal parts a search of *trials* spends what its SLA allows it to err.

    One for each trial, one for what is judged of the whole run.
    """
    return trials + 1


def _together(run: Evidence, items: Sequence[Item], sla: Sla) -> list[Judged]:
    """Return the judgement of *items*: all of them together, in a search phase by phase.

    So that a trial means the same while the search goes on, when nobody knows how many more there
    will be, and when it is over. The chance of any wrong decision is that of the SLA in both.
    """
    search = run.scenario.search
    if search is None:
        return holm([item.claim for item in items], sla.confidence)
    confidence = 1 - (1 - sla.confidence) / shares_of_doubt(search.trials)
    found: dict[int, Judged] = {}
    for phase in dict.fromkeys(item.phase for item in items):
        places = [place for place, item in enumerate(items) if item.phase == phase]
        found |= zip(places, holm([items[i].claim for i in places], confidence), strict=True)
    return [found[place] for place in range(len(items))]


def settle_s(sla: Sla, phase_kind: PhaseKind) -> float:
    """Return how long after its border a phase's gate is decided: the longest wait for an answer.

    Ticket clocks are longer; a ticket KPI counts those old enough instead of waiting for the rest.
    """
    thresholds = [
        objective.threshold_s or 0.0
        for objective in sla.objectives
        if phase_kind in objective.gates and objective.kpi == "service_level"
    ]
    return max(thresholds, default=0.0)


def _asked_in_vain(run: Evidence, sla: Sla, results: Sequence[ObjectiveResult]) -> bool:
    """Whether *sla* asks something of phases, and nothing of any phase with a load that was run.

    Such as a contract for a soak of a rehearsal: no ticket lost in an hour proves none of it.
    """
    loaded = any(phase.kind is not PhaseKind.LINES for phase in run.phases())
    of_phases = any(CATALOGUE[each.kpi].phase_kinds != WHOLE_RUN for each in sla.objectives)
    return loaded and of_phases and all(result.kind is None for result in results)


def judge_items(items: Sequence[Item], confidence: float) -> list[ObjectiveResult]:
    """Return the results of *items*, all of them judged together at *confidence* (0..1)."""
    judged = holm([item.claim for item in items], confidence)
    return [_result(item, each) for item, each in zip(items, judged, strict=True)]


def decide(results: Sequence[ObjectiveResult], open_questions: Sequence[Doubt]) -> Decision:
    """Return the answer that *results* give while *open_questions* stand."""
    if any(result.status is Status.FAIL for result in results):
        return Decision.NO_GO
    in_doubt = bool(open_questions or undecided(results))
    return Decision.INCONCLUSIVE if in_doubt else Decision.GO


def _result(item: Item, judged: Judged) -> ObjectiveResult:
    m = item.measurement
    more = _more_contacts(item, judged)
    rate_per_s = m.n / item.duration_s if item.duration_s else 0.0
    return ObjectiveResult(
        kpi=item.kpi.name,
        scope=item.scope,
        view=item.view,
        phase=item.phase,
        kind=item.kind,
        status=judged.status,
        goal=item.bound.goal,
        warn=item.bound.warn,
        goal_text=item.goal_text or item.objective.goal_text,
        unit=item.unit or item.kpi.unit,
        direction=item.claim.direction,
        owner=item.objective.owner,
        must_pass=item.objective.must_pass,
        decisive_here=item.decisive_here,
        value=m.value,
        low=_finite(judged.interval.low) if judged.interval else None,
        high=_finite(judged.interval.high) if judged.interval else None,
        n=m.n,
        censored=m.censored,
        more_contacts=more,
        more_s=more / rate_per_s if more and rate_per_s else None,
        ids=m.ids,
        note=m.weakness or m.note,
        aspect=item.aspect,
        threshold_s=question(item.objective, item.scope).threshold_s,
        restored_share=item.objective.restored_share,
        formula=item.objective.formula,
    )


def _beside_theory(run: Evidence, item: Item, result: ObjectiveResult) -> ObjectiveResult:
    """Return *result* with what theory expects of it, and a remark if that is far away."""
    if item.aspect is not Aspect.VALUE or item.objective.each not in (Each.ALL, Each.QUEUE):
        return result
    result = replace(result, expected=expected_of(run, item))
    remark = surprise(result) if run.target.mock is not None else ""
    return replace(result, note="; ".join(filter(None, (result.note, remark))))


def _finite(value: float) -> float | None:
    """Return *value*, or None for the end of an interval that is not known."""
    return value if math.isfinite(value) else None


def _more_contacts(item: Item, judged: Judged) -> int | None:
    """Return how many more contacts would decide an undecided item; None if that is not known."""
    m, bound = item.measurement, item.bound
    if judged.status is not Status.INCONCLUSIVE or m.value is None:
        return None
    if m.weakness and not item.needs:  # no number of them makes up for it
        return None
    if m.needed_at is None or item.aspect is Aspect.INTERVALS:
        return item.needs or None
    better = item.claim.direction.is_at_least(m.value, bound.warn)
    needed = m.needed_at(bound.warn if better else bound.goal, judged.confidence)
    if needed is not None and better and m.proof_at is not None and m.interval_at is not None:
        # What passes is judged by the wider interval, so that is what has to shrink.
        proof = m.proof_at(judged.confidence)
        if proof != m.interval_at(judged.confidence):
            needed = max(needed, values_to_decide(m.n, m.value, proof, bound.warn) or needed)
    return item.needs or None if needed is None else max(1, needed - m.n, item.needs)


def _with_gaps(results: Iterable[ObjectiveResult]) -> Iterator[ObjectiveResult]:
    """Yield the results; where the provider's own figure is prettier than the callers', say so."""
    every = list(results)
    callers = {
        r.subject: r
        for r in every
        if r.view is View.CALLERS and r.value is not None and r.aspect is Aspect.VALUE
    }
    judged = {r.subject for r in every if r.aspect is Aspect.GAP}
    for result in every:
        # A gap with an objective of its own is not warned of twice.
        there = result.aspect is Aspect.VALUE and result.subject not in judged
        other = callers.get(result.subject) if there else None
        if result.view is View.PROVIDER and other is not None and _flattering(result, other):
            yield _said_to_flatter(result, other)
        else:
            yield result


def _said_to_flatter(provider: ObjectiveResult, callers: ObjectiveResult) -> ObjectiveResult:
    note = (
        f"the provider reports {(provider.value or 0) * 100:.0f} %,"
        f" callers experienced {(callers.value or 0) * 100:.0f} %"
    )
    warned = Status.WARN if provider.status is Status.PASS else provider.status
    return replace(provider, status=warned, note=note)


def _flattering(provider: ObjectiveResult, callers: ObjectiveResult) -> bool:
    """Whether the two differ by more than chance and the borders of the window explain."""
    if provider.unit is not Unit.SHARE or provider.value is None or callers.value is None:
        return False
    gap = provider.value - callers.value
    if not provider.direction.is_at_least(provider.value, callers.value) or abs(gap) <= _GAP:
        return False
    return callers.low is None or not callers.low <= provider.value <= (callers.high or 1.0)
