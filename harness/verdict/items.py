"""What is asked of a run and what was measured: one item for each thing that will be judged."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from harness.kpi import columns
from harness.kpi.calls import MOST_UNKNOWN
from harness.kpi.catalogue import CATALOGUE, WHOLE_RUN
from harness.kpi.evidence import PhaseEvidence, judged_by_stamps
from harness.kpi.increase import Increase, Window, increases
from harness.kpi.measure import as_wide_as
from harness.kpi.statistics import percentile
from harness.model.event import FaultRun, PhaseRun
from harness.model.scenario import PhaseKind, Scenario
from harness.model.sla import Bound, Hours, Objective, Sla
from harness.model.target import Target
from harness.model.units import format_duration
from harness.model.verdict import (
    RUN,
    Interval,
    Measurement,
    Recovery,
    Surprise,
    TicketAudit,
    View,
)
from harness.verdict.asked import Asked, asked, out_of_hours
from harness.verdict.audit import audit
from harness.verdict.clocks import known_waits
from harness.verdict.evidence import Evidence, seen_until_s
from harness.verdict.felt import felt_in
from harness.verdict.intervals import at_least, by_intervals
from harness.verdict.item import Item
from harness.verdict.lasting import GROWTHS, Looked, growths, soaks_of, steadiness
from harness.verdict.outage import BEFORE_S, outage
from harness.verdict.progression import against_baseline, is_compared
from harness.verdict.reach import Seen, unseen
from harness.verdict.recovery import recovery
from harness.verdict.reread import share_of
from harness.verdict.self_check import limits
from harness.verdict.surprises import contacts_met, faults_of, silent
from harness.verdict.views import between_views
from harness.verdict.words import NOT_SHOWN, alarm_text

_COUNTED_LATE = "the network was gone for a time: its counters hold what came late, or never did"
_RESTORED_AT = (20.0, 0.8)
"""From which threshold and share of calls on service is restored, where no objective says."""

LATE = "the generator was late in this phase"
"""Why callers' figures of a phase do not decide."""


def phase_items(run: Evidence, sla: Sla, phases: Sequence[PhaseRun]) -> Iterator[Item]:
    """Yield an item for everything that *sla* asks of each of *phases*."""
    for evidence in evidence_of(run, phases):
        yield from items_of(evidence, run, sla)


def items_of(evidence: PhaseEvidence, run: Evidence, sla: Sla) -> Iterator[Item]:
    """Yield an item for everything that *sla* asks of the phase that *evidence* is of."""
    weakness = _weakness(evidence, most_lag_s=limits(run.scenario.generator, sla).lag_p99_s)
    callers: dict[tuple[int, str], Measurement] = {}
    for each in asked(sla, evidence.phase.kind, run.scenario, run.target):
        subject = (id(each.objective), each.scope)
        measurement = each.compute(evidence, each.question)
        if each.view is View.CALLERS:
            measurement = replace(measurement, weakness=weakness or measurement.weakness)
            callers[subject] = measurement
        elif subject in callers:
            if each.kpi.among_others(evidence.increase, each.question):
                continue
            measurement = as_wide_as(measurement, callers[subject], each.kpi.unit)
        if each.view is View.PROVIDER and evidence.unseen:
            measurement = replace(measurement, weakness=_COUNTED_LATE)
        if out_of_hours(each, run, evidence):
            measurement = at_least(measurement)
        item = _value_item(each, evidence.phase, run.scenario, measurement)
        yield item
        if each.view is View.CALLERS:
            yield from by_intervals(item, each, evidence, weakness)
        if each.first_view:
            planned_as = run.scenario.phase(evidence.phase.name).planned_as
            yield from against_baseline(item, sla, run=run.facts.run, planned_as=planned_as)
        if each.view is View.PROVIDER and subject in callers:
            yield from between_views(item, callers[subject], evidence)


def _value_item(each: Asked, phase: PhaseRun, scenario: Scenario, measurement: Measurement) -> Item:
    objective = each.objective
    fewer = max(0, objective.min_contacts - measurement.n)
    if fewer and measurement.value is not None:
        note = (
            f"{measurement.n} of the {objective.min_contacts} contacts that the contract asks for"
        )
        measurement = replace(measurement, weakness=measurement.weakness or note)
    return Item(
        objective=objective,
        kpi=each.kpi,
        scope=each.scope,
        view=each.view,
        phase=phase.name,
        kind=phase.kind,
        duration_s=phase.end_s - phase.start_s,
        bound=objective.gates[phase.kind],
        decisive_here=scenario.decides(scenario.phase(phase.name)),
        measurement=measurement,
        goal_text=_goal_text(objective, each.scope),
        needs=fewer,
    )


