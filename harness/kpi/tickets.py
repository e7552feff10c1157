"""KPIs of tickets as customers experienced them, from the contact log."""

from array import array

from harness.kpi import measure
from harness.kpi.evidence import PhaseEvidence
from harness.kpi.question import Question
from harness.model.verdict import Measurement


def first_reply(e: PhaseEvidence, q: Question) -> Measurement:
    """Measure the share of tickets that a person replied to within the threshold.

    Counts only tickets sent at least that long before the run had come to its end: of younger
    ones only the quick replies would be known, which would flatter the provider. A ticket whose
    writing was not acknowledged counts against.
    """
    tickets = e.tickets.within(q.scope)
    return _within(e, tickets.due_s, tickets.first_reply_s, q.within_s)


def resolution(e: PhaseEvidence, q: Question) -> Measurement:
    """Measure the share of tickets solved within the threshold; young ones as for a first reply."""
    tickets = e.tickets.within(q.scope)
    return _within(e, tickets.due_s, tickets.resolution_s, q.within_s)


def _within(
    e: PhaseEvidence, due_s: "array[float]", took_s: "array[float]", threshold_s: float
) -> Measurement:
    last_due_s = e.seen_until_s
    hits = bytearray(
        took <= threshold_s
        for due, took in zip(due_s, took_s, strict=True)
        if due + threshold_s <= last_due_s
    )
    return measure.share(hits, census=e.census, censored=len(due_s) - len(hits))
