"""How long a fault hurt, from the attempts of customers, not from scrapes.

Recovery is not "the process is up" and not the first lucky success: it is the beginning of a run of
good windows, counted in attempts so that a quiet queue cannot flatter it, and it is timed from the
injection, not from the first failure that somebody happened to notice.
"""

from collections.abc import Sequence

from harness.kpi.calls import cut_off_while_waiting, never_got_in
from harness.model.contact import Call, EndedBy, Outcome
from harness.model.event import FaultRun
from harness.model.verdict import Recovery

WINDOW_ATTEMPTS = 20
GOOD_WINDOWS = 3


def recovery(
    fault: FaultRun,
    calls: Sequence[Call],
    *,
    threshold_s: float,
    restored_share: float,
    watched_until_s: float,
    speed: float,
) -> Recovery | None:
    """Return how service came back after *fault*; None if it was never injected.

    *calls* are all attempts of the run by due time, those of a hold included. An attempt is served
    if it was answered within *threshold_s* of its due time; service is restored where three windows
    of twenty attempts in a row are served to at least *restored_share*.
    """
    if fault.injected_from_s is None:
        return None
    start_s, end_s = fault.injected_from_s, fault.heal_proven_s or watched_until_s
    attempts = [
        c for c in calls if c.due_s >= start_s and _decided(c, threshold_s, watched_until_s)
    ]
    served = [_served(call, threshold_s) for call in attempts]
    first = _first_restored(served, restored_share)
    bracket_s = (fault.injected_s or start_s) - start_s
    lag_s = max((call.lag_s for call in attempts[: (first or 0) + 1]), default=0.0)
    gap_s = _gap_before(attempts, first, start_s)
    return Recovery(
        kind=fault.kind,
        site=fault.site,
        phase=fault.phase,
        recovered_s=None if first is None else attempts[first].due_s - start_s,
        error_s=gap_s + bracket_s + lag_s,
        wall_error_s=(bracket_s + lag_s) / speed,
        watched_s=watched_until_s - start_s,
        dropped=tuple(c.id for c in calls if _dropped_in(c, start_s, end_s)),
        cut_off=tuple(c.id for c in calls if _cut_off_in(c, start_s, end_s)),
        turned_away=tuple(c.id for c in calls if start_s <= c.due_s < end_s and never_got_in(c)),
    )


def _decided(call: Call, threshold_s: float, seen_until_s: float) -> bool:
    """Whether it is known if *call* was served: it waits no more, or too long by now."""
    return call.outcome is not None or seen_until_s - call.due_s > threshold_s


def _served(call: Call, threshold_s: float) -> bool:
    wait_s = call.wait_s
    return call.outcome is Outcome.ANSWERED and wait_s is not None and wait_s <= threshold_s


def _first_restored(served: Sequence[bool], restored_share: float) -> int | None:
    """Return the index of the first served attempt from which all windows are good."""
    span = WINDOW_ATTEMPTS * GOOD_WINDOWS
    for first in range(len(served) - span + 1):
        if served[first] and all(
            sum(served[i : i + WINDOW_ATTEMPTS]) >= restored_share * WINDOW_ATTEMPTS
            for i in range(first, first + span, WINDOW_ATTEMPTS)
        ):
            return first
    return None


def _gap_before(attempts: Sequence[Call], first: int | None, start_s: float) -> float:
    """Return how long before the first restored attempt nobody tried: we cannot see closer."""
    if first is None:
        return 0.0
    before_s = attempts[first - 1].due_s if first else start_s
    return attempts[first].due_s - before_s


def _dropped_in(call: Call, start_s: float, end_s: float) -> bool:
    return (
        call.ended_by is EndedBy.DROPPED
        and call.ended_s is not None
        and start_s <= call.ended_s <= end_s
    )


def _cut_off_in(call: Call, start_s: float, end_s: float) -> bool:
    ended_s = call.ended_s
    return cut_off_while_waiting(call) and ended_s is not None and start_s <= ended_s <= end_s