def _goal_text(objective: Objective, scope: str) -> str:
    """Return the goal as the contract words it; of a priority, its own clock alone."""
    if not objective.clocks:
        return objective.goal_text
    share = objective.goal_text.partition(" ")[0]
    clock = objective.clocks[scope]
    hours = " of business hours" if clock.hours is Hours.BUSINESS else ""
    return f"{share} within {format_duration(clock.within_s)}{hours}"


def evidence_of(run: Evidence, phases: Sequence[PhaseRun]) -> Iterator[PhaseEvidence]:
    """Yield what is known of each of *phases* that carried a load."""
    loaded = [phase for phase in phases if phase.kind is not PhaseKind.LINES]
    windows = [Window(phase.start_s, phase.end_s) for phase in loaded]
    since_s = min((phase.start_s for phase in loaded), default=0.0)
    sources = [run.told(source, since_s) for source in run.sources()]
    rises: Sequence[Increase] = increases(sources, windows)
    seen = Seen(unseen(run))
    for phase, rise in zip(loaded, rises, strict=True):
        yield replace(contacts_of(run, phase, seen), increase=rise)


def contacts_of(
    run: Evidence, phase: PhaseRun, seen: Seen, *, numbered: bool = False
) -> PhaseEvidence:
    """Return what is known of *phase* by the contacts that were *seen*; no provider's counter.

    *numbered*: each row knows which one it was of those that the record has.
    """
    site_stamps = judged_by_stamps(run.facts.speed)
    calls = run.call_figures(phase.name, phase.end_s)
    tickets = run.ticket_figures(phase.name, phase.end_s)
    talks = run.talk_figures(phase.start_s, phase.end_s)
    turns = run.turn_figures(phase.start_s, phase.end_s)
    if numbered:
        calls, tickets = columns.numbered(calls), columns.numbered(tickets)
        talks, turns = columns.numbered(talks), columns.numbered(turns)
    return PhaseEvidence(
        phase=phase,
        calls=known_waits(seen.calls(calls), run.clock_steps() if site_stamps else ()),
        tickets=seen.tickets(tickets),
        seen_until_s=seen_until_s(run, phase.start_s),
        talks_ended=seen.talks(talks),
        turns=seen.turns(turns),
        site_stamps=site_stamps,
        unseen=seen.cuts(phase.start_s, phase.end_s),
    )


def _weakness(e: PhaseEvidence, *, most_lag_s: float) -> str:
    """Return why callers' figures of the phase must not decide: our lateness, or an early end."""
    lags = sorted([*e.calls.lag_s, *e.tickets.lag_s])
    if lags and percentile(lags, 0.99) > most_lag_s:
        return LATE
    if e.seen_until_s < e.phase.end_s:
        return "the phase was not run to its end"
    return ""


def family_size(scenario: Scenario, sla: Sla, target: Target) -> int:
    """Return how many objectives the whole run will judge, counted before it has been run."""
    return sum(
        _sides(each, phase.kind, sla)
        for phase in scenario.phases
        for each in asked(sla, phase.kind, scenario, target)
    )


def _sides(each: Asked, kind: PhaseKind, sla: Sla) -> int:
    """Return how many items come of *each* in which chance plays a part."""
    intervals = each.objective.intervals_met
    by_intervals = intervals is not None and intervals.needs(kind) and each.view is View.CALLERS
    compared = each.first_view and is_compared(each.kpi, kind, sla)
    return 1 + by_intervals + compared


def recoveries_of(run: Evidence, sla: Sla) -> list[Recovery]:
    """Return how service came back after each fault that was injected, as reports tell it.

    To the level of the first objective for it: one that asks for another is judged by its own.
    """
    return _recoveries(run, *told_at(sla))


def told_at(sla: Sla) -> tuple[float, float]:
    """Return the level to which reports tell recoveries: a threshold, and the share within it."""
    levels = (_restored_at(each) for each in sla.objectives if each.kpi == "recovery")
    return next(levels, _RESTORED_AT)


