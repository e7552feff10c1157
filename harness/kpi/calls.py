"""KPIs of calls as callers experienced them, from the contact log."""

from dataclasses import replace

from harness.kpi import measure
from harness.kpi.evidence import PhaseEvidence, of_queue
from harness.model.contact import GIVE_UP_WALL_S, Call, EndedBy, Outcome, Ticket
from harness.model.verdict import Measurement

MOST_UNKNOWN = 0.01
"""Share of the talks of which it may be unknown how they ended."""
HOUSEKEEPING_STEPS = {"sign_in", "listen"}
"""Requests that no customer waits for; the API's response time leaves them out."""


def service_level(e: PhaseEvidence, *, queue: str | None, threshold_s: float) -> Measurement:
    """Measure the share of calls that left the queue answered within *threshold_s* seconds.

    Formula "offered" (ICMI no. 3): every abandon counts against us, short ones too, since an outage
    makes callers hang up early; so does a caller who was cut off while waiting. Who waits still
    counts against us once the threshold is over, and is left out (censored) before that. Blocked
    calls never queued: they have a KPI of their own. An empty phase has no service level.
    """
    hits, censored = [], 0
    for call in e.calls_of(queue):
        if left_queue(call):
            wait_s = _wait_s(call, e)
            hits.append(wait_s is not None and wait_s <= threshold_s)
        elif call.outcome is None and call.queued_s is not None:
            if e.seen_until_s - call.due_s > threshold_s:
                hits.append(False)
            else:
                censored += 1
    return measure.share(hits, census=e.census, censored=censored)


def abandonment(e: PhaseEvidence, *, queue: str | None) -> Measurement:
    """Measure the share of calls that hung up while waiting, of those that left the queue."""
    left = [call for call in e.calls_of(queue) if left_queue(call)]
    waiting = sum(call.outcome is None for call in e.calls_of(queue))
    hits = [call.outcome is Outcome.ABANDONED for call in left]
    return measure.share(hits, census=e.census, censored=waiting)


def average_speed_of_answer(e: PhaseEvidence, *, queue: str | None) -> Measurement:
    """Measure the mean wait (seconds) of the calls that were answered."""
    waits = [_wait_s(call, e) for call in e.calls_of(queue)]
    return measure.mean([wait for wait in waits if wait is not None])


def dropped(e: PhaseEvidence, *, queue: str | None) -> Measurement:
    """Measure the share of the talks that ended in the phase which nobody wanted to end.

    A talk of which we do not know how it ended is left out; too many of those decide nothing.
    """
    ended = of_queue(e.talks_ended, queue)
    hits = [c.ended_by is EndedBy.DROPPED for c in ended if c.ended_by is not EndedBy.UNKNOWN]
    unknown = len(ended) - len(hits)
    measured = measure.share(hits, census=e.census, censored=unknown)
    if unknown > MOST_UNKNOWN * len(ended):
        note = f"it is not known how {unknown} of {len(ended)} talks ended"
        return replace(measured, weakness=note)
    return measured


def blocked(e: PhaseEvidence) -> Measurement:
    """Measure the share of attempts that never reached a queue, whatever the reason.

    An attempt of which we do not know what became counts as blocked: the caller heard nothing.
    """
    decided = [call for call in e.calls if call.outcome is not None or call.queued_s is not None]
    hits = [never_got_in(call) for call in decided]
    return measure.share(hits, census=e.census, censored=len(e.calls) - len(decided))


def api_p95(e: PhaseEvidence) -> Measurement:
    """Measure the 95th percentile of the API's response time (wall seconds), tickets included.

    A request that was not answered counts with the whole time that a client waits, however soon it
    failed: a refused connection takes a millisecond, and an outage must not improve the figure.
    """
    contacts: list[Call | Ticket] = [*e.calls, *e.tickets]
    took = [
        exchange.wall_s if exchange.status is not None else GIVE_UP_WALL_S
        for contact in contacts
        for exchange in contact.exchanges
        if exchange.step not in HOUSEKEEPING_STEPS
    ]
    return measure.quantile(took, 0.95)


def never_got_in(call: Call) -> bool:
    """Whether *call* ended before it entered a queue."""
    if call.outcome in (Outcome.BLOCKED, Outcome.REFUSED):
        return True
    return call.outcome in (Outcome.FAILED, Outcome.UNKNOWN) and call.queued_s is None


def cut_off_while_waiting(call: Call) -> bool:
    """Whether the centre lost *call* while it waited in a queue."""
    return call.outcome is Outcome.FAILED and call.queued_s is not None


def left_queue(call: Call) -> bool:
    """Whether *call* left its queue: answered, given up, or cut off."""
    return call.outcome in (Outcome.ANSWERED, Outcome.ABANDONED) or cut_off_while_waiting(call)


def _wait_s(call: Call, e: PhaseEvidence) -> float | None:
    return call.site_wait_s if e.site_stamps else call.wait_s
