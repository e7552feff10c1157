"""KPIs of tickets as customers experienced them, from the contact log."""

from harness.kpi import measure
from harness.kpi.evidence import PhaseEvidence
from harness.model.verdict import Measurement


def first_reply(e: PhaseEvidence, *, threshold_s: float) -> Measurement:
    """Measure the share of tickets that a person replied to within *threshold_s* seconds.

    Counts only tickets sent at least *threshold_s* before the run had come to its end: of younger
    ones only the quick replies would be known, which would flatter the provider. A ticket whose
    writing was not acknowledged counts against.
    """
    old_enough = [t for t in e.tickets if t.due_s + threshold_s <= e.seen_until_s]
    hits = [t.first_reply_s is not None and t.first_reply_s <= threshold_s for t in old_enough]
    return measure.share(hits, census=e.census, censored=len(e.tickets) - len(old_enough))