def _restored_at(objective: Objective) -> tuple[float, float]:
    """Return the threshold and the share of calls within it from which service is restored."""
    threshold_s, share = _RESTORED_AT
    return objective.threshold_s or threshold_s, objective.restored_share or share


def _recoveries(run: Evidence, threshold_s: float, restored_share: float) -> list[Recovery]:
    """Return how service came back to that level after each fault that was injected."""
    faults, seen = run.faults(), Seen(unseen(run))
    found = []
    for fault in faults:
        if fault.injected_from_s is None:
            continue
        since_s = fault.injected_from_s
        watched_until_s = seen_until_s(run, since_s)
        until_s = _watched_until_s(fault, run, watched_until_s)
        lost = seen.lost(run.lost_calls(since_s, watched_until_s))
        tried = seen.calls(run.attempts(since_s - BEFORE_S, until_s))
        if judged_by_stamps(run.facts.speed):
            tried = tried.by_stamps()
        each = recovery(
            fault,
            tried,
            lost,
            threshold_s=threshold_s,
            restored_share=restored_share,
            watched_until_s=until_s,
            speed=run.facts.speed,
        )
        if each is None:
            continue
        hurt = outage(
            fault,
            tried,
            lost,
            run.talks_at(since_s),
            seen.talks(run.talk_figures(since_s, until_s)),
            run.scrapes("edge", since_s - BEFORE_S),
            threshold_s=threshold_s,
            restored_share=restored_share,
            until_s=until_s,
        )
        together = _overlaps(fault, faults)
        found.append(
            replace(
                each,
                outage=hurt,
                overlaps=tuple(other.id for other in together),
                struck=tuple(sorted({other.site for other in (fault, *together)} - {""})),
            )
        )
    return found


def _watched_until_s(fault: FaultRun, run: Evidence, watched_until_s: float) -> float:
    """Return until when what customers felt is this fault's doing.

    Another strikes after it, or, in a soak, so much time has passed that a bad hour is one.
    """
    over_s = fault.heal_proven_s or watched_until_s
    later = [o.injected_from_s for o in run.faults() if (o.injected_from_s or 0.0) >= over_s]
    soaks = [phase for phase in run.phases() if phase.kind is PhaseKind.SOAK]
    felt = [each.end_s for phase in soaks for each in felt_in(phase, [fault])]
    return min([watched_until_s, *felt, *(at_s for at_s in later if at_s is not None)])


def _overlaps(fault: FaultRun, faults: Sequence[FaultRun]) -> tuple[FaultRun, ...]:
    """Return the faults that were in force for a time together with *fault*."""
    return tuple(
        other
        for other in faults
        if other.id != fault.id
        and other.injected_from_s is not None
        and other.injected_from_s < (fault.heal_proven_s or math.inf)
        and (fault.injected_from_s or 0.0) < (other.heal_proven_s or math.inf)
    )


def recovery_items(run: Evidence, sla: Sla, recoveries: Sequence[Recovery]) -> Iterator[Item]:
    """Yield an item for each fault and each objective of *sla* that is judged fault by fault.

    *recoveries* are those of ``recoveries_of``.
    """
    by_level = {told_at(sla): recoveries}
    for objective in sla.objectives:
        bound = objective.gates.get(PhaseKind.FAULT)
        if objective.kpi not in _BY_FAULT or bound is None:
            continue
        told = recoveries
        if objective.kpi == "recovery":
            level = _restored_at(objective)
            if level not in by_level:
                by_level[level] = _recoveries(run, *level)
            told = by_level[level]
        for each, scope in zip(told, _titles(told), strict=True):
            if objective.kpi == "losses_elsewhere" and not {*run.target.sites} - {*each.struck}:
                continue  # there was no elsewhere: faults had every site
            yield Item(
                objective=objective,
                kpi=CATALOGUE[objective.kpi],
                scope=scope,
                view=View.PROVIDER if objective.kpi == "detection" else View.CALLERS,
                phase=each.phase,
                kind=PhaseKind.FAULT,
                duration_s=0.0,
                bound=bound,
                decisive_here=True,
                measurement=_by_fault(objective, each, bound, run.facts.speed),
            )


def _by_fault(objective: Objective, each: Recovery, bound: Bound, speed: float) -> Measurement:
    """Measure what *objective* asks of *each*."""
    measured = _BY_FAULT[objective.kpi](each, bound, speed)
    return measured if each.proven else _of_an_unproven_fault(objective, bound, measured)


