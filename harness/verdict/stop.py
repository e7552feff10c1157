"""When to end a run early: what goes on like this needs no more customers to prove it."""

from dataclasses import replace

from harness.kpi.catalogue import CATALOGUE, Question
from harness.kpi.evidence import PhaseEvidence
from harness.model.event import PhaseRun
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Sla, StopRule
from harness.model.units import format_duration
from harness.model.verdict import Measurement
from harness.verdict.evidence import Evidence
from harness.verdict.felt import felt_in
from harness.verdict.items import evidence_of
from harness.verdict.words import quantity

LEAST_CONTACTS = 20
"""Fewer than these within a rule's time end no run, whatever became of them."""


def stop_reason(run: Evidence, sla: Sla, phase: PhaseRun, *, now_s: float) -> str:
    """Return in words by which of the stop rules *phase* is to be ended now; empty if by none.

    A rule looks back from *now_s* for as long as it says, within the phase. It holds if the figure
    of that time is beyond the limit and we are as sure of it as the SLA asks: a few bad calls at
    the start of a phase end nothing. What callers experienced counts, where they can tell.
    """
    for rule in sla.stop_early:
        since_s = now_s - rule.for_s
        if phase.kind not in rule.kinds or since_s < phase.start_s:
            continue
        if _is_a_fault_s_doing(run, phase, since_s, now_s):
            continue
        measurement = _measured(run, rule, replace(phase, start_s=since_s, end_s=now_s))
        if _is_beyond(measurement, rule, sla.confidence):
            unit, value = CATALOGUE[rule.kpi].unit, measurement.value
            return (
                f"{rule.text} for {format_duration(rule.for_s)}: {quantity(value, unit)} of"
                f" {measurement.n:,} contacts in {phase.name}"
            )
    return ""


def _is_a_fault_s_doing(run: Evidence, phase: PhaseRun, since_s: float, now_s: float) -> bool:
    """Whether something broke on purpose meanwhile in a soak, whose rules are those of no fault."""
    if phase.kind is not PhaseKind.SOAK:
        return False
    return any(each.meets(since_s, now_s) for each in felt_in(phase, run.faults()))


def _measured(run: Evidence, rule: StopRule, window: PhaseRun) -> Measurement:
    kpi = CATALOGUE[rule.kpi]
    compute = kpi.callers or kpi.provider
    if compute is None:
        return Measurement(None, 0)
    (evidence,) = evidence_of(run, [window])
    question = Question(
        queue=rule.scope or None,
        threshold_s=rule.threshold_s,
        formula=rule.formula,
        short_abandon_s=rule.short_abandon_s,
    )
    return compute(_cut(evidence, window), question)


def _cut(evidence: PhaseEvidence, window: PhaseRun) -> PhaseEvidence:
    """Return *evidence* of the contacts of *window* alone."""
    return replace(
        evidence,
        calls=evidence.calls.between(window.start_s, window.end_s),
        tickets=evidence.tickets.between(window.start_s, window.end_s),
    )


def _is_beyond(measurement: Measurement, rule: StopRule, confidence: float) -> bool:
    kpi, value = CATALOGUE[rule.kpi], measurement.value
    if value is None or measurement.n < LEAST_CONTACTS:
        return False
    if kpi.callers is None and measurement.weakness:
        return False
    low = high = value
    if measurement.interval_at is not None:
        interval = measurement.interval_at(confidence)
        low, high = interval.low, interval.high
    if kpi.direction is Direction.MORE:
        return high < rule.limit
    return low > rule.limit
