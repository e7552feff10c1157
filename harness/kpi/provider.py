"""KPIs as the provider's own metrics tell them, from the rise of its counters between borders.

The metric names are those of the mock centre; a profile will map other names to them.
"""

from harness.kpi import measure
from harness.kpi.evidence import PhaseEvidence
from harness.model.verdict import Measurement

_WAIT = "cc_wait_seconds"
_ATTEMPTS = "cc_call_attempts_total"
_FIRST_REPLY = "cc_ticket_first_reply_seconds"


def service_level(e: PhaseEvidence, *, queue: str | None, threshold_s: float) -> Measurement:
    """Measure answered within *threshold_s* / (answered + abandoned), by calls leaving the queue.

    *threshold_s* must be a bucket's edge: a service level is counted, never interpolated.
    """
    labels = _labels(queue)
    within = e.increase.within(_WAIT, threshold_s, outcome="answered", **labels)
    return measure.counted_share(within, e.increase.total(f"{_WAIT}_count", **labels))


def abandonment(e: PhaseEvidence, *, queue: str | None) -> Measurement:
    """Measure abandoned / (answered + abandoned), by calls leaving the queue."""
    labels = _labels(queue)
    abandoned = e.increase.total(f"{_WAIT}_count", outcome="abandoned", **labels)
    return measure.counted_share(abandoned, e.increase.total(f"{_WAIT}_count", **labels))


def average_speed_of_answer(e: PhaseEvidence, *, queue: str | None) -> Measurement:
    """Measure the mean time in queue (centre seconds) of the calls answered."""
    labels = _labels(queue)
    waited = e.increase.total(f"{_WAIT}_sum", outcome="answered", **labels)
    answered = e.increase.total(f"{_WAIT}_count", outcome="answered", **labels)
    if waited is None or not answered:
        return Measurement(None, 0)
    return Measurement(waited / answered, round(answered))


def blocked(e: PhaseEvidence) -> Measurement:
    """Measure attempts not accepted / all attempts, as the edge counted them."""
    attempts = e.increase.total(_ATTEMPTS)
    accepted = e.increase.total(_ATTEMPTS, result="accepted")
    if attempts is None or accepted is None:
        return Measurement(None, 0)
    return measure.counted_share(attempts - accepted, attempts)


def ticket_first_reply(e: PhaseEvidence, *, threshold_s: float) -> Measurement:
    """Measure first replies given within *threshold_s* / first replies given."""
    within = e.increase.within(_FIRST_REPLY, threshold_s)
    return measure.counted_share(within, e.increase.total(f"{_FIRST_REPLY}_count"))


def _labels(queue: str | None) -> dict[str, str]:
    return {} if queue is None else {"queue": queue}