def _of_an_unproven_fault(objective: Objective, bound: Bound, measured: Measurement) -> Measurement:
    """Return what is left of *measured*: a fault that may have done nothing proves no good.

    Harm that customers met counts all the same.
    """
    better = CATALOGUE[objective.kpi].direction
    if measured.value is None or not better.is_at_least(measured.value, bound.warn):
        return measured
    return replace(measured, weakness=f"the fault {NOT_SHOWN}")


def _titles(recoveries: Sequence[Recovery]) -> list[str]:
    """Return the name of each fault; one that comes again in its phase has its number, too."""
    seen: Counter[tuple[str, str]] = Counter()
    titles = []
    for each in recoveries:
        title = f"{each.kind} {each.site}".rstrip()
        seen[each.phase, title] += 1
        again = seen[each.phase, title]
        titles.append(f"{title} ({again})" if again > 1 else title)
    return titles


def _detection(each: Recovery, bound: Bound, speed: float) -> Measurement:  # noqa: ARG001
    told = each.outage
    if told is None or told.site_told_s is None:
        return Measurement(None, 0, note="the edge never said that a site is down")
    late_s, error_s = told.site_told_s, told.site_told_error_s
    return Measurement(
        late_s,
        1,
        interval_at=lambda _: Interval(late_s - error_s, late_s),
        note=f"read every {error_s:.1f} s"
        + ("; at a lower speed it would be read more often" if speed > 1 else ""),
        by_chance=False,
    )


def _blocked_time(each: Recovery, bound: Bound, speed: float) -> Measurement:  # noqa: ARG001
    shut = each.outage
    if shut is None or not shut.attempts:
        return Measurement(None, 0, note="nobody called while the fault was in force")
    blocked_s, error_s = shut.blocked_s, shut.blocked_error_s
    return Measurement(
        blocked_s,
        shut.attempts,
        interval_at=lambda _: Interval(max(0.0, blocked_s - error_s), blocked_s + error_s),
        note=f"± {error_s:.1f} s" if error_s else "",
        by_chance=False,
    )


def _fault_losses(each: Recovery, bound: Bound, speed: float) -> Measurement:  # noqa: ARG001
    lost, hurt = each.lost, each.outage
    calls = hurt.attempts + sum(site.talking for site in hurt.in_progress) if hurt else 0
    if not calls and not lost:
        return Measurement(None, 0, note="nobody called or talked while the fault was in force")
    elsewhere = len(each.lost_elsewhere)
    return _count_of_lost(
        len(lost),
        bound,
        of=max(calls, len(lost)),
        unknown=hurt.unknown if hurt else 0,
        ids=lost,
        note=f"{elsewhere} of them at other sites, or at none that is known" if elsewhere else "",
    )


def _talks_kept(each: Recovery, bound: Bound, speed: float) -> Measurement:  # noqa: ARG001
    there = each.outage.in_progress if each.outage else ()
    talking = sum(site.talking for site in there)
    if not talking:
        return Measurement(None, 0, note="nobody was talking when the fault struck")
    dropped, unknown = sum(site.dropped for site in there), sum(site.unknown for site in there)
    known = talking - unknown
    kept = known - dropped
    surely = (kept + unknown) / talking < bound.warn or kept / talking >= bound.goal
    return Measurement(
        kept / known if known else None,
        known,
        note=f"{dropped} dropped" if known else _ends_unknown(unknown, talking),
        weakness="" if surely else _ends_unknown(unknown, talking),
    )


def _losses_elsewhere(each: Recovery, bound: Bound, speed: float) -> Measurement:  # noqa: ARG001
    there = each.outage.in_progress if each.outage else ()
    others = [site for site in there if site.site not in each.struck]
    talking = sum(site.talking for site in others)
    if not talking:
        return Measurement(None, 0, note="nobody was talking elsewhere when the fault struck")
    return _count_of_lost(
        sum(site.dropped for site in others),
        bound,
        of=talking,
        unknown=sum(site.unknown for site in others),
        note=", ".join(f"{site.dropped} at {site.site}" for site in others if site.dropped),
    )


def _failback_losses(each: Recovery, bound: Bound, speed: float) -> Measurement:  # noqa: ARG001
    back = each.outage.failback if each.outage else None
    if back is None:
        return Measurement(None, 0, note="nobody looked after the fault was healed")
    ids = (*back.dropped, *back.cut_off, *back.turned_away)
    if not back.attempts and not ids:
        return Measurement(None, 0, note="nobody called after the fault was healed")
    return _count_of_lost(
        len(ids), bound, of=max(back.attempts, len(ids)), unknown=back.unknown, ids=ids
    )


