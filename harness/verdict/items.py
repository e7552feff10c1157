"""What is asked of a run and what was measured: one item for each thing that will be judged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.kpi.catalogue import CATALOGUE, WHOLE_RUN, Compute, Kpi, Question
from harness.kpi.columns import CallColumns, TalkColumns, TicketColumns
from harness.kpi.evidence import FASTEST_HONEST_CALLER, PhaseEvidence
from harness.kpi.increase import Increase, Window, increases
from harness.kpi.measure import as_wide_as
from harness.kpi.statistics import percentile
from harness.model.event import PhaseRun
from harness.model.scenario import PhaseKind, Scenario
from harness.model.sla import Bound, Each, Objective, Sla
from harness.model.verdict import Interval, Measurement, Recovery, TicketAudit, View
from harness.verdict.audit import audit
from harness.verdict.doubts import MOST_LAG_P99_S
from harness.verdict.evidence import Evidence
from harness.verdict.recovery import recovery
from harness.verdict.table import Claim

RUN = "run"
"""The phase of what is judged once for the whole run."""


@dataclass(frozen=True, slots=True)
class Item:
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
        """The measurement and what is required of it."""
        return Claim(self.measurement, self.bound, self.kpi.direction)


def phase_items(run: Evidence, sla: Sla, phases: Sequence[PhaseRun]) -> Iterator[Item]:
    """Yield an item for everything that *sla* asks of each of *phases*."""
    for evidence in _evidence(run, phases):
        phase, weakness = evidence.phase, _weakness(evidence)
        callers: dict[tuple[str, str], Measurement] = {}
        for asked in _asked(sla, phase.kind, run.scenario):
            question = Question(asked.scope or None, asked.objective.threshold_s)
            measurement = asked.compute(evidence, question)
            key = (asked.kpi.name, asked.scope)
            if asked.view is View.PROVIDER and key in callers:
                measurement = as_wide_as(measurement, callers[key])
            elif asked.view is View.CALLERS:
                measurement = replace(measurement, weakness=weakness or measurement.weakness)
                callers[key] = measurement
            yield Item(
                objective=asked.objective,
                kpi=asked.kpi,
                scope=asked.scope,
                view=asked.view,
                phase=phase.name,
                kind=phase.kind,
                duration_s=phase.end_s - phase.start_s,
                bound=asked.objective.gates[phase.kind],
                decisive_here=phase.load.peak >= run.scenario.highest_load(phase.kind),
                measurement=measurement,
            )


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question that an SLA asks of a phase: an objective, for a queue or all, by one view."""

    objective: Objective
    kpi: Kpi
    scope: str
    view: View
    compute: Compute


def _asked(sla: Sla, kind: PhaseKind, scenario: Scenario) -> Iterator[_Asked]:
    """Yield everything that *sla* asks of a phase of *kind*."""
    for objective in sla.objectives:
        kpi = CATALOGUE[objective.kpi]
        if kind not in objective.gates or kind not in kpi.phase_kinds:
            continue
        for scope in scenario.lines if objective.each is Each.QUEUE else ("",):
            if kpi.callers is not None:
                yield _Asked(objective, kpi, scope, View.CALLERS, kpi.callers)
            if kpi.provider is not None:
                yield _Asked(objective, kpi, scope, View.PROVIDER, kpi.provider)


def _evidence(run: Evidence, phases: Sequence[PhaseRun]) -> Iterator[PhaseEvidence]:
    loaded = [phase for phase in phases if phase.kind is not PhaseKind.LINES]
    seen_until_s = max((phase.held_until_s for phase in run.phases()), default=0.0)
    windows = [Window(phase.start_s, phase.end_s) for phase in loaded]
    since_s = min((phase.start_s for phase in loaded), default=0.0)
    sources = [run.scrapes(source, since_s) for source in run.sources()]
    rises: Sequence[Increase] = increases(sources, windows)
    for phase, rise in zip(loaded, rises, strict=True):
        yield PhaseEvidence(
            phase=phase,
            calls=CallColumns.of(run.call_figures(phase.name, phase.end_s)),
            tickets=TicketColumns.of(run.ticket_figures(phase.name, phase.end_s)),
            seen_until_s=seen_until_s,
            talks_ended=TalkColumns.of(run.talk_figures(phase.start_s, phase.end_s)),
            increase=rise,
            site_stamps=run.facts.speed > FASTEST_HONEST_CALLER,
        )


def _weakness(e: PhaseEvidence) -> str:
    """Return why callers' figures of the phase must not decide: our lateness, or an early end."""
    lags = sorted([*e.calls.lag_s, *e.tickets.lag_s])
    if lags and percentile(lags, 0.99) > MOST_LAG_P99_S:
        return "the generator was late in this phase"
    if e.seen_until_s < e.phase.end_s:
        return "the phase was not run to its end"
    return ""


def family_size(scenario: Scenario, sla: Sla) -> int:
    """Return how many objectives the whole run will judge, counted before it has been run."""
    return sum(len(list(_asked(sla, phase.kind, scenario))) for phase in scenario.phases)


def recoveries_of(run: Evidence, sla: Sla) -> list[Recovery]:
    """Return how service came back after each fault that was injected."""
    objective = next((o for o in sla.objectives if o.kpi == "recovery"), None)
    faults = run.faults()
    if not faults:
        return []
    watched_until_s = max((phase.held_until_s for phase in run.phases()), default=0.0)
    found = [
        recovery(
            fault,
            run.attempts(fault.injected_from_s or 0.0),
            run.lost_calls(fault.injected_from_s or 0.0, fault.heal_proven_s or watched_until_s),
            threshold_s=(objective and objective.threshold_s) or 20.0,
            restored_share=(objective and objective.restored_share) or 0.8,
            watched_until_s=watched_until_s,
            speed=run.facts.speed,
        )
        for fault in faults
    ]
    return [each for each in found if each is not None]


def recovery_items(run: Evidence, sla: Sla, recoveries: Sequence[Recovery]) -> Iterator[Item]:
    """Yield an item for each recovery that *sla* sets a limit for."""
    for objective in sla.objectives:
        bound = objective.gates.get(PhaseKind.FAULT)
        if objective.kpi != "recovery" or bound is None:
            continue
        for each in recoveries:
            yield Item(
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
        if each.at_least_s > bound.warn:
            return Measurement(each.at_least_s, 1, note="at least: it was not over when we left")
        return Measurement(None, 0, note="too few calls followed to tell; watch for longer")
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
        by_chance=False,
    )


def audit_of(run: Evidence) -> TicketAudit | None:
    """Return the ticket audit; None if the scenario writes no tickets."""
    if run.scenario.tickets is None:
        return None
    return audit(
        run.ticket_writes(),
        run.stored_tickets(),
        sites=run.target.sites,
        sites_read=run.stores_read,
    )


def audit_items(sla: Sla, found: TicketAudit | None) -> Iterator[Item]:
    """Yield an item for each objective that the audit answers."""
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
        value: float | None = float(len(ids))
        note = ""
        if not found.complete:
            value, note = None, "not every site's store could be read"
        elif not found.acknowledged:  # who promises nothing loses nothing
            value, note = None, "no ticket was acknowledged"
        yield Item(
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
