"""The verdict of a run, and the gate of a phase: every objective measured, judged, and summed up.

NO-GO if anything fails; else INCONCLUSIVE if a must-pass objective is not decided where it has to
be, or if something makes the whole run doubtful; else GO. An objective has to be decided in the
phases that carry the highest load of their kind: a phase below that can refute it, not prove it.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.kpi.catalogue import CATALOGUE, WHOLE_RUN, Kpi, Question
from harness.kpi.evidence import FASTEST_HONEST_CALLER, PhaseEvidence
from harness.kpi.increase import Increase, Window, increases
from harness.model.contact import Call, Outcome
from harness.model.event import PhaseRun
from harness.model.scenario import PhaseKind, Scenario
from harness.model.sla import Bound, Each, Objective, Sla
from harness.model.verdict import (
    Decision,
    Doubt,
    Interval,
    Measurement,
    ObjectiveResult,
    Recovery,
    Status,
    TicketAudit,
    Verdict,
    View,
)
from harness.verdict.audit import audit
from harness.verdict.doubts import doubts
from harness.verdict.evidence import Evidence
from harness.verdict.lines import lines_result
from harness.verdict.recovery import recovery
from harness.verdict.sentence import sentence, undecided
from harness.verdict.table import Claim, Judged, holm

RUN = "run"
"""The phase of what is judged once for the whole run."""
_GAP = 0.03
"""Callers and provider may differ by this much of a share before the report says so."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One objective to be judged: where, for whom, by whose view, and what was measured."""

    objective: Objective
    kpi: Kpi
    scope: str
    view: View
    phase: str
    kind: PhaseKind | None
    duration_s: float
    bound: Bound
    decisive_here: bool
    measurement: Measurement

    @property
    def claim(self) -> Claim:
        return Claim(self.measurement, self.bound, self.kpi.direction)


def judge(run: Evidence, sla: Sla, *, about: str) -> Verdict:
    """Return the verdict of *run* against *sla*. *about* says what a GO is about."""
    recoveries = _recoveries(run, sla)
    found = _audit(run)
    items = [
        *_phase_items(run, sla, run.phases()),
        *_recovery_items(run, sla, recoveries),
        *_audit_items(sla, found),
    ]
    judged = holm([item.claim for item in items], sla.confidence)
    results = [_result(item, each) for item, each in zip(items, judged, strict=True)]
    results = [*lines_result(run.lines(), run.scenario), *_with_gaps(results)]
    open_questions = doubts(run, found)
    explored = run.facts.explored
    decision = _decide(results, open_questions)
    return Verdict(
        decision=decision,
        about=about,
        sentence=sentence(decision, results, open_questions),
        results=tuple(results),
        doubts=tuple(open_questions),
        recoveries=tuple(recoveries),
        audit=found,
        explored=explored,
    )


def judge_phase(run: Evidence, sla: Sla, phase: PhaseRun) -> list[ObjectiveResult]:
    """Return the results of *phase* alone, as they stand: what its gate decides by.

    Judged as part of everything the whole run will judge, so that a gate never fails what the
    verdict would not.
    """
    if phase.kind is PhaseKind.LINES:
        return lines_result(run.lines(), run.scenario)
    items = list(_phase_items(run, sla, [phase]))
    judged = holm([item.claim for item in items], sla.confidence, _family(run.scenario, sla))
    return [_result(item, each) for item, each in zip(items, judged, strict=True)]


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


def _decide(results: Sequence[ObjectiveResult], open_questions: Sequence[Doubt]) -> Decision:
    if any(result.status is Status.FAIL for result in results):
        return Decision.NO_GO
    in_doubt = bool(open_questions or undecided(results))
    return Decision.INCONCLUSIVE if in_doubt else Decision.GO


# ---------------------------------------------------------------------- what is judged in phases