def _count_of_lost(
    lost: int, bound: Bound, *, of: int, unknown: int, ids: tuple[str, ...] = (), note: str = ""
) -> Measurement:
    """Return how many calls were lost *of* so many; how *unknown* of them ended was not seen.

    Those are left out. Too many of them decide nothing, unless it would be the same with them.
    """
    surely = lost > bound.warn or lost + unknown <= bound.goal
    # Of talks that began before, too: more than the calls that came.
    weakness = "" if surely else _ends_unknown(unknown, max(of, lost + unknown))
    return Measurement(float(lost), of, ids=ids, note=note, weakness=weakness)


def _ends_unknown(unknown: int, of: int) -> str:
    """Return that too many ends are not known for a figure of losses to decide; empty if not."""
    if unknown <= MOST_UNKNOWN * of:
        return ""
    return f"it is not known how {unknown} of {of} calls ended"


def _recovery_measurement(each: Recovery, bound: Bound, speed: float) -> Measurement:
    error_s = each.error_s
    if each.recovered_s is None:
        if each.at_least_s > bound.warn:
            return Measurement(each.at_least_s, 1, note="at least: it was not over when we left")
        return Measurement(None, 0, note="too few calls followed, to the end or the next fault")
    low, high = max(0.0, each.recovered_s - error_s), each.recovered_s + error_s
    weakness = ""
    if each.wall_error_s * speed > bound.goal / 10:
        weakness = f"timed to {each.wall_error_s:.2f} wall s only: too coarse at speed {speed:g}"
    return Measurement(
        each.recovered_s,
        1,
        interval_at=lambda _: Interval(low, high),
        note=f"± {error_s:.1f} s"
        + (f"; unstable: fell {each.flaps} times more" if each.unstable else ""),
        weakness=weakness,
        by_chance=False,
    )


_BY_FAULT = {
    "recovery": _recovery_measurement,
    "detection": _detection,
    "blocked_time": _blocked_time,
    "fault_losses": _fault_losses,
    "talks_kept": _talks_kept,
    "losses_elsewhere": _losses_elsewhere,
    "failback_losses": _failback_losses,
}


def surprise_items(run: Evidence, sla: Sla, found: Sequence[Surprise]) -> Iterator[Item]:
    """Yield an item for each phase with a fault, if *sla* wants to know of surprises."""
    objective = next((each for each in sla.objectives if each.kpi == "surprises"), None)
    if objective is None:
        return
    for phase in run.phases():
        if not (faults := faults_of(run.faults(), phase)):
            continue
        mine = [each for each in found if each.phase == phase.name]
        ids = tuple(id_ for each in mine for id_ in each.ids)
        note = ", ".join(f"{len(each.ids)} {each.mishap}" for each in mine)
        n = max(contacts_met(run, phase, faults), len(ids))
        value: float | None = float(len(ids))
        if mute := silent(run.scenario, faults):
            value, note = None, f"the runbook does not say what it expects of {', '.join(mute)}"
        elif not n:
            value, note = None, "no customer came while the fault was felt"
        measured = Measurement(value, n, ids=ids, note=note)
        if not all(fault.proven for fault in faults):
            bound = objective.gates[PhaseKind.FAULT]
            measured = _of_an_unproven_fault(objective, bound, measured)
        yield _of_faults(objective, phase, measured)


def alarm_items(run: Evidence, sla: Sla) -> Iterator[Item]:
    """Yield an item for each phase in which an alert was expected, if *sla* asks for alarms."""
    objective = next((each for each in sla.objectives if each.kpi == "alerts_missed"), None)
    if objective is None:
        return
    proven = {fault.id for fault in run.faults() if fault.proven}
    for phase in run.phases():
        planned = [each for each in run.scenario.phase(phase.name).faults if each.expect_alert]
        if not planned:
            continue
        alarms = [each for each in run.alarms() if each.phase == phase.name]
        value: float | None = float(sum(bool(each.missed) for each in alarms))
        note = "; ".join(map(alarm_text, alarms))
        if len(alarms) < len(planned) or any(each.missed is None for each in alarms):
            value, note = None, note or "the fault that was to raise it was not injected"
        elif any(each.missed and each.fault not in proven for each in alarms):
            sure = float(sum(bool(each.missed) and each.fault in proven for each in alarms))
            value = sure if sure > objective.gates[PhaseKind.FAULT].warn else None
            note = f"{note}; the fault that was to raise it {NOT_SHOWN}"
        yield _of_faults(objective, phase, Measurement(value, len(alarms), note=note))


def lasting_items(run: Evidence, sla: Sla, found: Sequence[Looked]) -> Iterator[Item]:
    """Yield an item for everything that *sla* asks of a soak as a whole.

    *found* is how its objectives moved.
    """
    wanted = [each for each in sla.objectives if each.kpi in ("steadiness", *GROWTHS)]
    if not wanted:
        return
    soaks = soaks_of(run)
    grown = any(each.kpi in GROWTHS for each in wanted)
    told = [
        {"steadiness": steadiness([each for each in found if each.phase == name])}
        | (growths(run, pieces) if grown else {})
        for name, pieces in soaks.items()
    ]
    for objective in wanted:
        for (name, pieces), measured in zip(soaks.items(), told, strict=True):
            whole = replace(pieces[-1], name=name)
            yield _counted(objective, whole, whole.kind, measured[objective.kpi])


def _of_faults(objective: Objective, phase: PhaseRun, measurement: Measurement) -> Item:
    """Return the item of what was counted in all the faults of *phase*, a soak though it may be."""
    return _counted(objective, phase, PhaseKind.FAULT, measurement)


def _counted(
    objective: Objective, phase: PhaseRun, kind: PhaseKind, measurement: Measurement
) -> Item:
    """Return the item of what was counted in a whole phase, by what is asked of its *kind*."""
    return Item(
        objective=objective,
        kpi=CATALOGUE[objective.kpi],
        scope="",
        view=View.CALLERS,
        phase=phase.name,
        kind=kind,
        duration_s=0.0,
        bound=objective.gates[kind],
        decisive_here=True,
        measurement=measurement,
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
        faults=run.faults(),
        seen_late=run.seen_late(),
        rereads=tuple(run.rereads()),
        reread_share=share_of(run.scenario, run.target),
    )


def audit_items(sla: Sla, found: TicketAudit | None, scenario: Scenario) -> Iterator[Item]:
    """Yield an item for each objective that the audit answers.

    Updates are not asked about in a scenario whose customers write nothing once a ticket is open.
    """
    if found is None or scenario.tickets is None:
        return
    by_kpi: Mapping[str, tuple[str, ...]] = {
        "lost_tickets": found.lost,
        "duplicated_tickets": found.duplicated,
        "lost_updates": found.lost_updates,
        "duplicated_updates": found.duplicated_updates,
        "wrong_tickets": found.wrong,
    }
    for objective in sla.objectives:
        kpi = CATALOGUE[objective.kpi]
        if kpi.phase_kinds != WHOLE_RUN:
            continue
        of_updates = kpi.name in ("lost_updates", "duplicated_updates")
        if of_updates and not scenario.tickets.writers.write_again:
            continue
        ids, n = by_kpi[kpi.name], found.acknowledged
        bound, weakness = next(iter(objective.gates.values())), ""
        if kpi.name == "wrong_tickets":
            n, note = found.compared, "" if found.compared else _NOT_COMPARED
            if found.unreadable and len(ids) <= bound.warn:  # more wrong ones make it no better
                weakness = f"{found.unreadable} of the sample could not be read"
        else:
            note = _why_not_audited(found, updates=of_updates)
        value = None if note else float(len(ids))
        yield Item(
            objective=objective,
            kpi=kpi,
            scope="",
            view=View.CALLERS,
            phase=RUN,
            kind=None,
            duration_s=0.0,
            bound=bound,
            decisive_here=True,
            measurement=Measurement(value, n, ids=ids, note=note, weakness=weakness),
        )


_NOT_COMPARED = "no ticket could be read again for what it says"


def _why_not_audited(found: TicketAudit, *, updates: bool) -> str:
    """Return why the audit decides nothing; empty if it does."""
    if not found.complete:
        return "not every site's store could be read"
    if not found.acknowledged:  # who promises nothing loses nothing
        return "no ticket was acknowledged"
    if updates and found.updates is None:
        return "the provider's listing does not count what customers wrote"
    if updates and not found.updates:
        return "no update of a ticket was acknowledged"
    return ""