def _phase_items(run: Evidence, sla: Sla, phases: Sequence[PhaseRun]) -> Iterator[_Item]:
    for evidence in _evidence(run, phases):
        phase = evidence.phase
        for objective in sla.objectives:
            kpi = CATALOGUE[objective.kpi]
            bound = objective.gates.get(phase.kind)
            if bound is None or phase.kind not in kpi.phase_kinds:
                continue
            for scope, view in _asked(objective, kpi, run.scenario):
                question = Question(scope or None, objective.threshold_s)
                compute = kpi.callers if view is View.CALLERS else kpi.provider
                if compute is None:
                    continue
                yield _Item(
                    objective=objective,
                    kpi=kpi,
                    scope=scope,
                    view=view,
                    phase=phase.name,
                    kind=phase.kind,
                    duration_s=phase.end_s - phase.start_s,
                    bound=bound,
                    decisive_here=_carries_most(run.scenario, phase),
                    measurement=compute(evidence, question),
                )


def _asked(objective: Objective, kpi: Kpi, scenario: Scenario) -> Iterator[tuple[str, View]]:
    """Yield each scope and view in which *kpi* answers *objective*."""
    scopes = list(scenario.lines) if objective.each is Each.QUEUE else [""]
    for scope in scopes:
        if kpi.callers is not None:
            yield scope, View.CALLERS
        if kpi.provider is not None:
            yield scope, View.PROVIDER


def _evidence(run: Evidence, phases: Sequence[PhaseRun]) -> Iterator[PhaseEvidence]:
    loaded = [phase for phase in phases if phase.kind is not PhaseKind.LINES]
    seen_until_s = max((phase.held_until_s for phase in run.phases()), default=0.0)
    windows = [Window(phase.start_s, phase.end_s) for phase in loaded]
    rises: Sequence[Increase] = increases(map(run.scrapes, run.sources()), windows)
    talks = [call for call in run.calls() if call.outcome is Outcome.ANSWERED]
    for phase, rise in zip(loaded, rises, strict=True):
        yield PhaseEvidence(
            phase=phase,
            calls=[call for call in run.calls(phase.name) if not call.held],
            tickets=[ticket for ticket in run.tickets(phase.name) if not ticket.held],
            seen_until_s=seen_until_s,
            talks_ended=_ended_in(phase, talks),
            increase=rise,
            site_stamps=run.facts.speed > FASTEST_HONEST_CALLER,
        )


def _ended_in(phase: PhaseRun, talks: Iterable[Call]) -> list[Call]:
    """Return those of *talks* that ended in *phase*, by their end."""
    ended = [
        (call.ended_s, call.id, call)
        for call in talks
        if call.ended_s is not None and phase.start_s <= call.ended_s < phase.end_s
    ]
    return [call for _, _, call in sorted(ended, key=lambda each: each[:2])]


def _carries_most(scenario: Scenario, phase: PhaseRun) -> bool:
    return phase.load.peak >= max(p.load.peak for p in scenario.phases if p.kind is phase.kind)


def _family(scenario: Scenario, sla: Sla) -> int:
    """Return how many objectives the whole run will judge, counted before it has been run."""
    return sum(
        len(list(_asked(objective, CATALOGUE[objective.kpi], scenario)))
        for phase in scenario.phases
        for objective in sla.objectives
        if phase.kind in objective.gates
    )


# ---------------------------------------------------------------------- what is judged otherwise


def _recoveries(run: Evidence, sla: Sla) -> list[Recovery]:
    objective = next((o for o in sla.objectives if o.kpi == "recovery"), None)
    faults = run.faults()
    if not faults:
        return []
    calls = list(run.calls())
    watched_until_s = max((phase.held_until_s for phase in run.phases()), default=0.0)
    found = [
        recovery(
            fault,
            calls,
            threshold_s=(objective and objective.threshold_s) or 20.0,
            restored_share=(objective and objective.restored_share) or 0.8,
            watched_until_s=watched_until_s,
            speed=run.facts.speed,
        )
        for fault in faults
    ]
    return [each for each in found if each is not None]


def _recovery_items(run: Evidence, sla: Sla, recoveries: Sequence[Recovery]) -> Iterator[_Item]:
    for objective in sla.objectives:
        bound = objective.gates.get(PhaseKind.FAULT)
        if objective.kpi != "recovery" or bound is None:
            continue
        for each in recoveries:
            yield _Item(
                objective=objective,
                kpi=CATALOGUE[objective.kpi],
                scope=f"{each.kind} {each.site}",
                view=View.CALLERS,
                phase=each.phase,
                kind=PhaseKind.FAULT,
                duration_s=0.0,
                bound=bound,
                decisive_here=True,
                measurement=_recovery_measurement(each, bound, run.facts.speed),
            )


def _recovery_measurement(each: Recovery, bound: Bound, speed: float) -> Measurement:
    error_s = each.error_s
    if each.recovered_s is None:
        if each.watched_s > bound.warn:  # it is at least that long
            return Measurement(each.watched_s, 1, note="service had not come back when we left")
        return Measurement(None, 0, note="service had not come back; watch it for longer")
    low, high = max(0.0, each.recovered_s - error_s), each.recovered_s + error_s
    weakness = ""
    if each.wall_error_s * speed > bound.goal / 10:
        weakness = f"timed to {each.wall_error_s:.2f} wall s only: too coarse at speed {speed:g}"
    return Measurement(
        each.recovered_s,
        1,
        interval_at=lambda _: Interval(low, high),
        note=f"± {error_s:.1f} s",
        weakness=weakness,
    )


def _audit(run: Evidence) -> TicketAudit | None:
    if run.scenario.tickets is None:
        return None
    return audit(
        run.tickets(), run.stored_tickets(), sites=run.target.sites, sites_read=run.stores_read
    )


def _audit_items(sla: Sla, found: TicketAudit | None) -> Iterator[_Item]:
    if found is None:
        return
    by_kpi: Mapping[str, tuple[str, ...]] = {
        "lost_tickets": found.lost,
        "duplicated_tickets": found.duplicated,
    }
    for objective in sla.objectives:
        kpi = CATALOGUE[objective.kpi]
        if kpi.phase_kinds != WHOLE_RUN:
            continue
        ids = by_kpi[kpi.name]
        value = float(len(ids)) if found.complete else None
        note = "" if found.complete else "not every site's store could be read"
        yield _Item(
            objective=objective,
            kpi=kpi,
            scope="",
            view=View.CALLERS,
            phase=RUN,
            kind=None,
            duration_s=0.0,
            bound=next(iter(objective.gates.values())),
            decisive_here=True,
            measurement=Measurement(value, found.acknowledged, ids=ids, note=note),
        )


# ---------------------------------------------------------------------- results


def _result(item: _Item, judged: Judged) -> ObjectiveResult:
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
        goal_text=item.objective.goal_text,
        unit=item.kpi.unit,
        direction=item.kpi.direction,
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
    )


def _finite(value: float) -> float | None:
    """Return *value*, or None for the end of an interval that is not known."""
    return value if math.isfinite(value) else None


def _more_contacts(item: _Item, judged: Judged) -> int | None:
    """Return how many more contacts would decide an undecided item; None if that is not known."""
    m, bound = item.measurement, item.bound
    if judged.status is not Status.INCONCLUSIVE or m.value is None or m.needed_at is None:
        return None
    better = item.claim.direction.is_at_least(m.value, bound.warn)
    needed = m.needed_at(bound.warn if better else bound.goal, judged.confidence)
    return None if needed is None else max(1, needed - m.n)


def _with_gaps(results: Iterable[ObjectiveResult]) -> Iterator[ObjectiveResult]:
    """Yield the results; where the provider's own figure is prettier than the callers', say so."""
    every = list(results)
    callers = {
        (r.kpi, r.scope, r.phase): r
        for r in every
        if r.view is View.CALLERS and r.value is not None
    }
    for result in every:
        other = callers.get((result.kpi, result.scope, result.phase))
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
    if provider.unit != "share" or provider.value is None or callers.value is None:
        return False
    gap = provider.value - callers.value
    if not provider.direction.is_at_least(provider.value, callers.value) or abs(gap) <= _GAP:
        return False
    return callers.low is None or not callers.low <= provider.value <= (callers.high or 1.0)
